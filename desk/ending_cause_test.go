package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// persons of the platform.
var (
	approverAnn = demarc.Actor{Account: platform, Role: demarc.RoleApprover, Source: "666666666666"}
	approverBob = demarc.Actor{Account: platform, Role: demarc.RoleApprover, Source: "777777777777"}
)

func (w *world) endForCause(by demarc.Actor, id demarc.LinkID, ask desk.ForCause) (demarc.Case, *demarc.Error) {
	w.Helper()
	return w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.EndForCause(tx, by, id, ask, w.now) })
}

func (w *world) approve(by demarc.Actor, id demarc.CaseID) *demarc.Error {
	w.Helper()
	_, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Approve(tx, by, id, w.now) })
	return refusal
}

var unpaid = desk.ForCause{Cause: demarc.CauseNonPayment, Reason: "three invoices are open"}

// TestAPlatformEndsALinkForCause with no word in its policy: by two persons, a
// month later, told twice, and not to be taken back by its customer.
func TestAPlatformEndsALinkForCause(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	c, refusal := w.endForCause(approverAnn, link.ID, unpaid)
	if refusal != nil {
		t.Fatal(refusal)
	}
	if c.State != demarc.CaseWaitingApprover || c.LastDay != "2026-06-03" || c.NoticeDays != 30 || c.Affected != customer {
		t.Fatalf("the case is %+v", c)
	}
	if len(w.stored(link.ID).Endings) != 0 {
		t.Error("one person alone ends it")
	}
	if _, flags := desk.Review(w.store.Local(), c); !hasFlag(flags, "W-LAST-PATH") {
		t.Errorf("what would be lost: %v", flags)
	}
	if refusal := w.approve(approverAnn, c.ID); codeOf(refusal) != "E-CASE-FOUR-EYES" {
		t.Errorf("the same person: got %v", refusal)
	}
	if _, refusal := w.open(customer, ending(link.ID)); codeOf(refusal) != "E-CASE-DUPLICATE" {
		t.Errorf("the customer, meanwhile: got %v", refusal)
	}
	if refusal := w.approve(approverBob, c.ID); refusal != nil {
		t.Fatal(refusal)
	}

	e := w.stored(link.ID).Endings[0]
	if e.Cause != demarc.CauseNonPayment || e.Reason != unpaid.Reason || !e.Due.Equal(time.Date(2026, 6, 4, 0, 0, 0, 0, time.UTC)) || len(e.Told) != 1 {
		t.Errorf("the end is %+v", e)
	}
	// The customer reads who, why and when; it may reply, and no more.
	if got := stepOf(w, link.ID, "end-agreed").Evidence; !strings.Contains(got, string(platform)) || !strings.Contains(got, "for non-payment: three invoices are open") {
		t.Errorf("who and why: %q", got)
	}
	if s := stepOf(w, link.ID, "end-told"); !s.Deadline.Equal(e.Due) || !strings.Contains(s.Evidence, "its platform may take that back") || strings.Contains(s.Evidence, "link keep") {
		t.Errorf("when: %+v", s)
	}
	if seen, err := desk.Case(w.store.Local(), customer, c.ID); err != nil || seen.Reason != unpaid.Reason {
		t.Errorf("the customer's case: %+v, %v", seen, err)
	}
	if !slices.ContainsFunc(desk.Cases(w.store.Local(), customer), func(of demarc.Case) bool { return of.ID == c.ID }) {
		t.Error("the customer's list does not have it")
	}
	for _, by := range []demarc.AccountID{partner, stranger, building} {
		if _, err := desk.Case(w.store.Local(), by, c.ID); demarc.KindOf(err) != demarc.NotFound {
			t.Errorf("%s sees the case: %v", by, err)
		}
	}
	if refusal := w.resolve(c.ID); codeOf(refusal) != "E-CASE-OPENER" || refusal.Fixer != demarc.Platform {
		t.Errorf("the customer takes it back: got %v", refusal)
	}
	reply := func(by demarc.Actor) *demarc.Error {
		_, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) {
			return desk.Reply(tx, by, c.ID, "paid yesterday", nil, w.now)
		})
		return refusal
	}
	if refusal := reply(demarc.Actor{Account: customer}); refusal != nil {
		t.Errorf("the customer replies: %v", refusal)
	}
	if _, refusal := w.open(customer, ending(link.ID)); codeOf(refusal) != "E-LINK-ENDING" || refusal.Fixer != demarc.Platform || strings.Contains(refusal.Fix, "link keep") {
		t.Errorf("the customer, afterwards: got %v", refusal)
	}

	// Never by the clock before its day; told a second time a day before.
	w.now = e.Due.Add(-time.Second)
	w.conduct()
	if got := w.stateOf(v.ID); got != demarc.VIFAvailable || len(w.stored(link.ID).Endings[0].Told) != 2 {
		t.Errorf("before its day the interface is %s, told %d times", got, len(w.stored(link.ID).Endings[0].Told))
	}
	w.now = e.Due.Add(24 * time.Hour)
	if acts := w.conduct(); len(acts) != 1 || acts[0].Account != platform {
		t.Errorf("on the day: %v", acts)
	}
	if got := w.stateOf(v.ID); got != demarc.VIFDeleting {
		t.Errorf("on the day the interface is %s", got)
	}
	if _, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Resolve(tx, approverAnn, c.ID, w.now) }); codeOf(refusal) != "E-ENDING-BEGUN" {
		t.Errorf("taken back too late: got %v", refusal)
	}
}

// TestAPolicySaysHowAPlatformEnds a link: how long before it is told, whether one
// person may, and what is not done at all.
func TestAPolicySaysHowAPlatformEnds(t *testing.T) {
	w := newWorld(t)
	link, _ := w.live()
	when := func(c ...demarc.EndCause) demarc.PolicyCondition {
		return demarc.PolicyCondition{Termination: new(true), Causes: c}
	}
	w.policy(
		demarc.PolicyRule{Name: "customers", When: demarc.PolicyCondition{Termination: new(true)}, Verdict: demarc.VerdictAccept},
		demarc.PolicyRule{Name: "abuse", When: when(demarc.CauseAbuse), Verdict: demarc.VerdictAccept, NoticeDays: 2},
		demarc.PolicyRule{Name: "unpaid", When: when(demarc.CauseNonPayment), Verdict: demarc.VerdictQueue, FourEyes: true, NoticeDays: 14},
		demarc.PolicyRule{Name: "contract", When: when(demarc.CauseEntitlement), Verdict: demarc.VerdictReject, Reason: "the contract is for ever"},
	)
	refused := func(what string, by demarc.Actor, change func(*desk.ForCause), code, field string) {
		t.Helper()
		ask := unpaid
		change(&ask)
		if _, refusal := w.endForCause(by, link.ID, ask); codeOf(refusal) != code || refusal != nil && refusal.Field != field {
			t.Errorf("%s: got %v, want %s in %q", what, refusal, code, field)
		}
	}
	refused("a stranger", demarc.Actor{Account: stranger}, func(*desk.ForCause) {}, "", "")
	refused("the customer", demarc.Actor{Account: customer}, func(*desk.ForCause) {}, "E-DENIED", "")
	refused("no cause", approverAnn, func(a *desk.ForCause) { a.Cause = "gossip" }, "E-ENDING-CAUSE", "cause")
	refused("no reason", approverAnn, func(a *desk.ForCause) { a.Reason = " " }, "E-CASE-FIELD", "reason")
	refused("no day", approverAnn, func(a *desk.ForCause) { a.LastDay = "soon" }, "E-DATE", "lastDay")
	refused("too soon", approverAnn, func(a *desk.ForCause) { a.LastDay = "2026-05-17" }, "E-ENDING-NOTICE", "lastDay")
	refused("by no rule's leave", approverAnn, func(a *desk.ForCause) { a.Cause = demarc.CauseEntitlement }, "E-ENDING-POLICY", "cause")
	if len(w.stored(link.ID).Endings) != 0 || len(desk.Cases(w.store.Local(), customer)) != 0 {
		t.Error("what was refused has left something")
	}
	trial, err := desk.TryEnd(w.store.Local(), platform, nil, link.ID, "", demarc.CauseNonPayment, w.now)
	if err != nil || trial.Name != "unpaid" || trial.NoticeDays != 14 {
		t.Errorf("a trial: %+v, %v", trial, err)
	}

	late := unpaid
	late.LastDay = "2026-05-18"
	c, refusal := w.endForCause(approverAnn, link.ID, late)
	if refusal != nil || c.State != demarc.CaseWaitingApprover {
		t.Fatalf("on the first day that there is: %+v, %v", c, refusal)
	}
	w.now = w.now.Add(72 * time.Hour) // the notice counts from when it is agreed
	if refusal := w.approve(approverBob, c.ID); refusal != nil {
		t.Fatal(refusal)
	}
	if due := w.stored(link.ID).Endings[0].Due; !due.Equal(w.now.AddDate(0, 0, 14)) {
		t.Errorf("it is due on %v", due)
	}
	if _, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Resolve(tx, approverBob, c.ID, w.now) }); refusal != nil || len(w.stored(link.ID).Endings) != 0 {
		t.Errorf("taken back: %v", refusal)
	}

	abuse := desk.ForCause{Cause: demarc.CauseAbuse, Reason: "it floods the public network"}
	if c, refusal = w.endForCause(approverAnn, link.ID, abuse); refusal != nil || c.State != demarc.CaseGranted {
		t.Errorf("one person, where a rule lets it: %+v, %v", c, refusal)
	}
	if due := w.stored(link.ID).Endings[0].Due; due.Before(w.now.Add(48 * time.Hour)) {
		t.Errorf("it is due on %v", due)
	}
}

// TestRulesAboutCauses that make no policy.
func TestRulesAboutCauses(t *testing.T) {
	for field, rule := range map[string]demarc.PolicyRule{
		"rules[0].when.causes": {When: demarc.PolicyCondition{Causes: []demarc.EndCause{demarc.CauseAbuse}}},
		"rules[0].noticeDays":  {When: demarc.PolicyCondition{Termination: new(true), Causes: []demarc.EndCause{demarc.CauseAbuse}}, NoticeDays: 1},
	} {
		rule.Name, rule.Verdict = "rule", demarc.VerdictQueue
		if err, ok := desk.CheckRules([]demarc.PolicyRule{rule}).(*demarc.Error); !ok || err.Field != field {
			t.Errorf("got %v, want a refusal in %s", err, field)
		}
	}
}
