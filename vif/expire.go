package vif

import (
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// expiredAtOnce bounds what one call of Expire ends, so that its transaction
// stays small. The rest is still due at the next call.
const expiredAtOnce = 20

// Unaccepted rejects an interface that waited too long for its owner.
func Unaccepted(v demarc.VirtualInterface, d demarc.Deadlines, now time.Time) demarc.VirtualInterface {
	if v.State == demarc.VIFConfirming && d.AcceptanceOver(v.Created, now) {
		v.State, v.Deleted = demarc.VIFRejected, now
	}
	return v
}

// Expire does what is due at now: it rejects interfaces that nobody accepted,
// and forgets those that are shown no longer.
func Expire(tx *store.Tx, now time.Time) error {
	deadlines := account.Deadlines(tx)
	left := expiredAtOnce
	for v := range store.VirtualInterfaces.All(tx) {
		if left == 0 {
			return nil
		}
		switch {
		case !listed(v, now):
			store.VirtualInterfaces.Delete(tx, string(v.ID))
			store.VIFSightings.Delete(tx, string(v.ID))
			left--
		case Unaccepted(v, deadlines, now).State != v.State:
			// Get guards the one that is changed.
			guarded, _ := store.VirtualInterfaces.Get(tx, string(v.ID))
			keep(tx, guarded, Unaccepted(guarded, deadlines, now))
			left--
		}
	}
	return nil
}
