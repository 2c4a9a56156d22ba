package demarc

import (
	"net/netip"
	"time"
)

// DirectConnectGatewayState says how far a Direct Connect gateway has come.
//
//	created ──► available ──owner deletes──► deleting ──next sweep──► (gone)
type DirectConnectGatewayState string

const (
	DirectConnectGatewayAvailable DirectConnectGatewayState = "available" // interfaces and gateways may be put on it
	DirectConnectGatewayDeleting  DirectConnectGatewayState = "deleting"  // empty, and takes nothing up any more; we move next
)

// A DirectConnectGateway joins virtual interfaces of one account with gateways
// of several accounts and regions. It belongs to no region, and no packet
// passes through it: it says which routes are shown to whom.
type DirectConnectGateway struct {
	ID    DirectConnectGatewayID `json:"id"`
	Name  string                 `json:"name"`
	Owner AccountID              `json:"owner"`
	// ASN is our side's in the sessions of its interfaces; it never changes.
	ASN     ASN                       `json:"asn"`
	State   DirectConnectGatewayState `json:"state"`
	Created time.Time                 `json:"created"`
	Tags    []Tag                     `json:"tags,omitempty"`
}

// AssociatedGatewayType is the kind of gateway that a Direct Connect gateway
// is associated with. One Direct Connect gateway has one kind only.
type AssociatedGatewayType string

const (
	AssociatedVirtualGateway AssociatedGatewayType = "virtualPrivateGateway"
	AssociatedTransitGateway AssociatedGatewayType = "transitGateway"
)

// An AssociatedGateway is the far end of an association: a virtual private
// gateway (vgw-…) or a Transit Gateway (tgw-…).
type AssociatedGateway struct {
	ID     string                `json:"id"`
	Type   AssociatedGatewayType `json:"type"`
	Owner  AccountID             `json:"owner"`
	Region Region                `json:"region"`
}

// GatewayAssociationState says how far an association has come and who moves
// next. It carries routes in all states but the last.
//
//	created ──► associating ──next sweep──► associated ◄──next sweep── updating
//	                                          │  └──prefixes changed──────┘
//	              (any) ──deleted──► disassociating ──next sweep──► (gone)
type GatewayAssociationState string

const (
	GatewayAssociating    GatewayAssociationState = "associating"    // the edge is being told; we move next
	GatewayAssociated     GatewayAssociationState = "associated"     // in use
	GatewayUpdating       GatewayAssociationState = "updating"       // the edge is being told other prefixes; we move next
	GatewayDisassociating GatewayAssociationState = "disassociating" // no longer in any node's intent; we move next
)

// A GatewayAssociation lets a gateway's networks be seen from the interfaces
// of a Direct Connect gateway, and what is behind those from the networks.
type GatewayAssociation struct {
	ID                   GatewayAssociationID   `json:"id"`
	DirectConnectGateway DirectConnectGatewayID `json:"directConnectGateway"`
	// Owner is the account of the Direct Connect gateway.
	Owner   AccountID         `json:"owner"`
	Gateway AssociatedGateway `json:"gateway"`
	// Allowed filters a virtual private gateway's networks, and is originated
	// as it is written for a Transit Gateway.
	Allowed []netip.Prefix          `json:"allowed,omitempty"`
	State   GatewayAssociationState `json:"state"`
	// StateChangeError is why the last change did not happen; empty if it did.
	StateChangeError string    `json:"stateChangeError,omitempty"`
	Created          time.Time `json:"created"`
	// Changed is when it was last asked for something else.
	Changed time.Time `json:"changed"`
}

// VisibleTo reports whether an account may know that the association exists.
func (a GatewayAssociation) VisibleTo(account AccountID) bool {
	return account == a.Owner || account == a.Gateway.Owner
}

// GatewayAssociationProposalState says who moves next.
//
//	requested ──Direct Connect gateway's owner──► accepted ──3 days──► (gone)
//	    ├──either owner deletes──► deleted ──3 days──► (gone)
//	    └──7 days──► (gone)
type GatewayAssociationProposalState string

const (
	ProposalRequested GatewayAssociationProposalState = "requested" // the Direct Connect gateway's owner moves next
	ProposalAccepted  GatewayAssociationProposalState = "accepted"  // the end; still listed for three days
	ProposalDeleted   GatewayAssociationProposalState = "deleted"   // the end; still listed for three days
)

// A GatewayAssociationProposal is what a gateway's owner asks of the owner of
// a Direct Connect gateway: an association, or other prefixes for one.
type GatewayAssociationProposal struct {
	ID                   GatewayAssociationProposalID `json:"id"`
	DirectConnectGateway DirectConnectGatewayID       `json:"directConnectGateway"`
	// Owner is the account of the Direct Connect gateway, as the proposer
	// named it.
	Owner   AccountID         `json:"owner"`
	Gateway AssociatedGateway `json:"gateway"`
	// Existing are the prefixes of the association that there was when it was
	// proposed, Requested those it is to have.
	Existing  []netip.Prefix                  `json:"existing,omitempty"`
	Requested []netip.Prefix                  `json:"requested,omitempty"`
	State     GatewayAssociationProposalState `json:"state"`
	Created   time.Time                       `json:"created"`
	// Settled is when it was accepted or deleted.
	Settled time.Time `json:"settled,omitzero"`
}

// VisibleTo reports whether an account may know that the proposal exists.
func (p GatewayAssociationProposal) VisibleTo(account AccountID) bool {
	return account == p.Owner || account == p.Gateway.Owner
}
