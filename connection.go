package demarc

import (
	"log/slog"
	"time"
)

// ConnectionKind says what a connection is made of.
type ConnectionKind string

const (
	Dedicated    ConnectionKind = ""             // a port of its own
	Interconnect ConnectionKind = "interconnect" // a partner's port, for hosted connections
	Hosted       ConnectionKind = "hosted"       // one tag on a partner's port, for a customer
)

// ConnectionState says how far a connection has come and who moves next. Those
// with a port of their own, and hosted ones:
//
//	requested ──patched──► pending ──carrier──► available ◄──carrier──► down
//	ordering ──customer accepts──► pending ──parent up──► available ◄──parent──► down
//	    └── customer deletes ──► rejected
//	(any but rejected) ── deleted by its owner ──► deleted
type ConnectionState string

const (
	ConnectionOrdering  ConnectionState = "ordering"  // hosted; its customer moves next
	ConnectionRequested ConnectionState = "requested" // a port is assigned and the letter can be had; the facility moves next
	ConnectionPending   ConnectionState = "pending"   // patched, or accepted; the light moves next
	ConnectionAvailable ConnectionState = "available" // carrier on the port; the owner may use it
	ConnectionDown      ConnectionState = "down"      // carrier was there and is gone
	ConnectionDeleted   ConnectionState = "deleted"   // the end; the port is free again
	ConnectionRejected  ConnectionState = "rejected"  // the end; its customer would not have it
)

// Gone reports whether the connection holds nothing any more.
func (s ConnectionState) Gone() bool { return s == ConnectionDeleted || s == ConnectionRejected }

// A Connection is the right to use a port of a device, or a tag on one.
type Connection struct {
	ID        ConnectionID    `json:"id"`
	Kind      ConnectionKind  `json:"kind,omitempty"`
	Name      string          `json:"name"`
	Owner     AccountID       `json:"owner"`
	Region    Region          `json:"region"`
	Location  LocationCode    `json:"location"`
	Bandwidth Bandwidth       `json:"bandwidth"`
	State     ConnectionState `json:"state"`
	// Port is empty for a hosted connection, which is on its parent's.
	Port PortID `json:"port,omitempty"`
	// Billing is how it is paid for, BillingChanges when that was changed
	// lately.
	Billing        BillingMode `json:"billing,omitempty"`
	BillingChanges []time.Time `json:"billingChanges,omitempty"`
	// MACsec is the connection's encryption; in a LAG, the keys are the LAG's.
	MACsec MACsec `json:"macsec,omitzero"`
	// LAG is the group that the port belongs to; empty outside of any.
	LAG LAGID `json:"lag,omitempty"`
	// Parent is the interconnect or LAG that a hosted connection is on, VLAN
	// its tag there, and Partner the account that offered it.
	Parent  ConnectionID `json:"parent,omitempty"`
	VLAN    VLAN         `json:"vlan,omitempty"`
	Partner AccountID    `json:"partner,omitempty"`
	// ProviderName is printed on the LOA beside the requester.
	ProviderName string    `json:"providerName,omitempty"`
	LOAIssued    time.Time `json:"loaIssued,omitzero"`
	Created      time.Time `json:"created"`
	Deleted      time.Time `json:"deleted,omitzero"`
	Tags         []Tag     `json:"tags,omitempty"`
}

// LogValue is the connection's id: a noun is never logged whole.
func (c Connection) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }
