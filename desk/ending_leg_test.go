package desk_test

import (
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

// TestOneLegEnds, and the other goes on; then the link.
func TestOneLegEnds(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error { // a second place in the customer's cage
		l, _ := store.Locations.Get(tx, "LIS1")
		l.Cages = append(l.Cages, demarc.Cage{Account: customer, Router: "acme-r2", Interface: "eth0"})
		store.Locations.Put(tx, l)
		return nil
	})
	link, refusal := w.request(customer, func(r *desk.Request) {
		r.Resiliency = demarc.TwoDevices
		r.Legs = []desk.LegRequest{{Location: "LIS1", Bandwidth: "1Gbps"}, {Location: "LIS1", Bandwidth: "1Gbps"}}
	})
	if refusal != nil {
		t.Fatal(refusal)
	}
	a := w.allocate(w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID) + "/a"}).ID)
	b := w.allocate(w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID) + "/b"}).ID)
	w.accept(a)
	w.accept(b)
	ask := ending(link.ID)
	ask.Fields.VirtualInterface = b.ID
	c := w.askEnd(ask)
	if _, flags := desk.Review(w.store.Local(), c); len(flags) != 1 || flags[0].Code != "W-SPOF" {
		t.Errorf("what would be lost: got %v, want W-SPOF", flags)
	}
	w.grant(c.ID)
	if _, refusal := w.open(customer, ask); codeOf(refusal) != "E-LINK-ENDING" {
		t.Errorf("again: got %v, want E-LINK-ENDING", refusal)
	}
	last := ending(link.ID)
	last.Fields.VirtualInterface = a.ID
	if _, refusal := w.open(customer, last); codeOf(refusal) != "E-ENDING-LAST-LEG" {
		t.Errorf("the last leg: got %v, want E-ENDING-LAST-LEG", refusal)
	}
	drill := func(leg string) *demarc.Error {
		return w.try(func(tx *store.Tx) error {
			_, err := desk.StartDrill(tx, platform, link.ID, desk.DrillWish{Leg: leg, Minutes: 1, Force: true}, w.now)
			return err
		})
	}
	if refusal := drill("b"); codeOf(refusal) != "E-LINK-ENDING" {
		t.Errorf("a drill of the leg: got %v, want E-LINK-ENDING", refusal)
	}
	if refusal := drill("a"); refusal != nil {
		t.Errorf("a drill of the other: %v", refusal)
	}
	w.write(func(tx *store.Tx) error {
		if _, err := vif.StopTest(tx, platform, a.ID, w.now); err != nil {
			return err
		}
		if _, err := vif.Delete(tx, customer, b.ID, w.now); err != nil {
			return err
		}
		return nil
	})
	w.letsGo(b.ID)
	w.withdrawn()
	another := w.orderAgain(b.Connection) // untagged, at the same place, and not for this leg
	w.conduct()
	if got := w.stored(link.ID); got.Over() || got.Endings[0].Ended.IsZero() {
		t.Errorf("the leg has ended and not the link: %+v", got.Endings)
	}
	if legs := desk.Legs(w.store.Local(), w.stored(link.ID), w.now); legs[1].Connection.ID == another.ID || legs[1].Interface.ID != b.ID {
		t.Errorf("leg b runs on %s, %s again", legs[1].Connection.ID, legs[1].Interface.ID)
	}
	if shown, claimed := w.links(); shown != 1 || claimed != 1 {
		t.Errorf("links that count: %d shown, %d claimed, want 1", shown, claimed)
	}
	if refusal := drill("b"); codeOf(refusal) != "E-LINK-ENDED" {
		t.Errorf("a drill of the leg that has ended: got %v, want E-LINK-ENDED", refusal)
	}

	whole := w.grant(w.askEnd(ending(link.ID)).ID)
	if e, ok := w.stored(link.ID).Ending(); !ok || len(e.Legs) != 1 || e.Legs[0].Leg != "a" || e.Case != whole.ID {
		t.Errorf("the end of the link: %+v", e)
	}
	w.customerDeletes(a)
	w.keep(a.Connection, "kept")
	w.conduct()
	if !w.stored(link.ID).Over() {
		t.Errorf("the link goes on: %+v", desk.Steps(w.store.Local(), w.stored(link.ID), w.now))
	}
}

// orderAgain deletes a connection and orders another in its place.
func (w *world) orderAgain(instead demarc.ConnectionID) demarc.Connection {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		_, err := connection.Delete(tx, customer, instead, w.now)
		return err
	})
	w.now = w.now.Add(time.Minute)
	return w.order()
}

// keep tags a connection for something else.
func (w *world) keep(id demarc.ConnectionID, value string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		return connection.Tag(tx, customer, id, []demarc.Tag{{Key: desk.LinkTag, Value: value}}, w.now)
	})
}

// TestAConnectionMayBeKept for something else: its owner is billed for it.
func TestAConnectionMayBeKept(t *testing.T) {
	for name, tt := range map[string]struct {
		keep     func(*world, demarc.VirtualInterface)
		evidence string
	}{
		"tagged": {func(w *world, v demarc.VirtualInterface) { w.keep(v.Connection, "kept") }, "its tag demarc:link says kept"},
		"in use": {func(w *world, v demarc.VirtualInterface) {
			w.write(func(tx *store.Tx) error {
				_, err := vif.Allocate(tx, customer, v.Connection, stranger, vif.New{Name: "other", VLAN: 200, ASN: 65010}, w.now)
				return err
			})
		}, "it carries dxvif-"},
	} {
		w := newWorld(t)
		link, v := w.live()
		w.grant(w.askEnd(ending(link.ID)).ID)
		w.customerDeletes(v)
		w.withdrawn()
		w.conduct()
		w.expect(w.stored(link.ID), "give-back", demarc.Customer, "delete it, or tag it demarc:link=kept")
		tt.keep(w, v)
		w.conduct()
		if s := stepOf(w, link.ID, "give-back"); !w.stored(link.ID).Over() || !strings.Contains(s.Evidence, tt.evidence) {
			t.Errorf("%s: over %v, %q", name, w.stored(link.ID).Over(), s.Evidence)
		}
		w.write(func(tx *store.Tx) error { // what becomes of it later is nobody's matter here
			for other := range store.VirtualInterfaces.By(tx, "connection", string(v.Connection)) {
				if _, err := vif.Delete(tx, customer, other.ID, w.now); err != nil {
					return err
				}
			}
			return nil
		})
		w.keep(v.Connection, string(link.ID))
		w.expect(w.stored(link.ID), "", "", "")
	}
}

// TestAPartnersLinkEnds: tokens that nobody has redeemed are withdrawn, what is
// on the partner's connection is deleted by the desk, and its connection stays; a
// hosted connection is given back.
func TestAPartnersLinkEnds(t *testing.T) {
	for _, hosted := range []bool{false, true} {
		w := newWorld(t)
		w.wire()
		link := w.partnerLink(asItIs)
		_, text, _ := w.issue(customer, link.ID, desk.NewToken{})
		v := w.redeemed(text, hosted)
		w.accept(v)
		unused := w.partnerLink(func(r *desk.Request) { r.Prefixes = nil })
		spare, spareText, _ := w.issue(customer, unused.ID, desk.NewToken{})
		w.askEnd(ending(unused.ID))
		if _, refusal := w.redeem(spareText, plainly); codeOf(refusal) != "E-TOKEN-WITHDRAWN" {
			t.Errorf("token %s of a link that was given up: got %v, want E-TOKEN-WITHDRAWN", spare.ID, refusal)
		}
		if !w.stored(unused.ID).Over() {
			t.Error("a request for a partner goes on")
		}

		w.grant(w.askEnd(ending(link.ID)).ID)
		w.now = start.Add(24 * time.Hour)
		w.conduct()
		w.now = start.Add(49 * time.Hour)
		w.conduct()
		w.letsGo(v.ID)
		w.withdrawn()
		w.conduct()
		if hosted {
			w.expect(w.stored(link.ID), "give-back", demarc.Customer, "which offered it, may delete it too")
			w.write(func(tx *store.Tx) error {
				_, err := connection.Delete(tx, partner, v.Connection, w.now)
				return err
			})
			w.conduct()
		}
		if !w.stored(link.ID).Over() {
			t.Errorf("hosted connection %v: the link goes on: %+v", hosted, desk.Steps(w.store.Local(), w.stored(link.ID), w.now))
		}
		for _, port := range []string{"dedicated", "interconnect"} {
			if c, _ := store.Connections.Get(w.store.Local(), string(w.ports[port])); c.State.Gone() {
				t.Errorf("the partner's %s is %s", port, c.State)
			}
		}
	}
}
