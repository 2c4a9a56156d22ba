package intent_test

import (
	"net/netip"
	"testing"

	"demarc"
	"demarc/intent"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Both ends of each link of a Transit Gateway between machines name the same
// tunnel, for which one of them answers.
func TestTransitTunnels(t *testing.T) {
	addresses := map[demarc.NodeID]netip.Addr{"d1": netip.MustParseAddr("192.0.2.1"), "h1": netip.MustParseAddr("192.0.2.2"), "h2": netip.MustParseAddr("192.0.2.3")}
	ground := intent.Ground{
		Address: func(id demarc.NodeID) netip.Addr { return addresses[id] },
		VNI: func(l demarc.BackboneLink) uint32 {
			return map[string]uint32{"dxgw-1|d1|h2|tgw-rtb-1": 7, "tgw-rtb-1|h2|h1|vpc-1": 8}[l.Key()]
		},
	}
	device := intent.Node{Node: "d1", Device: &intent.Device{Gateways: []intent.Gateway{{
		ID: "dxgw-1", Hosts: []intent.BackbonePeer{{Node: "h2", Network: "tgw-rtb-1"}},
	}}}}
	here := intent.Node{Node: "h1", VPCHost: &intent.VPCHost{VPCs: []intent.VPC{{
		ID: "vpc-1", Transits: []intent.VPCTransit{{Gateway: "tgw-1", Table: "tgw-rtb-1", Node: "h2"}, {Gateway: "tgw-2", Table: "tgw-rtb-2", Node: "h2"}},
	}}}}
	there := intent.Node{Node: "h2", VPCHost: &intent.VPCHost{TransitTables: []intent.TransitTable{{
		ID:       "tgw-rtb-1",
		VPCs:     []intent.AttachedVPC{{VPC: "vpc-1", Node: "h1"}, {VPC: "vpc-2", Node: "h2"}},
		Gateways: []intent.AttachedGateway{{Gateway: "dxgw-1", Devices: []intent.DevicePeer{{Node: "d1"}}}},
	}}}}
	answers := []int{len(device.Dig(ground)), len(here.Dig(ground)), len(there.Dig(ground))}
	if diff := cmp.Diff(answers, []int{1, 0, 1}); diff != "" {
		t.Errorf("links that each node answers for (-got +want):\n%s", diff)
	}
	table := there.VPCHost.TransitTables[0]
	if len(here.VPCHost.VPCs[0].Transits) != 1 || len(table.VPCs) != 2 {
		t.Fatalf("the VPC has the links %v, the table %v: one of the former has no number", here.VPCHost.VPCs[0].Transits, table.VPCs)
	}
	got := []intent.Tunnel{
		device.Device.Gateways[0].Hosts[0].Tunnel, table.Gateways[0].Devices[0].Tunnel,
		here.VPCHost.VPCs[0].Transits[0].Tunnel, table.VPCs[0].Tunnel, table.VPCs[1].Tunnel,
	}
	want := []intent.Tunnel{
		{VNI: 7, Local: addresses["d1"], Remote: addresses["h2"]}, {VNI: 7, Local: addresses["h2"], Remote: addresses["d1"]},
		{VNI: 8, Local: addresses["h1"], Remote: addresses["h2"]}, {VNI: 8, Local: addresses["h2"], Remote: addresses["h1"]}, {},
	}
	if diff := cmp.Diff(got, want, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("tunnels (-got +want):\n%s", diff)
	}
}
