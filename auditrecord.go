package demarc

import (
	"encoding/json"
	"time"
)

// AuditKept is how long it is known who did what.
const AuditKept = 90 * 24 * time.Hour

// An AuditRecord says what one call changed.
type AuditRecord struct {
	// ID begins with the time, so that ids are in its order.
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Account   AccountID `json:"account"`
	Operation string    `json:"operation"`
	// Session is the ARN of the assumed role that the call was signed with, and
	// Source the account that had assumed it; empty for an account's own key.
	Session string        `json:"session,omitempty"`
	Source  AccountID     `json:"source,omitempty"`
	Changes []AuditChange `json:"changes,omitempty"`
}

// An AuditChange is one object that a call changed, removed or made.
type AuditChange struct {
	// Object is its kind and id: connection/dxcon-ffabc123.
	Object string `json:"object"`
	// Before and After are the fields in which it differs, as JSON objects: no
	// Before is a new object, no After one that is gone. Instead of a secret
	// they have "(secret)", and instead of a long value its length.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Found names the objects that the call found and changed or removed.
func (r AuditRecord) Found() []string {
	return r.objects(func(c AuditChange) bool { return c.Before != nil })
}

// Left names the objects that the call left changed or new.
func (r AuditRecord) Left() []string {
	return r.objects(func(c AuditChange) bool { return c.After != nil })
}

func (r AuditRecord) objects(which func(AuditChange) bool) (names []string) {
	for _, change := range r.Changes {
		if which(change) {
			names = append(names, change.Object)
		}
	}
	return names
}
