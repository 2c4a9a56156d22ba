package edgelink_test

import (
	"slices"
	"testing"

	"demarc"
	"demarc/api/edgelink"
	"demarc/intent"
)

// The site's public network is where public interfaces are.
func TestCompilePublicNetwork(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, link("101", demarc.VIFPending)...)
	network := demarc.PublicNetwork{Prefixes: []demarc.PublicPrefix{{Prefix: prefix("203.0.113.0/24"), Scope: demarc.LocalScope}}}
	put(t, st, network)
	present := func() []intent.Gateway {
		node, _ := edgelink.Compile(st.Local(), "d1")
		return slices.DeleteFunc(node.Device.Gateways, func(gw intent.Gateway) bool { return gw.ID != intent.PublicNetwork })
	}
	if got := present(); len(got) != 0 {
		t.Errorf("without a public interface: %+v", got)
	}
	put(t, st, demarc.VirtualInterface{ID: "dxvif-public", Type: demarc.PublicVIF, Connection: "dxcon-1", Device: "d1", State: demarc.VIFPending})
	if got := present(); len(got) != 1 || !slices.Equal(got[0].Public.Prefixes, network.Prefixes) {
		t.Errorf("with one: %+v", got)
	}
}
