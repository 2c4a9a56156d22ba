package demarc

import (
	"slices"
	"time"
)

// TransitGatewayState says how far a Transit Gateway has come.
//
//	pending ──► available ◄──► modifying ; available ──deleted──► deleting ──► deleted
type TransitGatewayState string

const (
	TransitGatewayPending   TransitGatewayState = "pending"   // we move next
	TransitGatewayAvailable TransitGatewayState = "available" // it may be attached and associated
	TransitGatewayModifying TransitGatewayState = "modifying" // we move next
	TransitGatewayDeleting  TransitGatewayState = "deleting"  // we move next
	TransitGatewayDeleted   TransitGatewayState = "deleted"   // the end; still described for a while
)

// A TransitGateway is a router of one region that VPCs and Direct Connect
// gateways are attached to.
type TransitGateway struct {
	ID     TransitGatewayID `json:"id"`
	Name   string           `json:"name"`
	Owner  AccountID        `json:"owner"`
	Region Region           `json:"region"`
	// ASN must be another than that of each Direct Connect gateway it is
	// associated with.
	ASN   ASN                 `json:"asn"`
	State TransitGatewayState `json:"state"`
	// SharedWith are the accounts that accepted a share of it: they may see it
	// and attach VPCs. Only its owner associates it.
	SharedWith []AccountID `json:"sharedWith,omitempty"`
	Created    time.Time   `json:"created"`
	Deleted    time.Time   `json:"deleted,omitzero"`
	Tags       []Tag       `json:"tags,omitempty"`
}

// VisibleTo reports whether an account may know that the Transit Gateway
// exists.
func (t TransitGateway) VisibleTo(account AccountID) bool {
	return account == t.Owner || slices.Contains(t.SharedWith, account)
}

// TransitGatewayAttachmentState says how far an attachment has come.
//
//	created ──► available ──deleted──► deleted
type TransitGatewayAttachmentState string

const (
	AttachmentAvailable TransitGatewayAttachmentState = "available" // in use
	AttachmentDeleted   TransitGatewayAttachmentState = "deleted"   // the end; still described for a while
)

// A TransitGatewayAttachment joins a VPC to a Transit Gateway, by one subnet
// in each zone that is to reach it.
type TransitGatewayAttachment struct {
	ID             TransitGatewayAttachmentID    `json:"id"`
	TransitGateway TransitGatewayID              `json:"transitGateway"`
	VPC            VPCID                         `json:"vpc"`
	Owner          AccountID                     `json:"owner"` // the VPC's
	Subnets        []SubnetID                    `json:"subnets"`
	State          TransitGatewayAttachmentState `json:"state"`
	Created        time.Time                     `json:"created"`
	Deleted        time.Time                     `json:"deleted,omitzero"`
	Tags           []Tag                         `json:"tags,omitempty"`
}
