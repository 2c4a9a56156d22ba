package demarc

import (
	"net/netip"
	"slices"
	"time"
)

// TransitGatewayAttachmentState says how far an attachment has come and who
// moves next.
//
//	 owner's VPC, or auto accept ──► available ──deleted──► deleted
//	                                    ▲                      ▲
//	another account's VPC ──► pendingAcceptance ──deleted──────┘
//	                                    └──gateway's owner──► rejected
//
// That of a Direct Connect gateway is as far as its association.
type TransitGatewayAttachmentState string

const (
	AttachmentPendingAcceptance TransitGatewayAttachmentState = "pendingAcceptance" // the Transit Gateway's owner moves next
	AttachmentAvailable         TransitGatewayAttachmentState = "available"         // in use
	AttachmentRejected          TransitGatewayAttachmentState = "rejected"          // the end; still described for a while
	AttachmentDeleted           TransitGatewayAttachmentState = "deleted"           // the end; still described for a while
)

// A TransitGatewayAttachment joins a VPC to a Transit Gateway, by one subnet
// in each zone that is to reach it, or stands for the association with a
// Direct Connect gateway.
type TransitGatewayAttachment struct {
	ID             TransitGatewayAttachmentID `json:"id"`
	TransitGateway TransitGatewayID           `json:"transitGateway"`
	GatewayOwner   AccountID                  `json:"gatewayOwner"`
	// VPC is empty for the attachment of a Direct Connect gateway, which has
	// DirectConnectGateway and Association instead.
	VPC                  VPCID                         `json:"vpc,omitempty"`
	DirectConnectGateway DirectConnectGatewayID        `json:"directConnectGateway,omitempty"`
	Association          GatewayAssociationID          `json:"association,omitempty"`
	Owner                AccountID                     `json:"owner"` // the VPC's, or the Direct Connect gateway's
	Subnets              []SubnetID                    `json:"subnets,omitempty"`
	State                TransitGatewayAttachmentState `json:"state"`
	Options              AttachmentOptions             `json:"options,omitzero"`
	// RouteTable is where packets from the attachment are looked up; without
	// one they are dropped. The networks behind it enter those in Propagating.
	RouteTable  TransitRouteTableID   `json:"routeTable,omitempty"`
	Propagating []TransitRouteTableID `json:"propagating,omitempty"`
	Created     time.Time             `json:"created"`
	Deleted     time.Time             `json:"deleted,omitzero"` // or rejected
	// Tags are those of the administrator, GatewayTags those of the Transit
	// Gateway's owner where that is another account.
	Tags        []Tag `json:"tags,omitempty"`
	GatewayTags []Tag `json:"gatewayTags,omitempty"`
}

// AttachmentOptions are kept and given back: there are no appliances and no
// names in VPCs. With IPv6 the VPC propagates its ranges of that family too.
type AttachmentOptions struct {
	ApplianceMode   bool `json:"applianceMode,omitempty"`
	DNS             bool `json:"dns,omitempty"`
	IPv6            bool `json:"ipv6,omitempty"`
	GroupReferences bool `json:"groupReferences,omitempty"`
}

// Gone reports whether the attachment is only described any more.
func (a TransitGatewayAttachment) Gone() bool {
	return a.State == AttachmentDeleted || a.State == AttachmentRejected
}

// Networks are the ranges of the attachment's VPC that it propagates.
func (a TransitGatewayAttachment) Networks(v VPC) []netip.Prefix {
	return slices.DeleteFunc(v.Ranges(), func(p netip.Prefix) bool { return p.Addr().Is6() && !a.Options.IPv6 })
}

// TagsOf are the tags that an account has put on the attachment, which the other
// one does not see; nil for an account that may not know of it.
func (a *TransitGatewayAttachment) TagsOf(account AccountID) *[]Tag {
	switch account {
	case a.Administrator():
		return &a.Tags
	case a.GatewayOwner:
		return &a.GatewayTags
	}
	return nil
}

// Administrator is the account that may change the attachment: the VPC's owner,
// and the Transit Gateway's for that of a Direct Connect gateway.
func (a TransitGatewayAttachment) Administrator() AccountID {
	if a.VPC == "" {
		return a.GatewayOwner
	}
	return a.Owner
}

// VisibleTo reports whether an account may know that the attachment exists.
func (a TransitGatewayAttachment) VisibleTo(account AccountID) bool {
	return account == a.GatewayOwner || account == a.Administrator()
}
