package edgelink_test

import (
	"slices"
	"testing"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// own puts d1 and h1 on machines of their own.
func own(t *testing.T, st *store.Store) {
	t.Helper()
	put(t, st,
		demarc.Device{ID: "d1", RouterID: addr("10.255.0.1"), Address: addr("192.0.2.1")},
		demarc.VPCHost{ID: "h1", RouterID: addr("10.255.1.1"), Address: addr("192.0.2.2")})
}

func tunnels(st *store.Store) []demarc.Tunnel {
	return slices.Collect(store.Tunnels.All(st.Local()))
}

// until reads intents until one is right.
func (e *edge) until(t *testing.T, right func(intent.Node) bool) intent.Node {
	t.Helper()
	for range 20 {
		if n, _ := e.next(t); right(n) {
			return n
		}
	}
	t.Fatal("the right intent does not come")
	return intent.Node{}
}

// A link to another machine has a number that both ends are told, as long as it
// is wanted. Its other end need not be attached for that.
func TestALinkBetweenMachinesHasANumber(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	own(t, st)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	device := runEdge(t, c.address, "d1", identity(t, ca, "d1"))
	peers := device.until(t, func(n intent.Node) bool { return len(n.Device.Gateways[0].Hosts) == 1 }).Device.Gateways[0].Hosts
	there := tunnels(st)
	if len(there) != 1 || there[0].VNI == 0 || there[0].VNI > demarc.MaxVNI {
		t.Fatalf("the tunnels are %v, want one with a number of 24 bits", there)
	}
	if want := (intent.Tunnel{VNI: there[0].VNI, Local: addr("192.0.2.1"), Remote: addr("192.0.2.2")}); peers[0].Tunnel != want {
		t.Errorf("the device has the tunnel %v, want %v", peers[0].Tunnel, want)
	}
	host := runEdge(t, c.address, "h1", identity(t, ca, "h1"))
	first, _ := host.next(t)
	if got, want := first.VPCHost.VPCs[0].Gateways[0].Devices[0].Tunnel, (intent.Tunnel{VNI: there[0].VNI, Local: addr("192.0.2.2"), Remote: addr("192.0.2.1")}); got != want {
		t.Errorf("the host has the tunnel %v, want %v", got, want)
	}

	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.State = demarc.VIFDeleted })
	eventually(t, "the number is taken back", func() bool { return len(tunnels(st)) == 0 })
	write(t, st, func(tx *store.Tx) {
		for name := range tx.Claims("vni/") {
			t.Errorf("%s is still claimed", name)
		}
	})
}

// Nodes of one address are on one machine, and so are those without any.
func TestLinksOnOneMachineHaveNoTunnel(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"no address": "", "one address": "192.0.2.1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, ca := openStore(t), authority(t)
			put(t, st, link("101", demarc.VIFPending)...)
			put(t, st,
				demarc.Device{ID: "d1", RouterID: addr("10.255.0.1"), Address: addr(address)},
				demarc.VPCHost{ID: "h1", RouterID: addr("10.255.1.1"), Address: addr(address)})
			c := start(t, st, ca, "127.0.0.1:0", nil)
			n, _ := runEdge(t, c.address, "d1", identity(t, ca, "d1")).next(t)
			if hosts := n.Device.Gateways[0].Hosts; len(hosts) != 1 || hosts[0].Tunnel != (intent.Tunnel{}) {
				t.Errorf("the device's links are %+v", hosts)
			}
			if there := tunnels(st); len(there) != 0 {
				t.Errorf("there are tunnels %v", there)
			}
		})
	}
}
