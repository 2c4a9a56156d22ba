package vif

import (
	"slices"
	"time"

	"demarc"
	"demarc/account"
	"demarc/connection"
	"demarc/store"
)

// expiredAtOnce bounds what one call of Expire ends, so that its transaction
// stays small. The rest is still due at the next call.
const expiredAtOnce = 20

// Unaccepted rejects an interface that waited too long for its owner.
func Unaccepted(v demarc.VirtualInterface, d demarc.Deadlines, now time.Time) demarc.VirtualInterface {
	if v.State == demarc.VIFConfirming && d.AcceptanceOver(v.Created, now) {
		v.State, v.Deleted, v.Lapsed = demarc.VIFRejected, now, true
	}
	return v
}

// Expire does what is due at now: it rejects interfaces that nobody accepted,
// takes for down those that no port carries and those that no agent builds, ends failover tests, and forgets
// what is shown no longer.
func Expire(tx *store.Tx, now time.Time) error {
	left := expireInterfaces(tx, now, expiredAtOnce)
	return expireTests(tx, now, left)
}

// expireInterfaces ends and forgets so many at most, and returns how many more
// there may be.
func expireInterfaces(tx *store.Tx, now time.Time, left int) int {
	deadlines := account.Deadlines(tx)
	for v := range store.VirtualInterfaces.All(tx) {
		if left == 0 {
			break
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
		case awaitsEdge(v) && unplugged(tx, v):
			guarded, _ := store.VirtualInterfaces.Get(tx, string(v.ID))
			keep(tx, guarded, Unplugged(guarded))
			left--
		case awaitsAgent(v) && (v.Awaited.IsZero() || now.Sub(v.Awaited) >= agentsTurn || now.Before(v.Awaited)):
			guarded, _ := store.VirtualInterfaces.Get(tx, string(v.ID))
			keep(tx, guarded, Unanswered(guarded, now))
			left--
		}
	}
	return left
}

// awaitsEdge reports whether the edge has something of an accepted interface to
// build or to take down.
func awaitsEdge(v demarc.VirtualInterface) bool {
	return v.State == demarc.VIFPending || v.State.InPlace() && slices.ContainsFunc(v.Peers, func(p demarc.BGPPeer) bool {
		return p.State == demarc.PeerPending || p.State == demarc.PeerDeleting
	})
}

// unplugged reports whether no port carries an interface, or none that is
// patched: on such a port a device may have it all the same, and then says so.
func unplugged(r store.Reader, v demarc.VirtualInterface) bool {
	carriers := connection.Carriers(r, v.Connection)
	if seen, _ := store.VIFSightings.Get(r, string(v.ID)); seen.Built {
		return len(carriers) == 0
	}
	return !slices.ContainsFunc(carriers, func(c demarc.Connection) bool {
		xc, _ := store.CrossConnects.Get(r, string(c.ID))
		return xc.Patched
	})
}

// expireTests ends tests whose time is up, and forgets those that are no
// history any more.
func expireTests(tx *store.Tx, now time.Time, left int) error {
	for _, t := range slices.Collect(store.FailoverTests.All(tx)) {
		if left == 0 {
			return nil
		}
		switch {
		case t.Status == demarc.TestInProgress && !now.Before(t.Due()):
			if t, _ = store.FailoverTests.Get(tx, string(t.ID)); t.Status != demarc.TestInProgress {
				continue
			}
			if _, err := finish(tx, t, demarc.TestCompleted, now); err != nil {
				return err
			}
			left--
		case old(t, now):
			store.FailoverTests.Delete(tx, string(t.ID))
			left--
		}
	}
	return nil
}
