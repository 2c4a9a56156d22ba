package connection

import (
	"time"

	"demarc"
	"demarc/facility"
	"demarc/intent"
	"demarc/store"
)

// Patch is the facility account by plugging the fibre in: the cross-connect is
// patched and the connection waits for light. Only the owner of the building
// may; to anybody else the cross-connect does not exist.
func Patch(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.CrossConnect, error) {
	xc, err := facility.Patch(tx, by, id, now)
	if err != nil {
		return demarc.CrossConnect{}, err
	}
	c, _ := store.Connections.Get(tx, string(id))
	next, err := Patched(c)
	if err != nil {
		return demarc.CrossConnect{}, err
	}
	if next.State != c.State {
		store.Connections.Put(tx, next)
	}
	return xc, nil
}

// Observe takes up what a device saw on a port, and reports whether that
// changed a connection: the port's own, or one that is hosted on it. Nothing is
// written where nothing changed, so a report every few seconds costs no write.
// Keeping the sighting is the caller's.
func Observe(tx *store.Tx, seen intent.PortSeen) (changed bool) {
	for found := range store.Connections.By(tx, "port", string(seen.ID)) {
		// The index guards nothing; Get guards the one that is changed.
		c, ok := store.Connections.Get(tx, string(found.ID))
		if !ok {
			continue
		}
		if next := Seen(c, seen.Carrier); next.State != c.State {
			store.Connections.Put(tx, next)
			c, changed = next, true
		}
		if c.LAG != "" {
			changed = relight(tx, c.LAG) || changed
		} else if c.Kind == demarc.Interconnect {
			changed = shine(tx, c.ID, c.State == demarc.ConnectionAvailable) || changed
		}
	}
	return changed
}

// relight passes the state of a LAG on to the connections hosted on it. No
// LAG, or a customer's, is nothing to do.
func relight(tx *store.Tx, id demarc.LAGID) (changed bool) {
	if id == "" {
		return false
	}
	lag, members := membership(tx, id)
	return lag.Hosting && shine(tx, demarc.ConnectionID(id), lag.State(members) == demarc.LAGAvailable)
}

// shine passes on to hosted connections whether there is light on their
// parent.
func shine(tx *store.Tx, parent demarc.ConnectionID, lit bool) (changed bool) {
	for found := range store.Connections.By(tx, "parent", string(parent)) {
		c, ok := store.Connections.Get(tx, string(found.ID))
		if !ok || c.Parent != parent {
			continue
		}
		if next := Seen(c, lit); next.State != c.State {
			store.Connections.Put(tx, next)
			changed = true
		}
	}
	return changed
}
