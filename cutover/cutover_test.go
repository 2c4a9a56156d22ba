package cutover_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/cutover"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

// TestACutoverFromPlanToEnd has both parties do what they have to, and the
// clock the rest.
func TestACutoverFromPlanToEnd(t *testing.T) {
	w := newWorld(t)
	w.rehearsed()
	w.asBefore()
	w.do(cutover.Start, platform)
	w.until("it carries", 30*time.Second, func() bool { return w.latest().State == demarc.CutoverCarrying })
	c := w.latest()
	for _, p := range c.Prefixes {
		if p.State != demarc.PrefixNew || p.Measured.Sent == 0 || p.Measured.Asymmetric == 0 || p.Measured.Asymmetric > 5*time.Second {
			t.Errorf("%s: got %+v", p.Prefix, p)
		}
	}
	of, err := desk.Case(w.store.Local(), customer, w.of.ID)
	if err != nil || of.State != demarc.CaseAnswered || !strings.HasPrefix(of.Answer, "Ready to use") {
		t.Errorf("the case is %s, %q, %v", of.State, of.Answer, err)
	}
	steps := desk.TransitSteps(w.store.Local(), of, w.now)
	if next, waiting := desk.WhoseMove(steps); !waiting || next.ID != "retire" {
		t.Errorf("next is %+v", next)
	}

	// Signed, and traffic moved, and the hosted interface idle: it does not end
	// before both were told twice.
	w.do(cutover.SignOff, customer)
	w.rest(12 * time.Minute)
	if s := w.latest().State; s != demarc.CutoverCarrying {
		t.Fatalf("after 12 minutes it is %s", s)
	}
	w.now = w.now.Add(demarc.CutoverNotice - demarc.CutoverLastNotice)
	w.pass(3 * time.Second)
	if told := len(w.latest().Gate.Told); told != 2 {
		t.Errorf("a day before, the parties were told %d times", told)
	}
	w.now = w.now.Add(demarc.CutoverLastNotice)
	w.until("the hosted interface is deleted", time.Minute, func() bool { return w.latest().State == demarc.CutoverRetiring })
	if v, _ := store.VirtualInterfaces.Get(w.store.Local(), string(hosted)); v.State != demarc.VIFDeleting {
		t.Errorf("the interface is %s", v.State)
	}
	w.write(func(tx *store.Tx) error {
		vif.Settle(tx, hosted, w.now)
		return nil
	})
	w.until("it is done", time.Minute, func() bool { return w.latest().State == demarc.CutoverDone })
	if a, _ := store.GatewayAssociations.Get(w.store.Local(), string(w.association)); len(a.Allowed) != 2 {
		t.Errorf("allowed prefixes are left: %v", a.Allowed)
	}
	if next, waiting := desk.WhoseMove(desk.TransitSteps(w.store.Local(), of, w.now)); waiting {
		t.Errorf("%+v is left", next)
	}
	names := map[cutover.Act]bool{}
	for _, act := range w.acts {
		names[act] = true
	}
	for _, want := range []cutover.Act{{platform, "CreateRoute"}, {platform, "DeleteRoute"}, {customer, "UpdateDirectConnectGatewayAssociation"}, {platform, "DeleteVirtualInterface"}} {
		if !names[want] {
			t.Errorf("nothing says that %s was done in the name of %s", want.Operation, want.Account)
		}
	}
}

// TestWhatIsTooMuchIsPutBack breaks the new path at every stage.
func TestWhatIsTooMuchIsPutBack(t *testing.T) {
	for _, test := range []struct {
		name   string
		at     demarc.CutoverState
		broken func(*world)
		why    string
	}{
		{"answers are dropped while prefixes move", demarc.CutoverFlipping, func(w *world) { w.wall = true }, "was silent for"},
		{"answers are dropped later", demarc.CutoverVerifying, func(w *world) { w.wall = true }, "was silent for"},
		{"answers are dropped days later", demarc.CutoverCarrying, func(w *world) { w.wall = true }, "is silent over"},
		{"nothing is heard of the probes", demarc.CutoverFlipping, func(w *world) { w.deaf = true }, "nothing was heard of the probes"},
		{"somebody removes the association", demarc.CutoverFlipping, func(w *world) {
			w.write(func(tx *store.Tx) error {
				a, _ := store.GatewayAssociations.Get(tx, string(w.association))
				a.State = demarc.GatewayDisassociating
				store.GatewayAssociations.Put(tx, a)
				return nil
			})
		}, "is gone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.rehearsed()
			w.do(cutover.Start, customer)
			w.until("it is "+string(test.at), time.Minute, func() bool { return w.latest().State == test.at })
			test.broken(w)
			began := w.now
			w.until("it is put back", time.Minute, func() bool { return w.latest().State == demarc.CutoverRollingBack })
			w.asBefore()
			w.deaf = false
			w.until("the old path carries", time.Minute, func() bool { return w.latest().State == demarc.CutoverRolledBack })
			c := w.latest()
			if !strings.Contains(c.Why, test.why) || c.RollbackTook <= 0 || w.now.Sub(began) > time.Minute {
				t.Errorf("got %q after %s, which took %s; want %q within a minute", c.Why, w.now.Sub(began), c.RollbackTook, test.why)
			}
			of, _ := desk.Case(w.store.Local(), platform, w.of.ID)
			if of.State.Ended() {
				t.Errorf("the case is %s, and the Transit Gateway carries nothing", of.State)
			}
		})
	}
}

// TestEitherPartyPutsBack does, until the hosted interfaces are deleted.
func TestEitherPartyPutsBack(t *testing.T) {
	w := newWorld(t)
	w.rehearsed()
	back := func(by demarc.AccountID) string {
		id := w.latest().ID
		return w.code(func(tx *store.Tx) error {
			_, _, err := cutover.Rollback(tx, by, id, w.now)
			return err
		})
	}
	if got := back(customer); got != "E-CUTOVER-STATE" {
		t.Errorf("before anything moved: got %q", got)
	}
	w.do(cutover.Start, customer)
	w.until("it carries", time.Minute, func() bool { return w.latest().State == demarc.CutoverCarrying })
	if got := back(stranger); got != "" && got != "E-NOT-FOUND" {
		t.Errorf("a stranger: got %q", got)
	}
	if w.latest().State != demarc.CutoverCarrying {
		t.Fatal("a stranger has put it back")
	}
	if got := back(customer); got != "" {
		t.Fatalf("got %q", got)
	}
	w.asBefore()
	w.until("the old path carries", time.Minute, func() bool { return w.latest().State == demarc.CutoverRolledBack })

	// Another may be planned, and carried to its end; then it is too late.
	w.now = w.now.Add(time.Second)
	w.rehearsed()
	w.do(cutover.Start, platform)
	w.until("it carries again", time.Minute, func() bool { return w.latest().State == demarc.CutoverCarrying })
	w.do(cutover.SignOff, customer)
	w.rest(12 * time.Minute)
	w.now = w.now.Add(demarc.CutoverLastNotice)
	w.pass(2 * time.Second)
	w.now = w.now.Add(demarc.CutoverLastNotice)
	w.until("the hosted interface is deleted", time.Minute, func() bool { return w.latest().State == demarc.CutoverRetiring })
	if got := back(platform); got != "E-CUTOVER-STATE" {
		t.Errorf("without a way back: got %q", got)
	}
}

// TestTheGateIsNeverOpenedByTheClockAlone leaves out one condition at a time,
// and lets a month pass.
func TestTheGateIsNeverOpenedByTheClockAlone(t *testing.T) {
	object := func(w *world) {
		id := w.latest().ID
		w.write(func(tx *store.Tx) error {
			_, err := cutover.Object(tx, customer, id, "the bank is closed on Mondays")
			return err
		})
	}
	took := func(w *world) { // it carried well for long enough
		w.rest(12 * time.Minute)
		if g := w.latest().Gate; g.TrafficSince.IsZero() || g.IdleSince.IsZero() {
			w.Fatalf("nothing was seen: %+v", g)
		}
	}
	for _, test := range []struct {
		name  string
		hold  func(*world)
		opens bool
	}{
		{"the customer objects", object, false},
		{"the VPC's host is heard no more", func(w *world) { took(w); w.deaf = true }, false},
		{"the hosted interface's device is heard no more", func(w *world) { took(w); w.lost = true }, false},
		{"the hosted interface carries something", func(w *world) { w.stray = func() { w.old++ } }, false},
		{"the Transit Gateway carries nothing but probes", func(w *world) { w.idle = true }, false},
		{"the customer has not said a word", func(*world) {}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.rehearsed()
			w.do(cutover.Start, customer)
			w.until("it carries", time.Minute, func() bool { return w.latest().State == demarc.CutoverCarrying })
			if test.name != "the customer objects" && !test.opens {
				w.do(cutover.SignOff, customer)
			}
			test.hold(w)
			for range 31 * 4 {
				w.now = w.now.Add(6 * time.Hour)
				w.step()
			}
			ended := w.latest().State == demarc.CutoverRetiring
			if ended != test.opens {
				t.Errorf("after a month it is %s, with the gate %+v", w.latest().State, w.latest().Gate)
			}
			if told := len(w.latest().Gate.Told); told < 10 {
				t.Errorf("the parties were told %d times", told)
			}
		})
	}
}

// TestALateNoticeIsNoNotice: control is away until long after the interfaces were
// due, and the customer has signed. It is told a second time, and has its day.
func TestALateNoticeIsNoNotice(t *testing.T) {
	w := newWorld(t)
	w.rehearsed()
	w.do(cutover.Start, customer)
	w.until("it carries", time.Minute, func() bool { return w.latest().State == demarc.CutoverCarrying })
	w.do(cutover.SignOff, customer)
	w.rest(12 * time.Minute)
	w.now = w.now.Add(30 * 24 * time.Hour)
	w.rest(2 * time.Minute)
	if c := w.latest(); c.State != demarc.CutoverCarrying || len(c.Gate.Told) != 2 || c.Gate.Ends().Before(w.now) {
		t.Fatalf("minutes after the second notice it is %s, told %d times", c.State, len(c.Gate.Told))
	}
	w.now = w.now.Add(demarc.CutoverLastNotice)
	w.until("the hosted interface is deleted", time.Minute, func() bool { return w.latest().State == demarc.CutoverRetiring })
}

// TestTheTermsArePartOfThePlan, and what the gate goes by.
func TestTheTermsArePartOfThePlan(t *testing.T) {
	w := newWorld(t)
	terms := demarc.CutoverTerms{StableMinutes: 20, IdleMinutes: 30, NoticeHours: 72, SilenceDays: 21}
	for field, bad := range map[string]demarc.CutoverTerms{
		"terms.stableMinutes": {StableMinutes: 4}, "terms.idleMinutes": {IdleMinutes: -1}, "terms.noticeHours": {NoticeHours: 47}, "terms.silenceDays": {SilenceDays: 91},
	} {
		err := w.store.Write(t.Context(), func(tx *store.Tx) error {
			_, err := cutover.Plan(tx, customer, cutover.Wish{Case: w.of.ID, Probes: probes, Terms: bad}, w.now)
			return err
		})
		if refusal, ok := errors.AsType[*demarc.Error](err); !ok || refusal.Code != "E-CUTOVER-TERMS" || refusal.Field != field {
			t.Errorf("%+v: got %v", bad, err)
		}
	}
	w.terms = terms
	w.rehearsed()
	if got := w.latest().Terms; got != terms {
		t.Fatalf("the plan has %+v", got)
	}
	w.do(cutover.Start, customer)
	w.until("it carries", time.Minute, func() bool { return w.latest().State == demarc.CutoverCarrying })
	began := w.now
	done := func(id string) bool {
		gate := cutover.Gate(w.store.Local(), w.latest(), w.now)
		return gate[slices.IndexFunc(gate, func(s demarc.Step) bool { return s.ID == id })].Done
	}
	w.rest(19 * time.Minute)
	if done("traffic") || done("idle") {
		t.Error("19 minutes are enough")
	}
	w.rest(5 * time.Minute)
	if !done("traffic") || done("idle") {
		t.Errorf("after 24 minutes: traffic %v, idle %v", done("traffic"), done("idle"))
	}
	w.rest(10 * time.Minute)
	if !done("idle") {
		t.Error("after 34 minutes the hosted interfaces are not idle")
	}
	if due := w.latest().Gate.Due; due.Sub(began).Round(time.Minute) != 72*time.Hour {
		t.Errorf("it is due %s later", due.Sub(began))
	}
	w.now = began.Add(20*24*time.Hour + 23*time.Hour)
	w.pass(time.Second)
	if done("sign-off") {
		t.Error("a silence of 20 days is a signature")
	}
	w.now = began.Add(21*24*time.Hour + time.Minute)
	if !done("sign-off") {
		t.Error("a silence of 21 days is none")
	}
}

// TestNothingIsSkipped asks for each move too early.
func TestNothingIsSkipped(t *testing.T) {
	w := newWorld(t)
	plan := func(by demarc.AccountID, wish cutover.Wish) string {
		return w.code(func(tx *store.Tx) error {
			_, err := cutover.Plan(tx, by, wish, w.now)
			return err
		})
	}
	partly, outside := maps.Clone(probes), maps.Clone(probes)
	delete(partly, "192.168.51.0/24")
	outside["192.168.51.0/24"] = probes["192.168.50.0/24"]
	for name, test := range map[string]struct {
		by   demarc.AccountID
		wish cutover.Wish
		want string
	}{
		"a stranger":          {stranger, cutover.Wish{Case: w.of.ID, Probes: probes}, ""},
		"a prefix unprobed":   {customer, cutover.Wish{Case: w.of.ID, Probes: partly}, "E-CUTOVER-PROBE"},
		"a probe outside":     {customer, cutover.Wish{Case: w.of.ID, Probes: outside}, "E-CUTOVER-PROBE"},
		"no such case at all": {customer, cutover.Wish{Case: "case-absent00", Probes: probes}, ""},
	} {
		if got := plan(test.by, test.wish); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
		if w.latest().ID != "" {
			t.Fatalf("%s: planned", name)
		}
	}
	var c demarc.Cutover
	w.write(func(tx *store.Tx) (err error) {
		c, err = cutover.Plan(tx, customer, cutover.Wish{Case: w.of.ID, Probes: probes}, w.now)
		return err
	})
	if got := plan(platform, cutover.Wish{Case: w.of.ID, Probes: probes}); got != "E-LOCKED" {
		t.Errorf("a second one: got %q", got)
	}
	ask := func(act func(*store.Tx, demarc.AccountID, demarc.CutoverID, time.Time) (demarc.Cutover, error), by demarc.AccountID) string {
		return w.code(func(tx *store.Tx) error {
			_, err := act(tx, by, c.ID, w.now)
			return err
		})
	}
	for _, step := range []struct {
		name string
		got  string
		want string
	}{
		{"a start by one alone", ask(cutover.Start, customer), "E-CUTOVER-AGREED"},
		{"a rehearsal by one alone", ask(cutover.Rehearse, customer), "E-CUTOVER-AGREED"},
		{"agreement", ask(cutover.Agree, platform), ""},
		{"a start unrehearsed", ask(cutover.Start, platform), "E-CUTOVER-REHEARSAL"},
		{"a signature too early", ask(cutover.SignOff, customer), "E-CUTOVER-STATE"},
		{"a signature by the platform", ask(cutover.SignOff, platform), "E-NOT-CUSTOMER"},
		{"a rehearsal", ask(cutover.Rehearse, platform), ""},
		{"cancelling meanwhile", ask(cutover.Cancel, customer), "E-CUTOVER-STATE"},
	} {
		if step.got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, step.got, step.want)
		}
	}
	var other demarc.Case
	w.write(func(tx *store.Tx) (err error) {
		store.Links.Put(tx, demarc.Link{ID: "lk-1", Environment: "acme-prod", Customer: customer, DefaultRoute: demarc.DefaultNever})
		other, err = desk.OpenCase(tx, customer, desk.New{Kind: demarc.CaseRoutes, Environment: "acme-prod", Fields: demarc.CaseFields{Link: "lk-1", Add: []string{"10.77.0.0/16"}}}, w.now)
		return err
	})
	if got := w.code(func(tx *store.Tx) error {
		_, err := desk.Accept(tx, demarc.Actor{Account: platform}, other.ID, w.now)
		return err
	}); got != "E-LOCKED" {
		t.Errorf("other prefixes meanwhile: got %q", got)
	}
}

// TestACustomerTurnsItsRoutersItself, in time and too late: nothing of its Direct
// Connect gateway is touched, and two paths are not left to stay.
func TestACustomerTurnsItsRoutersItself(t *testing.T) {
	for name, after := range map[string]time.Duration{"in time": 20 * time.Second, "too late": 5 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.write(func(tx *store.Tx) error {
				c, err := cutover.Plan(tx, customer, cutover.Wish{Case: w.of.ID, Probes: probes, Manual: true}, w.now)
				if err == nil {
					_, err = cutover.Agree(tx, platform, c.ID, w.now)
				}
				return err
			})
			w.do(cutover.Rehearse, customer)
			w.until("it is rehearsed", time.Minute, func() bool { return !w.latest().Rehearsed.IsZero() })
			w.do(cutover.Start, customer)
			w.until("the prefixes have moved", time.Minute, func() bool { return !w.latest().Turned.IsZero() })
			began := w.now
			w.until("it comes to rest", 2*time.Minute, func() bool {
				w.turned = w.now.Sub(began) >= after
				s := w.latest().State
				return s == demarc.CutoverCarrying || s.Ended()
			})
			c, want := w.latest(), demarc.CutoverCarrying
			if name == "too late" {
				want = demarc.CutoverRolledBack
			}
			if c.State != want || c.Prefixes[0].Measured.Asymmetric > time.Minute || w.now.Sub(began) > time.Minute {
				t.Errorf("after %s it is %s, %q, with two paths for %s", w.now.Sub(began), c.State, c.Why, c.Prefixes[0].Measured.Asymmetric)
			}
			for _, act := range w.acts {
				if act.Account == customer {
					t.Errorf("%s was done in the customer's name", act.Operation)
				}
			}
		})
	}
}

// TestARehearsalFindsWhatIsWrong: nothing but the probes was moved, and it says
// which prefix answers how.
func TestARehearsalFindsWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	w.plan()
	w.wall = true
	w.do(cutover.Rehearse, customer)
	w.pass(2 * time.Second)
	rows, _ := store.RouteTables.Get(w.store.Local(), string(table))
	for _, s := range rows.Static {
		if s.Target == string(w.tgw) && !s.Prefix.IsSingleIP() {
			t.Errorf("a rehearsal moved %s", s.Prefix)
		}
	}
	w.until("the rehearsal is over", time.Minute, func() bool { return w.latest().State == demarc.CutoverPlanned })
	w.asBefore()
	c := w.latest()
	if !c.Rehearsed.IsZero() || !strings.Contains(c.Why, "nothing answers over "+string(w.tgw)) {
		t.Errorf("got %v, %q", c.Rehearsed, c.Why)
	}
	if got := w.code(func(tx *store.Tx) error {
		_, err := cutover.Start(tx, customer, c.ID, w.now)
		return err
	}); got != "E-CUTOVER-REHEARSAL" {
		t.Errorf("a start after that: got %q", got)
	}
}

// TestAnyMomentMayBeTheLast stops and starts the conductor at random moments,
// for up to ten seconds, breaks the path at random, and looks whether a
// cut-over comes to an end that leaves nothing half done.
func TestAnyMomentMayBeTheLast(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 6))
		w := newWorld(t)
		w.rehearsed()
		w.do(cutover.Start, customer)
		for range 200 {
			w.now = w.now.Add(tick)
			switch n := random.IntN(40); {
			case n == 0: // control is killed, and back later
				for range random.IntN(100) {
					w.now = w.now.Add(tick)
					w.write(w.carry)
				}
				w.awake = w.now
			case n == 1:
				w.wall = seed%2 == 0
			case n < 4:
				w.wall = false
			}
			w.step()
		}
		w.wall = false
		w.until("it comes to rest", 3*time.Minute, func() bool {
			s := w.latest().State
			return s == demarc.CutoverCarrying || s.Ended()
		})
		c := w.latest()
		out, in := w.path(w.store.Local(), probes["192.168.50.0/24"])
		for p, probe := range probes {
			if out2, in2 := w.path(w.store.Local(), probe); out != in || out2 != in2 || out != out2 {
				t.Errorf("seed %d: it is %s, and prefixes take %s and %s, %s %s and %s", seed, c.State, out, in, p, out2, in2)
			}
		}
		if c.State == demarc.CutoverRolledBack {
			w.asBefore()
		}
	}
}
