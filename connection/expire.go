package connection

import (
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// expiredAtOnce bounds what one call of Expire ends, so that its transaction
// stays small. The rest is still due at the next call.
const expiredAtOnce = 20

// Expire does what is due at now: it ends offers and orders that lapsed, but
// none that carries something, settles MACsec keys, and forgets connections and
// LAGs that are shown no longer.
func Expire(tx *store.Tx, now time.Time) error {
	left := expiredAtOnce
	for _, state := range []demarc.ConnectionState{demarc.ConnectionDeleted, demarc.ConnectionRejected} {
		for c := range store.Connections.By(tx, "state", string(state)) {
			if left > 0 && !listed(&c, now) {
				store.Connections.Delete(tx, string(c.ID))
				left--
			}
		}
	}
	for l := range store.LAGs.All(tx) {
		if left > 0 && !l.Deleted.IsZero() && now.Sub(l.Deleted) >= ListedAfterDeletion {
			store.LAGs.Delete(tx, string(l.ID))
			left--
		}
	}
	return lapse(tx, settleKeys(tx, left), now)
}

// lapse ends at most so many offers and orders.
func lapse(tx *store.Tx, left int, now time.Time) error {
	deadlines := account.Deadlines(tx)
	for _, state := range []demarc.ConnectionState{demarc.ConnectionOrdering, demarc.ConnectionRequested} {
		for found := range store.Connections.By(tx, "state", string(state)) {
			if left == 0 || Lapsed(found, deadlines, now).State == found.State {
				continue
			}
			// The index guards nothing; Get guards the one that is changed.
			c, ok := store.Connections.Get(tx, string(found.ID))
			lapsed := Lapsed(c, deadlines, now)
			if !ok || lapsed.State == c.State || len(carried(tx, c.ID)) > 0 {
				continue
			}
			free(tx, c, now)
			store.Connections.Put(tx, lapsed)
			left--
		}
	}
	return nil
}
