package series_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/intent"
	"demarc/series"
	"demarc/store"
	"demarc/store/storetest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	port = demarc.PortID("d1/p1")
	conn = "dxcon-own"
	vif  = "dxvif-own"
)

// A lab is a store with a connection, and on its port a hosted one with an
// interface.
type lab struct {
	t      *testing.T
	store  *store.Store
	keeper series.Keeper
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, store: storetest.Embedded(t, store.Tables()...)}
	l.put(func(tx *store.Tx) {
		store.Connections.Put(tx, demarc.Connection{ID: conn, Owner: "1", Kind: demarc.Interconnect, Port: port, State: demarc.ConnectionAvailable})
		store.Connections.Put(tx, demarc.Connection{ID: "dxcon-hosted", Owner: "2", Kind: demarc.Hosted, Parent: conn, State: demarc.ConnectionAvailable})
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: vif, Owner: "2", Connection: "dxcon-hosted", Device: "d1", State: demarc.VIFAvailable})
	})
	return l
}

func (l *lab) put(f func(*store.Tx)) {
	l.t.Helper()
	if err := l.store.Write(l.t.Context(), func(tx *store.Tx) error { f(tx); return nil }); err != nil {
		l.t.Fatal(err)
	}
}

// sample is a look at the store after some minutes, with a port that has
// received so many bytes and an interface half of them.
func (l *lab) sample(minutes int, bytes uint64, heard bool) {
	l.t.Helper()
	now := noon.Add(time.Duration(minutes) * time.Minute)
	l.put(func(tx *store.Tx) {
		if heard {
			store.NodeSightings.Put(tx, intent.NodeSeen{ID: "d1", At: now.Add(-time.Second)})
		}
		store.PortSightings.Put(tx, intent.PortSeen{ID: port, Carrier: true, Line: &intent.LineSeen{RxBytes: bytes}})
		store.VIFSightings.Put(tx, intent.VIFSeen{
			ID: vif, RxBytes: bytes / 2, TxPackets: bytes,
			Session: []intent.SessionSeen{{State: "Established"}}, Accepted: intent.RoutesOf(make([]intent.RouteSeen, 3)...),
		})
	})
	l.keeper.Sample(l.store.Local(), now)
}

// values are a series by the minute after noon.
func (l *lab) values(id string, m series.Measure) map[int]float64 {
	all := map[int]float64{}
	for _, p := range l.keeper.Points(id, m, noon.Add(-24*time.Hour), noon.Add(24*time.Hour)) {
		all[int(p.At.Sub(noon)/time.Minute)] = p.Value
	}
	return all
}

func (l *lab) want(id string, m series.Measure, want map[int]float64) {
	l.t.Helper()
	if diff := cmp.Diff(l.values(id, m), want); diff != "" {
		l.t.Errorf("measure %d of %s: %s", m, id, diff)
	}
}

func TestAMinuteHasWhatCameInIt(t *testing.T) {
	l := newLab(t)
	l.sample(1, 0, true)
	l.sample(2, 600, true)
	l.sample(2, 900, true) // the same minute again
	l.sample(3, 600, true) // nothing came
	l.sample(4, 60, true)  // a counter began anew
	l.want(conn, series.Up, map[int]float64{0: 1, 1: 1, 2: 1, 3: 1})
	l.want(conn, series.BitsIn, map[int]float64{1: 80, 2: 0, 3: 8})
	l.want(vif, series.BitsIn, map[int]float64{1: 40, 2: 0, 3: 4})
	l.want(vif, series.PacketsOut, map[int]float64{1: 10, 2: 0, 3: 1})
	l.want(vif, series.Accepted, map[int]float64{0: 3, 1: 3, 2: 3, 3: 3})
	l.want(conn, series.Accepted, map[int]float64{})
	l.want(vif, series.Errors, map[int]float64{})
}

// A hosted connection has the light of the port and the traffic of its own tag,
// and not its neighbours'.
func TestAHostedConnectionHasItsOwnTraffic(t *testing.T) {
	l := newLab(t)
	l.sample(1, 0, true)
	l.sample(2, 600, true)
	l.want("dxcon-hosted", series.Up, map[int]float64{0: 1, 1: 1})
	l.want("dxcon-hosted", series.BitsIn, map[int]float64{1: 40})
}

// What nobody heard is not made up, and what came meanwhile is not all put into
// the minute after.
func TestASilentNodeLeavesAGap(t *testing.T) {
	l := newLab(t)
	l.sample(1, 0, true)
	l.sample(2, 600, true)
	l.sample(4, 6000, false)
	l.sample(5, 6000, true)
	l.sample(6, 6600, true)
	l.want(conn, series.Up, map[int]float64{0: 1, 1: 1, 4: 1, 5: 1})
	l.want(conn, series.BitsIn, map[int]float64{1: 80, 5: 80})
}

func TestThreeHoursStay(t *testing.T) {
	l := newLab(t)
	var bytes uint64
	for minute := range 200 {
		bytes += uint64(minute) * 60
		l.sample(minute, bytes, true)
	}
	got := l.values(conn, series.BitsIn)
	if _, old := got[18]; len(got) != 180 || old || got[19] != 8*20 || got[198] != 8*199 {
		t.Errorf("%d values, the last %v", len(got), got[198])
	}
	l.put(func(tx *store.Tx) {
		store.PortSightings.Delete(tx, string(port))
		store.VIFSightings.Delete(tx, vif)
	})
	l.keeper.Sample(l.store.Local(), noon.Add(400*time.Minute))
	if l.keeper.Has(conn, series.Up) {
		t.Error("a connection that nobody sees any more is kept forever")
	}
}

// The next customer of a port begins with nothing.
func TestANewConnectionInheritsNothing(t *testing.T) {
	l := newLab(t)
	l.sample(1, 0, true)
	l.sample(2, 600, true)
	l.put(func(tx *store.Tx) {
		store.Connections.Put(tx, demarc.Connection{ID: conn, Owner: "1", Port: port, State: demarc.ConnectionDeleted})
		store.Connections.Put(tx, demarc.Connection{ID: "dxcon-next", Owner: "3", Port: port, State: demarc.ConnectionAvailable})
	})
	l.sample(3, 1200, true)
	l.want("dxcon-next", series.Up, map[int]float64{2: 1})
	l.want("dxcon-next", series.BitsIn, map[int]float64{})
	l.want(conn, series.Up, map[int]float64{0: 1, 1: 1})
}
