package desk_test

import (
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// A drilled link is one at another Direct Connect whose two legs were accepted,
// as its platform sees them.
type drilled struct {
	*world
	link demarc.Link
	seen []demarc.InterfaceSighted // legs a and b
}

func newDrilled(t *testing.T, delegated bool) *drilled {
	t.Helper()
	d := &drilled{world: newWorld(t)}
	d.away("acme-away", customer)
	d.write(func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-away")
		env.Drills = delegated
		store.Environments.Put(tx, env)
		return nil
	})
	d.policy(known)
	var refusal *demarc.Error
	if d.link, refusal = d.request(customer, func(r *desk.Request) {
		r.Environment, r.Resiliency, r.Prefixes = "acme-away", demarc.TwoLocations, []string{"192.168.70.0/24"}
		r.Legs[0].Location = "EqDC2"
		r.Legs = append(r.Legs, r.Legs[0])
		r.Legs[1].Location = "EqLD5"
	}); refusal != nil {
		t.Fatal(refusal)
	}
	for _, leg := range []string{"a", "b"} {
		v, seen := sighted("dxvif-"+demarc.VirtualInterfaceID(leg), string(d.link.ID)+"/"+leg)
		v.Location = d.link.Legs[len(d.seen)].Location
		seen.Interfaces[0], seen.Lines[0].Location = v, v.Location
		if refusal := d.try(func(tx *store.Tx) error {
			_, err := desk.OfferInterface(tx, alice, d.link.ID, leg, seen, d.now)
			return err
		}); refusal != nil {
			t.Fatal(refusal)
		}
		if got := d.judge(v); got.Verdict != demarc.VerdictAccept {
			t.Fatalf("leg %s: %+v", leg, got)
		}
		v.State, v.Gateway, v.Session = demarc.VIFAvailable, "vgw-acme-away", "up"
		d.judge(v)
		d.seen = append(d.seen, v)
	}
	return d
}

// ask opens the case for a drill of leg a.
func (d *drilled) ask(change ...func(*demarc.CaseFields)) (demarc.Case, *demarc.Error) {
	d.Helper()
	fields := demarc.CaseFields{VirtualInterface: "dxvif-a", Minutes: 10}
	for _, c := range change {
		c(&fields)
	}
	return d.open(customer, desk.New{Kind: demarc.CaseDrill, Environment: "acme-away", Fields: fields})
}

// drill is the platform's machine handing in what it sees.
func (d *drilled) drill(c demarc.Case, tests ...demarc.TestSighted) (r desk.DrillRuling) {
	d.Helper()
	d.write(func(tx *store.Tx) (err error) {
		r, err = desk.JudgeDrill(tx, root, desk.DrillReport{Case: c.ID, Interfaces: d.seen, Tests: tests}, d.now)
		return err
	})
	return r
}

func (d *drilled) is(c demarc.Case) demarc.Case {
	d.Helper()
	c, err := desk.Case(d.store.Local(), customer, c.ID)
	if err != nil {
		d.Fatal(err)
	}
	return c
}

func (d *drilled) acts(got desk.DrillRuling, want demarc.DrillAct, reason string) {
	d.Helper()
	if got.Act != want || !strings.Contains(got.Reason, reason) {
		d.Errorf("got %+v, want %s and %q", got, want, reason)
	}
}

// test is one there; one that was made before is none of the drill's.
func (d *drilled) test(id demarc.FailoverTestID, status demarc.FailoverTestStatus) demarc.TestSighted {
	return demarc.TestSighted{ID: id, Interface: "dxvif-a", Status: status, Minutes: 10, Started: d.now, Ended: d.now.Add(10 * time.Minute)}
}

// TestADrillThere is made once, whatever is killed when: by who asks again with
// what is there.
func TestADrillThere(t *testing.T) {
	d := newDrilled(t, true)
	c, refusal := d.ask()
	if refusal != nil {
		t.Fatal(refusal)
	}
	if c.Drill == nil || c.Drill.GrantedBy != desk.ByDesk {
		t.Fatalf("delegated: got %+v", c.Drill)
	}
	if _, refusal := d.ask(); refusal == nil || refusal.Code != "E-CASE-DUPLICATE" {
		t.Errorf("asked twice: got %v", refusal)
	}
	old := d.test("old", demarc.TestCompleted)
	d.acts(d.drill(c, old), demarc.DrillStart, "")
	d.acts(d.drill(c, old), demarc.DrillStart, "") // killed before the call
	mine := d.test("new", demarc.TestInProgress)
	d.seen[0].State, d.seen[0].Session = demarc.VIFTesting, "up"
	d.acts(d.drill(c, old, mine), demarc.DrillWait, "test new holds dxvif-a down") // killed after it
	if got := d.is(c).Drill; !got.Down.IsZero() || got.Test.ID != "new" {
		t.Errorf("before the session is down: got %+v", got)
	}
	d.seen[0].Session = "down"
	d.now = d.now.Add(time.Minute)
	d.drill(c, old, mine)
	steps := d.follow()
	for _, s := range steps {
		if s.ID == "session" && s.Leg == "a" && (s.Done || s.Party != demarc.Platform || !strings.Contains(s.Evidence, "test new holds it down")) {
			t.Errorf("the tracker: got %+v", s)
		}
	}
	d.seen[0].State, d.seen[0].Session, mine.Status = demarc.VIFAvailable, "up", demarc.TestCompleted
	d.acts(d.drill(c, old, mine), demarc.DrillOver, "leg b stayed up")
	d.acts(d.drill(c, old, mine), demarc.DrillOver, "leg b stayed up") // once more
	if got := d.is(c); got.State != demarc.CaseAnswered || got.AnsweredBy != string(platform) {
		t.Errorf("the case: got %s by %s", got.State, got.AnsweredBy)
	}
	list, err := desk.Drills(d.store.Local(), customer, d.link.ID)
	if err != nil || len(list) != 1 || list[0].Verdict != desk.DrillStayed || list[0].ID != "new" || !list[0].Down.Equal(start.Add(time.Minute)) {
		t.Errorf("the drills: got %+v, %v", list, err)
	}
	if c, refusal = d.ask(); refusal != nil {
		t.Errorf("another, when it is over: %v", refusal)
	}
	d.acts(d.drill(c, old, mine), demarc.DrillStart, "") // which the one before is not taken for
}

func (d *drilled) follow() []demarc.Step {
	d.Helper()
	_, follow, err := desk.FollowLink(d.store.Local(), demarc.Account{ID: platform, Party: demarc.Platform}, d.link.ID, demarc.Sightings{Interfaces: d.seen}, d.now)
	if err != nil {
		d.Fatal(err)
	}
	return follow.Steps
}

// TestWhatADrillThereWaitsFor is said, and nothing is begun before.
func TestWhatADrillThereWaitsFor(t *testing.T) {
	d := newDrilled(t, false)
	c, refusal := d.ask(func(f *demarc.CaseFields) { f.Start = start.Add(time.Hour) })
	if refusal != nil {
		t.Fatal(refusal)
	}
	d.acts(d.drill(c), demarc.DrillQueue, "is open")
	accept := func() *demarc.Error {
		return d.try(func(tx *store.Tx) error { _, err := desk.Accept(tx, root, c.ID, d.now); return err })
	}
	if refusal := accept(); refusal != nil {
		t.Fatal(refusal)
	}
	if refusal := accept(); refusal == nil || refusal.Code != "E-CASE-STATE" {
		t.Errorf("accepted twice: got %v", refusal)
	}
	d.acts(d.drill(c), demarc.DrillWait, "it may begin on")
	d.now = start.Add(time.Hour)
	d.seen[1].Session = "unknown"
	d.acts(d.drill(c), demarc.DrillWait, "E-DRILL-LAST-PATH")
	if got := d.is(c); !strings.Contains(got.Drill.Held, "E-DRILL-LAST-PATH") || !got.Drill.Begun.IsZero() {
		t.Errorf("the case: got %+v", got.Drill)
	}
	d.seen[1].Session, d.seen[0].State = "up", demarc.VIFTesting
	d.acts(d.drill(c), demarc.DrillWait, "dxvif-a is testing") // by somebody else
	d.seen[0].State, d.seen[0].Owner = demarc.VIFAvailable, stranger
	d.acts(d.drill(c), demarc.DrillWait, "account 555555555555's there")
	d.seen[0].ID = "dxvif-c"
	d.acts(d.drill(c), demarc.DrillWait, "sees no interface dxvif-a")
	d.seen[0].ID, d.seen[0].Owner = "dxvif-a", there
	d.acts(d.drill(c), demarc.DrillStart, "")
	reject := d.try(func(tx *store.Tx) error { _, err := desk.Reject(tx, root, c.ID, "no", d.now); return err })
	if reject == nil || reject.Code != "E-DRILL-BEGUN" {
		t.Errorf("rejected when it has begun: got %v", reject)
	}
}

// TestADrillThereIsStopped by its opener, before a test is made and during it.
func TestADrillThereIsStopped(t *testing.T) {
	d := newDrilled(t, true)
	resolve := func(c demarc.Case) {
		t.Helper()
		d.write(func(tx *store.Tx) error {
			_, err := desk.Resolve(tx, demarc.Actor{Account: customer}, c.ID, d.now)
			return err
		})
	}
	early, _ := d.ask()
	resolve(early)
	if got := d.is(early); got.State != demarc.CaseResolved {
		t.Errorf("before anything: got %s", got.State)
	}
	d.acts(d.drill(early), demarc.DrillOver, "")
	begun, _ := d.ask()
	d.drill(begun)
	resolve(begun)
	d.acts(d.drill(begun), demarc.DrillOver, "before a test was made")
	running, _ := d.ask()
	d.drill(running)
	mine := d.test("t", demarc.TestInProgress)
	d.drill(running, mine)
	resolve(running)
	if got := d.is(running); got.State.Ended() {
		t.Errorf("while sessions are held down: got %s", got.State)
	}
	d.acts(d.drill(running, mine), demarc.DrillStop, "account 111111111111 asks for its end")
	d.acts(d.drill(running, mine), demarc.DrillStop, "") // killed before the call
	mine.Status = demarc.TestCancelled
	d.acts(d.drill(running, mine), demarc.DrillOver, "cancelled at the wish of account 111111111111")
}

// TestADrillThereIsRefused where it cannot be meant; the other leg may be let
// go when somebody says so.
func TestADrillThereIsRefused(t *testing.T) {
	d := newDrilled(t, true)
	for _, tt := range []struct {
		name   string
		change func(*demarc.CaseFields)
		code   string
	}{
		{"no such interface", func(f *demarc.CaseFields) { f.VirtualInterface = "dxvif-z" }, "E-NOT-FOUND"},
		{"no time", func(f *demarc.CaseFields) { f.Minutes = 4321 }, "E-TEST"},
		{"yesterday", func(f *demarc.CaseFields) { f.Start = start.Add(-time.Hour) }, "E-DATE"},
	} {
		if _, refusal := d.ask(tt.change); refusal == nil || refusal.Code != tt.code && !(tt.code == "E-NOT-FOUND" && refusal.Kind == demarc.NotFound) {
			t.Errorf("%s: got %v, want %s", tt.name, refusal, tt.code)
		}
	}
	mallory := d.away("evil-away", stranger)
	if _, refusal := d.open(stranger, desk.New{Kind: demarc.CaseDrill, Environment: mallory.Environment, Fields: demarc.CaseFields{VirtualInterface: "dxvif-a", Minutes: 1}}); refusal == nil || refusal.Kind != demarc.NotFound {
		t.Errorf("another customer's: got %v", refusal)
	}
	if refusal := d.try(func(tx *store.Tx) error {
		_, err := desk.StartDrill(tx, customer, d.link.ID, desk.DrillWish{Leg: "a", Minutes: 1}, d.now)
		return err
	}); refusal == nil || refusal.Code != "E-ELSEWHERE" {
		t.Errorf("as if it were here: got %v", refusal)
	}
	d.seen[1].Session = "down"
	c, refusal := d.ask(func(f *demarc.CaseFields) { f.Force = true })
	if refusal != nil {
		t.Fatal(refusal)
	}
	d.acts(d.drill(c), demarc.DrillStart, "")
	mine := d.test("t", demarc.TestInProgress)
	d.seen[0].Session = "down"
	d.drill(c, mine)
	mine.Status = demarc.TestCompleted
	d.acts(d.drill(c, mine), demarc.DrillOver, "no other leg stayed up")
	for _, forged := range []demarc.TestSighted{{ID: "", Interface: "dxvif-a"}, {ID: "t", Interface: "i-1"}} {
		refusal := d.try(func(tx *store.Tx) error {
			_, err := desk.JudgeDrill(tx, root, desk.DrillReport{Case: c.ID, Tests: []demarc.TestSighted{forged}}, d.now)
			return err
		})
		if refusal == nil || refusal.Code != "E-SIGHTING" {
			t.Errorf("%+v: got %v", forged, refusal)
		}
	}
}
