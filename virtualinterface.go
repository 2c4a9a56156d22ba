package demarc

import (
	"log/slog"
	"time"
)

// VirtualInterfaceState says how far an interface has come and who moves next.
//
//	confirming ──owner accepts──► pending ──edge has it──► down ◄──session──► available
//	     └──owner deletes──► rejected                (any) ──deleted──► deleting ──► deleted
type VirtualInterfaceState string

const (
	VIFConfirming VirtualInterfaceState = "confirming" // allocated to another account; its owner moves next
	VIFPending    VirtualInterfaceState = "pending"    // accepted; the edge moves next
	VIFDown       VirtualInterfaceState = "down"       // the edge has it, no BGP session; the customer's router moves next
	VIFAvailable  VirtualInterfaceState = "available"  // a session is established; traffic may flow
	VIFDeleting   VirtualInterfaceState = "deleting"   // the edge takes it down
	VIFDeleted    VirtualInterfaceState = "deleted"    // the end; still listed for a quarter of an hour
	VIFRejected   VirtualInterfaceState = "rejected"   // the end; its owner would not have it
)

// Gone reports whether the interface holds nothing any more: no tag, no
// address, no session.
func (s VirtualInterfaceState) Gone() bool { return s == VIFDeleted || s == VIFRejected }

// VirtualInterfaceType is the kind of thing an interface leads to.
type VirtualInterfaceType string

const (
	PrivateVIF VirtualInterfaceType = "private" // VPCs, by a virtual private gateway or a Direct Connect gateway
	PublicVIF  VirtualInterfaceType = "public"  // the cloud's public prefixes
	TransitVIF VirtualInterfaceType = "transit" // Transit Gateways, by a Direct Connect gateway
)

// VLAN is an 802.1Q tag.
type VLAN uint16

// Valid reports whether the tag may be used: 1 to 4094 (IEEE 802.1Q keeps 0
// for priority tags and 4095 for itself).
func (v VLAN) Valid() bool { return v >= 1 && v <= 4094 }

// A VirtualInterface is one tag on one connection, with the BGP sessions in
// it.
type VirtualInterface struct {
	ID    VirtualInterfaceID   `json:"id"`
	Name  string               `json:"name"`
	Type  VirtualInterfaceType `json:"type"`
	Owner AccountID            `json:"owner"`
	// Connection is the connection or LAG that the interface is on.
	Connection ConnectionID `json:"connection"`
	// ConnectionOwner is the account that allocated the interface: it may read
	// the router configuration, and see the interface, but not accept it.
	ConnectionOwner AccountID             `json:"connectionOwner"`
	Region          Region                `json:"region"`
	Location        LocationCode          `json:"location"`
	Device          NodeID                `json:"device"`
	VLAN            VLAN                  `json:"vlan"`
	MTU             int                   `json:"mtu"`
	State           VirtualInterfaceState `json:"state"`
	// Gateway or DirectConnectGateway is where the interface leads; one of them
	// from acceptance on.
	Gateway              GatewayID              `json:"gateway,omitempty"`
	DirectConnectGateway DirectConnectGatewayID `json:"directConnectGateway,omitempty"`
	// GatewayASN is our side's ASN; zero until accepted.
	GatewayASN ASN       `json:"gatewayASN,omitempty"`
	Peers      []BGPPeer `json:"peers"`
	Created    time.Time `json:"created"`
	Deleted    time.Time `json:"deleted,omitzero"`
	Tags       []Tag     `json:"tags,omitempty"`
}

// LogValue is the interface's id: a noun, and the keys in it, is never logged
// whole.
func (v VirtualInterface) LogValue() slog.Value { return slog.StringValue(string(v.ID)) }

// VisibleTo reports whether an account may know that the interface exists.
func (v VirtualInterface) VisibleTo(account AccountID) bool {
	return account == v.Owner || account == v.ConnectionOwner
}

// Hosted reports whether the interface belongs to another account than its
// connection.
func (v VirtualInterface) Hosted() bool { return v.Owner != v.ConnectionOwner }
