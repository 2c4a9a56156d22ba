package connection

import (
	"time"

	"demarc"
)

// Patched takes up that the facility plugged the fibre in. A connection that
// was patched before keeps its state: its carrier will tell.
func Patched(c demarc.Connection) (demarc.Connection, error) {
	switch c.State {
	case demarc.ConnectionRequested:
		c.State = demarc.ConnectionPending
	case demarc.ConnectionDeleted:
		return c, gone(c)
	}
	return c, nil
}

// Seen takes up whether there is light on the port. Light on a port that
// nobody has patched, or whose connection is deleted, means nothing.
func Seen(c demarc.Connection, carrier bool) demarc.Connection {
	switch {
	case carrier && (c.State == demarc.ConnectionPending || c.State == demarc.ConnectionDown):
		c.State = demarc.ConnectionAvailable
	case !carrier && c.State == demarc.ConnectionAvailable:
		c.State = demarc.ConnectionDown
	}
	return c
}

// LetterIssued notes that a letter of authority was written at now, which
// starts its ninety days anew.
func LetterIssued(c demarc.Connection, now time.Time) (demarc.Connection, error) {
	if c.State == demarc.ConnectionDeleted {
		return c, gone(c)
	}
	c.LOAIssued = now
	return c, nil
}

// Deleted ends the connection. Ending it again changes nothing, so that a
// call whose answer was lost can be repeated.
func Deleted(c demarc.Connection, now time.Time) demarc.Connection {
	if c.State != demarc.ConnectionDeleted {
		c.State, c.Deleted = demarc.ConnectionDeleted, now
	}
	return c
}

func gone(c demarc.Connection) error {
	return demarc.Errorf(demarc.Conflict, "connection %s is deleted", c.ID).Coded("E-CONNECTION-DELETED", "").In("connectionId")
}
