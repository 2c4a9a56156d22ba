package intent_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc"
	"demarc/intent"

	"github.com/google/go-cmp/cmp"
)

// A VPC with ranges of both families and a session for each: the device hears
// of both sessions with their own limits, and everybody of all ranges.
func TestBothFamilies(t *testing.T) {
	vpc := demarc.VPC{
		ID: "vpc-1", Host: "h1", CIDR: netip.MustParsePrefix("10.8.2.0/24"),
		More: []demarc.RangeAssociation{
			{ID: "a", Prefix: netip.MustParsePrefix("10.9.0.0/16")},
			{ID: "b", Prefix: netip.MustParsePrefix("fd20:8:2::/56")},
		},
		Hosts: []demarc.HostInterface{
			{Host: "one", Address: netip.MustParseAddr("10.8.2.10"), IPv6: netip.MustParseAddr("fd20:8:2::10")},
			{Host: "two", Address: netip.MustParseAddr("10.9.0.10")},
		},
	}
	ranges := []netip.Prefix{vpc.CIDR, vpc.More[0].Prefix, vpc.More[1].Prefix}
	gw := demarc.VirtualGateway{ID: "vgw-1", VPC: vpc.ID}
	vif := demarc.VirtualInterface{
		ID: "dxvif-1", Type: demarc.PrivateVIF, Connection: "dxcon-1", State: demarc.VIFPending, Gateway: gw.ID,
		Prefixes: demarc.PrefixAllocation{IPv4: 200, IPv6: 7},
		Peers:    []demarc.BGPPeer{{ID: "four", Family: demarc.IPv4}, {ID: "six", Family: demarc.IPv6}},
	}
	device := intent.CompileDevice(intent.DeviceInputs{
		Connections: []demarc.Connection{{ID: "dxcon-1", Port: "d/1", State: demarc.ConnectionAvailable}},
		Interfaces:  []*demarc.VirtualInterface{&vif}, Gateways: []demarc.VirtualGateway{gw}, VPCs: []demarc.VPC{vpc},
	}).Device
	limits := map[demarc.BGPPeerID]int{}
	for _, p := range device.VIFs[0].Peers {
		limits[p.ID] = p.PrefixLimit
	}
	if diff := cmp.Diff(limits, map[demarc.BGPPeerID]int{"four": 200, "six": 7}); diff != "" {
		t.Errorf("limits (-got +want):\n%s", diff)
	}
	compare := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(device.Gateways[0].Allowed, ranges, compare); diff != "" {
		t.Errorf("the gateway advertises (-got +want):\n%s", diff)
	}
	carried := intent.CompileHost(intent.HostInputs{VPCs: []demarc.VPC{vpc}}).VPCHost.VPCs[0]
	if diff := cmp.Diff(carried.Ranges(), ranges, compare); diff != "" {
		t.Errorf("the VPC has (-got +want):\n%s", diff)
	}
	var jacks []string
	for _, h := range carried.Hosts {
		jacks = append(jacks, h.Jack.Address.String()+" by "+h.Jack.Router.String())
	}
	if diff := cmp.Diff(jacks, []string{"10.8.2.10/24 by 10.8.2.1", "10.9.0.10/16 by 10.9.0.1"}); diff != "" {
		t.Errorf("app hosts (-got +want):\n%s", diff)
	}
	router6 := vpc.More[1].Prefix.Masked().Addr().Next()
	if carried.Hosts[0].Router6 != router6 || carried.Hosts[1].Router6.IsValid() {
		t.Errorf("app hosts have routers %v and %v, want %v and none", carried.Hosts[0].Router6, carried.Hosts[1].Router6, router6)
	}
	target := netip.MustParseAddr("2001:db8::1")
	asked := intent.CompileHost(intent.HostInputs{VPCs: []demarc.VPC{vpc}, Links: []intent.ProbedLink{{VPC: vpc.ID, Target: target}}}).VPCHost.VPCs[0].Probes
	if len(asked) != 1 || asked[0].Target != target || asked[0].Source != router6 {
		t.Errorf("over IPv6 it asks %+v", asked)
	}
	taken := vpc
	taken.Hosts = append(slices.Clone(vpc.Hosts), demarc.HostInterface{Host: "first", Address: netip.MustParseAddr("10.8.2.11"), IPv6: router6})
	if source, ok := intent.ProbeSource(taken, target); ok {
		t.Errorf("it asks from %v, which is an app host's", source)
	}
	if carried.Hosts[0].IPv6 != vpc.Hosts[0].IPv6 || carried.Hosts[1].IPv6.IsValid() {
		t.Errorf("app hosts have %v and %v", carried.Hosts[0].IPv6, carried.Hosts[1].IPv6)
	}
}
