package desk_test

import (
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// TestTheEndOfALegThere is told like that of a link; the other leg goes on, and
// nothing comes to the place of what has ended.
func TestTheEndOfALegThere(t *testing.T) {
	d := newDrilled(t, true)
	end := func(fields demarc.CaseFields) (demarc.Case, *demarc.Error) {
		fields.Link, fields.Reason = d.link.ID, "moved"
		return d.open(customer, desk.New{Kind: demarc.CaseTermination, Environment: "acme-away", Fields: fields})
	}
	if _, refusal := end(demarc.CaseFields{VirtualInterface: "dxvif-b"}); codeOf(refusal) != "E-ELSEWHERE" {
		t.Errorf("by an interface there: got %v", refusal)
	}
	if _, refusal := end(demarc.CaseFields{Leg: "z"}); codeOf(refusal) != "E-LEGS" {
		t.Errorf("no such leg: got %v", refusal)
	}
	d.write(func(tx *store.Tx) error { // what is to end is a person's to agree to
		store.Policies.Delete(tx, string(platform))
		return nil
	})
	c, refusal := end(demarc.CaseFields{Leg: "b"})
	if refusal != nil || c.State != demarc.CaseOpen {
		t.Fatalf("asked: got %s, %v", c.State, refusal)
	}
	if refusal := d.try(func(tx *store.Tx) error { _, err := desk.Accept(tx, root, c.ID, d.now); return err }); refusal != nil {
		t.Fatal(refusal)
	}
	if _, refusal := end(demarc.CaseFields{Leg: "a"}); codeOf(refusal) != "E-ENDING-LAST-LEG" {
		t.Errorf("the last leg: got %v", refusal)
	}
	if _, refusal := end(demarc.CaseFields{Leg: "b"}); codeOf(refusal) != "E-LINK-ENDING" {
		t.Errorf("once more: got %v", refusal)
	}
	if _, refusal := d.ask(func(f *demarc.CaseFields) { f.VirtualInterface = "dxvif-b" }); codeOf(refusal) != "E-LINK-ENDING" {
		t.Errorf("a drill of it: got %v", refusal)
	}
	if c, refusal := d.ask(); refusal != nil {
		t.Errorf("a drill of the other: %v", refusal)
	} else {
		d.acts(d.drill(c), demarc.DrillWait, "E-DRILL-LAST-PATH") // what ends carries for nobody
	}
	pass := func(by time.Duration, want string, over bool) {
		t.Helper()
		d.now = d.now.Add(by)
		d.write(func(tx *store.Tx) error { _, err := desk.ConductEndings(tx, d.now); return err })
		d.link, _ = store.Links.Get(d.store.Local(), string(d.link.ID))
		step, _ := desk.WhoseMove(d.follow())
		ended := !d.link.Endings[0].Ended.IsZero()
		if step.ID+step.Leg != want || ended != over {
			t.Errorf("after %s: next is %s of %q, ended: %v; want %q, %v", d.now.Sub(start), step.ID, step.Leg, ended, want, over)
		}
	}
	pass(demarc.EndingNotice-demarc.EndingLastNotice, "end-toldb", false)
	pass(demarc.EndingLastNotice, "end-interfaceb", true)
	d.seen = d.seen[:1]
	pass(0, "", true)
	ids := map[string]bool{}
	for _, s := range d.follow() {
		ids[s.ID+s.Leg] = true
	}
	if d.link.Over() || !ids["sessiona"] || ids["sessionb"] || !ids["endedb"] {
		t.Errorf("the other leg: over %v, steps %v", d.link.Over(), ids)
	}
	v, seen := sighted("dxvif-new", string(d.link.ID)+"/b")
	refusal = d.try(func(tx *store.Tx) error {
		_, err := desk.OfferInterface(tx, alice, d.link.ID, "b", seen, d.now)
		return err
	})
	if codeOf(refusal) != "E-LINK-ENDED" {
		t.Errorf("another interface in its place: got %v", refusal)
	}
	if got := d.judge(v); got.Verdict != "" || !strings.Contains(got.Reason, "no case") {
		t.Errorf("another interface in its place: got %+v", got)
	}
}
