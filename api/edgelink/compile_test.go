package edgelink_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/api/edgelink"
	"demarc/intent"
)

func TestCompileDevice(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, link("101", demarc.VIFPending)...)
	// A second connection on the same device, one deleted, and one elsewhere.
	put(t, st,
		connection("dxcon-old", "d1/p2", demarc.ConnectionDeleted),
		connection("dxcon-far", "d2/p1", demarc.ConnectionAvailable),
		demarc.VirtualInterface{ID: "dxvif-offer", Connection: "dxcon-1", Device: "d1", State: demarc.VIFConfirming},
		demarc.VirtualInterface{ID: "dxvif-far", Connection: "dxcon-far", Device: "d2", State: demarc.VIFDown, Gateway: "vgw-2"},
		demarc.VirtualGateway{ID: "vgw-2", VPC: "vpc-2"})

	got, ok := edgelink.Compile(st.Local(), "d1")
	want := intent.Node{Node: "d1", Device: &intent.Device{
		RouterID: addr("10.255.0.1"),
		Ports: []intent.Port{{
			ID: "d1/p1", Interface: "p1", Rate: demarc.Gbps,
			Cable: &intent.Jack{Namespace: "acme-r1", Interface: "eth1"},
		}},
		VIFs: []*intent.VIF{{
			ID: "dxvif-101", Port: "d1/p1", VLAN: 101, MTU: 1500, Gateway: "vgw-1",
			Peers: []intent.Peer{{
				ID: "dxpeer-101", LocalASN: 64512, PeerASN: 65000,
				Local: prefix("169.254.1.1/30"), Remote: prefix("169.254.1.2/30"),
				Key: demarc.NewSecret("key-of-101"), PrefixLimit: intent.DefaultPrefixLimit, BFD: intent.DefaultBFD,
			}},
		}},
		Gateways: []intent.Gateway{{
			ID: "vgw-1", ASN: 64512, Networks: prefixes("10.1.0.0/24"), Allowed: prefixes("10.1.0.0/24"),
			Hosts: []intent.BackbonePeer{{Node: "h1", RouterID: addr("10.255.1.1"), Network: "vpc-1"}},
		}},
	}}
	if !ok {
		t.Fatal("the store does not know d1")
	}
	if diff := cmp.Diff(got, want, plain); diff != "" {
		t.Errorf("got - want +\n%s", diff)
	}
}

func TestCompileHost(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, link("101", demarc.VIFPending)...)
	put(t, st,
		demarc.VPCHost{ID: "h2"},
		demarc.VPC{ID: "vpc-2", Host: "h2"},
		demarc.Device{ID: "d2", RouterID: addr("10.255.0.2")},
		// Two interfaces of one gateway on one device: one peer.
		demarc.VirtualInterface{ID: "dxvif-b", Device: "d2", State: demarc.VIFAvailable, Gateway: "vgw-1"},
		demarc.VirtualInterface{ID: "dxvif-c", Device: "d2", State: demarc.VIFDown, Gateway: "vgw-1"})

	got, ok := edgelink.Compile(st.Local(), "h1")
	want := intent.Node{Node: "h1", VPCHost: &intent.VPCHost{
		RouterID: addr("10.255.1.1"),
		VPCs: []intent.VPC{{
			ID: "vpc-1", CIDR: prefix("10.1.0.0/24"),
			Tables: []intent.RouteTable{{ID: "rtb-1", Propagating: []demarc.GatewayID{"vgw-1"}}},
			Gateways: []intent.VPCGateway{{ID: "vgw-1", ASN: 64512, Target: "vgw-1", Devices: []intent.DevicePeer{
				{Node: "d1", RouterID: addr("10.255.0.1")},
				{Node: "d2", RouterID: addr("10.255.0.2")},
			}}},
		}},
	}}
	if !ok {
		t.Fatal("the store does not know h1")
	}
	if diff := cmp.Diff(got, want, plain); diff != "" {
		t.Errorf("got - want +\n%s", diff)
	}
}

// A host has the tables that subnets use, and knows which of them each app host
// uses: that of its subnet, or the main one.
func TestCompileRouteTables(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, link("101", demarc.VIFAvailable)...)
	table := func(id, subnet string, static ...demarc.StaticRoute) demarc.RouteTable {
		return demarc.RouteTable{ID: demarc.RouteTableID(id), VPC: "vpc-1", Static: static,
			Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-" + id, Subnet: demarc.SubnetID(subnet)}}}
	}
	at := func(address string) demarc.HostInterface {
		return demarc.HostInterface{Host: "app-" + address, Address: addr(address)}
	}
	put(t, st,
		demarc.Subnet{ID: "subnet-a", VPC: "vpc-1", CIDR: prefix("10.1.0.0/26")}, demarc.Subnet{ID: "subnet-b", VPC: "vpc-1", CIDR: prefix("10.1.0.64/26")},
		demarc.Subnet{ID: "subnet-c", VPC: "vpc-1", CIDR: prefix("10.1.0.128/26")},
		table("rtb-2", "subnet-a", demarc.StaticRoute{Prefix: prefix("0.0.0.0/0"), Target: "igw-1"}, demarc.StaticRoute{List: "pl-1", Target: "vgw-1"}),
		demarc.PrefixList{ID: "pl-1", Entries: []demarc.PrefixListEntry{{Prefix: prefix("10.7.0.0/16")}, {Prefix: prefix("10.9.0.0/16")}}},
		table("rtb-3", "subnet-c"), table("rtb-4", "subnet-of-another"),
		demarc.VPC{ID: "vpc-1", Host: "h1", CIDR: prefix("10.1.0.0/24"), Hosts: []demarc.HostInterface{at("10.1.0.10"), at("10.1.0.70"), at("10.1.0.250")}})
	host, _ := edgelink.Compile(st.Local(), "h1")
	got := host.VPCHost.VPCs[0]
	want := []intent.RouteTable{
		{ID: "rtb-1", Propagating: []demarc.GatewayID{"vgw-1"}},
		{ID: "rtb-2", Static: []intent.Static{
			{Prefix: prefix("0.0.0.0/0"), Target: "igw-1"},
			{Prefix: prefix("10.7.0.0/16"), List: "pl-1", Target: "vgw-1"}, {Prefix: prefix("10.9.0.0/16"), List: "pl-1", Target: "vgw-1"},
		}},
		{ID: "rtb-3"},
	}
	if diff := cmp.Diff(got.Tables, want, plain); diff != "" {
		t.Errorf("tables: got - want +\n%s", diff)
	}
	for i, want := range []demarc.RouteTableID{"rtb-2", "rtb-1", "rtb-1"} {
		if got.Hosts[i].Table != want {
			t.Errorf("%s uses %s, want %s", got.Hosts[i].Address, got.Hosts[i].Table, want)
		}
	}
}

// From acceptance to deletion, and at no other time, both ends of the backbone
// have the gateway and the device has the interface.
func TestWhichStatesTheEdgeCarries(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, link("101", demarc.VIFPending)...)
	for state, want := range map[demarc.VirtualInterfaceState]int{
		demarc.VIFConfirming: 0, demarc.VIFPending: 1, demarc.VIFDown: 1, demarc.VIFAvailable: 1,
		demarc.VIFDeleting: 0, demarc.VIFDeleted: 0, demarc.VIFRejected: 0,
	} {
		changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.State = state })
		dev, _ := edgelink.Compile(st.Local(), "d1")
		host, _ := edgelink.Compile(st.Local(), "h1")
		got := []int{len(dev.Device.VIFs), len(dev.Device.Gateways), len(host.VPCHost.VPCs[0].Gateways[0].Devices)}
		if diff := cmp.Diff(got, []int{want, want, want}); diff != "" {
			t.Errorf("%s: interfaces, gateways and presence: got - want +\n%s", state, diff)
		}
	}
}

// A private interface on a Direct Connect gateway leads to the VPCs of what is
// associated with it, as far as each association lets them pass, and to no
// other. A transit one without associations leads nowhere.
func TestCompileDirectConnectGateway(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, link("101", demarc.VIFDown)...)
	transit := accepted("102", demarc.VIFDown)
	transit.Type, transit.Gateway, transit.DirectConnectGateway = demarc.TransitVIF, "", "uuid-2"
	put(t, st, transit,
		demarc.DirectConnectGateway{ID: "uuid-1", ASN: 64600}, demarc.DirectConnectGateway{ID: "uuid-2", ASN: 64601},
		demarc.VirtualGateway{ID: "vgw-2", VPC: "vpc-2"}, demarc.VPC{ID: "vpc-2", Host: "h1", CIDR: prefix("10.2.0.0/24")},
		demarc.VirtualGateway{ID: "vgw-3", VPC: "vpc-3"}, demarc.VPC{ID: "vpc-3", Host: "h1", CIDR: prefix("10.3.0.0/24")},
		association("1", "vgw-1", demarc.GatewayUpdating, "10.0.0.0/8"),
		association("2", "vgw-2", demarc.GatewayAssociating, "10.2.0.0/25"), // narrower than its VPC
		association("3", "vgw-3", demarc.GatewayDisassociating, "10.0.0.0/8"),
		association("4", "tgw-1", demarc.GatewayAssociated, "10.9.0.0/16"))
	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) {
		v.Gateway, v.DirectConnectGateway, v.GatewayASN = "", "uuid-1", 64600
	})

	dev, _ := edgelink.Compile(st.Local(), "d1")
	want := []intent.Gateway{{
		ID: "dxgw-uuid-1", ASN: 64600, Networks: prefixes("10.1.0.0/24", "10.2.0.0/24"), Allowed: prefixes("10.1.0.0/24"),
		Hosts: []intent.BackbonePeer{
			{Node: "h1", RouterID: addr("10.255.1.1"), Network: "vpc-1"},
			{Node: "h1", RouterID: addr("10.255.1.1"), Network: "vpc-2"},
		},
	}, {ID: "dxgw-uuid-2", ASN: 64601}}
	if diff := cmp.Diff(dev.Device.Gateways, want, plain); diff != "" {
		t.Errorf("on the device: got - want +\n%s", diff)
	}
	if got := dev.Device.VIFs; len(got) != 2 || got[0].Gateway != "dxgw-uuid-1" || got[0].Peers[0].LocalASN != 64600 {
		t.Errorf("the device's interfaces: %+v", got)
	}
	host, _ := edgelink.Compile(st.Local(), "h1")
	on := []intent.DevicePeer{{Node: "d1", RouterID: addr("10.255.0.1")}}
	gateways := map[demarc.VPCID][]intent.VPCGateway{
		"vpc-1": {{ID: "vgw-1", ASN: 64512, Target: "vgw-1"}, {ID: "dxgw-uuid-1", ASN: 64600, Target: "vgw-1", Devices: on}},
		"vpc-2": {{ID: "vgw-2", Target: "vgw-2"}, {ID: "dxgw-uuid-1", ASN: 64600, Target: "vgw-2", Devices: on}},
		"vpc-3": {{ID: "vgw-3", Target: "vgw-3"}},
	}
	for _, vpc := range host.VPCHost.VPCs {
		if diff := cmp.Diff(vpc.Gateways, gateways[vpc.ID], plain); diff != "" {
			t.Errorf("on %s: got - want +\n%s", vpc.ID, diff)
		}
	}
}

// Devices with an interface that has SiteLink, as long as it is in place, know
// each other by its Direct Connect gateway.
func TestCompileSiteLink(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, link("101", demarc.VIFDown)...)
	far := accepted("102", demarc.VIFDown)
	far.Device, far.Connection, far.Gateway, far.DirectConnectGateway, far.SiteLink = "d2", "dxcon-far", "", "uuid-1", true
	gone, plain := far, far
	gone.ID, gone.Device, gone.State = "dxvif-gone", "d3", demarc.VIFDeleting
	plain.ID, plain.Device, plain.SiteLink = "dxvif-plain", "d4", false
	put(t, st, far, gone, plain, demarc.DirectConnectGateway{ID: "uuid-1", ASN: 64600},
		demarc.Device{ID: "d2", RouterID: addr("10.255.0.2")}, demarc.Device{ID: "d3"}, demarc.Device{ID: "d4"})
	segment := func() []intent.Gateway {
		changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.Gateway, v.DirectConnectGateway = "", "uuid-1" })
		n, _ := edgelink.Compile(st.Local(), "d1")
		return n.Device.Gateways[1:]
	}
	if got := segment(); len(got) != 0 {
		t.Errorf("without SiteLink the device has %+v", got)
	}
	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.SiteLink = true })
	want := []intent.Gateway{{ID: "slk-uuid-1", ASN: 64600, Sites: []intent.DevicePeer{{Node: "d2", RouterID: addr("10.255.0.2")}}}}
	if diff := cmp.Diff(segment(), want, cmpopts.EquateComparable(addr(""))); diff != "" {
		t.Errorf("got - want +\n%s", diff)
	}
}

func association(id, gateway string, state demarc.GatewayAssociationState, allowed string) demarc.GatewayAssociation {
	kind := demarc.AssociatedVirtualGateway
	if gateway == "tgw-1" {
		kind = demarc.AssociatedTransitGateway
	}
	return demarc.GatewayAssociation{
		ID: demarc.GatewayAssociationID(id), DirectConnectGateway: "uuid-1", State: state,
		Gateway: demarc.AssociatedGateway{ID: gateway, Type: kind}, Allowed: prefixes(allowed),
	}
}

func TestCompileUnknownNode(t *testing.T) {
	t.Parallel()
	if n, ok := edgelink.Compile(openStore(t).Local(), "nobody"); ok {
		t.Errorf("got %v for a node that does not exist", n)
	}
}

// plain lets cmp look into addresses, and at secrets as they are.
var plain = cmp.Options{cmpopts.EquateComparable(addr(""), prefix(""), demarc.Secret{})}
