package desk_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/store"
)

// TestNoConnectionForALinkThatEnds orders for it, tags for it, and does so for a
// leg of it: who pays is told, and the link takes nothing up.
func TestNoConnectionForALinkThatEnds(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		for _, name := range []demarc.PortID{"lis1-d1/p3", "lis1-d1/p4"} {
			store.Ports.Put(tx, demarc.Port{ID: name, Speed: demarc.Gbps})
		}
		return nil
	})
	link, v := w.live()
	other := w.order(demarc.Tag{Key: "site", Value: "hq"})
	order := func(by demarc.AccountID, value string) *demarc.Error {
		return w.try(func(tx *store.Tx) error {
			_, err := connection.Place(tx, by, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "late", Tags: []demarc.Tag{{Key: desk.LinkTag, Value: value}}}, w.now)
			return err
		})
	}
	tag := func(id demarc.ConnectionID, tags ...demarc.Tag) *demarc.Error {
		return w.try(func(tx *store.Tx) error { return connection.Tag(tx, customer, id, tags, w.now) })
	}
	with := demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)}
	late := func(what, code string, refusal *demarc.Error) {
		t.Helper()
		if codeOf(refusal) != code || refusal.Field != "tags" || !strings.Contains(refusal.Error(), "demarc:link="+string(link.ID)) || !strings.Contains(refusal.Fix, "Leave the tag out") {
			t.Errorf("%s: got %v, want %s", what, refusal, code)
		}
	}

	w.grant(w.askEnd(ending(link.ID)).ID)
	late("an order", "E-LINK-ENDING", order(customer, string(link.ID)))
	late("an order for a leg", "E-LINK-ENDING", order(customer, string(link.ID)+"/a"))
	late("a tag", "E-LINK-ENDING", tag(other.ID, with))
	if c, _ := store.Connections.Get(w.store.Local(), string(other.ID)); len(c.Tags) != 1 {
		t.Errorf("it is tagged %v", c.Tags)
	}
	for what, refusal := range map[string]*demarc.Error{
		"what it runs on, kept":  tag(v.Connection, demarc.Tag{Key: desk.LinkTag, Value: "kept"}),
		"and for it again":       tag(v.Connection, with),
		"and with another tag":   tag(v.Connection, with, demarc.Tag{Key: "site", Value: "hq"}),
		"for nobody's link":      tag(other.ID, demarc.Tag{Key: desk.LinkTag, Value: "lk-absent"}),
		"with another's link":    order(partner, string(link.ID)), // who may not know that there is one
		"for anything otherwise": tag(other.ID, demarc.Tag{Key: "link", Value: string(link.ID)}),
	} {
		if refusal != nil {
			t.Errorf("%s: %v", what, refusal)
		}
	}
	if legs := desk.Legs(w.store.Local(), w.stored(link.ID), w.now); legs[0].Connection.ID != v.Connection {
		t.Errorf("the leg runs on %s, want %s", legs[0].Connection.ID, v.Connection)
	}

	w.customerDeletes(v)
	w.withdrawn()
	if refusal := tag(v.Connection, demarc.Tag{Key: desk.LinkTag, Value: "kept"}); refusal != nil {
		t.Fatal(refusal)
	}
	w.conduct()
	late("an order when it has ended", "E-LINK-ENDED", order(customer, string(link.ID)))
	late("a tag when it has ended", "E-LINK-ENDED", tag(other.ID, with))
}
