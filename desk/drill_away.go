package desk

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// A drill at another Direct Connect is asked for in a case, and made by the
// platform's own machine, which alone may test its interfaces there. What it is
// told to do is derived each time from the case and from what it has just seen,
// so that it may be killed between any two of its calls.

// askToDrill takes up a case about an interface there that was accepted. Where
// the platform has delegated drills for the environment it is granted at once.
func askToDrill(tx *store.Tx, c demarc.Case, env demarc.Environment) (demarc.Case, error) {
	asked := acceptedThere(tx, c)
	link, ok := store.Links.Get(tx, string(asked.Link))
	switch {
	case !ok:
		return c, demarc.Errorf(demarc.NotFound, "no virtual interface %q", c.VirtualInterface).In("virtualInterface")
	case asked.State != demarc.CaseAnswered:
		return c, demarc.Errorf(demarc.Conflict, "case %s, which asks to accept %s, is %s", asked.ID, c.VirtualInterface, asked.State).
			Coded("E-TEST-STATE", "Wait until it is accepted").In("virtualInterface")
	}
	if err := link.GoesOn(asked.Offer.Leg); err != nil {
		return c, inField(err, "link", "virtualInterface")
	}
	if err := checkDrillTime(c); err != nil {
		return c, err
	}
	err := tx.Claim(drillClaim(c), string(c.ID))
	if taken, ok := errors.AsType[*store.ClaimedError](err); ok {
		return c, demarc.Errorf(demarc.Conflict, "case %s already asks for a drill of %s", taken.Holder, c.VirtualInterface).
			Coded("E-CASE-DUPLICATE", "Wait for its end, or resolve it").In("virtualInterface").By(demarc.Platform)
	}
	if err != nil {
		return c, err
	}
	c.Link, c.Drill = link.ID, &demarc.DrillElsewhere{Leg: asked.Offer.Leg}
	if env.Drills && locked(tx, env.Name) == nil {
		return grantDrill(tx, c, ByDesk, c.Created)
	}
	return c, nil
}

// drillClaim is held by the one open case about a drill of an interface there.
func drillClaim(c demarc.Case) string {
	return "drill/" + c.Environment + "/" + string(c.VirtualInterface)
}

// acceptedThere is the newest case by which the opener of c has asked for the
// interface that c is about; the zero case for none.
func acceptedThere(r store.Reader, c demarc.Case) (newest demarc.Case) {
	for of := range store.Cases.By(r, "offer", string(c.VirtualInterface)) {
		if of.Opener == c.Opener && of.Environment == c.Environment && !of.Created.Before(newest.Created) {
			newest = of
		}
	}
	return newest
}

// grantDrill is the platform's word that the test may be made. The case goes on
// until it is over.
func grantDrill(tx *store.Tx, c demarc.Case, by string, now time.Time) (demarc.Case, error) {
	link, _ := store.Links.Get(tx, string(c.Link))
	if err := link.GoesOn(c.Drill.Leg); err != nil {
		return c, err
	}
	d := *c.Drill
	d.Granted, d.GrantedBy = now, by
	c.Drill, c.State = &d, demarc.CaseOpen
	store.Cases.Put(tx, c)
	return c, nil
}

// drillGranted refuses to agree once more.
func drillGranted(c demarc.Case) error {
	if c.Drill.Granted.IsZero() {
		return nil
	}
	return demarc.Errorf(demarc.Conflict, "case %s was granted, and the test is to be made there", c.ID).
		Coded("E-CASE-STATE", fmt.Sprintf("Make it: demarc elsewhere drill %s", c.Link)).By(demarc.Platform)
}

// drillRuns refuses to end a case by words while sessions are held down for it.
func drillRuns(c demarc.Case) error {
	if c.Drill == nil || c.State.Ended() || !c.Drill.Running() {
		return nil
	}
	return demarc.Errorf(demarc.Conflict, "the test that case %s asks for has begun there", c.ID).
		Coded("E-DRILL-BEGUN", fmt.Sprintf("End it: demarc elsewhere drill %s --stop", c.Link)).By(demarc.Platform)
}

// stopAsked notes that a drill is to end before its time, which the platform's
// machine does. It is false where there is nothing to stop.
func stopAsked(c demarc.Case, by demarc.AccountID, now time.Time) (demarc.Case, bool) {
	if drillRuns(c) == nil {
		return c, false
	}
	d := *c.Drill
	if d.Stop.IsZero() {
		d.Stop, d.StopBy = now, by
	}
	c.Drill = &d
	return c, true
}

// A DrillReport is what the platform's machine sees of a drill there.
type DrillReport struct {
	Case demarc.CaseID
	// Interfaces are those of the link, and Tests all that the drill's has had.
	Interfaces []demarc.InterfaceSighted
	Tests      []demarc.TestSighted
	// Stop asks for its end before its time.
	Stop bool
}

// A DrillRuling is what the platform's machine is to do next.
type DrillRuling struct {
	Case      demarc.CaseID
	Link      demarc.LinkID
	Leg       string
	Interface demarc.VirtualInterfaceID
	Act       demarc.DrillAct
	Reason    string
	Minutes   int
	Test      demarc.FailoverTestID // empty as long as none is known
}

// JudgeDrill says to a platform what to do next about a drill there, and keeps
// what became of it. Doing it again with the same says the same.
func JudgeDrill(tx *store.Tx, by demarc.Actor, in DrillReport, now time.Time) (DrillRuling, error) {
	c, err := Case(tx, by.Account, in.Case)
	if err != nil {
		return DrillRuling{}, err
	}
	if c.Drill == nil || c.Assignee != by.Account {
		return DrillRuling{}, demarc.Errorf(demarc.NotFound, "no case %q asks for a drill at another Direct Connect", c.ID).In("case")
	}
	link, _ := store.Links.Get(tx, string(c.Link))
	p := find(tx, link, now)
	if err := p.checkSighted(tx, demarc.Platform, demarc.Sightings{Interfaces: in.Interfaces}); err != nil {
		return DrillRuling{}, err
	}
	if err := checkTests(in.Tests); err != nil {
		return DrillRuling{}, err
	}
	p.look(demarc.Platform, demarc.Sightings{Interfaces: in.Interfaces})
	h := drillHearing{DrillReport: in, progress: p, by: by, c: c, d: *c.Drill}
	act, reason := demarc.DrillOver, c.Answer
	if !c.State.Ended() {
		act, reason = h.judge(tx)
		h.c.Drill = &h.d
		switch {
		case act == demarc.DrillOver:
			h.c = end(tx, answered(h.c, reason, string(by.Account), now))
		case !reflect.DeepEqual(h.d, *c.Drill):
			store.Cases.Put(tx, h.c)
		}
	}
	return DrillRuling{c.ID, c.Link, h.d.Leg, c.VirtualInterface, act, reason, c.Minutes, h.d.Test.ID}, nil
}

// A drillHearing is one report held against its case.
type drillHearing struct {
	DrillReport
	progress *progress
	by       demarc.Actor
	c        demarc.Case
	d        demarc.DrillElsewhere // as it is to be kept
}

func (h *drillHearing) judge(tx *store.Tx) (act demarc.DrillAct, reason string) {
	now := h.progress.now
	if h.Stop && h.d.Running() && h.d.Stop.IsZero() {
		h.d.Stop, h.d.StopBy = now, h.by.Person()
	}
	h.follow()
	switch {
	case h.d.Test.Over():
		return demarc.DrillOver, h.outcome()
	case h.d.Test.ID != "" && !h.d.Stop.IsZero():
		return demarc.DrillStop, "account " + string(h.d.StopBy) + " asks for its end"
	case h.d.Test.ID != "":
		return demarc.DrillWait, fmt.Sprintf("test %s holds %s down until %s", h.d.Test.ID, h.c.VirtualInterface, stamp(h.d.Test.Ended))
	case !h.d.Stop.IsZero():
		return demarc.DrillOver, "Stopped before a test was made"
	case h.d.Granted.IsZero():
		return demarc.DrillQueue, fmt.Sprintf("case %s is %s", h.c.ID, h.c.State)
	}
	if h.d.Held = h.hindrance(tx); h.d.Held != "" {
		return demarc.DrillWait, h.d.Held
	}
	if h.d.Begun.IsZero() {
		h.d.Begun, h.d.By, h.d.Others = now, h.by.Person(), h.others()
		for _, t := range h.Tests {
			h.d.Before = append(h.d.Before, t.ID)
		}
	}
	return demarc.DrillStart, ""
}

// follow takes up what is seen of the test, and of the sessions meanwhile.
func (h *drillHearing) follow() {
	if h.d.Begun.IsZero() {
		return
	}
	for _, t := range h.Tests {
		mine := t.ID == h.d.Test.ID || h.d.Test.ID == "" && !slices.Contains(h.d.Before, t.ID)
		if mine && t.Interface == h.c.VirtualInterface {
			h.d.Test = t
		}
	}
	if h.d.Test.ID == "" || h.d.Test.Over() {
		return // sessions come up again by themselves
	}
	if v, ok := h.seen(h.c.VirtualInterface); ok && v.Session == "down" && h.d.Down.IsZero() {
		h.d.Down = h.progress.now
	}
	h.d.Others = slices.Clone(h.d.Others)
	for i := range h.d.Others {
		v, ok := h.seen(h.d.Others[i].Interface)
		h.d.Others[i].Lost = h.d.Others[i].Lost || ok && v.Session == "down"
	}
}

func (h *drillHearing) seen(id demarc.VirtualInterfaceID) (demarc.InterfaceSighted, bool) {
	i := slices.IndexFunc(h.Interfaces, func(v demarc.InterfaceSighted) bool { return v.ID == id })
	if i < 0 {
		return demarc.InterfaceSighted{}, false
	}
	return h.Interfaces[i], true
}

// hindrance says why the test is not made now; empty for nothing.
func (h *drillHearing) hindrance(r store.Reader) string {
	p := h.progress
	v, ok := h.seen(h.c.VirtualInterface)
	switch {
	case !ok:
		return fmt.Sprintf("the platform sees no interface %s there", h.c.VirtualInterface)
	case v.Owner != p.receiver():
		return fmt.Sprintf("%s is account %s's there, and environment %s is account %s's", v.ID, v.Owner, p.env.Name, p.receiver())
	case p.now.Before(h.c.Start):
		return "it may begin on " + stamp(h.c.Start)
	case v.State != demarc.VIFAvailable && v.State != demarc.VIFDown:
		return fmt.Sprintf("%s is %s, and only what is available or down can be tested", v.ID, v.State)
	}
	if err := p.link.GoesOn(h.d.Leg); err != nil {
		return err.Error()
	}
	if err := locked(r, p.env.Name); err != nil {
		return err.Error()
	}
	if len(h.others()) == 0 && !h.c.Force {
		return fmt.Sprintf("E-DRILL-LAST-PATH: no other leg of link %s is seen up, and the drill would cut it off; bring one up, or ask with force", p.link.ID)
	}
	return ""
}

// others are the other legs whose sessions the platform sees up.
func (h *drillHearing) others() (legs []demarc.DrillLeg) {
	for _, l := range h.progress.staying() {
		if l.ID != h.d.Leg && l.vif.State == demarc.VIFAvailable && l.bgp == "up" {
			legs = append(legs, demarc.DrillLeg{Leg: l.ID, Interface: l.vif.ID})
		}
	}
	return legs
}

// outcome says what came of it, in words.
func (h *drillHearing) outcome() string {
	text := fmt.Sprintf("Test %s of %s was %s", h.d.Test.ID, h.c.VirtualInterface, h.d.Test.Status)
	if !h.d.Stop.IsZero() {
		text += " at the wish of account " + string(h.d.StopBy)
	}
	said := map[string]string{
		DrillUnproven: "the session was not seen down", DrillCutOff: "the session was seen down, and no other leg stayed up",
		DrillStayed: "the session was seen down, and leg " + strings.Join(stayed(h.d), ", ") + " stayed up",
	}
	return text + ": " + said[verdictThere(h.d)]
}

// verdictThere judges by sessions alone: nobody outside sees what they carried.
func verdictThere(d demarc.DrillElsewhere) string {
	switch {
	case d.Down.IsZero():
		return DrillUnproven
	case len(stayed(d)) == 0:
		return DrillCutOff
	}
	return DrillStayed
}

func stayed(d demarc.DrillElsewhere) (legs []string) {
	for _, l := range d.Others {
		if !l.Lost {
			legs = append(legs, l.Leg)
		}
	}
	return legs
}

// mostTests is more than an interface has in the year that AWS keeps them for.
const mostTests = 1000

// checkTests refuses what no list of tests looks like.
func checkTests(tests []demarc.TestSighted) error {
	if len(tests) > mostTests {
		return demarc.Errorf(demarc.Invalid, "%d tests were handed in, and no more than %d are read", len(tests), mostTests).Coded("E-SIGHTING", "Let demarc elsewhere drill read them").In("tests")
	}
	for i, t := range tests {
		if t.ID == "" || !sightedID.MatchString(string(t.Interface)) || tooLong(string(t.ID), string(t.Status)) {
			return demarc.Errorf(demarc.Invalid, "%q is no test as Direct Connect lists one", clipped(string(t.ID))).
				Coded("E-SIGHTING", "Let demarc elsewhere drill read it").In(fmt.Sprintf("tests[%d]", i))
		}
	}
	return nil
}

// drillsThere are those of a link at another Direct Connect that were begun.
func drillsThere(r store.Reader, link demarc.Link) (out []DrillRecord) {
	for c := range store.Cases.By(r, "account", string(link.Customer)) {
		if c.Drill == nil || c.Link != link.ID || c.Drill.Test.ID == "" {
			continue
		}
		d, t := c.Drill, c.Drill.Test
		record := DrillRecord{
			Drill: demarc.Drill{ID: t.ID, Link: link.ID, Leg: d.Leg, Environment: link.Environment, By: c.Opener, Forced: len(d.Others) == 0, Started: t.Started, Down: d.Down, Others: d.Others},
			Test:  demarc.FailoverTest{ID: t.ID, Interface: t.Interface, Status: t.Status, Started: t.Started, Duration: time.Duration(t.Minutes) * time.Minute},
		}
		if record.Verdict = verdictThere(*d); t.Over() {
			record.Ended, record.Test.Ended = t.Ended, t.Ended
		}
		out = append(out, record)
	}
	return out
}

// drilled says of a leg's session that it is held down on purpose.
func (l leg) drilled(s demarc.Step) demarc.Step {
	for _, c := range l.progress.away.drills {
		if d := c.Drill; d.Leg == l.ID && d.Running() && d.Test.ID != "" && !s.Done {
			s.Party, s.Since, s.Deadline = demarc.Platform, d.Test.Started, d.Test.Ended
			s.Evidence = fmt.Sprintf("test %s holds it down, as case %s asked; resolving the case ends it", d.Test.ID, c.ID)
		}
	}
	return s
}
