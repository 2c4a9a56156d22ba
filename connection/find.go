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
const ListedAfterDeletion = 15 * time.Minute

var idFormat = regexp.MustCompile(`^dxcon-[0-9a-z]{8}$`)

// Get returns a connection of the account by at now. The two refusals have the
// texts that AWS's clients match on.
func Get(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	if !idFormat.MatchString(string(id)) {
		return demarc.Connection{}, demarc.Errorf(demarc.Invalid, "Connection ID %s has an invalid format.", id).In("connectionId")
	}
	c, ok := store.Connections.Get(r, string(id))
	if !ok || c.Owner != by || !listed(c, now) {
		return demarc.Connection{}, demarc.Errorf(demarc.NotFound, "Could not find Connection with ID %s", id).In("connectionId")
	}
	return c, nil
}

// List returns the connections of the account by at now, in the order of
// their ids.
func List(r store.Reader, by demarc.AccountID, now time.Time) []demarc.Connection {
	all := slices.Collect(store.Connections.By(r, "owner", string(by)))
	return slices.DeleteFunc(all, func(c demarc.Connection) bool { return !listed(c, now) })
}

func listed(c demarc.Connection, now time.Time) bool {
	return c.State != demarc.ConnectionDeleted || now.Sub(c.Deleted) < ListedAfterDeletion
}
