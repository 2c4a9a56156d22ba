package desk_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

// TestWhatNobodyMayAskFor: cases about an end that are refused, and leave
// nothing.
func TestWhatNobodyMayAskFor(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	asking := func(change func(*desk.New)) desk.New {
		ask := ending(link.ID)
		change(&ask)
		return ask
	}
	for _, tt := range []struct {
		name string
		by   demarc.AccountID
		ask  desk.New
		code string
		kind demarc.Kind
	}{
		{"no reason", customer, asking(func(n *desk.New) { n.Fields.Reason = " " }), "E-CASE-FIELD", demarc.Invalid},
		{"a day that is over", customer, asking(func(n *desk.New) { n.Fields.LastDay = "2026-05-03" }), "E-DATE", demarc.Invalid},
		{"no day", customer, asking(func(n *desk.New) { n.Fields.LastDay = "soon" }), "E-DATE", demarc.Invalid},
		{"no link", customer, asking(func(n *desk.New) { n.Fields.Link = "lk-absent00" }), "", demarc.NotFound},
		{"no interface", customer, asking(func(n *desk.New) { n.Fields.VirtualInterface = "dxvif-fabsent0" }), "", demarc.NotFound},
		{"the last leg", customer, asking(func(n *desk.New) { n.Fields.VirtualInterface = v.ID }), "E-ENDING-LAST-LEG", demarc.Conflict},
		{"the platform", platform, ending(link.ID), "E-NOT-CUSTOMER", demarc.Denied},
		{"a stranger", stranger, ending(link.ID), "", demarc.NotFound},
		{"the partner", partner, ending(link.ID), "", demarc.NotFound},
	} {
		_, refusal := w.open(tt.by, tt.ask)
		if refusal == nil || refusal.Code != tt.code || refusal.Kind != tt.kind {
			t.Errorf("%s: got %+v, want %s, kind %d", tt.name, refusal, tt.code, tt.kind)
		}
		if tt.code == "E-DATE" && refusal != nil && refusal.Field != "lastDay" {
			t.Errorf("%s: field %q, want lastDay", tt.name, refusal.Field)
		}
	}
	if got := w.stored(link.ID).Endings; len(got) != 0 {
		t.Errorf("refused cases left %v", got)
	}
	first := w.askEnd(ending(link.ID))
	if _, refusal := w.open(customer, ending(link.ID)); codeOf(refusal) != "E-CASE-DUPLICATE" {
		t.Errorf("a second case: got %v, want E-CASE-DUPLICATE", refusal)
	}
	for _, done := range []func(*store.Tx) (demarc.Case, error){
		func(tx *store.Tx) (demarc.Case, error) {
			return desk.Reject(tx, demarc.Actor{Account: platform}, first.ID, "not now", w.now)
		},
		func(tx *store.Tx) (demarc.Case, error) {
			return desk.Answer(tx, demarc.Actor{Account: platform}, onlyCase(w, demarc.CaseOpen).ID, "call us", w.now)
		},
	} {
		if _, refusal := w.does(done); refusal != nil {
			t.Fatal(refusal)
		}
		w.askEnd(ending(link.ID)) // and so another may ask
	}
}

// TestWhatALinkIsNotAskedAnyMore: whatever would build on it is refused by name,
// while it is to end and afterwards.
func TestWhatALinkIsNotAskedAnyMore(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	ways := map[string]func() *demarc.Error{
		"its end": func() *demarc.Error { _, r := w.open(customer, ending(link.ID)); return r },
		"the end of it by its interface": func() *demarc.Error {
			ask := ending(link.ID)
			ask.Fields.VirtualInterface = v.ID
			_, r := w.open(customer, ask)
			return r
		},
		"the account": func() *demarc.Error {
			_, r := w.open(customer, desk.New{Kind: demarc.CaseAccount, Environment: "acme-prod", Fields: demarc.CaseFields{Link: link.ID}})
			return r
		},
		"other prefixes": func() *demarc.Error {
			_, r := w.open(customer, desk.New{Kind: demarc.CaseRoutes, Environment: "acme-prod", Fields: demarc.CaseFields{Link: link.ID, Add: []string{"192.168.60.0/24"}}})
			return r
		},
		"a drill": func() *demarc.Error {
			return w.try(func(tx *store.Tx) error {
				_, err := desk.StartDrill(tx, platform, link.ID, desk.DrillWish{Leg: "a", Minutes: 1, Force: true}, w.now)
				return err
			})
		},
		"a token": func() *demarc.Error {
			return w.try(func(tx *store.Tx) error {
				changed, _ := store.Links.Get(tx, string(link.ID))
				changed.Topology = demarc.PartnerCage
				store.Links.Put(tx, changed)
				_, _, err := desk.IssueToken(tx, customer, link.ID, desk.NewToken{Leg: "a"}, w.now)
				return err
			})
		},
	}
	meanwhile := map[string]func() *demarc.Error{
		"a drill by a case": func() *demarc.Error {
			_, r := w.open(customer, desk.New{Kind: demarc.CaseDrill, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: v.ID, Minutes: 5}})
			return r
		},
		"another interface on its line": func() *demarc.Error {
			var another demarc.VirtualInterface
			w.write(func(tx *store.Tx) (err error) {
				another, err = vif.Allocate(tx, customer, v.Connection, platform, vif.New{Name: "more", VLAN: 102, ASN: 65011}, w.now)
				return err
			})
			_, r := w.open(customer, asking(another.ID))
			w.write(func(tx *store.Tx) error {
				_, err := vif.Delete(tx, customer, another.ID, w.now)
				return err
			})
			return r
		},
		"anything about the environment as a whole": func() *demarc.Error {
			return w.try(func(tx *store.Tx) error { return desk.NoneEnding(tx, "acme-prod") })
		},
	}
	earlier, refusal := w.open(customer, desk.New{Kind: demarc.CaseRoutes, Environment: "acme-prod", Fields: demarc.CaseFields{Link: link.ID, Add: []string{"192.168.61.0/24"}}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	w.grant(w.askEnd(ending(link.ID)).ID)
	meanwhile["what was asked before"] = func() *demarc.Error {
		_, r := w.does(func(tx *store.Tx) (demarc.Case, error) {
			return desk.Accept(tx, demarc.Actor{Account: platform}, earlier.ID, w.now)
		})
		return r
	}
	for name, ask := range ways {
		if refusal := ask(); codeOf(refusal) != "E-LINK-ENDING" {
			t.Errorf("%s: got %v, want E-LINK-ENDING", name, refusal)
		}
	}
	for name, ask := range meanwhile {
		if refusal := ask(); codeOf(refusal) != "E-LINK-ENDING" {
			t.Errorf("%s: got %v, want E-LINK-ENDING", name, refusal)
		}
	}
	w.customerDeletes(v)
	w.withdrawn()
	w.write(func(tx *store.Tx) error {
		_, err := connection.Delete(tx, customer, v.Connection, w.now)
		return err
	})
	w.conduct()
	for name, ask := range ways {
		if refusal := ask(); codeOf(refusal) != "E-LINK-ENDED" {
			t.Errorf("afterwards, %s: got %v, want E-LINK-ENDED", name, refusal)
		}
	}
	if refusal := meanwhile["anything about the environment as a whole"](); refusal != nil {
		t.Errorf("afterwards the environment is still locked: %v", refusal)
	}
	if got, _ := desk.Case(w.store.Local(), customer, earlier.ID); got.State != demarc.CaseAnswered {
		t.Errorf("what was asked before is %s, and nobody can do it", got.State)
	}
	w.write(func(tx *store.Tx) error { return desk.Expire(tx, w.now) })
	if kept, _ := store.Cases.Get(w.store.Local(), string(earlier.ID)); kept.State != demarc.CaseAnswered {
		t.Errorf("it was not written down: %s", kept.State)
	}
}

// TestTwoPersonsAgreeToAnEnd where a rule about ends asks for them; rules about
// interfaces say nothing of it, and the other way round.
func TestTwoPersonsAgreeToAnEnd(t *testing.T) {
	interfaces := demarc.PolicyRule{Name: "interfaces", Verdict: demarc.VerdictAccept}
	ends := func(change func(*demarc.PolicyRule)) demarc.PolicyRule {
		rule := demarc.PolicyRule{Name: "ends", When: demarc.PolicyCondition{Termination: new(true)}, Verdict: demarc.VerdictQueue}
		change(&rule)
		return rule
	}
	for _, tt := range []struct {
		name  string
		rules []demarc.PolicyRule
		want  demarc.CaseState
	}{
		{"rules about interfaces alone", []demarc.PolicyRule{interfaces}, demarc.CaseOpen},
		{"a person looks", []demarc.PolicyRule{interfaces, ends(func(*demarc.PolicyRule) {})}, demarc.CaseOpen},
		{"nobody has to look", []demarc.PolicyRule{interfaces, ends(func(r *demarc.PolicyRule) { r.Verdict = demarc.VerdictAccept })}, demarc.CaseGranted},
		{"not of this edition", []demarc.PolicyRule{ends(func(r *demarc.PolicyRule) { r.Verdict, r.Reason = demarc.VerdictReject, "minimum term" })}, demarc.CaseRejected},
	} {
		w := newWorld(t)
		link, _ := w.live()
		w.policy(tt.rules...)
		c := w.askEnd(ending(link.ID))
		if c.State != tt.want || (len(w.stored(link.ID).Endings) > 0) != (tt.want == demarc.CaseGranted) {
			t.Errorf("%s: the case is %s, want %s; %+v", tt.name, c.State, tt.want, w.stored(link.ID).Endings)
		}
	}
	w := newWorld(t)
	w.policy(ends(func(r *demarc.PolicyRule) { r.FourEyes = true }))
	link, v := w.live() // the rule says nothing about it
	if v.State == demarc.VIFRejected {
		t.Fatal("a rule about ends rejected an interface")
	}
	c := w.askEnd(ending(link.ID))
	for _, tt := range []struct {
		name string
		act  func(*store.Tx) (demarc.Case, error)
		code string
		want demarc.CaseState
	}{
		{"one accepts", func(tx *store.Tx) (demarc.Case, error) { return desk.Accept(tx, agent, c.ID, w.now) }, "", demarc.CaseWaitingApprover},
		{"the same approves", func(tx *store.Tx) (demarc.Case, error) { return desk.Approve(tx, agent, c.ID, w.now) }, "E-CASE-FOUR-EYES", ""},
		{"another approves", func(tx *store.Tx) (demarc.Case, error) { return desk.Approve(tx, approver, c.ID, w.now) }, "", demarc.CaseGranted},
	} {
		got, refusal := w.does(tt.act)
		if codeOf(refusal) != tt.code || tt.want != "" && got.State != tt.want {
			t.Errorf("%s: got %s, %v, want %s%s", tt.name, got.State, refusal, tt.code, tt.want)
		}
	}
	if decided := desk.Decisions(w.store.Local(), platform); len(decided) != 1 || !decided[0].Facts.Termination || decided[0].Rule != "ends" || decided[0].Facts.Link != link.ID {
		t.Errorf("the decision: %+v", decided)
	}
}

// TestACutoverComesFirst: while it moves what the interfaces carry, none is
// deleted.
func TestACutoverComesFirst(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	w.grant(w.askEnd(ending(link.ID)).ID)
	moving := demarc.Cutover{ID: "co-1", Environment: "acme-prod", State: demarc.CutoverFlipping}
	w.write(func(tx *store.Tx) error {
		store.Cutovers.Put(tx, moving)
		return nil
	})
	w.now = start.Add(5 * 24 * time.Hour)
	w.conduct()
	w.now = w.now.Add(24 * time.Hour)
	if acts := w.conduct(); len(acts) > 0 || w.stateOf(v.ID) != demarc.VIFAvailable {
		t.Errorf("while it moves: %v, and the interface is %s", acts, w.stateOf(v.ID))
	}
	w.expect(w.stored(link.ID), "end-interface", demarc.Platform, "cut-over co-1")
	w.write(func(tx *store.Tx) error {
		moving.State = demarc.CutoverRolledBack
		store.Cutovers.Put(tx, moving)
		return nil
	})
	w.conduct()
	if got := w.stateOf(v.ID); got != demarc.VIFDeleting {
		t.Errorf("afterwards the interface is %s", got)
	}
}
