package intent_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/intent"
)

// siteLinked is what device d1 is told of two interfaces on one gateway, of
// which the first has SiteLink, as d2 and d3 have.
func siteLinked() intent.Node {
	gw := demarc.DirectConnectGateway{ID: "uuid-1", ASN: 64600}
	vif := demarc.VirtualInterface{
		ID: "dxvif-1", Type: demarc.PrivateVIF, Connection: "dxcon-1", State: demarc.VIFPending, DirectConnectGateway: gw.ID, SiteLink: true,
	}
	plain := vif
	plain.ID, plain.SiteLink = "dxvif-2", false
	d1 := demarc.Device{ID: "d1"}
	return intent.CompileDevice(intent.DeviceInputs{
		Device: d1, Connections: []demarc.Connection{{ID: "dxcon-1", Port: "d1/1", State: demarc.ConnectionAvailable}},
		Interfaces: []*demarc.VirtualInterface{&vif, &plain}, DirectConnectGateways: []demarc.DirectConnectGateway{gw},
		SiteLinked: map[demarc.DirectConnectGatewayID][]demarc.Device{gw.ID: {{ID: "d3"}, d1, {ID: "d2"}}},
	})
}

func TestSiteLinkIsASegmentOfItsOwn(t *testing.T) {
	n := siteLinked()
	want := []intent.Gateway{
		{ID: "dxgw-uuid-1", ASN: 64600},
		{ID: "slk-uuid-1", ASN: 64600, Sites: []intent.DevicePeer{{Node: "d2"}, {Node: "d3"}}},
	}
	if diff := cmp.Diff(n.Device.Gateways, want, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("got - want +\n%s", diff)
	}
	if on := []demarc.GatewayID{n.Device.VIFs[0].SiteLink, n.Device.VIFs[1].SiteLink}; on[0] != "slk-uuid-1" || on[1] != "" {
		t.Errorf("the interfaces are on %q", on)
	}
}

// Of two devices the first by name answers for a link, and one that has no
// number yet is left out.
func TestDigSites(t *testing.T) {
	n := siteLinked()
	n.Node = "d2"
	n.Device.Gateways[1].Sites = []intent.DevicePeer{{Node: "d1"}, {Node: "d3"}, {Node: "d4"}}
	at := map[demarc.NodeID]string{"d1": "192.0.2.1", "d2": "192.0.2.2", "d3": "192.0.2.3", "d4": "192.0.2.2"}
	to1 := demarc.BackboneLink{Gateway: "slk-uuid-1", From: "d1", To: "d2"}
	to3 := demarc.BackboneLink{Gateway: "slk-uuid-1", From: "d2", To: "d3"}
	links := n.Dig(intent.Ground{
		Address: func(id demarc.NodeID) netip.Addr { return netip.MustParseAddr(at[id]) },
		VNI:     func(l demarc.BackboneLink) uint32 { return map[demarc.BackboneLink]uint32{to1: 7}[l] },
	})
	if diff := cmp.Diff(links, []demarc.BackboneLink{to3}); diff != "" {
		t.Errorf("links to number: got - want +\n%s", diff)
	}
	want := []intent.DevicePeer{
		{Node: "d1", Tunnel: intent.Tunnel{VNI: 7, Local: netip.MustParseAddr(at["d2"]), Remote: netip.MustParseAddr(at["d1"])}},
		{Node: "d4"}, // on the same machine
	}
	if diff := cmp.Diff(n.Device.Gateways[1].Sites, want, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("sites: got - want +\n%s", diff)
	}
}
