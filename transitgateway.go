package demarc

import "time"

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
// gateways are attached to. Its owner, and the accounts that accepted a
// ResourceShare of it, may see it and attach VPCs. Only its owner associates it.
type TransitGateway struct {
	ID     TransitGatewayID `json:"id"`
	Name   string           `json:"name"`
	Owner  AccountID        `json:"owner"`
	Region Region           `json:"region"`
	// Host is the node that carries its route tables.
	Host NodeID `json:"host"`
	// ASN must be another than that of each Direct Connect gateway it is
	// associated with.
	ASN     ASN                   `json:"asn"`
	State   TransitGatewayState   `json:"state"`
	Options TransitGatewayOptions `json:"options,omitzero"`
	// AssociationTable and PropagationTable are what a new attachment is
	// associated with and propagates to; empty for none.
	AssociationTable TransitRouteTableID `json:"associationTable,omitempty"`
	PropagationTable TransitRouteTableID `json:"propagationTable,omitempty"`
	Created          time.Time           `json:"created"`
	Deleted          time.Time           `json:"deleted,omitzero"`
	Tags             []Tag               `json:"tags,omitempty"`
}

// Gone reports whether the gateway is only described any more.
func (g TransitGateway) Gone() bool { return g.State == TransitGatewayDeleted }

// TransitGatewayOptions are what its owner may change. All but AutoAccept are
// kept and given back only: nothing here resolves names, ends a VPN or filters.
type TransitGatewayOptions struct {
	// AutoAccept lets VPCs of accounts that it is shared with join at once.
	AutoAccept      bool `json:"autoAccept,omitempty"`
	DNS             bool `json:"dns,omitempty"`
	VPNECMP         bool `json:"vpnECMP,omitempty"`
	GroupReferences bool `json:"groupReferences,omitempty"`
}
