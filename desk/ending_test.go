package desk_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/facility"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// live is a link of one leg whose interface is accepted and up.
func (w *world) live() (demarc.Link, demarc.VirtualInterface) {
	w.Helper()
	link := w.link()
	v := w.allocate(w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)}).ID)
	w.accept(v)
	return link, v
}

// accept has the platform accept an interface, and its session come up.
func (w *world) accept(v demarc.VirtualInterface) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, w.now)
		return err
	})
	lan := intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("192.168.50.0/24")})
	seen := intent.VIFSeen{ID: v.ID, Built: true, MTU: 1500, Accepted: lan, Advertised: lan}
	for _, p := range v.Peers {
		seen.Session = append(seen.Session, intent.SessionSeen{Peer: p.ID, State: "Established", Since: w.now})
	}
	w.sees(seen, "192.168.50.0/24") // built
	w.sees(seen, "192.168.50.0/24") // and up
}

// customerDeletes is the owner of the line deleting the interface on it.
func (w *world) customerDeletes(v demarc.VirtualInterface) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		_, err := vif.Delete(tx, customer, v.ID, w.now)
		return err
	})
	w.letsGo(v.ID)
}

// letsGo is the edge having nothing of an interface any more, which the VPC's
// host learns of.
func (w *world) letsGo(id demarc.VirtualInterfaceID) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		store.VIFSightings.Delete(tx, string(id))
		vif.Settle(tx, id, w.now)
		return nil
	})
}

// withdrawn is the VPC's host having no route of any device.
func (w *world) withdrawn() {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		store.VPCSightings.Put(tx, intent.VPCSeen{ID: vpc})
		return nil
	})
}

func ending(link demarc.LinkID) desk.New {
	return desk.New{Kind: demarc.CaseTermination, Environment: "acme-prod", Fields: demarc.CaseFields{Link: link, Reason: "we move"}}
}

// askEnd opens a case that is taken up.
func (w *world) askEnd(ask desk.New) demarc.Case {
	w.Helper()
	c, refusal := w.open(customer, ask)
	if refusal != nil {
		w.Fatal(refusal)
	}
	return c
}

// grant is the platform agreeing.
func (w *world) grant(id demarc.CaseID) demarc.Case {
	w.Helper()
	c, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) {
		return desk.Accept(tx, demarc.Actor{Account: platform}, id, w.now)
	})
	if refusal != nil {
		w.Fatal(refusal)
	}
	return c
}

func (w *world) resolve(id demarc.CaseID) *demarc.Error {
	w.Helper()
	_, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) {
		return desk.Resolve(tx, demarc.Actor{Account: customer}, id, w.now)
	})
	return refusal
}

// conduct lets the desk do what is due, as often as there is something.
func (w *world) conduct() (acts []desk.Act) {
	w.Helper()
	for range 3 {
		w.write(func(tx *store.Tx) error {
			did, err := desk.ConductEndings(tx, w.now)
			acts = append(acts, did...)
			return err
		})
	}
	return acts
}

func (w *world) stored(id demarc.LinkID) demarc.Link {
	w.Helper()
	link, ok := store.Links.Get(w.store.Local(), string(id))
	if !ok {
		w.Fatalf("link %s is not there any more", id)
	}
	return link
}

func (w *world) stateOf(id demarc.VirtualInterfaceID) demarc.VirtualInterfaceState {
	v, _ := store.VirtualInterfaces.Get(w.store.Local(), string(id))
	return v.State
}

// links is how many count for the environment, at the two places that count.
func (w *world) links() (shown, claimed int) {
	for _, e := range desk.Environments(w.store.Local(), customer) {
		if e.Name == "acme-prod" {
			shown = e.Links
		}
	}
	for range w.store.Local().Claims("link/acme-prod/") {
		claimed++
	}
	return shown, claimed
}

// TestARequestIsGivenUpAtOnce: where nothing was accepted nobody has to agree.
func TestARequestIsGivenUpAtOnce(t *testing.T) {
	w := newWorld(t)
	first, _ := w.link(), w.link()
	if _, refusal := w.request(customer, func(*desk.Request) {}); codeOf(refusal) != "E-LIMIT-LINKS" {
		t.Fatalf("a third link: got %v, want E-LIMIT-LINKS", refusal)
	}
	c := w.askEnd(ending(first.ID))
	if c.State != demarc.CaseAnswered || c.AnsweredBy != desk.ByDesk {
		t.Errorf("the case: got %+v, want an answer of the desk's", c)
	}
	link := w.stored(first.ID)
	if !link.Over() {
		t.Errorf("the link goes on: %+v", link.Endings)
	}
	w.expect(link, "", "", "")
	if shown, claimed := w.links(); shown != 1 || claimed != 1 {
		t.Errorf("links that count: %d shown, %d claimed, want 1", shown, claimed)
	}
	w.link()
}

// TestAnOfferIsTakenBackAtOnce: what nobody has accepted goes with its request;
// the connection is for its owner to give back, and the slot is free then.
func TestAnOfferIsTakenBackAtOnce(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	conn := w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)})
	v := w.allocate(conn.ID)
	asked, refusal := w.open(customer, asking(v.ID))
	if refusal != nil {
		t.Fatal(refusal)
	}
	c := w.askEnd(ending(link.ID))
	if c.State != demarc.CaseGranted {
		t.Errorf("the case is %s, want granted", c.State)
	}
	if got := w.stateOf(v.ID); got != demarc.VIFRejected {
		t.Errorf("the offer is %s, want rejected", got)
	}
	if got, _ := desk.Case(w.store.Local(), customer, asked.ID); !got.State.Ended() {
		t.Errorf("the case about the offer is %s", got.State)
	}
	w.expect(w.stored(link.ID), "give-back", demarc.Customer, string(conn.ID)+" is requested: delete it, or tag it demarc:link=kept")
	w.write(func(tx *store.Tx) error {
		_, err := connection.Delete(tx, customer, conn.ID, w.now)
		return err
	})
	w.conduct()
	if !w.stored(link.ID).Over() {
		t.Error("the link goes on without a connection")
	}
	if got, _ := desk.Case(w.store.Local(), customer, c.ID); got.State != demarc.CaseAnswered {
		t.Errorf("the case is %s, want answered", got.State)
	}
}

// TestTheEndOfALink goes the whole way, and asks after each act whose move it
// is.
func TestTheEndOfALink(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	w.link() // all that the edition allows
	c := w.askEnd(ending(link.ID))
	if c.State != demarc.CaseOpen {
		t.Fatalf("the case is %s, want open", c.State)
	}
	if _, flags := desk.Review(w.store.Local(), c); len(flags) != 1 || flags[0].Code != "W-LAST-PATH" {
		t.Errorf("what would be lost: got %v, want W-LAST-PATH", flags)
	}
	if steps := desk.EndSteps(w.store.Local(), c, w.now); steps != nil {
		t.Errorf("steps of what nobody has agreed to: %v", steps)
	}
	if c = w.grant(c.ID); c.State != demarc.CaseGranted {
		t.Fatalf("the case is %s, want granted", c.State)
	}
	w.expect(w.stored(link.ID), "end-told", demarc.Platform, "told 1 times; interfaces are deleted on 2026-05-06 12:00:00 UTC")

	w.now = start.Add(24*time.Hour - time.Second)
	w.conduct()
	w.expect(w.stored(link.ID), "end-told", demarc.Platform, "told 1 times")
	w.now = start.Add(24 * time.Hour)
	w.conduct()
	w.expect(w.stored(link.ID), "end-told", demarc.Platform, "told 2 times")
	w.now = start.Add(48*time.Hour - time.Second)
	if acts := w.conduct(); len(acts) > 0 || w.stateOf(v.ID) != demarc.VIFAvailable {
		t.Errorf("a second before: %v, and the interface is %s", acts, w.stateOf(v.ID))
	}
	w.now = start.Add(48 * time.Hour)
	want := []desk.Act{{Account: platform, Operation: "DeleteVirtualInterface"}}
	if acts := w.conduct(); !slices.Equal(acts, want) || w.stateOf(v.ID) != demarc.VIFDeleting {
		t.Errorf("when it is time: %v, want %v; the interface is %s", acts, want, w.stateOf(v.ID))
	}
	w.expect(w.stored(link.ID), "end-edge", demarc.Platform, string(v.ID)+" is deleting")

	w.now = w.now.Add(2 * time.Second)
	w.letsGo(v.ID)
	w.expect(w.stored(link.ID), "end-edge", demarc.Platform, "the environment still has 192.168.50.0/24 by lis1-d1")
	w.withdrawn()
	w.conduct()
	w.expect(w.stored(link.ID), "give-back", demarc.Customer, string(v.Connection))
	if got := stepOf(w, link.ID, "end-edge").Evidence; !strings.Contains(got, "VLAN 101 is free") || !strings.Contains(got, "it took 2.0 s") {
		t.Errorf("what was measured: %q", got)
	}
	if w.stored(link.ID).Asked() {
		t.Error("the probe goes on without an interface")
	}
	if _, refusal := w.request(customer, func(*desk.Request) {}); codeOf(refusal) != "E-LIMIT-LINKS" {
		t.Errorf("another link before this one has ended: got %v, want E-LIMIT-LINKS", refusal)
	}

	w.write(func(tx *store.Tx) error { // the facility was faster
		xc, _ := store.CrossConnects.Get(tx, string(v.Connection))
		xc.Patched = true
		store.CrossConnects.Put(tx, xc)
		return nil
	})
	if s := stepOf(w, link.ID, "unplug"); s.Done || s.Party != demarc.Facility {
		t.Errorf("a fibre that is plugged in: %+v", s)
	}
	w.write(func(tx *store.Tx) error {
		_, err := connection.Delete(tx, customer, v.Connection, w.now)
		return err
	})
	w.conduct()
	w.unplugs(link.ID, v.Connection)
	w.conduct()
	over := w.stored(link.ID)
	w.expect(over, "", "", "")
	if got, _ := desk.Case(w.store.Local(), platform, c.ID); got.State != demarc.CaseAnswered || !over.Over() {
		t.Errorf("the case is %s, the link over: %v", got.State, over.Over())
	}
	if legs := desk.Legs(w.store.Local(), over, w.now); legs[0].Interface.ID != v.ID || legs[0].Interface.State != demarc.VIFDeleted {
		t.Errorf("what it ran on: %+v", legs[0])
	}
	w.link()

	w.now = w.now.Add(time.Hour) // and what it ran on is forgotten
	w.write(func(tx *store.Tx) error {
		store.VirtualInterfaces.Delete(tx, string(v.ID))
		store.Connections.Delete(tx, string(v.Connection))
		return nil
	})
	w.conduct()
	if over := w.stored(link.ID); !over.Over() || !over.Endings[0].Ended.Equal(start.Add(48*time.Hour+2*time.Second+4*24*time.Hour)) {
		t.Errorf("an hour later: %+v", over.Endings)
	}
	w.expect(w.stored(link.ID), "", "", "")
}

// unplugs is the facility pulling the fibre of a connection whose owner was
// faster, four days later: until then the link waits for it, also when the
// connection is forgotten and the time is over.
func (w *world) unplugs(id demarc.LinkID, conn demarc.ConnectionID) {
	w.Helper()
	s := stepOf(w, id, "unplug")
	if s.Done || s.Party != demarc.Facility || !s.Deadline.Equal(w.now.Add(72*time.Hour)) || !strings.Contains(s.Evidence, "demarc facility unpatch "+string(conn)) {
		w.Errorf("the connection is deleted, and its fibre is in: %+v", s)
	}
	w.now = w.now.Add(4 * 24 * time.Hour)
	w.write(func(tx *store.Tx) error {
		store.Connections.Delete(tx, string(conn))
		return facility.Expire(tx, w.now)
	})
	w.conduct()
	if s := stepOf(w, id, "unplug"); s.Done || !strings.HasPrefix(s.Evidence, "overdue: ") || w.stored(id).Over() {
		w.Errorf("four days later: %+v", s)
	}
	w.write(func(tx *store.Tx) error {
		_, err := facility.Unpatch(tx, building, conn, w.now)
		return err
	})
}

func stepOf(w *world, id demarc.LinkID, step string) (found demarc.Step) {
	for _, s := range desk.Steps(w.store.Local(), w.stored(id), w.now) {
		if s.ID == step {
			found = s
		}
	}
	return found
}

// TestTheLastDay: a day in a month is kept, and one that is too near for both
// notices is not.
func TestTheLastDay(t *testing.T) {
	for _, tt := range []struct {
		lastDay string
		due     time.Time
	}{
		{"2026-05-31", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)},
		{"2026-05-05", start.Add(48 * time.Hour)},
		{"2026-05-04", start.Add(48 * time.Hour)},
		{"", start.Add(48 * time.Hour)},
	} {
		w := newWorld(t)
		link, _ := w.live()
		w.grant(w.askEnd(endingOn(link.ID, tt.lastDay)).ID)
		if got := w.stored(link.ID).Endings[0].Due; !got.Equal(tt.due) {
			t.Errorf("last day %q: due on %s, want %s", tt.lastDay, got, tt.due)
		}
	}
}

// TestARequestThatIsWantedForAWhile: with a day named, what was only asked for
// waits for it like anything else.
func TestARequestThatIsWantedForAWhile(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	c := w.askEnd(endingOn(link.ID, "2026-05-31"))
	if c.State != demarc.CaseOpen {
		t.Fatalf("the case is %s, want open", c.State)
	}
	w.grant(c.ID)
	w.expect(w.stored(link.ID), "end-told", demarc.Platform, "interfaces are deleted on 2026-06-01 00:00:00 UTC")
	w.now = time.Date(2026, 5, 31, 1, 0, 0, 0, time.UTC)
	w.conduct()
	if refusal := w.resolve(c.ID); refusal != nil || len(w.stored(link.ID).Endings) != 0 {
		t.Errorf("on its last day its customer wants it after all: %v", refusal)
	}
	w.grant(w.askEnd(endingOn(link.ID, "2026-06-02")).ID)
	for range 3 {
		w.now = w.now.Add(24 * time.Hour)
		w.conduct()
	}
	if !w.stored(link.ID).Over() {
		t.Errorf("after the day: %+v", w.stored(link.ID).Endings)
	}
}

func endingOn(link demarc.LinkID, lastDay string) desk.New {
	ask := ending(link)
	ask.Fields.LastDay = lastDay
	return ask
}

// TestNobodyLookedForDays: a notice that was late moves the end, so that there is
// a day between it and the end.
func TestNobodyLookedForDays(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	w.grant(w.askEnd(ending(link.ID)).ID)
	w.now = start.Add(10 * 24 * time.Hour)
	w.conduct()
	if got := w.stateOf(v.ID); got != demarc.VIFAvailable {
		t.Errorf("right after the second notice the interface is %s", got)
	}
	w.expect(w.stored(link.ID), "end-told", demarc.Platform, "deleted on 2026-05-15 12:00:00 UTC")
	w.now = w.now.Add(24 * time.Hour)
	w.conduct()
	if got := w.stateOf(v.ID); got != demarc.VIFDeleting {
		t.Errorf("a day later the interface is %s", got)
	}
}

// TestTheOwnerOfTheLineNeedNotWait: its customer deletes the interface itself.
func TestTheOwnerOfTheLineNeedNotWait(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	w.grant(w.askEnd(ending(link.ID)).ID)
	w.customerDeletes(v)
	w.withdrawn()
	w.conduct()
	w.expect(w.stored(link.ID), "give-back", demarc.Customer, string(v.Connection))
}

// TestTakingAnEndBack, as long as nothing is deleted and no longer.
func TestTakingAnEndBack(t *testing.T) {
	w := newWorld(t)
	link, v := w.live()
	c := w.askEnd(ending(link.ID))
	if refusal := w.resolve(c.ID); refusal != nil {
		t.Fatalf("before it is granted: %v", refusal)
	}
	c = w.grant(w.askEnd(ending(link.ID)).ID)
	if refusal := w.resolve(c.ID); refusal != nil {
		t.Fatalf("after it is granted: %v", refusal)
	}
	if got := w.stored(link.ID); len(got.Endings) != 0 {
		t.Errorf("it is still to end: %+v", got.Endings)
	}
	w.now = start.Add(30 * 24 * time.Hour)
	if acts := w.conduct(); len(acts) > 0 || w.stateOf(v.ID) != demarc.VIFAvailable {
		t.Errorf("a month later: %v", acts)
	}
	if _, refusal := w.open(customer, ending(link.ID)); refusal != nil {
		t.Errorf("to ask again: %v", refusal)
	}
	c = w.grant(onlyCase(w, demarc.CaseOpen).ID)
	w.write(func(tx *store.Tx) error {
		_, err := vif.Delete(tx, platform, v.ID, w.now)
		return err
	})
	if refusal := w.resolve(c.ID); codeOf(refusal) != "E-ENDING-BEGUN" {
		t.Errorf("after the interface was deleted: got %v, want E-ENDING-BEGUN", refusal)
	}
	if got, _ := desk.Case(w.store.Local(), customer, c.ID); got.State != demarc.CaseGranted {
		t.Errorf("the case is %s", got.State)
	}
}

// onlyCase is the one about an end in a state.
func onlyCase(w *world, state demarc.CaseState) (found demarc.Case) {
	w.Helper()
	for _, c := range desk.Cases(w.store.Local(), customer) {
		if c.Kind == demarc.CaseTermination && c.State == state {
			found = c
		}
	}
	return found
}

// TestAGrantedCaseIsDecided: only its opener has a say in it, and nobody's words
// stop it.
func TestAGrantedCaseIsDecided(t *testing.T) {
	w := newWorld(t)
	link, _ := w.live()
	c := w.grant(w.askEnd(ending(link.ID)).ID)
	by := demarc.Actor{Account: platform}
	for name, act := range map[string]func(*store.Tx) (demarc.Case, error){
		"accept":  func(tx *store.Tx) (demarc.Case, error) { return desk.Accept(tx, by, c.ID, w.now) },
		"approve": func(tx *store.Tx) (demarc.Case, error) { return desk.Approve(tx, by, c.ID, w.now) },
		"answer":  func(tx *store.Tx) (demarc.Case, error) { return desk.Answer(tx, by, c.ID, "no", w.now) },
		"reject":  func(tx *store.Tx) (demarc.Case, error) { return desk.Reject(tx, by, c.ID, "no", w.now) },
	} {
		if _, refusal := w.does(act); codeOf(refusal) != "E-CASE-STATE" {
			t.Errorf("%s: got %v, want E-CASE-STATE", name, refusal)
		}
	}
	c, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Reply(tx, by, c.ID, "goodbye", nil, w.now) })
	if refusal != nil || c.State != demarc.CaseGranted {
		t.Errorf("a reply: %v, and the case is %s", refusal, c.State)
	}
	_, refusal = w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Resolve(tx, by, c.ID, w.now) })
	if codeOf(refusal) != "E-CASE-OPENER" {
		t.Errorf("the platform takes it back: got %v, want E-CASE-OPENER", refusal)
	}
}
