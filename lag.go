package demarc

import (
	"cmp"
	"log/slog"
	"slices"
	"time"
)

// LAGState says whether a LAG can be used. It follows from the members, so it
// is derived by [LAG.State] and not stored.
type LAGState string

const (
	LAGPending   LAGState = "pending"   // no member had light yet, or there is none; the members move next
	LAGAvailable LAGState = "available" // enough members have light
	LAGDown      LAGState = "down"      // members lost their light, or too few have it
	LAGDeleted   LAGState = "deleted"   // the end
)

// A LAG is a link aggregation group: ports of one device and one speed that
// are used as one. It may be empty.
type LAG struct {
	ID       LAGID        `json:"id"`
	Name     string       `json:"name"`
	Owner    AccountID    `json:"owner"`
	Region   Region       `json:"region"`
	Location LocationCode `json:"location"`
	// Device is where all its members end, those to come as well.
	Device NodeID `json:"device"`
	// Bandwidth is each member's.
	Bandwidth Bandwidth `json:"bandwidth"`
	// Hosting says that it is a partner's: its members are interconnects, and
	// hosted connections are on it instead of virtual interfaces.
	Hosting bool `json:"hosting,omitempty"`
	// MinimumLinks is how many members must have light for the LAG to be up;
	// zero never takes it down by number (AWS's default).
	MinimumLinks int `json:"minimumLinks,omitempty"`
	// MACsec is the mode and the keys of all members.
	MACsec       MACsec    `json:"macsec,omitzero"`
	ProviderName string    `json:"providerName,omitempty"`
	Created      time.Time `json:"created"`
	Deleted      time.Time `json:"deleted,omitzero"`
	Tags         []Tag     `json:"tags,omitempty"`
}

// LogValue is the LAG's id: a noun is never logged whole.
func (l LAG) LogValue() slog.Value { return slog.StringValue(string(l.ID)) }

// State is the LAG's, with the members that it has.
//
//	        enough members have light
//	pending ────────────► available ◄────────────► down
//	   └───── deleted by its owner ─┴──────────────┘──► deleted
func (l LAG) State(members []Connection) LAGState {
	up := countIn(members, ConnectionAvailable)
	switch {
	case !l.Deleted.IsZero():
		return LAGDeleted
	case up > 0 && up >= l.MinimumLinks:
		return LAGAvailable
	case up > 0 || countIn(members, ConnectionDown) > 0:
		return LAGDown
	}
	return LAGPending
}

func countIn(members []Connection, state ConnectionState) (n int) {
	for _, c := range members {
		if c.State == state {
			n++
		}
	}
	return n
}

// Carrier is the member whose port carries what is on a LAG: the first in the
// order of ids that has light, or the first at all, so that it is known where
// the light will come. It is false without members. Only those of the LAG
// count, whatever else is listed.
func (l LAG) Carrier(members []Connection) (Connection, bool) {
	members = slices.DeleteFunc(slices.Clone(members), func(c Connection) bool { return c.LAG != l.ID || c.State.Gone() })
	if len(members) == 0 {
		return Connection{}, false
	}
	return slices.MinFunc(members, func(a, b Connection) int {
		switch lit := a.State == ConnectionAvailable; {
		case lit == (b.State == ConnectionAvailable):
			return cmp.Compare(a.ID, b.ID)
		case lit:
			return -1
		}
		return 1
	}), true
}
