package demarc

import "time"

// AuditKept is how long it is known who did what.
const AuditKept = 90 * 24 * time.Hour

// An AuditRecord says what one call changed. It names objects and has nothing
// of what is in them.
type AuditRecord struct {
	// ID begins with the time, so that ids are in its order.
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Account   AccountID `json:"account"`
	Operation string    `json:"operation"`
	// Session is the ARN of the assumed role that the call was signed with, and
	// Source the account that had assumed it; empty for an account's own key.
	Session string    `json:"session,omitempty"`
	Source  AccountID `json:"source,omitempty"`
	// Before are the objects that it found and changed or removed, After those
	// that it left, each as kind and id: connection/dxcon-ffabc123. One in both
	// was changed, one only in Before is gone, one only in After is new.
	Before []string `json:"before,omitempty"`
	After  []string `json:"after,omitempty"`
}
