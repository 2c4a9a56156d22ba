package vif

import (
	"reflect"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// Delete ends an interface for its owner or the owner of its connection. One
// that waits for acceptance is gone at once, rejected or deleted; one that was
// accepted is deleting until the edge has taken it down. Deleting it again is
// not an error.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, now time.Time) (demarc.VirtualInterface, error) {
	v, err := Get(tx, by, id, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	next := Deleted(v, by, now)
	if next.State == demarc.VIFDeleting && v.State == demarc.VIFTesting {
		if err := endTest(tx, id, demarc.TestFailed, now); err != nil {
			return demarc.VirtualInterface{}, err
		}
	}
	keep(tx, v, next)
	return next, nil
}

// Settle ends an interface that is deleting, once the edge has nothing of it
// any more, and reports whether that changed anything. An interface in another
// state, or unknown, is left alone.
func Settle(tx *store.Tx, id demarc.VirtualInterfaceID, now time.Time) (changed bool) {
	v, ok := store.VirtualInterfaces.Get(tx, string(id))
	if !ok {
		return false
	}
	return keep(tx, v, Settled(v, now))
}

// keep stores what an event made of an interface, if it made anything of it,
// and lets go of what one that is gone held, and of what sessions held that are
// gone.
func keep(tx *store.Tx, before, after demarc.VirtualInterface) (changed bool) {
	if !awaitsAgent(after) {
		after.Awaited = time.Time{}
	}
	if reflect.DeepEqual(before, after) {
		return false
	}
	if after.State.Gone() {
		release(tx, after)
	}
	for _, p := range before.Peers {
		releaseUnused(tx, before, p, after)
	}
	store.VirtualInterfaces.Put(tx, after)
	return true
}

// releaseUnused lets go of what a session held and no session of the interface
// holds now: one that takes another's place has the same addresses.
func releaseUnused(tx *store.Tx, before demarc.VirtualInterface, p demarc.BGPPeer, after demarc.VirtualInterface) {
	subnet, pair := peerClaim(before.Connection, p.AmazonAddress.Masked()), pairClaim(before, p)
	if !slices.ContainsFunc(after.Peers, func(q demarc.BGPPeer) bool {
		return peerClaim(after.Connection, q.AmazonAddress.Masked()) == subnet
	}) {
		letGo(tx, before, subnet)
	}
	if !slices.ContainsFunc(after.Peers, func(q demarc.BGPPeer) bool { return pairClaim(after, q) == pair }) {
		tx.Release(pair)
	}
}
