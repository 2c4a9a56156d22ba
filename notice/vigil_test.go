package notice_test

import (
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/store"
)

// TestWhatIsToldOfAVigil: each change once, as its party's word; of a connection
// to that party alone; and nothing of a word that nobody knows.
func TestWhatIsToldOfAVigil(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	at := start
	v := demarc.Vigil{Link: link.ID, By: customer}
	for _, thing := range [][3]string{{demarc.WatchedSession, "dxvif-1", "up"}, {demarc.WatchedInterface, "dxvif-1", "available"}, {demarc.WatchedConnection, "dxcon-1", "available"}} {
		v.Watched = append(v.Watched, demarc.Watched{Leg: "a", What: thing[0], ID: thing[1], Seen: thing[2], Told: thing[2]})
	}
	say := func(i int, word string) []string {
		before := len(w.told(platform))
		got := w.since(customer, func() {
			at = at.Add(time.Hour)
			watched := append([]demarc.Watched{}, v.Watched...)
			watched[i] = watched[i].Hear(word, at)
			v.Watched = watched
			w.write(func(tx *store.Tx) error { store.Vigils.Put(tx, v); return nil })
		})
		return append(got, w.told(platform)[before:]...)
	}
	w.expects("how it was", say(0, "up"))
	w.expects("a session", say(0, "down"), "bgp.down", "bgp.down")
	w.expects("the same", say(0, "down"))
	w.expects("an interface", say(1, "down"), "vif.down", "vif.down")
	w.expects("a connection", say(2, "down"), "connection.down")
	w.expects("a state that nobody knows", say(1, "resting"))
	w.expects("and back", say(0, "up"), "bgp.up", "bgp.up")
	var told string
	for n := range store.Notices.By(w.store.Local(), "account", string(platform)) {
		if n.Type == "bgp.down" {
			told = n.Subject + string(n.Detail)
		}
	}
	for _, want := range []string{"dxvif-1", `"seenBy":"` + string(customer) + `"`, `"leg":"a"`, `"before":"up"`} {
		if !strings.Contains(told, want) {
			t.Errorf("bgp.down has no %s: %s", want, told)
		}
	}
	w.write(func(tx *store.Tx) error { // another interface in its place
		v.Watched[0] = demarc.Watched{Leg: "a", What: demarc.WatchedSession, ID: "dxvif-2", Seen: "down", Told: "down", ToldAt: at}
		store.Vigils.Put(tx, v)
		return nil
	})
	if kinds := w.told(customer); kinds[len(kinds)-1] != "bgp.up" {
		t.Errorf("what begins anew is told: %v", kinds)
	}
}
