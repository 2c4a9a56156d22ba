package connection

import (
	"regexp"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// ListedAfterDeletion is how long a deleted connection is still shown, so that
// whoever deleted it can see that it is. Virtual interfaces have the same
// quarter of an hour in AWS's documentation.
const ListedAfterDeletion = demarc.ListedAfterEnd

var idFormat = regexp.MustCompile(`^dxcon-[0-9a-z]{8}$`)

// Get returns a connection of the account by at now, of any kind. The two
// refusals have the texts that AWS's clients match on.
func Get(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	c, err := known(r, by, id, now)
	if err == nil && c.Owner != by {
		return demarc.Connection{}, missing(id)
	}
	return c, err
}

// known returns a connection that the account by knows of: its own, or one
// that it offered to another.
func known(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	if !idFormat.MatchString(string(id)) {
		return demarc.Connection{}, demarc.Errorf(demarc.Invalid, "Connection ID %s has an invalid format.", id).In("connectionId")
	}
	c, ok := store.Connections.Get(r, string(id))
	if !ok || c.Owner != by && c.Partner != by || !listed(&c, now) {
		return demarc.Connection{}, missing(id)
	}
	return c, nil
}

func missing(id demarc.ConnectionID) error {
	return demarc.Errorf(demarc.NotFound, "Could not find Connection with ID %s", id).In("connectionId")
}

// GetInterconnect returns an interconnect of the account by.
func GetInterconnect(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	c, err := Get(r, by, id, now)
	if demarc.KindOf(err) == demarc.NotFound || err == nil && c.Kind != demarc.Interconnect {
		return demarc.Connection{}, demarc.Errorf(demarc.NotFound, "Could not find Interconnect with ID %s", id).In("interconnectId")
	}
	return c, err
}

// List returns the connections of the account by at now, dedicated and hosted,
// in the order of their ids.
func List(r store.Reader, by demarc.AccountID, now time.Time) []demarc.Connection {
	return owned(r, by, now, func(c demarc.Connection) bool { return c.Kind != demarc.Interconnect })
}

// A Row is a connection with a place beside it: see store.Row.
type Row = store.Row[demarc.Connection]

// Rows returns what List does, without copies.
func Rows(r store.Reader, by demarc.AccountID, now time.Time) []Row {
	var rows []Row
	for row := range store.Connections.RowsBy(r, "owner", string(by)) {
		if c := row.Noun(); c.Kind != demarc.Interconnect && listed(c, now) {
			rows = append(rows, row)
		}
	}
	return rows
}

// ListInterconnects returns the interconnects of the account by at now, in the
// order of their ids.
func ListInterconnects(r store.Reader, by demarc.AccountID, now time.Time) []demarc.Connection {
	return owned(r, by, now, func(c demarc.Connection) bool { return c.Kind == demarc.Interconnect })
}

func owned(r store.Reader, by demarc.AccountID, now time.Time, passes func(demarc.Connection) bool) []demarc.Connection {
	all := slices.Collect(store.Connections.By(r, "owner", string(by)))
	return slices.DeleteFunc(all, func(c demarc.Connection) bool { return !listed(&c, now) || !passes(c) })
}

// Device is where a connection ends: at its own port, or at its parent's.
func Device(r store.Reader, c demarc.Connection) demarc.NodeID {
	if c.Kind != demarc.Hosted {
		return c.Port.Device()
	}
	if id, ok := c.Parent.LAG(); ok {
		lag, _ := store.LAGs.Get(r, string(id))
		return lag.Device
	}
	parent, _ := store.Connections.Get(r, string(c.Parent))
	return parent.Port.Device()
}

// Carriers lists the connections whose ports carry what is on a connection or
// LAG: the members of a LAG, which may be none, the connection itself, or what
// carries the parent of a hosted one.
func Carriers(r store.Reader, id demarc.ConnectionID) []demarc.Connection {
	if group, ok := id.LAG(); ok {
		return Members(r, group)
	}
	c, ok := store.Connections.Get(r, string(id))
	switch {
	case !ok:
		return nil
	case c.Kind == demarc.Hosted:
		return Carriers(r, c.Parent)
	}
	return []demarc.Connection{c}
}

func listed(c *demarc.Connection, now time.Time) bool {
	return !c.State.Gone() || now.Sub(c.Deleted) < ListedAfterDeletion
}
