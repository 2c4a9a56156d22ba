package demarc

import (
	"net/netip"
	"time"
)

// TransitSightings are what a party has just seen, at another Direct Connect, of
// a Transit Gateway of the customer's and of its way to an environment, by calls
// of its own. They prove no more than that the party says so.
type TransitSightings struct {
	Gateway TransitGatewaySighted
	Share   ShareSighted
	// Attachments are those of the Transit Gateway; to the platform its own.
	Attachments []TransitAttachmentSighted
	// Routes are of the Transit Gateway's route tables, and Associations those
	// with Direct Connect gateways: the customer alone sees them.
	Routes       []TransitRouteSighted
	Associations []GatewayAssociationSighted
	// VPC is the environment's, and Tables those that its subnets use: the
	// platform alone sees them.
	VPC    VPCSighted
	Tables []RouteTableSighted
	// Interfaces are hosted ones that lead to the environment.
	Interfaces []InterfaceSighted
	// Echo is what an address in the environment answered; nil for not tried.
	Echo *EchoSighted
}

// A TransitGatewaySighted is a Transit Gateway at another Direct Connect. The
// zero value is none.
type TransitGatewaySighted struct {
	ID     TransitGatewayID
	Owner  AccountID
	Region Region
	ASN    ASN
	State  TransitGatewayState
}

// A ShareSighted is a resource share at another Direct Connect, with what the
// platform is in it. The zero value is none.
type ShareSighted struct {
	ARN   string
	Name  string // its owner alone writes it
	Owner AccountID
	// Gateways are the Transit Gateways in it.
	Gateways []TransitGatewayID
	// To is the account that is in it or invited, and how far that has come;
	// empty for nobody.
	To      AccountID
	State   ShareAssociationState
	Created time.Time
	// Sent is when it was invited; zero where the service does not say.
	Sent time.Time
}

// A TransitAttachmentSighted is an attachment to a Transit Gateway at another
// Direct Connect: of a VPC, or of something else by its id.
type TransitAttachmentSighted struct {
	ID           TransitGatewayAttachmentID
	Gateway      TransitGatewayID
	GatewayOwner AccountID
	Owner        AccountID
	VPC          VPCID
	Resource     string
	State        TransitGatewayAttachmentState
	RouteTable   TransitRouteTableID // that it is associated with; shown to the gateway's owner
	IPv6         bool                // it takes IPv6 as well; shown to the VPC's owner
	Created      time.Time
}

// A TransitRouteSighted is a route in use in a table of a Transit Gateway.
type TransitRouteSighted struct {
	Table      TransitRouteTableID
	Prefix     netip.Prefix
	Attachment TransitGatewayAttachmentID
}

// A GatewayAssociationSighted is the association of a Direct Connect gateway
// with the Transit Gateway.
type GatewayAssociationSighted struct {
	ID                   GatewayAssociationID
	DirectConnectGateway DirectConnectGatewayID
	Owner                AccountID
	State                GatewayAssociationState
	Allowed              []netip.Prefix
}

// A VPCSighted is a VPC at another Direct Connect.
type VPCSighted struct {
	ID     VPCID
	Ranges []netip.Prefix
}

// A RouteTableSighted is a VPC's route table with what is written in it by hand.
type RouteTableSighted struct {
	ID     RouteTableID
	Routes []StaticRoute
}

// A TransitWord is what the parties to a case about a Transit Gateway at another
// Direct Connect have said of it. AWS has no object for that.
type TransitWord struct {
	// Gateway, its Owner there, and the Share are the customer's word, and so is
	// Routed: since when its side leads both ways.
	Gateway TransitGatewayID `json:"gateway,omitempty"`
	Owner   AccountID        `json:"owner,omitempty"`
	Share   string           `json:"share,omitempty"`
	Routed  time.Time        `json:"routed,omitzero"`
	// Attachment is the environment's, as the platform says, and VPC what is
	// attached; empty for none, or none any more.
	Attachment TransitGatewayAttachmentID `json:"attachment,omitempty"`
	VPC        VPCID                      `json:"vpc,omitempty"`
	Attached   time.Time                  `json:"attached,omitzero"`
	// Available is when either of them said so of the attachment.
	Available time.Time `json:"available,omitzero"`
	// Ready is since when the platform says that its route tables lead to the
	// Transit Gateway.
	Ready time.Time `json:"ready,omitzero"`
}
