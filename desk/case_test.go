package desk_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
	"demarc/vif"
)

func TestTheDeskAnswersWhichAccount(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	c, refusal := w.open(customer, desk.New{Kind: demarc.CaseAccount, Environment: "acme-prod"})
	if refusal != nil {
		t.Fatal(refusal)
	}
	want := demarc.Case{
		ID: c.ID, Kind: demarc.CaseAccount, Environment: "acme-prod", Opener: customer, Assignee: platform,
		CaseFields: demarc.CaseFields{Link: link.ID},
		State:      demarc.CaseAnswered, Answer: "Allocate the virtual interface to account " + string(platform),
		AnsweredBy: desk.ByDesk, Created: start, Answered: start,
	}
	for _, by := range []demarc.AccountID{customer, platform} {
		got, err := desk.Case(w.store.Local(), by, c.ID)
		if diff := cmp.Diff(got, want); err != nil || diff != "" {
			t.Errorf("case as %s sees it: %v (-got +want):\n%s", by, err, diff)
		}
	}
}

// offer is an interface that waits for the platform.
func offer(w *world) demarc.VirtualInterface {
	w.Helper()
	return w.allocate(w.order().ID)
}

func asking(id demarc.VirtualInterfaceID) desk.New {
	return desk.New{Kind: demarc.CaseAccept, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: id}}
}

func TestCaseRefusals(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	v := offer(w)
	foreign := v
	foreign.ID, foreign.Owner, foreign.ConnectionOwner = "dxvif-fforeign", stranger, stranger
	elsewhere := v
	elsewhere.ID, elsewhere.Owner = "dxvif-felsewhr", partner
	done := v
	done.ID, done.State = "dxvif-fdonedon", demarc.VIFPending
	w.write(func(tx *store.Tx) error {
		for _, v := range []demarc.VirtualInterface{foreign, elsewhere, done} {
			store.VirtualInterfaces.Put(tx, v)
		}
		return nil
	})
	tests := []struct {
		name string
		by   demarc.AccountID
		ask  desk.New
		code string
		kind demarc.Kind
	}{
		{"an unknown kind", customer, desk.New{Kind: "gossip", Environment: "acme-prod"}, "E-CASE-KIND", demarc.Invalid},
		{"an interface too much", customer, desk.New{Kind: demarc.CaseAccount, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: v.ID, Link: link.ID}}, "E-CASE-FIELD", demarc.Invalid},
		{"no Direct Connect", customer, desk.New{Kind: demarc.CaseAccount, Environment: "acme-trial"}, "E-EDITION-NODX", demarc.Denied},
		{"an absent interface", customer, asking("dxvif-fabsent0"), "", demarc.NotFound},
		{"somebody else's interface", customer, asking(foreign.ID), "", demarc.NotFound},
		{"no interface", customer, asking(""), "E-CASE-FIELD", demarc.Invalid},
		{"allocated to another", customer, asking(elsewhere.ID), "E-ACCOUNT-MISMATCH", demarc.Invalid},
		{"accepted already", customer, asking(done.ID), "E-CASE-SETTLED", demarc.Conflict},
		{"the platform asks itself", platform, asking(v.ID), "E-NOT-CUSTOMER", demarc.Denied},
		{"a stranger", stranger, asking(v.ID), "", demarc.NotFound},
	}
	for _, test := range tests {
		_, refusal := w.open(test.by, test.ask)
		if refusal == nil || refusal.Code != test.code || refusal.Kind != test.kind {
			t.Errorf("%s: got %+v, want %s, kind %d", test.name, refusal, test.code, test.kind)
		}
	}
	if got := desk.Cases(w.store.Local(), platform); len(got) != 0 {
		t.Errorf("refused cases left %v", got)
	}
}

func TestOneOpenCaseForAnInterface(t *testing.T) {
	w := newWorld(t)
	v := offer(w)
	first, refusal := w.open(customer, asking(v.ID))
	if refusal != nil {
		t.Fatal(refusal)
	}
	_, refusal = w.open(customer, asking(v.ID))
	if refusal == nil || refusal.Code != "E-CASE-DUPLICATE" || !strings.Contains(refusal.Text, string(first.ID)) {
		t.Fatalf("the second case: got %+v, want E-CASE-DUPLICATE naming %s", refusal, first.ID)
	}
	if refusal := w.answer(platform, first.ID, "Please use another VLAN"); refusal != nil {
		t.Fatal(refusal)
	}
	if _, refusal = w.open(customer, asking(v.ID)); refusal != nil {
		t.Errorf("a case after the first was answered: %v", refusal)
	}
}

func (w *world) answer(by demarc.AccountID, id demarc.CaseID, text string) *demarc.Error {
	w.Helper()
	return w.try(func(tx *store.Tx) error {
		_, err := desk.Answer(tx, demarc.Actor{Account: by}, id, text, w.now)
		return err
	})
}

func TestAnswer(t *testing.T) {
	w := newWorld(t)
	c, refusal := w.open(customer, asking(offer(w).ID))
	if refusal != nil {
		t.Fatal(refusal)
	}
	for _, test := range []struct {
		by   demarc.AccountID
		text string
		code string
		kind demarc.Kind
	}{
		{customer, "yes", "E-CASE-ASSIGNEE", demarc.Denied},
		{stranger, "yes", "", demarc.NotFound},
		{partner, "yes", "", demarc.NotFound},
		{platform, "  ", "E-CASE-ANSWER", demarc.Invalid},
	} {
		if refusal := w.answer(test.by, c.ID, test.text); refusal == nil || refusal.Code != test.code || refusal.Kind != test.kind {
			t.Errorf("%s answers %q: got %+v, want %s", test.by, test.text, refusal, test.code)
		}
	}
	if refusal := w.answer(platform, c.ID, "Not in this VLAN"); refusal != nil {
		t.Fatal(refusal)
	}
	got, err := desk.Case(w.store.Local(), customer, c.ID)
	c.State, c.Answer, c.AnsweredBy, c.Answered = demarc.CaseAnswered, "Not in this VLAN", string(platform), start
	c.History = []demarc.Communication{{By: string(platform), Person: platform, At: start, Text: "Not in this VLAN"}}
	if diff := cmp.Diff(got, c); err != nil || diff != "" {
		t.Errorf("case: %v (-got +want):\n%s", err, diff)
	}
	if refusal := w.answer(platform, c.ID, "again"); refusal == nil || refusal.Code != "E-CASE-SETTLED" {
		t.Errorf("answered twice: got %+v", refusal)
	}
}

// TestWhatHappenedIsTheAnswer settles cases by what becomes of the interface.
func TestWhatHappenedIsTheAnswer(t *testing.T) {
	tests := []struct {
		name string
		act  func(tx *store.Tx, id demarc.VirtualInterfaceID) error
		want string // %s is the interface
	}{
		{"accepted", func(tx *store.Tx, id demarc.VirtualInterfaceID) error {
			_, err := vif.Confirm(tx, platform, id, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, start)
			return err
		}, "Accepted onto " + string(vgw)},
		{"accepted and deleted", func(tx *store.Tx, id demarc.VirtualInterfaceID) error {
			if _, err := vif.Confirm(tx, platform, id, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, start); err != nil {
				return err
			}
			_, err := vif.Delete(tx, customer, id, start)
			return err
		}, "Accepted onto " + string(vgw) + ", and deleted since"},
		{"rejected", func(tx *store.Tx, id demarc.VirtualInterfaceID) error {
			_, err := vif.Delete(tx, platform, id, start)
			return err
		}, "Rejected: %s was not accepted"},
		{"withdrawn", func(tx *store.Tx, id demarc.VirtualInterfaceID) error {
			_, err := vif.Delete(tx, customer, id, start)
			return err
		}, "Withdrawn: %s was deleted before it was accepted"},
		{"gone from the store", func(tx *store.Tx, id demarc.VirtualInterfaceID) error {
			store.VirtualInterfaces.Delete(tx, string(id))
			return nil
		}, "Withdrawn: %s was deleted before it was accepted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			v := offer(w)
			c, refusal := w.open(customer, asking(v.ID))
			if refusal != nil {
				t.Fatal(refusal)
			}
			w.write(func(tx *store.Tx) error { return test.act(tx, v.ID) })
			want := strings.ReplaceAll(test.want, "%s", string(v.ID))
			for _, got := range desk.Cases(w.store.Local(), customer) {
				if got.State != demarc.CaseAnswered || got.Answer != want || got.AnsweredBy != string(platform) {
					t.Errorf("case: got %s %q by %s, want %q", got.State, got.Answer, got.AnsweredBy, want)
				}
			}
			if refusal := w.answer(platform, c.ID, "late"); refusal == nil || refusal.Code != "E-CASE-SETTLED" {
				t.Errorf("answered after the fact: got %+v, want E-CASE-SETTLED", refusal)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	before, err := desk.Routes(w.store.Local(), customer, "acme-prod")
	if err != nil || before.Seen || len(before.Verdicts) != 2 {
		t.Errorf("before any report: got %+v, %v", before, err)
	}
	w.sees(intent.VIFSeen{ID: "dxvif-fabc1234"}, "0.0.0.0/0", "192.168.50.0/24")
	w.write(func(tx *store.Tx) error { // known to a gateway that does not propagate
		seen, _ := store.VPCSightings.Get(tx, string(vpc))
		seen.Propagated = append(seen.Propagated, intent.PropagatedSeen{Prefix: netip.MustParsePrefix("172.16.0.0/12"), Gateway: "vgw-other"})
		store.VPCSightings.Put(tx, seen)
		return nil
	})
	got, err := desk.Routes(w.store.Local(), platform, "acme-prod")
	if err != nil {
		t.Fatal(err)
	}
	internet := route.Route{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Target: igw, Kind: route.KindStatic}
	want := []route.Verdict{
		{Route: internet, Active: true},
		{Route: route.Route{Prefix: internet.Prefix, Target: string(vgw), Via: "lis1-d1", Kind: route.KindPropagated}, Rule: route.RuleStatic, BeatenBy: &internet},
		{Route: route.Route{Prefix: netip.MustParsePrefix("10.8.2.0/24"), Target: route.LocalTarget, Kind: route.KindLocal}, Active: true},
		{Route: route.Route{Prefix: netip.MustParsePrefix("192.168.50.0/24"), Target: string(vgw), Via: "lis1-d1", Kind: route.KindPropagated}, Active: true},
	}
	if diff := cmp.Diff(got.Verdicts, want, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("verdicts (-got +want):\n%s", diff)
	}
	if !got.Seen || len(got.Paths) != 1 || got.Paths[0].OutPackets != 7 {
		t.Errorf("paths: got %v %+v, want 7 packets out by %s", got.Seen, got.Paths, igw)
	}
	if _, err := desk.Routes(w.store.Local(), stranger, "acme-prod"); demarc.KindOf(err) != demarc.NotFound {
		t.Errorf("a stranger asks: got %v, want not found", err)
	}
}

// TestTheAnswerOutlivesTheInterface moves the clock until the interface that
// the answer was read from is forgotten.
func TestTheAnswerOutlivesTheInterface(t *testing.T) {
	w := newWorld(t)
	v := offer(w)
	if _, refusal := w.open(customer, asking(v.ID)); refusal != nil {
		t.Fatal(refusal)
	}
	rejected := start.AddDate(0, 0, 7)
	for _, now := range []time.Time{rejected, rejected.Add(demarc.ListedAfterEnd)} {
		w.write(func(tx *store.Tx) error {
			if err := desk.Expire(tx, now); err != nil {
				return err
			}
			return vif.Expire(tx, now)
		})
	}
	if _, ok := store.VirtualInterfaces.Get(w.store.Local(), string(v.ID)); ok {
		t.Fatal("the interface is still there")
	}
	for _, got := range desk.Cases(w.store.Local(), customer) {
		if want := "Rejected: nobody accepted " + string(v.ID) + " in time"; got.Answer != want {
			t.Errorf("got %q, want %q", got.Answer, want)
		}
	}
}
