package connection

import (
	"time"

	"demarc"
	"demarc/facility"
	"demarc/store"
)

// expiredAtOnce bounds what one call of Expire ends, so that its transaction
// stays small. The rest is still due at the next call.
const expiredAtOnce = 20

// Lapsed ends an order whose letter of authority nobody asked for in a hundred
// days. One whose letter was issued stays, patched or not: from the ninetieth
// day on AWS bills it.
func Lapsed(c demarc.Connection, now time.Time) demarc.Connection {
	if c.State == demarc.ConnectionRequested && c.LOAIssued.IsZero() && now.Sub(c.Created) >= demarc.OrderLapse {
		return Deleted(c, now)
	}
	return c
}

// Expire does what is due at now: it ends orders that lapsed, but none that
// carries something, and forgets connections that are shown no longer.
func Expire(tx *store.Tx, now time.Time) error {
	left := expiredAtOnce
	for c := range store.Connections.All(tx) {
		if left == 0 {
			return nil
		}
		switch {
		case c.State.Gone() && !listed(c, now):
			store.Connections.Delete(tx, string(c.ID))
			left--
		case Lapsed(c, now).State != c.State && lapse(tx, c.ID, now):
			left--
		}
	}
	return nil
}

// lapse ends one order, which the transaction guards from here on.
func lapse(tx *store.Tx, id demarc.ConnectionID, now time.Time) bool {
	c, ok := store.Connections.Get(tx, string(id))
	if next := Lapsed(c, now); ok && next.State != c.State && len(interfaces(tx, id)) == 0 {
		facility.Release(tx, c.Port)
		facility.Cancel(tx, id)
		store.Connections.Put(tx, next)
		return true
	}
	return false
}
