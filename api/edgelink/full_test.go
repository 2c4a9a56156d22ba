package edgelink_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"demarc"
	"demarc/api/edgelink"
	"demarc/intent"
	"demarc/store"
)

// fullDevice puts a device with so many interfaces into a store.
func fullDevice(t testing.TB, st *store.Store, size int) {
	nouns := link("101", demarc.VIFPending)
	for i := range size - 1 {
		v := accepted(fmt.Sprint(1000+i), demarc.VIFAvailable)
		nouns = append(nouns, v)
	}
	for some := range slices.Chunk(nouns, 30) {
		put(t, st, some...)
	}
}

// seeAll is a report of a device that has all of its interfaces.
func seeAll(n intent.Node) (r intent.Report) {
	for _, v := range n.Device.VIFs {
		r.VIFs = append(r.VIFs, &intent.VIFSeen{ID: v.ID, Built: true, Session: []intent.SessionSeen{{Peer: v.Peers[0].ID, State: "Established"}}})
	}
	return r
}

// One interface that changes on a full device is compiled, and the others are
// the lines that they were.
func TestAnIntentIsCompiledAsFarAsItChanges(t *testing.T) {
	t.Parallel()
	const size = 200
	st := openStore(t)
	fullDevice(t, st, size)
	teller := edgelink.NewTeller(st, "d1")
	before, ok := teller.News()
	if !ok || len(before.Device.VIFs) != size {
		t.Fatalf("the first intent has %d interfaces", len(before.Device.VIFs))
	}
	if again, news := teller.News(); news {
		t.Errorf("the same store is news: version %d after %d", again.Version, before.Version)
	}
	changeVIF(t, st, "dxvif-1007", func(v *demarc.VirtualInterface) { v.MTU = 8500 })
	after, ok := teller.News()
	if !ok || len(after.Device.VIFs) != size {
		t.Fatalf("another MTU is no news, or not all: %d interfaces", len(after.Device.VIFs))
	}
	for i, v := range after.Device.VIFs {
		if same, changed := v == before.Device.VIFs[i], v.ID == "dxvif-1007"; same == changed {
			t.Errorf("%s is the line that it was: %v", v.ID, same)
		}
	}
	// What an interface is compiled from besides its noun.
	put(t, st, func() demarc.Connection {
		c, _ := store.Connections.Get(st.Local(), "dxcon-1")
		c.Port = "d1/p2"
		return c
	}())
	moved, _ := teller.News()
	for _, v := range moved.Device.VIFs {
		if v.Port != "d1/p2" {
			t.Fatalf("%s is on %s still", v.ID, v.Port)
		}
	}
}

// Sightings that say what was said before are not compared with what is stored,
// however often nouns change meanwhile.
func TestSightingsAreComparedOnce(t *testing.T) {
	t.Parallel()
	const size = 200
	st := openStore(t)
	fullDevice(t, st, size)
	n, _ := edgelink.Compile(st.Local(), "d1")
	report, judge, now := seeAll(n), edgelink.NewJudge("d1"), time.Unix(1000, 0)
	take := func() (written, compared int) {
		judge.Compared = 0
		written = judge.Take(st, now, report, func(line func(*store.Tx) error) {
			write(t, st, func(tx *store.Tx) {
				if err := line(tx); err != nil {
					t.Fatal(err)
				}
			})
		})
		return written, judge.Compared
	}
	if written, _ := take(); written != size {
		t.Fatalf("of the first report %d lines were written", written)
	}
	if written, compared := take(); written != 0 || compared < size {
		t.Fatalf("then %d lines were written, %d compared", written, compared)
	}
	if written, compared := take(); written+compared != 0 {
		t.Errorf("of a report that was taken up %d lines were written, %d compared", written, compared)
	}
	// A noun changes: its own line is looked at. The state is another.
	changeVIF(t, st, "dxvif-1007", func(v *demarc.VirtualInterface) { v.State = demarc.VIFDown })
	if written, _ := take(); written != 1 {
		t.Errorf("after a change of one interface %d lines were written", written)
	}
	take()
	// A counter counts: first too soon to be written, then not.
	counted := *report.VIFs[5]
	counted.RxPackets++
	report.VIFs = slices.Clone(report.VIFs)
	report.VIFs[5] = &counted
	if written, compared := take(); written != 0 || compared == 0 || compared > 2 {
		t.Errorf("of one counter %d lines were written, %d sightings compared", written, compared)
	}
	now = now.Add(2 * time.Second)
	if written, _ := take(); written != 1 {
		t.Errorf("a while later %d lines were written", written)
	}
}

func BenchmarkNewsOfAFullDevice(b *testing.B) {
	st := openStore(b)
	fullDevice(b, st, 1000)
	teller := edgelink.NewTeller(st, "d1")
	teller.News()
	for b.Loop() {
		teller.News()
	}
}
