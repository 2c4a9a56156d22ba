package edgelink_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/edgelink"
	rooms "demarc/connection"
	"demarc/intent"
	"demarc/store"
)

// A bench is one device attached to a server whose clock is in hand.
type bench struct {
	*control
	store *store.Store
	edge  *edge
	first intent.Node
	clock *atomic.Int64
	seen  int // reports sent
}

func newBench(t *testing.T, state demarc.VirtualInterfaceState, change func(*edgelink.Config)) *bench {
	t.Helper()
	b := &bench{store: openStore(t), clock: &atomic.Int64{}}
	put(t, b.store, link("101", state)...)
	ca := authority(t)
	b.clock.Store(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	b.control = start(t, b.store, ca, "127.0.0.1:0", func(cfg *edgelink.Config) {
		cfg.Clock = func() time.Time { return time.Unix(0, b.clock.Load()).UTC() }
		if change != nil {
			change(cfg)
		}
	})
	b.edge = runEdge(t, b.address, "d1", identity(t, ca, "d1"))
	b.first, _ = b.edge.next(t)
	return b
}

// report sends r and waits until it has arrived, so that the next does not take
// its place on the way.
func (b *bench) report(t *testing.T, r intent.Report) {
	t.Helper()
	b.seen++
	b.edge.report(t, r)
	eventually(t, "the report arrives", func() bool {
		return b.count(t, "demarc_edge_reports_total") >= float64(b.seen)
	})
}

func (b *bench) vif() intent.VIFSeen {
	seen, _ := store.VIFSightings.Get(b.store.Local(), "dxvif-101")
	return seen
}

func TestReportMovesState(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFPending, nil)
	r := established("dxvif-101", b.first.Version)
	b.report(t, r)
	eventually(t, "the interface is available", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFAvailable })
	// One transaction: whoever sees the state sees the sighting.
	if diff := cmp.Diff(b.vif(), *r.VIFs[0]); diff != "" {
		t.Errorf("the sighting: got - want +\n%s", diff)
	}
	if conn, _ := store.Connections.Get(b.store.Local(), "dxcon-1"); conn.State != demarc.ConnectionAvailable {
		t.Errorf("the connection is %s", conn.State)
	}
	b.edge.stop()
	eventually(t, "the node is gone", func() bool { _, ok := b.Attached("d1"); return !ok })
	if got := stateOf(b.store, "dxvif-101"); got != demarc.VIFAvailable {
		t.Errorf("the node's absence made the interface %s", got)
	}
}

// Light may be there before the facility says that it patched: then the same
// report means something new, without being sent again.
func TestSightingIsObservedAgainWhenItsObjectMoved(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFConfirming, nil)
	put(t, b.store, connection("dxcon-1", "d1/p1", demarc.ConnectionRequested))
	b.report(t, intent.Report{Ports: []*intent.PortSeen{{ID: "d1/p1", Carrier: true}}})
	eventually(t, "the light is seen", func() bool {
		seen, _ := store.PortSightings.Get(b.store.Local(), "d1/p1")
		return seen.Carrier
	})
	put(t, b.store, connection("dxcon-1", "d1/p1", demarc.ConnectionPending))
	eventually(t, "the connection is available", func() bool {
		conn, _ := store.Connections.Get(b.store.Local(), "dxcon-1")
		return conn.State == demarc.ConnectionAvailable
	})
}

// A customer who accepts a connection that is hosted on a port with light need
// not wait until something happens there.
func TestSightingIsObservedAgainForWhatIsHosted(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFConfirming, func(cfg *edgelink.Config) {
		cfg.Observer.Port = func(tx *store.Tx, seen intent.PortSeen) error {
			rooms.Observe(tx, seen)
			return nil
		}
	})
	parent := connection("dxcon-1", "d1/p1", demarc.ConnectionAvailable)
	parent.Kind = demarc.Interconnect
	hosted := demarc.Connection{ID: "dxcon-2", Kind: demarc.Hosted, Parent: "dxcon-1", VLAN: 300, State: demarc.ConnectionOrdering}
	put(t, b.store, parent, hosted)
	b.report(t, intent.Report{Ports: []*intent.PortSeen{{ID: "d1/p1", Carrier: true}}})
	eventually(t, "the light is seen", func() bool {
		seen, _ := store.PortSightings.Get(b.store.Local(), "d1/p1")
		return seen.Carrier
	})
	hosted.State = demarc.ConnectionPending
	put(t, b.store, hosted)
	eventually(t, "the hosted connection is available", func() bool {
		c, _ := store.Connections.Get(b.store.Local(), "dxcon-2")
		return c.State == demarc.ConnectionAvailable
	})
}

func TestCountersAloneAreWrittenSeldom(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFPending, nil)
	r := established("dxvif-101", b.first.Version)
	send := func(packets uint64) {
		seen := *r.VIFs[0]
		seen.RxPackets = packets
		r.VIFs = []*intent.VIFSeen{&seen}
		b.report(t, r)
	}
	written := func(packets uint64) {
		t.Helper()
		eventually(t, "the counters are written", func() bool { return b.vif().RxPackets == packets })
	}
	send(1)
	written(1)
	eventually(t, "the states have moved", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFAvailable })

	kept := b.count(t, "demarc_edge_report_lines_kept_total")
	revision := b.store.Local().Revision()
	for i := range uint64(50) {
		send(10 + i)
	}
	b.clock.Add(int64(1900 * time.Millisecond))
	send(100)
	// A change that is news goes through, and so comes after all of these.
	idle := *r.VIFs[0]
	idle.Session = []intent.SessionSeen{{Peer: "dxpeer-101", State: "Idle"}}
	r.VIFs = []*intent.VIFSeen{&idle}
	send(101)
	written(101)
	if n := b.store.Local().Revision() - revision; n > 3 {
		t.Errorf("52 reports made %d writes (%v lines)", n, b.count(t, "demarc_edge_report_lines_kept_total")-kept)
	}

	b.clock.Add(int64(2 * time.Second))
	send(102)
	written(102)
}

func TestWhatIsOfOthersIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFPending, nil)
	put(t, b.store,
		connection("dxcon-far", "d2/p1", demarc.ConnectionPending),
		demarc.VirtualInterface{ID: "dxvif-far", Connection: "dxcon-far", Device: "d2", State: demarc.VIFPending, Gateway: "vgw-1"})
	r := established("dxvif-101", b.first.Version)
	r.Ports = append(r.Ports, &intent.PortSeen{ID: "d2/p1", Carrier: true})
	r.VIFs = append(r.VIFs, established("dxvif-far", 0).VIFs...)
	r.VPCs = append(r.VPCs, &intent.VPCSeen{ID: "vpc-1"})
	b.report(t, r)
	// The node's own lines are taken all the same.
	eventually(t, "the interface is available", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFAvailable })
	view := b.store.Local()
	if conn, _ := store.Connections.Get(view, "dxcon-far"); conn.State != demarc.ConnectionPending {
		t.Errorf("another device's connection is %s", conn.State)
	}
	if got := stateOf(b.store, "dxvif-far"); got != demarc.VIFPending {
		t.Errorf("another device's interface is %s", got)
	}
	_, port := store.PortSightings.Get(view, "d2/p1")
	_, vif := store.VIFSightings.Get(view, "dxvif-far")
	_, vpc := store.VPCSightings.Get(view, "vpc-1")
	if port || vif || vpc {
		t.Errorf("sightings of others were kept: port %v, interface %v, VPC %v", port, vif, vpc)
	}
	if !b.log.has("refused", "edge=d1", "port=d2/p1", "3 in all") {
		t.Errorf("the log does not say so:\n%s", b.log.text())
	}
}

func TestHostReportsItsVPC(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	e := runEdge(t, c.address, "h1", identity(t, ca, "h1"))
	want := intent.VPCSeen{
		ID:         "vpc-1",
		Propagated: []intent.PropagatedSeen{{Prefix: prefix("192.168.50.0/24"), Gateway: "vgw-1", Device: "d1"}},
		Paths:      []intent.PathSeen{{Target: "vgw-1", OutPackets: 3}},
	}
	e.report(t, intent.Report{VPCs: []*intent.VPCSeen{&want}})
	eventually(t, "the VPC is seen", func() bool { _, ok := store.VPCSightings.Get(st.Local(), "vpc-1"); return ok })
	got, _ := store.VPCSightings.Get(st.Local(), "vpc-1")
	if diff := cmp.Diff(got, want, plain); diff != "" {
		t.Errorf("got - want +\n%s", diff)
	}
}

func TestSettling(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFPending, nil)
	full := established("dxvif-101", b.first.Version)
	b.report(t, full)
	eventually(t, "the interface is available", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFAvailable })
	changeVIF(t, b.store, "dxvif-101", func(v *demarc.VirtualInterface) { v.State = demarc.VIFDeleting })
	without, _ := b.edge.next(t)

	// notYet reports together with news, which shows when it was taken up.
	packets := uint64(0)
	notYet := func(why string, r intent.Report) {
		t.Helper()
		packets++
		r.Ports = []*intent.PortSeen{{ID: "d1/p1", Carrier: packets%2 == 0}}
		b.report(t, r)
		eventually(t, "the report is taken up", func() bool {
			seen, ok := store.PortSightings.Get(b.store.Local(), "d1/p1")
			return ok && seen.Carrier == r.Ports[0].Carrier
		})
		if got := stateOf(b.store, "dxvif-101"); got != demarc.VIFDeleting {
			t.Fatalf("%s: the interface is %s", why, got)
		}
	}
	full.Applied = without.Version
	notYet("the edge still has it", full)
	notYet("the edge has not applied the new intent", intent.Report{Applied: b.first.Version})
	notYet("the edge names a version from nowhere", intent.Report{Applied: without.Version + 1000})

	b.report(t, intent.Report{Applied: without.Version})
	eventually(t, "the interface is settled", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFDeleted })
	if _, ok := store.VIFSightings.Get(b.store.Local(), "dxvif-101"); ok {
		t.Error("the sighting of a deleted interface was kept")
	}
}

// Control may have been restarted between the deletion and the report.
func TestSettlingWhatAnEarlierServerTookDown(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFDeleting, nil)
	b.report(t, intent.Report{Applied: b.first.Version})
	eventually(t, "the interface is settled", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFDeleted })
}

func TestPortForgetsItsLastConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFConfirming, nil)
	strays := intent.Report{Ports: []*intent.PortSeen{{ID: "d1/p1", Carrier: true, UnknownVLAN: 7}}}
	there := func() bool { _, ok := store.PortSightings.Get(b.store.Local(), "d1/p1"); return ok }
	b.report(t, strays)
	eventually(t, "the port is seen", there)
	put(t, b.store, connection("dxcon-1", "d1/p1", demarc.ConnectionDeleted))
	eventually(t, "the sighting is gone", func() bool { return !there() })
}

func TestOneBadLineBlocksNoOther(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFPending, func(cfg *edgelink.Config) {
		cfg.Observer.Port = func(*store.Tx, intent.PortSeen) error { return errors.New("this port is cursed") }
	})
	b.report(t, established("dxvif-101", b.first.Version))
	eventually(t, "the interface is available", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFAvailable })
	if _, ok := store.PortSightings.Get(b.store.Local(), "d1/p1"); ok {
		t.Error("half of the bad line was written")
	}
	if !b.log.has("port=d1/p1", "cursed") {
		t.Errorf("the log does not say so:\n%s", b.log.text())
	}
}

func TestProblemsAreLoggedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, demarc.VIFPending, nil)
	r := intent.Report{Problems: map[string]string{"dxvif-101": "no such device"}}
	b.report(t, r)
	eventually(t, "the problem is logged", func() bool { return b.log.has("object=dxvif-101", "no such device") })
	before := len(b.log.text())
	b.report(t, r)
	b.report(t, established("dxvif-101", b.first.Version))
	eventually(t, "the interface is available", func() bool { return stateOf(b.store, "dxvif-101") == demarc.VIFAvailable })
	if more := b.log.text()[before:]; more != "" {
		t.Errorf("logged again: %s", more)
	}
	if n := b.count(t, "demarc_edge_problems"); n != 0 {
		t.Errorf("%v problems are left", n)
	}
}

// A node that is attached is noted, though it has nothing to report: series
// tell by it a quiet node from one that nobody hears.
func TestAnAttachedNodeIsNoted(t *testing.T) {
	b := newBench(t, demarc.VIFAvailable, nil)
	eventually(t, "the node is noted", func() bool {
		seen, ok := store.NodeSightings.Get(b.store.Local(), "d1")
		return ok && seen.At.Equal(time.Unix(0, b.clock.Load()))
	})
	b.clock.Add(int64(time.Hour))
	eventually(t, "the node is noted again after the clock was moved", func() bool {
		seen, _ := store.NodeSightings.Get(b.store.Local(), "d1")
		return seen.At.Equal(time.Unix(0, b.clock.Load()))
	})
}
