package demarc

import (
	"log/slog"
	"time"
)

// ConnectionState says how far a connection has come and who moves next.
//
//	requested ──patched──► pending ──carrier──► available ◄──carrier──► down
//	    └────────────┴─────────────────┴── deleted by its owner ──► deleted
type ConnectionState string

const (
	ConnectionRequested ConnectionState = "requested" // a port is assigned and the letter can be had; the facility moves next
	ConnectionPending   ConnectionState = "pending"   // patched; the light moves next
	ConnectionAvailable ConnectionState = "available" // carrier on the port; the owner may use it
	ConnectionDown      ConnectionState = "down"      // carrier was there and is gone
	ConnectionDeleted   ConnectionState = "deleted"   // the end; the port is free again
)

// A Connection is a dedicated port of a device and the right to use it.
type Connection struct {
	ID        ConnectionID    `json:"id"`
	Name      string          `json:"name"`
	Owner     AccountID       `json:"owner"`
	Region    Region          `json:"region"`
	Location  LocationCode    `json:"location"`
	Bandwidth Bandwidth       `json:"bandwidth"`
	Port      PortID          `json:"port"`
	State     ConnectionState `json:"state"`
	// ProviderName is printed on the LOA beside the requester.
	ProviderName string    `json:"providerName,omitempty"`
	LOAIssued    time.Time `json:"loaIssued,omitzero"`
	Created      time.Time `json:"created"`
	Deleted      time.Time `json:"deleted,omitzero"`
	Tags         []Tag     `json:"tags,omitempty"`
}

// LogValue is the connection's id: a noun is never logged whole.
func (c Connection) LogValue() slog.Value { return slog.StringValue(string(c.ID)) }
