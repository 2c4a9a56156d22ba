package cutover_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/cutover"
	"demarc/desk"
	"demarc/store"
)

// TestACutoverThereFromPlanToEnd has both parties' machines do what the desk
// wants, and the clock the rest.
func TestACutoverThereFromPlanToEnd(t *testing.T) {
	d := newDistance(t).built().rehearsed()
	for _, p := range d.latest().Prefixes {
		if want := "took tgw-1 both ways"; p.Rehearsal != want {
			t.Errorf("rehearsed: got %q, want %q", p.Rehearsal, want)
		}
	}
	d.do(cutover.Start, customer)
	one := false
	d.until("it carries", time.Minute, func() bool {
		flipping := 0
		for _, p := range d.latest().Prefixes {
			if p.State == demarc.PrefixFlipping {
				flipping++
			}
		}
		one = one || flipping == 1
		if flipping > 1 {
			t.Fatal("two prefixes are turned at once")
		}
		return d.latest().State == demarc.CutoverCarrying
	})
	c := d.latest()
	for _, p := range c.Prefixes {
		if p.State != demarc.PrefixNew || p.Measured.Sent == 0 || p.Measured.Lost != 0 || p.Measured.Asymmetric == 0 || p.Measured.Asymmetric > 10*time.Second {
			t.Errorf("%s: got %+v", p.Prefix, p)
		}
	}
	if first, second := c.Prefixes[0].Measured.Asymmetric, c.Prefixes[1].Measured.Asymmetric; !one || first < holds || first <= second {
		t.Errorf("the first prefix took two paths for %s, the second for %s", first, second)
	}
	of, err := desk.Case(d.store.Local(), customer, d.of.ID)
	if err != nil || of.State != demarc.CaseAnswered || !strings.HasPrefix(of.Answer, "Ready to use: 2 prefixes") || of.Transit.Ready.IsZero() {
		t.Errorf("the case is %s, %q, %v", of.State, of.Answer, err)
	}

	// Nothing but a signature opens the gate: here silence is none.
	d.pace = time.Second
	d.pass(12 * time.Minute)
	if open := marksOf(cutover.Gate(d.store.Local(), d.latest(), d.now)); open != "+routes +stable -notices -sign-off" {
		t.Errorf("the gate after 12 minutes: %s", open)
	}
	d.now = d.now.Add(demarc.CutoverSilence)
	d.pass(2 * time.Second)
	d.now = d.now.Add(demarc.CutoverLastNotice)
	d.pass(15 * time.Minute)
	if open := marksOf(cutover.Gate(d.store.Local(), d.latest(), d.now)); open != "+routes +stable +notices -sign-off" || !d.hosted {
		t.Errorf("the gate after weeks: %s, hosted %v", open, d.hosted)
	}
	d.do(cutover.SignOff, customer)
	d.until("it is done", time.Minute, d.state(demarc.CutoverDone))
	c = d.latest()
	if d.hosted || len(c.Interfaces) != 1 || c.Interfaces[0].ID != hostedThere || c.Interfaces[0].Gone.IsZero() {
		t.Errorf("hosted %v, %+v", d.hosted, c.Interfaces)
	}
	if len(d.allowed) != 1 || len(d.led) != 2 {
		t.Errorf("in the end there are routes %v and allowed prefixes %v", d.led, d.allowed)
	}
	d.pass(time.Second)
	if !d.platform.orders.Over || !d.customer.orders.Over {
		t.Error("the machines are not told that it is over")
	}
}

// holds is how long a prefix is watched before the next follows.
const holds = time.Second

func marksOf(steps []demarc.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, map[bool]string{true: "+", false: "-"}[s.Done]+s.ID)
	}
	return strings.Join(all, " ")
}

// TestAWayThatTheWireDoesNotShow is taken from the routes, and said to be.
func TestAWayThatTheWireDoesNotShow(t *testing.T) {
	for name, tt := range map[string]struct {
		sameTTL, mute bool
		want          string
	}{
		"out":  {true, false, "which way out is taken from the routes"},
		"in":   {false, true, "which way in is taken from the routes"},
		"both": {true, true, "which way out and in is taken from the routes"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDistance(t).built()
			d.sameTTL, d.mute = tt.sameTTL, tt.mute
			d.rehearsed()
			if got := d.latest().Prefixes[0].Rehearsal; !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			d.do(cutover.Start, customer)
			d.until("it carries", time.Minute, d.state(demarc.CutoverCarrying))
			if got := d.latest().Prefixes[0].Measured.Asymmetric; got < holds {
				t.Errorf("two paths for %s", got)
			}
		})
	}
}

// TestWhatIsTooMuchThereIsPutBack breaks the new path, or a machine, at every
// stage: within a minute nothing of it is left that a machine that is alive could
// take away.
func TestWhatIsTooMuchThereIsPutBack(t *testing.T) {
	for name, tt := range map[string]struct {
		until  func(d *distance) func() bool
		breaks func(d *distance)
		why    string
		alone  bool // a machine is dead, and its part is left
	}{
		"a wall from the start":       {func(*distance) func() bool { return func() bool { return true } }, func(d *distance) { d.wall = true }, "was silent for", false},
		"a wall in the middle":        {halfTurned, func(d *distance) { d.wall = true }, "was silent for", false},
		"a wall while it is verified": {func(d *distance) func() bool { return d.state(demarc.CutoverVerifying) }, func(d *distance) { d.wall = true }, "was silent for", false},
		"a wall while it carries":     {func(d *distance) func() bool { return d.state(demarc.CutoverCarrying) }, func(d *distance) { d.wall = true }, "is silent over tgw-1", false},
		"a refusal there":             {func(*distance) func() bool { return func() bool { return true } }, func(d *distance) { d.platform.refuses = true }, "the platform's machine could not do its part: RouteLimitExceeded", false},
		"the customer's machine dies": {halfTurned, func(d *distance) { d.customer.dead = true }, "nothing was heard of the customer's machine for 10s", true},
		"the platform's machine dies": {halfTurned, func(d *distance) { d.platform.dead = true }, "nothing was heard of the platform's machine for 10s", true},
		"a way in that is not turned": {halfTurned, func(d *distance) { d.customer.did = -1; d.customer.refuses = true }, "the customer's machine could not do its part", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDistance(t).built().rehearsed()
			d.do(cutover.Start, customer)
			d.until("it is time", time.Minute, tt.until(d))
			tt.breaks(d)
			d.until("it is put back", time.Minute, func() bool {
				s := d.latest().State
				return s == demarc.CutoverRollingBack || s == demarc.CutoverRolledBack
			})
			begun := d.now
			d.platform.refuses, d.customer.refuses = false, false
			if why := d.latest().Why; !strings.Contains(why, tt.why) {
				t.Errorf("got %q, want %q", why, tt.why)
			}
			if tt.alone {
				d.afterADeath()
				return
			}
			d.until("it is over", time.Minute, d.state(demarc.CutoverRolledBack))
			if took := d.latest().RollbackTook; took <= 0 || took > time.Minute || d.now.Sub(begun) > time.Minute {
				t.Errorf("the rollback took %s", took)
			}
			d.asBefore()
			if of, _ := desk.Case(d.store.Local(), customer, d.of.ID); of.State.Ended() || !of.Transit.Ready.IsZero() {
				t.Errorf("the case is %s, ready %s", of.State, of.Transit.Ready)
			}
		})
	}
}

func halfTurned(d *distance) func() bool {
	return func() bool {
		p := d.latest().Prefixes
		return p[0].State == demarc.PrefixNew && p[1].State == demarc.PrefixFlipping
	}
}

// afterADeath: who is alive puts its part back; the row says what is left, until
// the machine comes back and goes on.
func (d *distance) afterADeath() {
	d.Helper()
	d.pass(20 * time.Second)
	if dead := d.platform.dead; dead && len(d.allowed) != 1 || !dead && len(d.led) != 0 {
		d.Errorf("the living have left routes %v and allowed prefixes %v", d.led, d.allowed)
	}
	d.pass(time.Minute)
	c := d.latest()
	if c.State != demarc.CutoverRollingBack || !strings.Contains(c.Why, "machine has not put its part back: demarc elsewhere cutover "+string(c.ID)) {
		d.Errorf("a minute later it is %s: %s", c.State, c.Why)
	}
	if code := d.code(func(tx *store.Tx) error { _, err := cutover.Plan(tx, customer, d.wish(), d.now); return err }); code != "E-LOCKED" {
		d.Errorf("another plan: got %q, want E-LOCKED", code)
	}
	d.begun()
	d.until("it is over", time.Minute, d.state(demarc.CutoverRolledBack))
	d.asBefore()
}

// TestWhoIsGoneForGood is not waited for for ever: either party may call it off,
// and what is left is taken away should the machine come back.
func TestWhoIsGoneForGood(t *testing.T) {
	d := newDistance(t).built().rehearsed()
	d.do(cutover.Start, customer)
	d.until("half", time.Minute, halfTurned(d))
	d.platform.dead = true
	if code := d.code(func(tx *store.Tx) error { _, err := cutover.Cancel(tx, customer, d.latest().ID, d.now); return err }); code != "E-CUTOVER-STATE" {
		t.Errorf("before its time: got %q", code)
	}
	d.until("it is late", 2*time.Minute, func() bool { return d.latest().There.Late })
	d.do(cutover.Cancel, customer)
	if len(d.led) == 0 {
		t.Fatal("nothing is left")
	}
	d.begun()
	d.pass(2 * time.Second)
	d.asBefore()
	if !d.platform.orders.Over {
		t.Error("it is not over")
	}
}

// TestDeathsThere kills machines and the desk in the middle; the way goes on, and
// nothing is counted twice.
func TestDeathsThere(t *testing.T) {
	d := newDistance(t).built().rehearsed()
	d.do(cutover.Start, customer)
	d.until("half", time.Minute, halfTurned(d))
	d.customer = machine{dead: true, counts: map[netip.Addr]cutover.Echoed{}}
	d.pass(5 * time.Second)
	if len(d.allowed) != 1 || d.latest().State != demarc.CutoverFlipping {
		t.Errorf("unmeasured it turned the way in to %v, and is %s", d.allowed, d.latest().State)
	}
	before := d.latest().Prefixes[0].Measured.Sent
	d.customer.dead = false
	d.pass(600 * time.Millisecond)
	d.deskDead = true
	d.pass(30 * time.Second)
	d.deskDead, d.awake = false, d.now
	d.platform, d.customer.next = machine{}, d.now
	d.until("it carries", time.Minute, d.state(demarc.CutoverCarrying))
	counted := d.latest().Prefixes[0].Measured
	if most := uint64(d.now.Sub(start)/tick) * 10; counted.Sent <= before || counted.Sent > most || counted.Answered > counted.Sent {
		t.Errorf("counted %+v after %d, of at most %d", counted, before, most)
	}
}

// TestAWordTwice is counted once, and that of a machine that another has followed
// not at all.
func TestAWordTwice(t *testing.T) {
	d := newDistance(t).built().planned()
	sent := func() uint64 {
		h, _ := store.CutoverHands.Get(d.store.Local(), string(d.latest().ID)+" customer")
		return h.EchoOf(asked["192.168.50.0/24"]).Total().Sent
	}
	word, before := d.customer.lastSent, sent()
	tell := func(word cutover.Word) string {
		return d.code(func(tx *store.Tx) error {
			_, err := cutover.Tell(tx, customer, d.latest().ID, word, d.now)
			return err
		})
	}
	if code := tell(word); code != "" || sent() != before || before == 0 {
		t.Errorf("again: %q, %d sent after %d", code, sent(), before)
	}
	if code := tell(cutover.Word{}); code != "" || sent() != before {
		t.Errorf("another machine: %q, %d sent after %d", code, sent(), before)
	}
	word.Number++
	if code := tell(word); code != "E-CUTOVER-HAND" {
		t.Errorf("the one before: got %q", code)
	}
	word.Hand, word.Number = word.Hand+1, 1
	if code := tell(word); code != "" || sent() != 2*before {
		t.Errorf("the next: %q, %d sent after %d", code, sent(), before)
	}
}

// TestNothingIsTurnedUnmeasuredThere: what was heard before the desk was away is
// too old to turn anything by.
func TestNothingIsTurnedUnmeasuredThere(t *testing.T) {
	d := newDistance(t).built().rehearsed()
	d.do(cutover.Start, customer)
	d.customer.dead, d.deskDead = true, true
	d.pass(4 * time.Second)
	d.deskDead, d.awake = false, d.now
	d.pass(5 * time.Second)
	if len(d.led) != 0 || d.latest().State != demarc.CutoverFlipping {
		t.Errorf("unmeasured it turned %v, and is %s", d.led, d.latest().State)
	}
	d.customer.dead = false
	d.until("it carries", time.Minute, d.state(demarc.CutoverCarrying))
}
