package intent_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/intent"
)

// A public interface brings the public network to its device, with the way
// there that the device has, if it has one.
func TestPublicNetwork(t *testing.T) {
	p := netip.MustParsePrefix
	prefixes := []demarc.PublicPrefix{{Prefix: p("203.0.113.0/24"), Scope: demarc.LocalScope}, {Prefix: p("198.51.100.0/24"), Scope: demarc.GlobalScope}}
	in := intent.DeviceInputs{
		Device: demarc.Device{ID: "lisbon-1-device-1", Public: &demarc.PublicUplink{
			Place: "edge", ASN: 64500, Routers: []demarc.PublicRouter{{Address: p("198.18.1.1/30"), Next: netip.MustParseAddr("198.18.1.2")}},
		}},
		Connections: []demarc.Connection{{ID: "dxcon-1", Port: "lisbon-1-device-1/p1", State: demarc.ConnectionAvailable}},
		Interfaces: []*demarc.VirtualInterface{{
			ID: "dxvif-1", Type: demarc.PublicVIF, Connection: "dxcon-1", State: demarc.VIFPending, GatewayASN: demarc.PublicASN,
			RouteFilters: []netip.Prefix{p("192.0.2.0/25")}, Peers: []demarc.BGPPeer{{ID: "dxpeer-1", State: demarc.PeerPending}},
		}},
		PublicNetwork: demarc.PublicNetwork{Prefixes: prefixes},
	}
	ranges := []netip.Prefix{p("198.51.100.0/24"), p("203.0.113.0/24")}
	want := intent.Gateway{ID: "public", ASN: 7224, Networks: ranges, Allowed: ranges, Public: &intent.Public{
		Prefixes: prefixes,
		Uplink: &intent.Uplink{
			Jack: intent.Jack{Namespace: "edge", Interface: "lisbon-41d7213f"}, ASN: 64500,
			Routers: []intent.UplinkRouter{{Local: p("198.18.1.1/30"), Remote: p("198.18.1.2/30")}},
		},
	}}
	addresses := cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})
	got := intent.CompileDevice(in).Device
	if diff := cmp.Diff(got.Gateways, []intent.Gateway{want}, addresses); diff != "" {
		t.Errorf("the public network (-got +want):\n%s", diff)
	}
	if v := got.VIFs[0]; v.Gateway != intent.PublicNetwork || !cmp.Equal(v.Filters, in.Interfaces[0].RouteFilters, addresses) || v.Peers[0].PrefixLimit != 1000 {
		t.Errorf("the interface is %+v", v)
	}

	in.Device.Public, want.Public.Uplink = nil, nil
	if diff := cmp.Diff(intent.CompileDevice(in).Device.Gateways, []intent.Gateway{want}, addresses); diff != "" {
		t.Errorf("without an uplink (-got +want):\n%s", diff)
	}
	in.Interfaces[0].State = demarc.VIFVerifying
	if got := intent.CompileDevice(in).Device; len(got.Gateways)+len(got.VIFs) != 0 {
		t.Errorf("while it is verified the device has %v and %v", got.Gateways, got.VIFs)
	}
}
