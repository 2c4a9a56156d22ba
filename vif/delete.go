package vif

import (
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
// and lets go of what one that is gone held.
func keep(tx *store.Tx, before, after demarc.VirtualInterface) (changed bool) {
	if before.State == after.State {
		return false
	}
	if after.State.Gone() {
		release(tx, after)
	}
	store.VirtualInterfaces.Put(tx, after)
	return true
}

func release(tx *store.Tx, v demarc.VirtualInterface) {
	tx.Release(vlanClaim(v))
	for _, p := range v.Peers {
		tx.Release(peerClaim(v.Connection, p.AmazonAddress.Masked()))
	}
	if v.Gateway != "" {
		tx.Release(gatewayClaim(v))
	}
}
