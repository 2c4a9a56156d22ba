package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// watch is a party handing in what it sees.
func (d *drilled) watch(by demarc.Account, seen demarc.Sightings) (v demarc.Vigil) {
	d.Helper()
	d.write(func(tx *store.Tx) (err error) {
		v, err = desk.KeepVigil(tx, by, d.link.ID, seen, d.now)
		return err
	})
	return v
}

// toldOf is what a vigil has told of a thing, and how often it changed before.
func toldOf(v demarc.Vigil, leg, what string) string {
	i := slices.IndexFunc(v.Watched, func(w demarc.Watched) bool { return w.Leg == leg && w.What == what })
	if i < 0 {
		return "nothing"
	}
	return fmt.Sprint(v.Watched[i].Told, v.Watched[i].TookChanges)
}

var operator = demarc.Account{ID: platform, Party: demarc.Platform}

// TestAVigilThere tells a change at once, once, and the next of the same thing
// when it has rested; whoever has died meanwhile.
func TestAVigilThere(t *testing.T) {
	d := newDrilled(t, true)
	see := func(session string) demarc.Vigil {
		d.seen[0].Session = session
		return d.watch(operator, demarc.Sightings{Interfaces: d.seen})
	}
	is := func(name string, v demarc.Vigil, want string) {
		t.Helper()
		if got := toldOf(v, "a", demarc.WatchedSession); got != want {
			t.Errorf("%s: told %s, want %s", name, got, want)
		}
	}
	kept := func() demarc.Vigil {
		v, _ := store.Vigils.Get(d.store.Local(), store.VigilKey(demarc.Vigil{Link: d.link.ID, By: platform}))
		return v
	}
	is("how it was", see("up"), "up0")
	d.now = d.now.Add(time.Hour)
	is("down", see("down"), "down1")
	before := kept()
	d.now = d.now.Add(time.Second)
	is("handed in again", see("down"), "down1")
	if fmt.Sprint(kept()) != fmt.Sprint(before) {
		t.Errorf("handing it in again changes something: %+v, was %+v", kept(), before)
	}
	is("unknown is no word", see("unknown"), "down1")
	is("up at once", see("up"), "down1")
	is("down again", see("down"), "down1")
	is("up again", see("up"), "down1")
	d.now = d.now.Add(demarc.VigilRest - 2*time.Second)
	d.write(func(tx *store.Tx) error { return desk.Expire(tx, d.now) })
	is("before it has rested", kept(), "down1")
	d.now = d.now.Add(2 * time.Second)
	d.write(func(tx *store.Tx) error { return desk.Expire(tx, d.now) }) // nobody watches any more
	is("when it has rested", kept(), "up3")
	d.now = d.now.Add(time.Hour)
	d.seen = d.seen[1:]
	is("what is not seen", d.watch(operator, demarc.Sightings{Interfaces: d.seen}), "up3")
}

// TestAVigilIsOnesOwn: what one party says is not the other's word, and what is
// invented tells nothing.
func TestAVigilIsOnesOwn(t *testing.T) {
	d := newDrilled(t, true)
	d.watch(operator, demarc.Sightings{Interfaces: d.seen})
	line := demarc.LineSighted{ID: "dxcon-a", Tag: string(d.link.ID) + "/a", State: demarc.ConnectionAvailable, Owner: customer, Location: "EqDC2", Bandwidth: "1Gbps"}
	seen := demarc.Sightings{Lines: []demarc.LineSighted{line}, Interfaces: slices.Clone(d.seen)}
	d.watch(alice, seen)
	d.now = d.now.Add(time.Hour)
	seen.Interfaces[0].Session, seen.Lines[0].State = "down", demarc.ConnectionDown
	mine := d.watch(alice, seen)
	if got := toldOf(mine, "a", demarc.WatchedSession) + toldOf(mine, "a", demarc.WatchedConnection); got != "down1down1" {
		t.Errorf("the customer's word: got %s", got)
	}
	theirs, _ := store.Vigils.Get(d.store.Local(), store.VigilKey(demarc.Vigil{Link: d.link.ID, By: platform}))
	if got := toldOf(theirs, "a", demarc.WatchedSession) + toldOf(theirs, "a", demarc.WatchedConnection); got != "up0nothing" {
		t.Errorf("the platform's word is another's: got %s", got)
	}
	for n := range 5 { // ids that nobody has, each with another state
		seen.Interfaces[0].ID = demarc.VirtualInterfaceID(fmt.Sprintf("dxvif-forged%d", n))
		seen.Interfaces[0].Session = []string{"up", "down"}[n%2]
		mine = d.watch(alice, seen)
	}
	if n := len(mine.Watched); n != 5 {
		t.Errorf("%d things are watched: %+v", n, mine.Watched)
	}
	for _, tt := range []struct {
		name string
		by   demarc.Account
		seen demarc.Sightings
		want string
	}{
		{"a stranger", other, demarc.Sightings{}, "no link"},
		{"a platform's connection", operator, seen, "sees no connections"},
		{"another link's", alice, demarc.Sightings{Lines: []demarc.LineSighted{{ID: "dxcon-a", Tag: "lk-other"}}}, "no leg"},
	} {
		refusal := d.try(func(tx *store.Tx) error {
			_, err := desk.KeepVigil(tx, tt.by, d.link.ID, tt.seen, d.now)
			return err
		})
		if refusal == nil || !strings.Contains(refusal.Text, tt.want) {
			t.Errorf("%s: got %v", tt.name, refusal)
		}
	}
}
