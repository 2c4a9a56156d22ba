package connection

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// Tag replaces the tags of a connection of the account by.
func Tag(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, tags []demarc.Tag, now time.Time) error {
	c, err := Get(tx, by, id, now)
	if err == nil {
		err = notLate(tx, by, id, changed(c.Tags, tags))
	}
	if err == nil {
		c.Tags = tags
		store.Connections.Put(tx, c)
	}
	return err
}

// changed are those of the new tags that were not there.
func changed(was, is []demarc.Tag) []demarc.Tag {
	return slices.DeleteFunc(slices.Clone(is), func(t demarc.Tag) bool { return slices.Contains(was, t) })
}

// TagLAG replaces the tags of a LAG of the account by.
func TagLAG(tx *store.Tx, by demarc.AccountID, id demarc.LAGID, tags []demarc.Tag, now time.Time) error {
	lag, err := GetLAG(tx, by, id, now)
	if err == nil {
		lag.Tags = tags
		store.LAGs.Put(tx, lag)
	}
	return err
}
