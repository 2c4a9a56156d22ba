package desk

import (
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// A DrillWish is what is asked for. Force lets the only leg that is up be
// tested, which cuts the link off.
type DrillWish struct {
	Leg     string
	Minutes int
	Force   bool
}

// StartDrill forces the sessions of a leg down for a time, in the name of the
// platform that owns its interface, for the link's customer where the platform
// has delegated it for the environment, and for the platform.
func StartDrill(tx *store.Tx, by demarc.AccountID, id demarc.LinkID, wish DrillWish, now time.Time) (demarc.Drill, error) {
	link, err := Link(tx, by, id)
	if err != nil {
		return demarc.Drill{}, err
	}
	if err := link.GoesOn(wish.Leg); err != nil {
		return demarc.Drill{}, err
	}
	p := find(tx, link, now)
	if err := OnlyHere(p.env, "interface to test"); err != nil {
		return demarc.Drill{}, err
	}
	if err := p.delegated(by); err != nil {
		return demarc.Drill{}, err
	}
	if err := locked(tx, link.Environment); err != nil {
		return demarc.Drill{}, err
	}
	i := slices.IndexFunc(p.legs, func(l leg) bool { return l.ID == wish.Leg })
	if i < 0 || !alive(p.legs[i].vif) || endOf(p.legs[i].vif) == "" {
		return demarc.Drill{}, demarc.Errorf(demarc.Conflict, "link %s has no leg %q with an accepted interface", link.ID, wish.Leg).
			Coded("E-DRILL-LEG", "See demarc link status "+string(link.ID)).In("leg")
	}
	others := p.carrying(wish.Leg)
	if len(others) == 0 && !wish.Force {
		return demarc.Drill{}, demarc.Errorf(demarc.Conflict, "no other leg of link %s is up: the drill would cut it off", link.ID).
			Coded("E-DRILL-LAST-PATH", "Bring another leg up first, or say force").In("force")
	}
	if wish.Minutes < 1 || wish.Minutes > vif.LongestTest {
		return demarc.Drill{}, demarc.Errorf(demarc.Invalid, "a drill takes 1 to %d minutes, not %d", vif.LongestTest, wish.Minutes).Coded("E-TEST", "").In("minutes")
	}
	test, err := vif.StartTest(tx, p.env.Platform, p.legs[i].vif.ID, nil, wish.Minutes, now)
	if err != nil {
		return demarc.Drill{}, err
	}
	d := demarc.Drill{
		ID: test.ID, Link: link.ID, Leg: wish.Leg, Environment: link.Environment, By: by, Started: now, Others: others, Forced: len(others) == 0,
	}
	if seen, ok := Probed(tx, p.env, link.Probe); ok {
		d.Probe, d.Base = link.Probe, seen.Count
	}
	store.Drills.Put(tx, d)
	return d, nil
}

// delegated refuses a drill that is the platform's alone to make.
func (p *progress) delegated(by demarc.AccountID) error {
	if by == p.env.Platform || p.env.Drills {
		return nil
	}
	return demarc.Errorf(demarc.Denied, "the platform has not delegated drills for environment %s", p.env.Name).
		Coded("E-DRILL-DELEGATED", "Ask the platform to set drills: true for it in the site file, or to make one: demarc case open --kind failover-drill").By(demarc.Platform)
}

// carrying are the other legs that are up, with what they have carried so far.
func (p *progress) carrying(but string) (legs []demarc.DrillLeg) {
	for _, l := range p.legs {
		if l.ID != but && l.up() {
			legs = append(legs, demarc.DrillLeg{Leg: l.ID, Interface: l.vif.ID, RxBefore: l.seen.RxPackets, TxBefore: l.seen.TxPackets, RxAfter: l.seen.RxPackets, TxAfter: l.seen.TxPackets})
		}
	}
	return legs
}

// up reports whether a leg could carry the link's traffic, as far as is known by
// now.
func (l leg) up() bool {
	return l.silent.IsZero() && l.vif.State == demarc.VIFAvailable && l.seen.Accepted.Len() > 0 && l.seen.Advertised.Len() > 0 &&
		slices.ContainsFunc(l.seen.Session, intent.SessionSeen.Established)
}

// StopDrill ends a drill before its time.
func StopDrill(tx *store.Tx, by demarc.AccountID, id demarc.LinkID, drill demarc.FailoverTestID, now time.Time) (demarc.Drill, error) {
	link, err := Link(tx, by, id)
	if err != nil {
		return demarc.Drill{}, err
	}
	d, ok := store.Drills.Get(tx, string(drill))
	if !ok || d.Link != link.ID {
		return d, demarc.Errorf(demarc.NotFound, "link %s has no drill %q", link.ID, drill)
	}
	env, _ := store.Environments.Get(tx, link.Environment)
	test, _ := store.FailoverTests.Get(tx, string(d.ID))
	if test.Status != demarc.TestInProgress {
		return d, demarc.Errorf(demarc.Conflict, "drill %s is over", drill).Coded("E-DRILL-OVER", "Start another")
	}
	if _, err := vif.StopTest(tx, env.Platform, test.Interface, now); err != nil {
		return d, err
	}
	d = observed(tx, d)
	d.Ended = now
	store.Drills.Put(tx, d)
	return d, nil
}

// A DrillRecord is a drill with the test that it is and its verdict.
type DrillRecord struct {
	demarc.Drill
	Test    demarc.FailoverTest
	Verdict string
}

// Drills lists those of a link, the latest first.
func Drills(r store.Reader, by demarc.AccountID, id demarc.LinkID) ([]DrillRecord, error) {
	link, err := Link(r, by, id)
	if err != nil {
		return nil, err
	}
	out := drillsThere(r, link)
	for d := range store.Drills.By(r, "link", string(link.ID)) {
		out = append(out, Record(r, d))
	}
	slices.SortFunc(out, func(a, b DrillRecord) int { return b.Started.Compare(a.Started) })
	return out, nil
}

// Record adds to a drill what is known of it now.
func Record(r store.Reader, d demarc.Drill) DrillRecord {
	test, _ := store.FailoverTests.Get(r, string(d.ID))
	if d.Ended.IsZero() {
		d = observed(r, d)
	}
	return DrillRecord{d, test, verdict(d)}
}

// The verdicts.
const (
	DrillUnproven = "unproven" // the leg's sessions were not seen down
	DrillCutOff   = "cut-off"  // no other leg stayed up
	DrillIdle     = "idle"     // another leg stayed up, and there was no traffic to carry
	DrillOneWay   = "one-way"  // what stayed up carried one direction only
	DrillCarried  = "carried"  // another leg stayed up and carried both directions
	DrillStayed   = "stayed"   // another leg stayed up, at another Direct Connect, which tells nobody what it carried
)

// verdict judges by what the other legs counted. How much was lost is measured
// where the link names an address to probe (demarc.Drill).
func verdict(d demarc.Drill) string {
	var stayed bool
	var in, out uint64
	for _, l := range d.Others {
		stayed = stayed || !l.Lost
		in, out = in+l.Received(), out+l.Sent()
	}
	switch {
	case d.Down.IsZero():
		return DrillUnproven
	case !stayed:
		return DrillCutOff
	case in > 0 && out > 0:
		return DrillCarried
	case in > 0 || out > 0:
		return DrillOneWay
	}
	return DrillIdle
}

// observed is a drill with what the edge sees of its legs now.
func observed(r store.Reader, d demarc.Drill) demarc.Drill {
	test, _ := store.FailoverTests.Get(r, string(d.ID))
	seen, _ := store.VIFSightings.Get(r, string(test.Interface))
	if test.Status == demarc.TestInProgress && d.Down.IsZero() && !slices.ContainsFunc(seen.Session, intent.SessionSeen.Established) {
		d.Down = test.Started
		// By the device's clock, which may be another than ours.
		if len(seen.Session) > 0 && seen.Session[0].Since.After(d.Down) && seen.Session[0].Since.Before(test.Due()) {
			d.Down = seen.Session[0].Since
		}
	}
	env, _ := store.Environments.Get(r, d.Environment)
	if seen, ok := Probed(r, env, d.Probe); ok {
		d.Measured = seen.Count.Since(d.Base)
	}
	d.Others = slices.Clone(d.Others)
	for i := range d.Others {
		l := &d.Others[i]
		seen, _ := store.VIFSightings.Get(r, string(l.Interface))
		l.RxAfter, l.TxAfter = seen.RxPackets, seen.TxPackets
		l.Lost = l.Lost || !slices.ContainsFunc(seen.Session, intent.SessionSeen.Established)
	}
	return d
}

// Probed is what an environment's host has counted of a link's probe.
func Probed(r store.Reader, env demarc.Environment, probe netip.Addr) (intent.ProbeSeen, bool) {
	if !probe.IsValid() {
		return intent.ProbeSeen{}, false
	}
	seen, _ := store.VPCSightings.Get(r, string(env.VPC))
	return seen.ProbeOf(probe)
}

// expireDrills notes what happens in drills that go on, ends those whose test
// is over, and forgets them with their test.
func expireDrills(tx *store.Tx, left int) {
	for d := range store.Drills.All(tx) {
		if left == 0 {
			return
		}
		test, there := store.FailoverTests.Get(tx, string(d.ID))
		switch {
		case !there:
			store.Drills.Delete(tx, string(d.ID))
			left--
		case d.Ended.IsZero():
			if next := drillAt(tx, d, test); changedDrill(d, next) {
				store.Drills.Put(tx, next)
				left--
			}
		}
	}
}

func drillAt(r store.Reader, d demarc.Drill, test demarc.FailoverTest) demarc.Drill {
	d = observed(r, d)
	if test.Status != demarc.TestInProgress {
		d.Ended = test.Ended
	}
	return d
}

// changedDrill leaves counters out: what is read of them in the end counts.
func changedDrill(was, is demarc.Drill) bool {
	lost := func(l demarc.DrillLeg) bool { return l.Lost }
	return !was.Down.Equal(is.Down) || !was.Ended.Equal(is.Ended) || slices.IndexFunc(was.Others, lost) != slices.IndexFunc(is.Others, lost)
}
