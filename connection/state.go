package connection

import (
	"time"

	"demarc"
)

// Patched takes up that the facility plugged the fibre in. A connection that
// was patched before keeps its state: its carrier will tell.
func Patched(c demarc.Connection) (demarc.Connection, error) {
	if err := hasPort(c); err != nil {
		return c, err
	}
	if c.State == demarc.ConnectionRequested {
		c.State = demarc.ConnectionPending
	}
	return c, nil
}

// Accepted takes up that its customer accepts a hosted connection.
func Accepted(c demarc.Connection, by demarc.AccountID) (demarc.Connection, error) {
	switch {
	case c.Owner != by:
		return c, demarc.Errorf(demarc.Denied, "connection %s was offered to account %s, which alone can accept it", c.ID, c.Owner).
			Coded("E-HOSTED-DENIED", "").By(demarc.Customer).In("connectionId")
	case c.State != demarc.ConnectionOrdering:
		return c, demarc.Errorf(demarc.Conflict, "connection %s is %s and cannot be accepted", c.ID, c.State).
			Coded("E-HOSTED-STATE", "").In("connectionId")
	}
	c.State = demarc.ConnectionPending
	return c, nil
}

// Seen takes up whether there is light on the port, or on a hosted
// connection's parent. Light on a port that nobody has patched, or where
// nobody has accepted, or through which nothing may pass unencrypted, or whose
// connection is gone, means nothing.
func Seen(c demarc.Connection, carrier bool) demarc.Connection {
	carrier = carrier && !c.MACsec.Dark()
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
	if err := hasPort(c); err != nil {
		return c, err
	}
	c.LOAIssued = now
	return c, nil
}

// Joined takes up that the connection belongs to a LAG from now on. Its link
// is interrupted, and the next look at the port tells when it is back. Its own
// MACsec keys are dropped, since those of the LAG are used.
func Joined(c demarc.Connection, lag demarc.LAG) (demarc.Connection, error) {
	if err := hasPort(c); err != nil {
		return c, err
	}
	c.LAG, c.MACsec = lag.ID, bare(c.MACsec)
	if c.MACsec.Capable() && lag.MACsec.Capable() {
		c.MACsec.Mode = lag.MACsec.Mode
	}
	return Seen(c, false), nil
}

// Left takes up that the connection stands alone again, which interrupts its
// link as joining does. The keys of the LAG are not its own.
func Left(c demarc.Connection) demarc.Connection {
	c.LAG, c.MACsec = "", bare(c.MACsec)
	return Seen(c, false)
}

// Moved takes up that a hosted connection is on another parent, whose light it
// has not seen yet.
func Moved(c demarc.Connection, parent demarc.ConnectionID) (demarc.Connection, error) {
	if c.Kind != demarc.Hosted {
		return c, demarc.Errorf(demarc.Invalid, "connection %s is not hosted and stays on its port", c.ID).In("connectionId")
	}
	if c.State.Gone() {
		return c, gone(c)
	}
	c.Parent = parent
	return Seen(c, false), nil
}

// Deleted ends the connection. An offer that its customer will not have is
// rejected. Ending it again changes nothing, so that a call whose answer was
// lost can be repeated.
func Deleted(c demarc.Connection, by demarc.AccountID, now time.Time) demarc.Connection {
	switch {
	case c.State.Gone():
		return c
	case c.State == demarc.ConnectionOrdering && c.Owner == by:
		c.State = demarc.ConnectionRejected
	default:
		c.State = demarc.ConnectionDeleted
	}
	c.Deleted, c.LAG, c.MACsec = now, "", bare(c.MACsec)
	return c
}

// Lapsed ends what nobody followed up by now: an offer that its customer let
// lie, and an order whose letter of authority nobody asked for in a hundred
// days. An order whose letter was issued stays, patched or not: AWS bills it
// from the ninetieth day on. So does the member of a LAG, whose owner decides
// on all of them together.
func Lapsed(c demarc.Connection, d demarc.Deadlines, now time.Time) demarc.Connection {
	offer := c.State == demarc.ConnectionOrdering && d.AcceptanceOver(c.Created, now)
	order := c.State == demarc.ConnectionRequested && c.LAG == "" && c.LOAIssued.IsZero() && now.Sub(c.Created) >= demarc.OrderLapse
	if offer || order {
		c.State, c.Deleted, c.MACsec = demarc.ConnectionDeleted, now, bare(c.MACsec)
	}
	return c
}

// hasPort refuses a connection that is gone, or is hosted on another's port.
func hasPort(c demarc.Connection) error {
	switch {
	case c.State.Gone():
		return gone(c)
	case c.Kind == demarc.Hosted:
		return demarc.Errorf(demarc.Conflict, "connection %s is hosted and has no port of its own", c.ID).
			Coded("E-HOSTED-PORT", "Ask the partner for its interconnect").By(demarc.Partner).In("connectionId")
	}
	return nil
}

func gone(c demarc.Connection) error {
	return demarc.Errorf(demarc.Conflict, "connection %s is %s", c.ID, c.State).Coded("E-CONNECTION-DELETED", "").In("connectionId")
}
