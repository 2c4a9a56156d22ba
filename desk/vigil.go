package desk

import (
	"reflect"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// KeepVigil takes in what a party that watches a link at another Direct Connect
// sees of it now, all of it. What has changed since is told by notices, in the
// same transaction: handing it in again changes nothing. What is not seen is not
// taken for gone.
func KeepVigil(tx *store.Tx, by demarc.Account, id demarc.LinkID, seen demarc.Sightings, now time.Time) (demarc.Vigil, error) {
	link, err := Link(tx, by.ID, id)
	if err != nil {
		return demarc.Vigil{}, err
	}
	p := find(tx, link, now)
	if !p.env.Away() {
		return demarc.Vigil{}, notAway(p.env)
	}
	if link.Over() {
		return demarc.Vigil{}, link.GoesOn("")
	}
	if err := p.checkSighted(tx, by.Party, seen); err != nil {
		return demarc.Vigil{}, err
	}
	p.look(by.Party, seen)
	kept, _ := store.Vigils.Get(tx, store.VigilKey(demarc.Vigil{Link: id, By: by.ID}))
	is := demarc.Vigil{Link: id, By: by.ID, Watched: slices.Clone(kept.Watched)}
	for _, l := range p.staying() {
		for _, w := range l.watched(now) {
			is.Watched = heard(is.Watched, w, now)
		}
	}
	if !reflect.DeepEqual(is.Watched, kept.Watched) {
		store.Vigils.Put(tx, is)
	}
	return is, nil
}

// watched are the things of a leg that are seen, each as a vigil begins with it.
func (l leg) watched(now time.Time) (out []demarc.Watched) {
	add := func(what, id, word string) {
		out = append(out, demarc.Watched{Leg: l.ID, What: what, ID: id, Seen: word, Since: now, Told: word})
	}
	if l.bgp == "up" || l.bgp == "down" {
		add(demarc.WatchedSession, string(l.vif.ID), l.bgp)
	}
	if l.vif.State != "" {
		add(demarc.WatchedInterface, string(l.vif.ID), string(l.vif.State))
	}
	if l.conn.State != "" {
		add(demarc.WatchedConnection, string(l.conn.ID), string(l.conn.State))
	}
	return out
}

// heard takes in a word. What has come to the place of another begins anew,
// since a leg has one of each; that it rests then as long keeps whoever invents
// ids from telling more.
func heard(kept []demarc.Watched, now demarc.Watched, at time.Time) []demarc.Watched {
	i := slices.IndexFunc(kept, func(w demarc.Watched) bool { return w.Leg == now.Leg && w.What == now.What })
	switch {
	case i < 0:
		return append(kept, now)
	case kept[i].ID != now.ID:
		now.ToldAt = kept[i].ToldAt
		kept[i] = now
	default:
		kept[i] = kept[i].Hear(now.Seen, at)
	}
	return kept
}

// settleVigils has told what has rested long enough, whoever watches by now, and
// forgets vigils over what has ended.
func settleVigils(tx *store.Tx, left int, now time.Time) {
	for v := range store.Vigils.All(tx) {
		if left == 0 {
			return
		}
		if link, ok := store.Links.Get(tx, string(v.Link)); !ok || link.Over() {
			store.Vigils.Delete(tx, store.VigilKey(v))
			left--
			continue
		}
		is := slices.Clone(v.Watched)
		for i := range is {
			is[i] = is[i].Settle(now)
		}
		if !reflect.DeepEqual(is, v.Watched) {
			v.Watched = is
			store.Vigils.Put(tx, v)
			left--
		}
	}
}
