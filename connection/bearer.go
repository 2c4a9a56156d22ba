package connection

import (
	"time"

	"demarc"
	"demarc/store"
)

// A Bearer is what tags are put on: a connection, or a LAG.
type Bearer struct {
	ID       demarc.ConnectionID
	Owner    demarc.AccountID
	Region   demarc.Region
	Location demarc.LocationCode
	Device   demarc.NodeID
	// Bandwidth is what one interface can have at most: of a LAG, one member's.
	Bandwidth demarc.Bandwidth
	// Kind is Dedicated for a LAG.
	Kind demarc.ConnectionKind
	// VLAN is the only tag of a hosted connection; zero where it may be chosen.
	VLAN demarc.VLAN
	// Hosting says that it carries hosted connections, and no interfaces.
	Hosting bool
}

// BearerOf returns what the account by may put virtual interfaces on: a
// dedicated connection outside of any LAG, a LAG of such connections, or a
// hosted connection that it has accepted.
func BearerOf(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (Bearer, error) {
	b, err := bearer(r, by, id, now)
	if err == nil && b.Hosting {
		return Bearer{}, demarc.Errorf(demarc.Invalid, "%s carries hosted connections, and no virtual interfaces itself", id).
			Coded("E-HOSTING", "Allocate a hosted connection on it, and use that").In("connectionId")
	}
	return b, err
}

// hosting returns what the partner by may put hosted connections on: an
// interconnect outside of any LAG, or a LAG of interconnects.
func hosting(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (Bearer, error) {
	b, err := bearer(r, by, id, now)
	if err == nil && !b.Hosting {
		return Bearer{}, demarc.Errorf(demarc.Invalid, "%s is neither an interconnect nor a partner's LAG", id).
			Coded("E-NOT-HOSTING", "Order an interconnect").In("connectionId")
	}
	return b, err
}

func bearer(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (Bearer, error) {
	if group, ok := id.LAG(); ok {
		lag, err := openLAG(r, by, group, now)
		return Bearer{
			ID: id, Owner: lag.Owner, Region: lag.Region, Location: lag.Location, Device: lag.Device,
			Bandwidth: lag.Bandwidth, Hosting: lag.Hosting,
		}, err
	}
	c, err := Get(r, by, id, now)
	if err != nil {
		return Bearer{}, err
	}
	switch {
	case c.State.Gone():
		return Bearer{}, gone(c)
	case c.State == demarc.ConnectionOrdering:
		return Bearer{}, demarc.Errorf(demarc.Conflict, "connection %s was not accepted yet", id).
			Coded("E-HOSTED-ORDERING", "Confirm the connection first").In("connectionId")
	case c.LAG != "":
		return Bearer{}, demarc.Errorf(demarc.Conflict, "connection %s is in %s, which carries what would be on it", id, c.LAG).
			Coded("E-CONNECTION-IN-LAG", "Use the id of the LAG").In("connectionId")
	}
	return Bearer{
		ID: id, Owner: c.Owner, Region: c.Region, Location: c.Location, Device: Device(r, c),
		Bandwidth: c.Bandwidth, Kind: c.Kind, VLAN: c.VLAN, Hosting: c.Kind == demarc.Interconnect,
	}, nil
}
