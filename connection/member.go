package connection

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// Members lists the connections in a LAG, in the order of their ids.
func Members(r store.Reader, id demarc.LAGID) []demarc.Connection {
	return slices.Collect(store.Connections.By(r, "lag", string(id)))
}

// membership reads a LAG and its members so that nobody joins or leaves before
// the transaction is done.
func membership(tx *store.Tx, id demarc.LAGID) (demarc.LAG, []demarc.Connection) {
	lag, _ := store.LAGs.Get(tx, string(id))
	var members []demarc.Connection
	for _, holder := range tx.Claims(memberClaim(id, "")) {
		if c, ok := store.Connections.Get(tx, holder); ok {
			members = append(members, c)
		}
	}
	return lag, members
}

func memberClaim(id demarc.LAGID, conn demarc.ConnectionID) string {
	return "lag/" + string(id) + "/" + string(conn)
}

// Join puts a connection of the account by into a LAG of its own, out of
// another one if it is in one. Hosted connections on it follow, unless they
// are that other LAG's. The whole of the act, with the interfaces that are on
// it, is vif.Join.
func Join(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, into demarc.LAGID, now time.Time) (demarc.Connection, error) {
	c, err := Get(tx, by, id, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	lag, err := openLAG(tx, by, into, now)
	if err != nil || c.LAG == into {
		return c, err
	}
	joined, err := Joined(c, lag)
	if err != nil {
		return demarc.Connection{}, err
	}
	if c.Port.Device() != lag.Device {
		return demarc.Connection{}, unfit(c, "ends on %s, the LAG on %s", c.Port.Device(), lag.Device)
	}
	if err := enter(tx, joined, lag); err != nil {
		return demarc.Connection{}, err
	}
	if err := forsake(tx, c); err != nil {
		return demarc.Connection{}, err
	}
	store.Connections.Put(tx, joined)
	if err := follow(tx, id, demarc.ConnectionID(into)); err != nil {
		return demarc.Connection{}, err
	}
	relight(tx, c.LAG)
	relight(tx, into)
	return joined, nil
}

// enter holds a place in a LAG for a connection that fits.
func enter(tx *store.Tx, c demarc.Connection, lag demarc.LAG) error {
	switch {
	case c.Bandwidth != lag.Bandwidth:
		return unfit(c, "has %s, the LAG %s", c.Bandwidth, lag.Bandwidth)
	case lag.Hosting != (c.Kind == demarc.Interconnect):
		return unfit(c, "is of another kind: a partner's LAG is of interconnects, a customer's of dedicated connections")
	case lag.MACsec.Capable() && !c.MACsec.Capable():
		return unfit(c, "does not support MACsec, which the LAG has")
	}
	_, members := membership(tx, lag.ID)
	if most := maxMembers(tx, lag.Bandwidth); len(members) >= most {
		return demarc.Errorf(demarc.Limit, "LAG %s has %d connections, and %d are the most that it may have", lag.ID, len(members), most).
			Coded("E-LIMIT-LAG-MEMBERS", "Make another LAG").In("lagId")
	}
	return tx.Claim(memberClaim(lag.ID, c.ID), string(c.ID))
}

// unfit says why a connection cannot be in a LAG. Which LAG, the request said;
// one that is only being ordered has no id that means anything to anybody.
func unfit(c demarc.Connection, format string, args ...any) error {
	which := "connection " + string(c.ID)
	if c.Port == "" { // neither does a connection that is being ordered
		which = "the connection"
	}
	return demarc.Errorf(demarc.Invalid, "%s cannot be in the LAG: it "+format, append([]any{which}, args...)...).
		Coded("E-LAG-MEMBER", "").In("lagId")
}

// forsake gives up the place in the LAG that a connection is in, if any.
func forsake(tx *store.Tx, c demarc.Connection) error {
	if c.LAG == "" {
		return nil
	}
	if lag, members := membership(tx, c.LAG); len(members) <= lag.MinimumLinks {
		return needed(lag, members)
	}
	tx.Release(memberClaim(c.LAG, c.ID))
	return nil
}

// spareable refuses to delete a member that its LAG needs, for its number or
// as the last one to carry something.
func spareable(tx *store.Tx, lag demarc.LAG, members []demarc.Connection) error {
	if len(members) <= lag.MinimumLinks {
		return needed(lag, members)
	}
	if ids := carried(tx, demarc.ConnectionID(lag.ID)); len(members) == 1 && len(ids) > 0 {
		return demarc.Errorf(demarc.Conflict, "it is the last connection of LAG %s, which still carries %s", lag.ID, strings.Join(ids, ", ")).
			Coded("E-CONNECTION-IN-USE", "Delete these first, or add another connection to the LAG").In("connectionId")
	}
	return nil
}

func needed(lag demarc.LAG, members []demarc.Connection) error {
	return demarc.Errorf(demarc.Conflict, "LAG %s has %d connections and needs %d", lag.ID, len(members), lag.MinimumLinks).
		Coded("E-LAG-MINIMUM", "Lower its minimum of links first").In("connectionId")
}

// follow moves the hosted connections on an interconnect into its LAG.
func follow(tx *store.Tx, from, into demarc.ConnectionID) error {
	for _, id := range carried(tx, from) {
		c, ok := store.Connections.Get(tx, id)
		if !ok {
			continue // a virtual interface, which is another room's
		}
		next, err := Moved(c, into)
		if err != nil {
			return err
		}
		if _, err := moveTag(tx, c, next); err != nil {
			return fmt.Errorf("move %s into %s: %w", id, into, err)
		}
	}
	return nil
}

// Leave takes a connection of the account by out of its LAG, to stand alone.
// What the LAG carries stays there, and so the last member may go whatever the
// minimum is. The texts are those that AWS's clients match on.
func Leave(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, from demarc.LAGID, now time.Time) (demarc.Connection, error) {
	c, err := Get(tx, by, id, now)
	if demarc.KindOf(err) == demarc.NotFound {
		err = demarc.Errorf(demarc.NotFound, "Connection does not exist").In("connectionId")
	}
	if err != nil {
		return demarc.Connection{}, err
	}
	lag, err := openLAG(tx, by, from, now)
	if demarc.KindOf(err) == demarc.NotFound {
		err = demarc.Errorf(demarc.NotFound, "Lag does not exist").In("lagId")
	}
	if err != nil {
		return demarc.Connection{}, err
	}
	if c.LAG != from {
		return demarc.Connection{}, demarc.Errorf(demarc.Conflict, "connection %s is not in LAG %s", id, from).
			Coded("E-LAG-STRANGER", "").In("connectionId")
	}
	if _, members := membership(tx, from); len(members) > 1 && len(members) <= lag.MinimumLinks {
		return demarc.Connection{}, needed(lag, members)
	}
	tx.Release(memberClaim(from, id))
	c = Left(c)
	store.Connections.Put(tx, c)
	relight(tx, from)
	return c, nil
}
