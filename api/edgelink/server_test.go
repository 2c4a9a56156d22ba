package edgelink_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/edgelink"
	"demarc/internal/testnet"
	"demarc/store"
)

// soon is how long an edge may wait for what a commit means to it.
const soon = 100 * time.Millisecond

// anAddress is one that a server can come back to.
func anAddress(t *testing.T) string {
	t.Helper()
	address, err := testnet.Listen(1)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestIntentFollowsACommit(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFConfirming)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	device := runEdge(t, c.address, "d1", identity(t, ca, "d1"))
	host := runEdge(t, c.address, "h1", identity(t, ca, "h1"))
	before, _ := device.next(t)
	host.next(t)
	if len(before.Device.VIFs) != 0 {
		t.Fatalf("the edge has interfaces before acceptance: %v", before.Device.VIFs)
	}

	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.State = demarc.VIFPending })
	got, took := device.next(t)
	if !before.Anew || got.Anew {
		t.Errorf("the first intent since the node was attached, and the next, are anew: %v, %v", before.Anew, got.Anew)
	}
	if len(got.Device.VIFs) != 1 || got.Device.VIFs[0].Peers[0].Key.Reveal() != "key-of-101" {
		t.Errorf("got interfaces %+v, want one with its key", got.Device.VIFs)
	}
	if got.Version <= before.Version || got.Version > st.Local().Revision() {
		t.Errorf("version %d after %d, the store is at %d", got.Version, before.Version, st.Local().Revision())
	}
	if there, _ := host.next(t); len(there.VPCHost.VPCs[0].Gateways[0].Devices) != 1 {
		t.Errorf("the host does not know the device: %+v", there.VPCHost)
	}
	// Who is slow is so each time; the machine is only now and then.
	for n := 0; took > soon && n < 10; n++ {
		changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.MTU = 1501 + n })
		_, took = device.next(t)
	}
	if took > soon {
		t.Errorf("eleven times the device's intent took more than %s, at last %s", soon, took)
	}
}

func TestNothingIsSentForWhatANodeNeedNotKnow(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	put(t, st, demarc.Device{ID: "d2"})
	c := start(t, st, ca, "127.0.0.1:0", nil)
	e, other := runEdge(t, c.address, "d1", identity(t, ca, "d1")), runEdge(t, c.address, "d2", identity(t, ca, "d2"))
	e.next(t)
	other.next(t)
	for i, state := range []demarc.VirtualInterfaceState{demarc.VIFDown, demarc.VIFAvailable, demarc.VIFDown} {
		vif := accepted("101", state)
		vif.Name = "a name is nothing to a device"
		// Something for the other each time, which shows when all were woken.
		put(t, st, vif, demarc.Account{ID: "1"}, demarc.Device{ID: "d2", RouterID: addr(fmt.Sprintf("10.0.0.%d", i))})
		other.next(t)
	}
	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.MTU = 9001 })
	if got, _ := e.next(t); got.Device.VIFs[0].MTU != 9001 {
		t.Errorf("an intent came that changes nothing: %+v", got.Device)
	}
}

func TestClientComesBackToARestartedServer(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, anAddress(t), nil)
	e := runEdge(t, c.address, "d1", identity(t, ca, "d1"))
	first, _ := e.next(t)
	e.report(t, established("dxvif-101", first.Version))
	eventually(t, "the first report is kept", func() bool { return stateOf(st, "dxvif-101") == demarc.VIFAvailable })

	c.stop()
	if _, ok := c.Attached("d1"); ok {
		t.Error("attached to a server that is gone")
	}
	if got := stateOf(st, "dxvif-101"); got != demarc.VIFAvailable {
		t.Errorf("the control plane's end made the interface %s", got)
	}
	changeVIF(t, st, "dxvif-101", func(v *demarc.VirtualInterface) { v.State = demarc.VIFPending })
	c = start(t, st, ca, c.address, nil)
	again, took := e.next(t)
	t.Logf("attached again after %s", took)
	if diff := cmp.Diff(again.Device, first.Device, plain); diff != "" {
		t.Errorf("another intent after the restart: got - want +\n%s", diff)
	}
	if !first.Anew || !again.Anew {
		t.Errorf("the first intents since the node was attached do not say so: %v, %v", first.Anew, again.Anew)
	}
	if again.Version < first.Version {
		t.Errorf("version %d after %d", again.Version, first.Version)
	}
	// The newest report comes again by itself.
	eventually(t, "the report is taken up again", func() bool { return stateOf(st, "dxvif-101") == demarc.VIFAvailable })
}

func TestAStuckNodeDelaysNobody(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	var many []any
	for i := range 2000 { // far more than fits between two programs unread
		many = append(many, accepted(fmt.Sprint(1000+i), demarc.VIFPending))
	}
	put(t, st, many...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	open(t, c.address, identity(t, ca, "d1")) // and never receives
	c.waitAttached(t, "d1")
	e := runEdge(t, c.address, "h1", identity(t, ca, "h1"))
	e.next(t)
	// A node that is in the way is so each time; what the machine does besides
	// is late once or twice.
	var waits []time.Duration
	for i := range 20 {
		asn := demarc.ASN(65100 + i)
		put(t, st, demarc.VirtualGateway{ID: "vgw-1", ASN: asn, VPC: "vpc-1"})
		got, took := e.next(t)
		waits = append(waits, took)
		if got.VPCHost.VPCs[0].Gateways[0].ASN != asn {
			t.Fatalf("change %d: got %+v", i, got.VPCHost.VPCs[0].Gateways)
		}
	}
	slices.Sort(waits)
	if median := waits[len(waits)/2]; median > soon {
		t.Errorf("half of the changes took %s and more, the longest %s", median, waits[len(waits)-1])
	}
	sent := c.count(t, "demarc_edge_intents_sent_total")
	if sent >= 21+20 {
		t.Errorf("%v intents were sent: the stuck node was not stuck", sent)
	}
}

func TestClientKeepsOnlyTheNewestReport(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, anAddress(t), nil)
	c.stop()
	e := runEdge(t, c.address, "d1", identity(t, ca, "d1"))
	for i := range 1000 { // none of these may block
		r := established("dxvif-101", 0)
		r.VIFs[0].RxPackets = uint64(i)
		e.report(t, r)
	}
	c = start(t, st, ca, c.address, nil)
	eventually(t, "the newest report is kept", func() bool {
		seen, _ := store.VIFSightings.Get(st.Local(), "dxvif-101")
		return seen.RxPackets == 999
	})
	if n := c.count(t, "demarc_edge_reports_total"); n > 2 {
		t.Errorf("%v reports were sent, want the newest", n)
	}
}

func TestConfigurationThatCannotWork(t *testing.T) {
	t.Parallel()
	if _, err := edgelink.New(edgelink.Config{}); err == nil {
		t.Error("a server without a store was made")
	}
	for _, cfg := range []edgelink.ClientConfig{
		{TLS: identity(t, authority(t), "d1"), Node: "d1"},
		{Address: "127.0.0.1:1", Node: "d1"},
		{Address: "127.0.0.1:1", TLS: identity(t, authority(t), "d1")},
	} {
		if _, err := edgelink.Dial(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}
