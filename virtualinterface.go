package demarc

import (
	"log/slog"
	"net/netip"
	"time"
)

// VirtualInterfaceState says how far an interface has come and who moves next.
//
//	confirming ──owner accepts──► pending ──edge has it──► down ◄──session──► available
//	     │ └─(public)─► verifying ──platform──► ▲           └──owner──► testing ◄──┘
//	     └──owner deletes──► rejected           │              └──clock──► down
//	                          MTU, connection ──┘       (any) ──deleted──► deleting ──► deleted
type VirtualInterfaceState string

const (
	VIFConfirming VirtualInterfaceState = "confirming" // allocated to another account; its owner moves next
	VIFVerifying  VirtualInterfaceState = "verifying"  // public, and whose addresses these are is being looked up; the platform moves next
	VIFPending    VirtualInterfaceState = "pending"    // accepted; the edge moves next
	VIFDown       VirtualInterfaceState = "down"       // the edge has it, no BGP session; the customer's router moves next
	VIFAvailable  VirtualInterfaceState = "available"  // a session is established; traffic may flow
	VIFTesting    VirtualInterfaceState = "testing"    // sessions are forced down by its owner; the owner or the clock moves next
	VIFDeleting   VirtualInterfaceState = "deleting"   // the edge takes it down
	VIFDeleted    VirtualInterfaceState = "deleted"    // the end; still listed for a quarter of an hour
	VIFRejected   VirtualInterfaceState = "rejected"   // the end; its owner would not have it
)

// Gone reports whether the interface holds nothing any more: no tag, no
// address, no session.
func (s VirtualInterfaceState) Gone() bool { return s == VIFDeleted || s == VIFRejected }

// InPlace reports whether the edge has the interface: from its first build to
// its deletion, except while it is built anew.
func (s VirtualInterfaceState) InPlace() bool {
	return s == VIFDown || s == VIFAvailable || s == VIFTesting
}

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
	// RateLimit bounds traffic both ways; zero leaves the connection's rate.
	RateLimit Bandwidth `json:"rateLimit,omitempty"`
	// SiteLink lets traffic pass to other interfaces of the same Direct Connect
	// gateway that have it too.
	SiteLink bool `json:"siteLink,omitempty"`
	// Prefixes is how many the customer may send. Public interfaces have none:
	// theirs is fixed.
	Prefixes PrefixAllocation `json:"prefixes,omitzero"`
	// RouteFilters are what may be announced over a public interface.
	RouteFilters []netip.Prefix `json:"routeFilters,omitempty"`
	// Lapsed says that it is rejected because nobody accepted it in time.
	Lapsed bool `json:"lapsed,omitempty"`
	// Held is the case in which two persons have to agree before its owner
	// accepts it; empty where its owner just may.
	Held CaseID `json:"held,omitempty"`
	// Awaited is since when it was seen to wait for its device's agent, which has
	// not answered; zero while it waits for nothing, or not for long.
	Awaited time.Time `json:"awaited,omitzero"`
	// Drained is the maintenance that holds the sessions down; empty for none.
	Drained MaintenanceID `json:"drained,omitempty"`
	// DrainedFor is how long it does, from when it began.
	DrainedFor time.Duration `json:"drainedFor,omitempty"`
	// Watch is what its link wants to be done about losses of the line.
	Watch   LineWatch `json:"watch,omitempty"`
	Created time.Time `json:"created"`
	Deleted time.Time `json:"deleted,omitzero"`
	Tags    []Tag     `json:"tags,omitempty"`
}

// A LineWatch is what is done about packets that a line loses while its session
// is up.
type LineWatch string

const (
	WatchNothing LineWatch = ""      // nobody asks
	WatchLine    LineWatch = "line"  // the customer's router is asked for echoes, and what is lost is told
	WatchDrain   LineWatch = "drain" // besides, others carry what it should; there is another that can
)

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

// A PrefixAllocation is how many prefixes a session of each family may send.
type PrefixAllocation struct {
	IPv4 int `json:"ipv4"`
	IPv6 int `json:"ipv6"`
}

// Of is the number for a family.
func (a PrefixAllocation) Of(family AddressFamily) int {
	if family == IPv6 {
		return a.IPv6
	}
	return a.IPv4
}

// Sum is what both families have together.
func (a PrefixAllocation) Sum() int { return a.IPv4 + a.IPv6 }
