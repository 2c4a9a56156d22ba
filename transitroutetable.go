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

// A TransitStaticRoute sends a prefix to an attachment, or drops what is for
// it where there is none.
type TransitStaticRoute struct {
	Prefix     netip.Prefix               `json:"prefix"`
	Attachment TransitGatewayAttachmentID `json:"attachment,omitempty"`
}
