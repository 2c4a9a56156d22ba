package cutover_test

import (
	"net/netip"
	"testing"
	"time"

	"demarc"
	"demarc/cutover"
	"demarc/store"
)

// TestPlansThere are refused by name where nothing could be measured, or where
// the way is not built.
func TestPlansThere(t *testing.T) {
	d := newDistance(t)
	for _, tt := range []struct {
		name, want string
		change     func(*cutover.Wish)
		built      bool
	}{
		{"before anything was said", "E-CUTOVER-EARLY", func(*cutover.Wish) {}, false},
		{"no address in the environment", "E-CUTOVER-PROBE", func(w *cutover.Wish) { w.App = netip.Addr{} }, true},
		{"an address outside of it", "E-CUTOVER-PROBE", func(w *cutover.Wish) { w.App = netip.MustParseAddr("10.8.3.10") }, true},
		{"an address outside of its prefix", "E-CUTOVER-PROBE", func(w *cutover.Wish) {
			w.Probes = map[string]netip.Addr{"192.168.50.0/24": netip.MustParseAddr("192.168.51.10"), "192.168.51.0/24": netip.MustParseAddr("192.168.51.10")}
		}, true},
		{"a prefix without one", "E-CUTOVER-PROBE", func(w *cutover.Wish) { w.Probes = map[string]netip.Addr{"192.168.50.0/24": asked["192.168.50.0/24"]} }, true},
		{"by hand", "E-CUTOVER-STEER", func(w *cutover.Wish) { w.Manual = true }, true},
		{"two paths for an hour", "E-CUTOVER-TERMS", func(w *cutover.Wish) { w.Apart = time.Hour }, true},
		{"two paths for no time", "E-CUTOVER-TERMS", func(w *cutover.Wish) { w.Apart = time.Millisecond }, true},
		{"well", "", func(*cutover.Wish) {}, true},
		{"twice", "E-LOCKED", func(*cutover.Wish) {}, true},
	} {
		if tt.built {
			d.built()
		}
		wish := d.wish()
		tt.change(&wish)
		if code := d.code(func(tx *store.Tx) error { _, err := cutover.Plan(tx, customer, wish, d.now); return err }); code != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, code, tt.want)
		}
	}
	w := newWorld(t)
	if code := w.code(func(tx *store.Tx) error {
		_, err := cutover.Plan(tx, customer, cutover.Wish{Case: w.of.ID, Probes: probes, App: app}, w.now)
		return err
	}); code != "E-ELSEWHERE" {
		t.Errorf("an environment here: got %q", code)
	}
}

// TestNothingIsTurnedUnseenThere: both machines have to be there, and to see.
func TestNothingIsTurnedUnseenThere(t *testing.T) {
	d := newDistance(t).built()
	rehearse := func(by demarc.AccountID) string {
		return d.code(func(tx *store.Tx) error { _, err := cutover.Rehearse(tx, by, d.latest().ID, d.now); return err })
	}
	d.planned()
	for name, tt := range map[string]struct {
		want          string
		breaks, mends func()
	}{
		"no machine of the platform's": {"E-CUTOVER-BLIND", func() { d.platform.dead = true }, func() { d.platform.dead = false }},
		"no machine of the customer's": {"E-CUTOVER-BLIND", func() { d.customer.dead = true }, func() { d.customer.dead = false }},
		"a machine in trouble":         {"E-CUTOVER-BLIND", func() { d.platform.trouble, d.platform.refuses = "AccessDenied", true }, func() { d.platform.refuses = false }},
		"a route by hand": {"E-ROUTE-OVERLAP", func() {
			d.inTheWay = []demarc.StaticRoute{{Prefix: netip.MustParsePrefix("192.168.50.0/25"), Target: "pcx-1"}}
		}, func() { d.inTheWay = nil }},
		"no answers": {"E-CUTOVER-PROBE", func() { d.dark = true }, func() { d.dark = false }},
	} {
		tt.breaks()
		d.pass(4 * time.Second)
		if code := rehearse(platform); code != tt.want {
			t.Errorf("%s: got %q, want %q", name, code, tt.want)
		}
		tt.mends()
		d.pass(4 * time.Second)
	}
	if code := d.code(func(tx *store.Tx) error { _, err := cutover.Start(tx, customer, d.latest().ID, d.now); return err }); code != "E-CUTOVER-REHEARSAL" {
		t.Errorf("unrehearsed: got %q", code)
	}
	if code := rehearse(customer); code != "" {
		t.Errorf("mended: got %q", code)
	}
}

// TestEachSaysWhatItSees: who is no party learns nothing, and neither party may
// say what only the other one can have seen.
func TestEachSaysWhatItSees(t *testing.T) {
	d := newDistance(t).built().planned()
	id := d.latest().ID
	tell := func(by demarc.AccountID, id demarc.CutoverID, word cutover.Word) error {
		var said error
		d.write(func(tx *store.Tx) error {
			_, said = cutover.Tell(tx, by, id, word, d.now)
			return nil
		})
		return said
	}
	for _, of := range []demarc.CutoverID{id, "co-absent00"} {
		if said := tell(stranger, of, cutover.Word{}); said == nil || said.Error() != `no cut-over "`+string(of)+`"` {
			t.Errorf("a stranger: %v", said)
		}
	}
	probe := asked["192.168.50.0/24"]
	owners, guests := d.seen(customer), d.seen(platform)
	other := *owners
	other.Interfaces = []demarc.InterfaceSighted{{ID: "dxvif-x", Connection: "dxcon-x", Owner: "777777777777", State: demarc.VIFAvailable}}
	sent := d.customer.counts[probe].Sent
	counted := func(change func(*cutover.Echoed)) []cutover.Echoed {
		var all []cutover.Echoed
		for _, e := range d.customer.counts {
			if e.Probe == probe {
				change(&e)
			}
			all = append(all, e)
		}
		return all
	}
	for _, tt := range []struct {
		name string
		by   demarc.AccountID
		word cutover.Word
	}{
		{"the platform counts", platform, cutover.Word{Echoes: counted(func(*cutover.Echoed) {})}},
		{"the platform sees associations", platform, cutover.Word{Seen: owners}},
		{"the customer sees route tables", customer, cutover.Word{Seen: guests}},
		{"an interface of somebody else's", customer, cutover.Word{Seen: &other}},
		{"orders to come", customer, cutover.Word{Seen: owners, Revision: 99}},
		{"an address of nobody's", customer, cutover.Word{Echoes: counted(func(e *cutover.Echoed) { e.Probe = app })}},
		{"one address of two", customer, cutover.Word{Echoes: counted(func(*cutover.Echoed) {})[:1]}},
		{"more answers than requests", customer, cutover.Word{Echoes: counted(func(e *cutover.Echoed) { e.Answered = e.Sent + 1 })}},
		{"fewer than before", customer, cutover.Word{Echoes: counted(func(e *cutover.Echoed) { e.Sent, e.Answered, e.Lost = sent-1, 0, 0 })}},
		{"a path that is none", customer, cutover.Word{Echoes: counted(func(e *cutover.Echoed) { e.In = "by-road" })}},
	} {
		m := map[demarc.AccountID]*machine{customer: &d.customer, platform: &d.platform}[tt.by]
		tt.word.Hand, tt.word.Number = m.term, m.number+1
		if code := d.code(func(tx *store.Tx) error { _, err := cutover.Tell(tx, tt.by, id, tt.word, d.now); return err }); code != "E-SIGHTING" {
			t.Errorf("%s: got %q, want E-SIGHTING", tt.name, code)
		}
	}
	w := newWorld(t)
	w.plan()
	if code := w.code(func(tx *store.Tx) error {
		_, err := cutover.Tell(tx, customer, w.latest().ID, cutover.Word{}, w.now)
		return err
	}); code != "E-ELSEWHERE" {
		t.Errorf("a cut-over here: got %q", code)
	}
}

// TestWhatWasThereBeforeStays: a prefix that was led, or allowed, before the
// cut-over is not taken away by it.
func TestWhatWasThereBeforeStays(t *testing.T) {
	d := newDistance(t).built()
	led, half := netip.MustParsePrefix("192.168.51.0/24"), netip.MustParsePrefix("10.8.2.0/25")
	d.led[led], d.allowed[half] = true, true
	d.planned()
	d.do(cutover.Rehearse, customer)
	d.until("the rehearsal is over", time.Minute, d.state(demarc.CutoverPlanned))
	if len(d.led) != 1 || len(d.allowed) != 2 {
		t.Errorf("rehearsed, there are %v and %v", d.led, d.allowed)
	}
	d.do(cutover.Start, customer)
	d.until("it carries", time.Minute, d.state(demarc.CutoverCarrying))
	d.write(func(tx *store.Tx) error {
		_, _, err := cutover.Rollback(tx, customer, d.latest().ID, d.now)
		return err
	})
	d.until("it is put back", time.Minute, d.state(demarc.CutoverRolledBack))
	if !d.led[led] || !d.allowed[half] || len(d.led) != 1 || len(d.allowed) != 2 {
		t.Errorf("left are %v and %v", d.led, d.allowed)
	}
}
