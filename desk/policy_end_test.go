package desk_test

import (
	"testing"

	"demarc"
	"demarc/desk"
)

// TestRulesAboutEndsAreTried before anybody asks for one: what the trial says is
// what the case gets, and the trial does nothing.
func TestRulesAboutEndsAreTried(t *testing.T) {
	w := newWorld(t)
	link, _ := w.live()
	rules := []demarc.PolicyRule{
		{Name: "interfaces", Verdict: demarc.VerdictAccept},
		{Name: "redundant", When: demarc.PolicyCondition{Termination: new(true), Redundant: new(true)}, Verdict: demarc.VerdictAccept},
		{Name: "ends", When: demarc.PolicyCondition{Termination: new(true)}, Verdict: demarc.VerdictQueue, FourEyes: true},
	}
	try := func(by demarc.AccountID, id demarc.LinkID, leg string) (desk.Trial, string) {
		trial, err := desk.TryEnd(w.store.Local(), by, rules, id, leg, "", w.now)
		refusal, _ := err.(*demarc.Error)
		return trial, codeOf(refusal)
	}
	got, _ := try(platform, link.ID, "")
	if got.Name != "ends" || got.Verdict != demarc.VerdictQueue || !got.FourEyes || len(got.Passed) != 2 || got.Refused != nil || !got.Facts.Termination || got.Facts.Link != link.ID {
		t.Errorf("a link: got %+v", got)
	}
	if after := w.stored(link.ID); len(after.Endings) != 0 {
		t.Errorf("the trial ends it: %+v", after.Endings)
	}
	if _, code := try(platform, link.ID, "a"); code != "E-ENDING-LAST-LEG" {
		t.Errorf("its last leg: got %s", code)
	}
	for _, by := range []demarc.AccountID{partner, stranger, customer} {
		if _, err := desk.TryEnd(w.store.Local(), by, rules, link.ID, "", "", w.now); demarc.KindOf(err) != demarc.NotFound {
			t.Errorf("by %s: got %v", by, err)
		}
	}
	if got, _ := try(platform, w.link().ID, ""); got.Refused == nil || got.Refused.Code != "E-POLICY-UNASKED" {
		t.Errorf("a link of which nothing is accepted: got %+v", got)
	}
	w.policy(rules...)
	if c := w.askEnd(ending(link.ID)); c.State != demarc.CaseOpen || !c.FourEyes {
		t.Errorf("the case is %s, four eyes %v", c.State, c.FourEyes)
	}
}
