package vif

import (
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

// Join puts a connection of the account by into a LAG with what is on it: its
// interfaces follow, unless they are on another LAG, which keeps them. If a
// tag, an address or the number of interfaces forbids that, nothing happens.
func Join(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, into demarc.LAGID, now time.Time) (demarc.Connection, error) {
	before, _ := store.Connections.Get(tx, string(id))
	c, err := connection.Join(tx, by, id, into, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	if err := bereave(tx, by, before.LAG, now); err != nil {
		return demarc.Connection{}, err
	}
	return c, follow(tx, id, demarc.ConnectionID(into), now)
}

// OrderLAG makes a LAG of the account by. The interfaces on the connection that
// it begins with are on the LAG from then on.
func OrderLAG(tx *store.Tx, by demarc.AccountID, o connection.LAGOrder, now time.Time) (demarc.LAG, error) {
	lag, err := connection.OrderLAG(tx, by, o, now)
	if err != nil || o.Existing == "" {
		return lag, err
	}
	return lag, follow(tx, o.Existing, demarc.ConnectionID(lag.ID), now)
}

// Leave takes a connection of the account by out of its LAG, which keeps its
// interfaces. Those of a LAG that has no member left are down.
func Leave(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, from demarc.LAGID, now time.Time) (demarc.Connection, error) {
	c, err := connection.Leave(tx, by, id, from, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	return c, bereave(tx, by, from, now)
}

// DeleteConnection ends a connection as connection.Delete does, unless the
// interfaces of its LAG need the prefixes that it gives.
func DeleteConnection(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	before, _ := store.Connections.Get(tx, string(id))
	c, err := connection.Delete(tx, by, id, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	return c, bereave(tx, by, before.LAG, now)
}

// bereave looks after a LAG that a connection has left, if it was in one.
func bereave(tx *store.Tx, by demarc.AccountID, id demarc.LAGID, now time.Time) error {
	switch {
	case id == "":
		return nil
	case len(connection.Members(tx, id)) > 0:
		return enough(tx, by, demarc.ConnectionID(id), now)
	}
	unplug(tx, demarc.ConnectionID(id))
	return nil
}

// enough refuses to take a port from a LAG whose interfaces are allocated more
// prefixes than the others give (AWS).
func enough(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) error {
	on, err := lineOf(tx, by, id, now)
	if err != nil || on.Hosting {
		return nil // it carries no interfaces
	}
	if PoolOf(tx, id, on.Bandwidth, Billable(tx, id)).Overdrawn() {
		return poolError(demarc.Conflict, "connectionId", "the virtual interfaces of %s are allocated more prefixes than its other connections have", id)
	}
	return nil
}

// unplug takes down what is on a connection or LAG that no port carries, and
// what is on the connections hosted there.
func unplug(tx *store.Tx, id demarc.ConnectionID) {
	for _, holder := range tx.Claims(vlanClaims(id)) {
		if v, ok := store.VirtualInterfaces.Get(tx, holder); ok {
			keep(tx, v, Unplugged(v))
		} else {
			unplug(tx, demarc.ConnectionID(holder))
		}
	}
}

// MoveHosted puts a hosted connection of the partner by onto another port with
// what is on it. An interface that goes to another device has to be built
// there.
func MoveHosted(tx *store.Tx, by demarc.AccountID, id, onto demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	c, err := connection.MoveHosted(tx, by, id, onto, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	device := connection.Device(tx, c)
	for _, v := range interfacesOn(tx, id) {
		if v.Device == device || v.State == demarc.VIFDeleting {
			continue // or it would be settled before its old device let go of it
		}
		store.VIFSightings.Delete(tx, string(v.ID))
		moved := Uprooted(v)
		moved.Device, moved.Location, moved.Region = device, c.Location, c.Region
		store.VirtualInterfaces.Put(tx, moved)
	}
	return c, nil
}

// interfacesOn lists the interfaces on a connection or LAG, as its claims have
// them: no other can come or go before the transaction is done.
func interfacesOn(tx *store.Tx, id demarc.ConnectionID) (all []demarc.VirtualInterface) {
	for _, holder := range tx.Claims(vlanClaims(id)) {
		if v, ok := store.VirtualInterfaces.Get(tx, holder); ok {
			all = append(all, v)
		}
	}
	return all
}

// follow moves every interface from a connection to a LAG of the same device.
func follow(tx *store.Tx, from, into demarc.ConnectionID, now time.Time) error {
	for _, v := range interfacesOn(tx, from) {
		on, err := lineOf(tx, v.ConnectionOwner, into, now)
		if err != nil {
			return err
		}
		if err := shift(tx, v, on); err != nil {
			return err
		}
	}
	return nil
}

// shift stores an interface on a LAG of its device, holding there what it held
// before.
func shift(tx *store.Tx, v demarc.VirtualInterface, on line) error {
	releaseLine(tx, v)
	v.Connection = on.ID
	if err := holdLine(tx, v, on); err != nil {
		return err
	}
	store.VirtualInterfaces.Put(tx, v)
	return nil
}
