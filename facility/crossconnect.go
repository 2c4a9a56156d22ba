package facility

import (
	"errors"
	"slices"
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// Patched plugs the fibre in. The connection tells whether its letter allows
// that now.
func Patched(xc demarc.CrossConnect, conn demarc.Connection, now time.Time) (demarc.CrossConnect, error) {
	switch {
	case conn.State == demarc.ConnectionDeleted:
		return xc, demarc.Errorf(demarc.Conflict, "connection %s is deleted", conn.ID).Coded("E-XC-DELETED", "Pull the fibre if it is still there: demarc facility unpatch "+string(conn.ID)).By(demarc.Facility)
	case xc.Patched:
		return xc, demarc.Errorf(demarc.Conflict, "the cross-connect of %s is patched since %s", conn.ID, xc.Changed.Format(time.DateOnly)).Coded("E-XC-PATCHED", "")
	case conn.LOAIssued.IsZero():
		return xc, demarc.Errorf(demarc.Conflict, "no letter of authority was issued for %s", conn.ID).
			Coded("E-LOA-MISSING", "Ask the owner of the connection for its LOA-CFA").By(demarc.Customer)
	case now.Sub(conn.LOAIssued) > demarc.LOAValidity:
		return xc, demarc.Errorf(demarc.Conflict, "the letter of authority for %s expired on %s", conn.ID, conn.LOAIssued.Add(demarc.LOAValidity).Format(time.DateOnly)).
			Coded("E-LOA-EXPIRED", "Ask the owner of the connection to download it again, which renews it").By(demarc.Customer)
	case xc.Cage == (demarc.Cage{}):
		return xc, demarc.Errorf(demarc.Conflict, "account %s has no free place in a cage at %s to patch %s into", conn.Owner, xc.Location, conn.ID).
			Coded("E-XC-NO-CAGE", "The owner of the connection must rent a cage there, or free a router's interface").By(demarc.Customer)
	}
	xc.Patched, xc.Changed = true, now
	return xc, nil
}

// Unpatched pulls the fibre out.
func Unpatched(xc demarc.CrossConnect, now time.Time) (demarc.CrossConnect, error) {
	if !xc.Patched {
		return xc, demarc.Errorf(demarc.Conflict, "the cross-connect of %s is not patched", xc.Connection).Coded("E-XC-NOT-PATCHED", "")
	}
	xc.Patched, xc.Changed, xc.Actual, xc.Problem, xc.Note = false, now, demarc.Cage{}, "", ""
	return xc, nil
}

// Order asks for the fibre from the cage of a connection's owner to its port.
// Where the owner has no cage, the far end stays empty and the order waits:
// a cage may still be rented.
func Order(tx *store.Tx, conn demarc.Connection, now time.Time) (demarc.CrossConnect, error) {
	xc := demarc.CrossConnect{Connection: conn.ID, Location: conn.Location, Port: conn.Port, Changed: now}
	xc, err := reserve(tx, xc, conn.Owner)
	if err != nil {
		return demarc.CrossConnect{}, err
	}
	store.CrossConnects.Put(tx, xc)
	return xc, nil
}

// End ends the order of a connection that has ended. Where nothing was plugged
// in, port and far end are free at once. Otherwise the facility has an order to
// unpatch, and both are free when it says that the fibre is pulled: whoever got
// the port before would have another's fibre in it.
func End(tx *store.Tx, conn demarc.Connection, now time.Time) {
	xc, ok := store.CrossConnects.Get(tx, string(conn.ID))
	if !ok || !xc.Patched {
		Release(tx, conn.Port)
		Cancel(tx, conn.ID)
		return
	}
	xc.Owner, xc.Unpatch, xc.UnpatchBy = conn.Owner, now, account.Deadlines(tx).UnpatchEnd(now)
	store.CrossConnects.Put(tx, xc)
}

// overdueAtOnce bounds what one call of Expire tells.
const overdueAtOnce = 20

// Expire notes of fibres that were to be pulled by now that they were not, once,
// which their parties are told.
func Expire(tx *store.Tx, now time.Time) error {
	left := overdueAtOnce
	for found := range store.CrossConnects.By(tx, "unsettled", "unsettled") {
		if left == 0 || now.Before(found.UnpatchBy) {
			continue
		}
		// The index guards nothing; Get guards the one that is changed.
		xc, ok := store.CrossConnects.Get(tx, string(found.Connection))
		if !ok || xc.Unpatch.IsZero() || xc.Overdue {
			continue
		}
		xc.Overdue = true
		store.CrossConnects.Put(tx, xc)
		left--
	}
	return nil
}

// Cancel takes the order back and frees the far end. The facility has nothing
// to act on any more.
func Cancel(tx *store.Tx, conn demarc.ConnectionID) {
	if xc, ok := store.CrossConnects.Get(tx, string(conn)); ok && xc.Cage != (demarc.Cage{}) {
		tx.Release(jackClaim(xc.Cage))
	}
	store.CrossConnects.Delete(tx, string(conn))
}

// reserve takes the first free place among the owner's cages, once.
func reserve(tx *store.Tx, xc demarc.CrossConnect, owner demarc.AccountID) (demarc.CrossConnect, error) {
	if xc.Cage != (demarc.Cage{}) {
		return xc, nil
	}
	location, err := Find(tx, xc.Location)
	if err != nil {
		return xc, err
	}
	for _, cage := range location.Cages {
		if cage.Account != owner {
			continue
		}
		err := tx.Claim(jackClaim(cage), string(xc.Connection))
		if err == nil {
			xc.Cage = cage
			return xc, nil
		}
		if _, taken := errors.AsType[*store.ClaimedError](err); !taken {
			return xc, err
		}
	}
	return xc, nil
}

func jackClaim(cage demarc.Cage) string { return "jack/" + cage.Router + "/" + cage.Interface }

// Patch marks the cross-connect of a connection as plugged in by the facility
// account by. It does not touch the connection; connection.Patch does both.
// Only the owner of the building may, and to anybody else it does not exist.
func Patch(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.CrossConnect, error) {
	xc, conn, err := entrusted(tx, by, id)
	if err != nil {
		return demarc.CrossConnect{}, err
	}
	if xc, err = reserve(tx, xc, conn.Owner); err != nil {
		return demarc.CrossConnect{}, err
	}
	if xc, err = Patched(xc, conn, now); err != nil {
		return demarc.CrossConnect{}, err
	}
	store.CrossConnects.Put(tx, xc)
	return xc, nil
}

// Unpatch marks the cross-connect as pulled out. What that does to the
// connection is seen by its carrier; of one that has ended the order ends, and
// its port and its far end are free.
func Unpatch(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.CrossConnect, error) {
	xc, _, err := entrusted(tx, by, id)
	if err != nil {
		return demarc.CrossConnect{}, err
	}
	if xc, err = Unpatched(xc, now); err != nil {
		return demarc.CrossConnect{}, err
	}
	if !xc.Unpatch.IsZero() {
		Release(tx, xc.Port)
		Cancel(tx, id)
		return xc, nil
	}
	store.CrossConnects.Put(tx, xc)
	return xc, nil
}

// entrusted finds a cross-connect in a building that is by's own, with its
// connection. The order of a deleted connection may be gone, and is made up from
// the connection then; where a fibre is to be pulled it is the connection that
// may be forgotten. A hosted connection has no fibre of its own.
func entrusted(r store.Reader, by demarc.AccountID, id demarc.ConnectionID) (demarc.CrossConnect, demarc.Connection, error) {
	conn, there := store.Connections.Get(r, string(id))
	xc, ordered := store.CrossConnects.Get(r, string(id))
	switch {
	case !ordered:
		xc = demarc.CrossConnect{Connection: id, Location: conn.Location, Port: conn.Port}
	case !there:
		conn = demarc.Connection{ID: id, Owner: xc.Owner, Location: xc.Location, Port: xc.Port, State: demarc.ConnectionDeleted}
	}
	location, known := store.Locations.Get(r, string(xc.Location))
	if !there && !ordered || !known || location.Facility != by || conn.Kind == demarc.Hosted {
		return demarc.CrossConnect{}, demarc.Connection{}, demarc.Errorf(demarc.NotFound, "there is no cross-connect for connection %s", id).In("connection")
	}
	return xc, conn, nil
}

// CrossConnect finds one order in a building that is by's own.
func CrossConnect(r store.Reader, by demarc.AccountID, id demarc.ConnectionID) (demarc.CrossConnect, error) {
	xc, conn, err := entrusted(r, by, id)
	if err == nil && conn.State == demarc.ConnectionDeleted {
		return xc, demarc.Errorf(demarc.Conflict, "connection %s is deleted", id).Coded("E-XC-DELETED", "")
	}
	return xc, err
}

// CrossConnects lists the orders in the buildings that are by's own, in the
// order of connections.
func CrossConnects(r store.Reader, by demarc.AccountID) []demarc.CrossConnect {
	var orders []demarc.CrossConnect
	for location := range store.Locations.All(r) {
		if location.Facility == by {
			orders = slices.AppendSeq(orders, store.CrossConnects.By(r, "location", string(location.Code)))
		}
	}
	return orders
}
