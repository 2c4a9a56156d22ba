package demarc

import (
	"slices"
	"time"
)

// What AWS says of time where resources are shared.
const (
	// InvitationLapse is how long an invitation to a share can be accepted.
	InvitationLapse = 7 * 24 * time.Hour
	// ShareListedAfterEnd is how long a share that is deleted, or what has left
	// one, is still shown.
	ShareListedAfterEnd = 2 * time.Hour
)

// ResourceShareState says how far a share has come.
//
//	created ──► active ──deleted──► deleted
type ResourceShareState string

const (
	ShareActive  ResourceShareState = "active"  // its owner may change it
	ShareDeleted ResourceShareState = "deleted" // the end; still shown for a while
)

// ShareAssociationState says how far an account or a resource has come into a
// share. A resource is associated at once.
//
//	associating ──accepts──► associated ──taken out, or leaves──► disassociated
//	     └──rejects, or 7 days──► failed
type ShareAssociationState string

const (
	ShareAssociating   ShareAssociationState = "associating"   // the invited account moves next
	ShareAssociated    ShareAssociationState = "associated"    // in the share
	ShareFailed        ShareAssociationState = "failed"        // the invitation was rejected or lapsed
	ShareDisassociated ShareAssociationState = "disassociated" // the end; still shown for a while
)

// A ShareAssociation is an account or a resource in a share.
type ShareAssociation struct {
	// Entity is an account's number or a Transit Gateway's id.
	Entity  string                `json:"entity"`
	State   ShareAssociationState `json:"state"`
	Created time.Time             `json:"created"`
	Updated time.Time             `json:"updated"`
}

// Over reports whether the association has come to an end.
func (a ShareAssociation) Over() bool {
	return a.State == ShareFailed || a.State == ShareDisassociated
}

// A ResourceShare lets other accounts use resources of its owner. Its owner
// sees all of it; an account that accepted sees it without the others in it.
type ResourceShare struct {
	ID     ResourceShareID    `json:"id"`
	Name   string             `json:"name"`
	Owner  AccountID          `json:"owner"`
	Region Region             `json:"region"`
	State  ResourceShareState `json:"state"`
	// External says that accounts may be invited. There are no organizations,
	// so every account is outside the owner's.
	External bool `json:"external"`
	// Resources are Transit Gateways of the owner, Principals accounts. Each
	// has one entry, those that are over too until they are forgotten.
	Resources  []ShareAssociation `json:"resources,omitempty"`
	Principals []ShareAssociation `json:"principals,omitempty"`
	Created    time.Time          `json:"created"`
	Updated    time.Time          `json:"updated"`
	Tags       []Tag              `json:"tags,omitempty"`
}

// Shared lists the resources that are in the share.
func (s ResourceShare) Shared() []string { return associated(s.Resources) }

// Receivers lists the accounts that have accepted and are in the share.
func (s ResourceShare) Receivers() []AccountID {
	var accounts []AccountID
	for _, entity := range associated(s.Principals) {
		accounts = append(accounts, AccountID(entity))
	}
	return accounts
}

func associated(all []ShareAssociation) (entities []string) {
	for _, a := range all {
		if a.State == ShareAssociated {
			entities = append(entities, a.Entity)
		}
	}
	return entities
}

// VisibleTo reports whether an account may know that the share exists. One
// that is invited knows its invitation.
func (s ResourceShare) VisibleTo(account AccountID) bool {
	return account == s.Owner || slices.Contains(s.Receivers(), account)
}

// ResourceShareInvitationState says what has become of an invitation.
//
//	sent ──► pending ──receiver──► accepted | rejected
//	            └──7 days, or taken out of the share──► expired
type ResourceShareInvitationState string

const (
	InvitationPending  ResourceShareInvitationState = "pending"  // the receiver moves next
	InvitationAccepted ResourceShareInvitationState = "accepted" // the receiver is in the share
	InvitationRejected ResourceShareInvitationState = "rejected" // the receiver did not want it
	InvitationExpired  ResourceShareInvitationState = "expired"  // too late
)

// A ResourceShareInvitation asks an account into a share of another.
type ResourceShareInvitation struct {
	ID     ResourceShareInvitationID    `json:"id"`
	Share  ResourceShareID              `json:"share"`
	Name   string                       `json:"name"` // the share's
	Region Region                       `json:"region"`
	From   AccountID                    `json:"from"`
	To     AccountID                    `json:"to"`
	State  ResourceShareInvitationState `json:"state"`
	Sent   time.Time                    `json:"sent"`
	Ended  time.Time                    `json:"ended,omitzero"`
}

// Lapsed reports whether it is too late at now to accept, though nothing may
// have noticed yet.
func (i ResourceShareInvitation) Lapsed(now time.Time) bool {
	return i.State == InvitationExpired || i.State == InvitationPending && now.Sub(i.Sent) >= InvitationLapse
}
