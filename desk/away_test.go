package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// there is the platform's account number at another Direct Connect.
const there = demarc.AccountID("999999999999")

var (
	alice = demarc.Account{ID: customer, Party: demarc.Customer}
	other = demarc.Account{ID: stranger, Party: demarc.Customer}
)

// away puts an environment of an account at another Direct Connect, and asks for
// a link into it.
func (w *world) away(name string, by demarc.AccountID) (link demarc.Link) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		store.Environments.Put(tx, demarc.Environment{
			Name: name, Edition: "Enterprise", Region: "eu-west-1", Platform: platform, Customer: by, VPC: vpc,
			Elsewhere: demarc.Elsewhere{At: "aws", Region: "us-east-1", Account: there, Gateway: "vgw-" + name},
		})
		return nil
	})
	link, refusal := w.request(by, func(r *desk.Request) { r.Environment, r.Legs[0].Location = name, "EqDC2" })
	if refusal != nil {
		w.Fatal(refusal)
	}
	return link
}

// sighted is an interface there, and what the owner of its connection sees.
func sighted(id demarc.VirtualInterfaceID, tag string) (demarc.InterfaceSighted, demarc.Sightings) {
	v := demarc.InterfaceSighted{ID: id, Tag: tag, Connection: "dxcon-" + demarc.ConnectionID(id[6:]), State: demarc.VIFConfirming, Owner: there, Location: "EqDC2", VLAN: 101, ASN: 65010, MTU: 1500}
	line := demarc.LineSighted{ID: v.Connection, Tag: tag, State: demarc.ConnectionAvailable, Owner: "888888888888", Location: "EqDC2", Bandwidth: "1Gbps"}
	return v, demarc.Sightings{Lines: []demarc.LineSighted{line}, Interfaces: []demarc.InterfaceSighted{v}}
}

// offer is a customer asking for its leg's interface there.
func (w *world) offer(by demarc.Account, link demarc.Link, seen demarc.Sightings) (c demarc.Case, refusal *demarc.Error) {
	w.Helper()
	refusal = w.try(func(tx *store.Tx) (err error) {
		c, err = desk.OfferInterface(tx, by, link.ID, "", seen, w.now)
		return err
	})
	return c, refusal
}

// judge is the platform handing in what it sees.
func (w *world) judge(v demarc.InterfaceSighted) (r desk.Ruling) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		r, err = desk.JudgeOffer(tx, root, v, w.now)
		return err
	})
	return r
}

var known = demarc.PolicyRule{Name: "known", When: demarc.PolicyCondition{Proven: new(true), MatchesLink: new(true)}, Verdict: demarc.VerdictAccept}

// TestAnotherCustomersInterface: a customer who says that an interface of
// another's is its own gets nothing by it, and keeps the other from nothing.
func TestAnotherCustomersInterface(t *testing.T) {
	w := newWorld(t)
	w.policy(known)
	link, mallory := w.away("acme-away", customer), w.away("evil-away", stranger)
	v, seen := sighted("dxvif-a", string(link.ID))
	_, claimed := sighted("dxvif-a", string(mallory.ID))
	forged, refusal := w.offer(other, mallory, claimed)
	if refusal != nil {
		t.Fatal(refusal)
	}
	if got := w.judge(v); got.Verdict != "" || got.Case != "" {
		t.Errorf("before its customer has asked: got %+v", got)
	}
	asked, refusal := w.offer(alice, link, seen)
	if refusal != nil {
		t.Fatalf("a stranger's word keeps the customer from asking: %v", refusal)
	}
	if got := w.judge(v); got.Verdict != demarc.VerdictAccept || got.Case != asked.ID || got.Gateway != "vgw-acme-away" {
		t.Errorf("the customer's: got %+v", got)
	}
	unnamed := v
	unnamed.ID, unnamed.Tag = "dxvif-b", ""
	_, nameless := sighted("dxvif-b", string(mallory.ID))
	nameless.Interfaces[0].Connection = nameless.Lines[0].ID
	if _, refusal := w.offer(other, mallory, nameless); refusal != nil {
		t.Fatal(refusal)
	}
	if got := w.judge(unnamed); got.Verdict != demarc.VerdictQueue {
		t.Errorf("an interface that names no link: got %+v, want a person to decide", got)
	}
	if c, _ := store.Cases.Get(w.store.Local(), string(forged.ID)); c.State != demarc.CaseOpen || !c.Offer.Granted.IsZero() {
		t.Errorf("the forged case: got %s, granted %s", c.State, c.Offer.Granted)
	}
}

// TestForgedSightingsTouchNothingHere: what a party says of an id at another
// Direct Connect is never taken for the object of that id here.
func TestForgedSightingsTouchNothingHere(t *testing.T) {
	w := newWorld(t)
	w.policy(known)
	_, local, c := w.asked()
	link := w.away("acme-away", customer)
	v, seen := sighted(local.ID, string(link.ID))
	v.Connection, seen.Lines[0].ID, seen.Interfaces[0].Connection = local.Connection, local.Connection, local.Connection
	if _, refusal := w.offer(alice, link, seen); refusal != nil {
		t.Fatal(refusal)
	}
	v.State = demarc.VIFRejected
	w.judge(v)
	after, _ := store.VirtualInterfaces.Get(w.store.Local(), string(local.ID))
	kept, _ := desk.Case(w.store.Local(), customer, c.ID)
	if fmt.Sprint(after) != fmt.Sprint(local) || kept.State != c.State || kept.Answer != c.Answer {
		t.Errorf("the interface is %s, was %s; its case %s, was %s", after.State, local.State, kept.State, c.State)
	}
	if got := desk.Steps(w.store.Local(), link, w.now); got[1].ID != "order" || got[1].Done {
		t.Errorf("a connection here counts for a link there: %+v", got[1])
	}
}

// TestAWordIsForWhatItWasGivenFor: judging again says the same and writes
// nothing; what has changed since is judged anew, whoever has agreed.
func TestAWordIsForWhatItWasGivenFor(t *testing.T) {
	w := newWorld(t)
	w.policy(known)
	link := w.away("acme-away", customer)
	v, seen := sighted("dxvif-a", string(link.ID))
	if _, refusal := w.offer(alice, link, seen); refusal != nil {
		t.Fatal(refusal)
	}
	foreign := v
	foreign.State, foreign.Owner = demarc.VIFDeleted, stranger
	if got := w.judge(foreign); !strings.Contains(got.Reason, "account 555555555555's") {
		t.Errorf("what another account sees: got %+v", got)
	}
	count := func() (n int) {
		for range store.Decisions.All(w.store.Local()) {
			n++
		}
		return n
	}
	for range 3 {
		if got := w.judge(v); got.Verdict != demarc.VerdictAccept {
			t.Errorf("got %+v", got)
		}
	}
	mine, theirs := desk.Decisions(w.store.Local(), platform), desk.Decisions(w.store.Local(), customer)
	if mine[0].SeenBy != platform || mine[0].Facts.Proof != demarc.ProofVouched || theirs[0].SeenBy != "" {
		t.Errorf("whose word it went by: the platform sees %+v, the customer %+v", mine[0], theirs[0])
	}
	if n := count(); n != 1 {
		t.Errorf("%d decisions, want 1", n)
	}
	w.policy(demarc.PolicyRule{Name: "none", Verdict: demarc.VerdictReject, Reason: "no"})
	if got := w.judge(v); got.Verdict != demarc.VerdictAccept {
		t.Errorf("a word that was given is taken back: %+v", got)
	}
	v.Connection = "dxcon-else"
	if got := w.judge(v); got.Verdict != demarc.VerdictReject || got.Reason != "Rejected: no" || count() != 2 {
		t.Errorf("another connection than its customer says: got %+v, %d decisions", got, count())
	}
	if got := w.judge(v); got.Verdict != demarc.VerdictReject {
		t.Errorf("once more, as after a crash: got %+v", got)
	}
}

// TestWhatOurEdgeWouldDo is refused of a link there.
func TestWhatOurEdgeWouldDo(t *testing.T) {
	w := newWorld(t)
	w.away("acme-away", customer)
	var got []string
	req := wanted()
	req.Environment, req.Legs[0].Location, req.Probe, req.DrainLossy = "acme-away", "EqDC2", "192.168.50.10", true
	found, err := desk.Preflight(w.store.Local(), customer, req, w.now)
	for _, f := range found {
		got = append(got, f.Code+" "+f.Field)
	}
	if text := strings.Join(got, ", "); err != nil || !strings.Contains(text, "E-ELSEWHERE probe, E-ELSEWHERE drainLossy") {
		t.Errorf("got %s, %v", text, err)
	}
}

// TestSweepingLeavesAnOfferAlone: what the sweep does not see is not gone.
func TestSweepingLeavesAnOfferAlone(t *testing.T) {
	w := newWorld(t)
	link := w.away("acme-away", customer)
	v, seen := sighted("dxvif-a", string(link.ID))
	c, refusal := w.offer(alice, link, seen)
	if refusal != nil {
		t.Fatal(refusal)
	}
	w.now = w.now.Add(365 * 24 * time.Hour)
	w.write(func(tx *store.Tx) error { return desk.Expire(tx, w.now) })
	if _, refusal := w.offer(alice, link, seen); refusal == nil || refusal.Code != "E-CASE-DUPLICATE" {
		t.Errorf("asked twice: got %v", refusal)
	}
	if got := w.judge(v); got.Case != c.ID || got.Verdict != demarc.VerdictQueue {
		t.Errorf("a year later: got %+v", got)
	}
}

// TestAnOddNameKeepsNobodyWaiting: who allocates an interface names it, and it is
// judged among others.
func TestAnOddNameKeepsNobodyWaiting(t *testing.T) {
	w := newWorld(t)
	v, _ := sighted("dxvif-a", strings.Repeat("lk", 100))
	if got := w.judge(v); got.Verdict != "" || got.Reason == "" {
		t.Errorf("got %+v", got)
	}
}

// TestTwoPersonsThere: what takes two persons here takes two there.
func TestTwoPersonsThere(t *testing.T) {
	w := newWorld(t)
	w.policy(demarc.PolicyRule{Name: "look", Verdict: demarc.VerdictQueue, FourEyes: true})
	link := w.away("acme-away", customer)
	v, seen := sighted("dxvif-a", string(link.ID))
	c, refusal := w.offer(alice, link, seen)
	if refusal != nil {
		t.Fatal(refusal)
	}
	act := func(fn func(*store.Tx, demarc.Actor) error, by demarc.Actor) string {
		t.Helper()
		if refusal := w.try(func(tx *store.Tx) error { return fn(tx, by) }); refusal != nil {
			return refusal.Code
		}
		return ""
	}
	accept := func(tx *store.Tx, by demarc.Actor) error { _, err := desk.Accept(tx, by, c.ID, w.now); return err }
	approve := func(tx *store.Tx, by demarc.Actor) error {
		_, err := desk.Approve(tx, by, c.ID, w.now)
		return err
	}
	if code := act(accept, agent); code != "E-OFFER-UNSEEN" {
		t.Errorf("before anybody has looked: got %q", code)
	}
	ruling := func(want demarc.Verdict) {
		t.Helper()
		if got := w.judge(v); got.Verdict != want {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
	ruling(demarc.VerdictQueue)
	if code := act(accept, agent); code != "" {
		t.Fatal(code)
	}
	ruling(demarc.VerdictQueue)
	if code := act(approve, agent); code != "E-CASE-FOUR-EYES" {
		t.Errorf("the same person twice: got %q", code)
	}
	v.MTU = 9001
	ruling(demarc.VerdictQueue)
	if code := act(approve, approver); code != "E-CASE-STATE" {
		t.Errorf("agreeing to what the first has not seen: got %q", code)
	}
	if code := act(accept, agent) + act(approve, approver); code != "" {
		t.Fatal(code)
	}
	ruling(demarc.VerdictAccept)
	if code := act(accept, agent); code != "E-CASE-STATE" {
		t.Errorf("accepting again: got %q", code)
	}
	v.State, v.Gateway = demarc.VIFDown, "vgw-acme-away"
	w.judge(v)
	if done, _ := desk.Case(w.store.Local(), customer, c.ID); done.State != demarc.CaseAnswered || done.Answer != "Accepted onto vgw-acme-away" || done.AnsweredBy != string(platform) {
		t.Errorf("the end: got %s %q by %s", done.State, done.Answer, done.AnsweredBy)
	}
}

// TestWhatBecameOfAnOffer ends a case by what the platform sees there, with the
// truth of who had agreed.
func TestWhatBecameOfAnOffer(t *testing.T) {
	for _, tt := range []struct {
		state   demarc.VirtualInterfaceState
		gateway string
		want    string
	}{
		{demarc.VIFPending, "vgw-1", "Accepted onto vgw-1, without a word of the desk"},
		{demarc.VIFRejected, "", "Rejected: dxvif-a was not accepted"},
		{demarc.VIFDeleted, "", "Withdrawn: dxvif-a was deleted before it was accepted"},
	} {
		w := newWorld(t)
		link := w.away("acme-away", customer)
		v, seen := sighted("dxvif-a", string(link.ID))
		c, refusal := w.offer(alice, link, seen)
		if refusal != nil {
			t.Fatal(refusal)
		}
		v.State, v.Gateway = tt.state, tt.gateway
		w.judge(v)
		if c, _ = desk.Case(w.store.Local(), customer, c.ID); c.State != demarc.CaseAnswered || c.Answer != tt.want {
			t.Errorf("%s: got %s %q, want %q", tt.state, c.State, c.Answer, tt.want)
		}
		if _, refusal := w.offer(alice, link, seen); refusal != nil {
			t.Errorf("%s: asking again: %v", tt.state, refusal)
		}
	}
}

// TestWhatAPlatformCannotSee is n/a to it, and holds nothing up.
func TestWhatAPlatformCannotSee(t *testing.T) {
	w := newWorld(t)
	link := w.away("acme-away", customer)
	v, seen := sighted("dxvif-a", string(link.ID))
	if _, refusal := w.offer(alice, link, seen); refusal != nil {
		t.Fatal(refusal)
	}
	v.State, v.Gateway = demarc.VIFDown, "vgw-1"
	stranger, _ := sighted("dxvif-z", string(link.ID)) // has heard of the link
	stranger.State, stranger.Session = demarc.VIFAvailable, "up"
	var got []string
	_, follow, err := desk.FollowLink(w.store.Local(), demarc.Account{ID: platform, Party: demarc.Platform}, link.ID, demarc.Sightings{Interfaces: []demarc.InterfaceSighted{v, stranger}}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range follow.Steps {
		mark := map[bool]string{true: "+", false: "-"}[s.Done]
		if s.Unprovable {
			mark = "?"
		}
		got = append(got, mark+s.ID)
	}
	want := "+entitled +order ?loa ?cross-connect ?available +account-case +allocate +accept-case +accept -session ?packets ?default-route"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// TestTheEndOfALinkThere is told like any other, touches nothing here, and is
// followed by what is seen to be left.
func TestTheEndOfALinkThere(t *testing.T) {
	w := newWorld(t)
	link := w.away("acme-away", customer)
	v, seen := sighted("dxvif-a", string(link.ID))
	if _, refusal := w.offer(alice, link, seen); refusal != nil {
		t.Fatal(refusal)
	}
	c, refusal := w.open(customer, desk.New{Kind: demarc.CaseTermination, Environment: "acme-away", Fields: demarc.CaseFields{Link: link.ID, Reason: "moved"}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	if refusal := w.try(func(tx *store.Tx) error { _, err := desk.Accept(tx, root, c.ID, w.now); return err }); refusal != nil {
		t.Fatal(refusal)
	}
	if got := w.judge(v); got.Verdict != "" || !strings.Contains(got.Reason, "is to end") {
		t.Errorf("what is to end is accepted: %+v", got)
	}
	next := func(seen demarc.Sightings) string {
		t.Helper()
		link, _ = store.Links.Get(w.store.Local(), string(link.ID))
		_, follow, err := desk.FollowLink(w.store.Local(), alice, link.ID, seen, w.now)
		if err != nil {
			t.Fatal(err)
		}
		step, _ := desk.WhoseMove(follow.Steps)
		return step.ID
	}
	pass := func(d time.Duration) {
		w.now = w.now.Add(d)
		w.write(func(tx *store.Tx) error { _, err := desk.ConductEndings(tx, w.now); return err })
	}
	if got := next(seen); got != "end-told" || link.Over() {
		t.Errorf("at once: next is %q, over: %v", got, link.Over())
	}
	pass(demarc.EndingNotice - demarc.EndingLastNotice)
	pass(demarc.EndingLastNotice - time.Minute)
	if got := next(seen); got != "end-told" {
		t.Errorf("before it is time: next is %q", got)
	}
	pass(time.Minute)
	if got := next(seen); got != "end-interface" || !link.Over() {
		t.Errorf("when it is time: next is %q, over: %v", got, link.Over())
	}
	seen.Interfaces = nil
	if got := next(seen); got != "give-back" {
		t.Errorf("without the interface: next is %q", got)
	}
	if got := next(demarc.Sightings{}); got != "" {
		t.Errorf("when nothing is left: next is %q", got)
	}
}
