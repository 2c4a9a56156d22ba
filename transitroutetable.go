package demarc

import (
	"net/netip"
	"time"
)

// A TransitRouteTable is one of a Transit Gateway's. It has what was written
// into it by hand; which attachments use it and propagate to it is said by
// them, and what they propagate follows from what is behind them. It belongs
// to the owner of the gateway and ends with it.
type TransitRouteTable struct {
	ID             TransitRouteTableID  `json:"id"`
	TransitGateway TransitGatewayID     `json:"transitGateway"`
	Owner          AccountID            `json:"owner"`
	Static         []TransitStaticRoute `json:"static,omitempty"`
	Created        time.Time            `json:"created"`
	// Deleted is when its owner deleted it; it is described for a while.
	Deleted time.Time `json:"deleted,omitzero"`
	Tags    []Tag     `json:"tags,omitempty"`
}

// Gone reports whether the table is only described any more.
func (t TransitRouteTable) Gone() bool { return !t.Deleted.IsZero() }

// A TransitStaticRoute sends a prefix, or all those of a list, to an
// attachment, or drops what is for it where there is none.
type TransitStaticRoute struct {
	Prefix     netip.Prefix               `json:"prefix,omitzero"`
	List       PrefixListID               `json:"list,omitempty"`
	Attachment TransitGatewayAttachmentID `json:"attachment,omitempty"`
}

// SameDestination reports whether two routes cannot be in one table.
func (s TransitStaticRoute) SameDestination(other TransitStaticRoute) bool {
	return s.Prefix == other.Prefix && s.List == other.List
}

// Lists are the prefix lists that the table leads somewhere; none of one that
// is only described any more.
func (t TransitRouteTable) Lists() (all []PrefixListID) {
	for _, s := range t.Static {
		if s.List != "" && !t.Gone() {
			all = append(all, s.List)
		}
	}
	return all
}

// Written are the table's routes by hand to prefixes: those to a list once for
// each of its entries, as lists has them.
func (t TransitRouteTable) Written(lists func(PrefixListID) PrefixList) (all []TransitStaticRoute) {
	for _, s := range t.Static {
		if s.List == "" {
			all = append(all, s)
			continue
		}
		for _, entry := range lists(s.List).Entries {
			all = append(all, TransitStaticRoute{entry.Prefix, s.List, s.Attachment})
		}
	}
	return all
}
