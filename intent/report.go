package intent

import (
	"net/netip"
	"time"

	"demarc"
	"demarc/route"
)

// Unkept is the problem of a node whose disk does not take the intent: it does
// as told, but would forget it at its next start.
const Unkept = "intent"

// A Report is what a node sees, whole, sent when something changed and every
// few seconds for the counters.
type Report struct {
	Node demarc.NodeID `json:"node"`
	// Applied is the version of the intent that everything below answers to.
	// How far it is true they say: what is to go is listed until it is gone.
	Applied int64 `json:"applied"`
	// Problems are what could not be made true, by object id, and [Unkept].
	Problems map[string]string `json:"problems,omitempty"`
	Ports    []PortSeen        `json:"ports,omitempty"`
	VIFs     []VIFSeen         `json:"vifs,omitempty"`
	VPCs     []VPCSeen         `json:"vpcs,omitempty"`
}

// PortSeen is a port as it is.
type PortSeen struct {
	ID      demarc.PortID `json:"id"`
	Carrier bool          `json:"carrier"`
	// What arrived that no virtual interface wanted, in frames: it names the
	// far end's fault.
	UnknownVLAN uint64 `json:"unknownVLAN,omitempty"`
	// LastUnknownVLAN is the tag of the latest such frame.
	LastUnknownVLAN demarc.VLAN `json:"lastUnknownVLAN,omitempty"`
	Untagged        uint64      `json:"untagged,omitempty"`
	DoubleTagged    uint64      `json:"doubleTagged,omitempty"`
}

// VIFSeen is a virtual interface as it is.
type VIFSeen struct {
	ID demarc.VirtualInterfaceID `json:"id"`
	// Built says that the tag leads into the interface's namespace. It is false
	// for one that the intent does not have any more: it is listed as long as
	// anything of it is left.
	Built   bool          `json:"built"`
	Session []SessionSeen `json:"session,omitempty"`
	// Accepted are the customer's prefixes in use, Advertised ours to it.
	Accepted   []RouteSeen `json:"accepted,omitempty"`
	Advertised []RouteSeen `json:"advertised,omitempty"`
	// Refused are the customer's prefixes not in use.
	Refused []RefusedSeen `json:"refused,omitempty"`
	// RxPackets came from the customer, TxPackets went to it.
	RxPackets uint64 `json:"rxPackets"`
	RxBytes   uint64 `json:"rxBytes"`
	TxPackets uint64 `json:"txPackets"`
	TxBytes   uint64 `json:"txBytes"`
	// MD5Failures counts segments with a wrong or missing TCP-MD5 signature.
	MD5Failures uint64 `json:"md5Failures,omitempty"`
}

// SessionSeen is a BGP session as it is.
type SessionSeen struct {
	Peer  demarc.BGPPeerID `json:"peer"`
	State string           `json:"state"` // the six names of RFC 4271: Idle … Established
	Since time.Time        `json:"since"`
	// Reason is why the session last left Established or did not come up.
	Reason string `json:"reason,omitempty"`
}

// Established reports whether routes may flow.
func (s SessionSeen) Established() bool { return s.State == "Established" }

// RouteSeen is a route in use.
type RouteSeen struct {
	Prefix      netip.Prefix `json:"prefix"`
	ASPath      []demarc.ASN `json:"asPath,omitempty"`
	Communities []string     `json:"communities,omitempty"`
	Since       time.Time    `json:"since"`
}

// RefusedSeen is a customer's prefix that is not accepted.
type RefusedSeen struct {
	Prefix netip.Prefix `json:"prefix"`
	Reason string       `json:"reason"`
}

// VPCSeen is a VPC as it is.
type VPCSeen struct {
	ID demarc.VPCID `json:"id"`
	// Propagated are the routes learned from gateways, used or shadowed.
	Propagated []PropagatedSeen `json:"propagated,omitempty"`
	// Paths count packets by the way out: igw-…, vgw-….
	Paths []PathSeen `json:"paths,omitempty"`
}

// PropagatedSeen is a route that a gateway learned.
type PropagatedSeen struct {
	Prefix  netip.Prefix     `json:"prefix"`
	Gateway demarc.GatewayID `json:"gateway"`
	Device  demarc.NodeID    `json:"device"`
	ASPath  []demarc.ASN     `json:"asPath,omitempty"`
	// Path is what the host compares with other routes to the prefix, so that
	// whoever judges the route table elsewhere comes to the same end.
	Path route.Path `json:"path"`
}

// PathSeen counts what left and entered a VPC by one target.
type PathSeen struct {
	Target     string `json:"target"`
	OutPackets uint64 `json:"outPackets"`
	OutBytes   uint64 `json:"outBytes"`
	InPackets  uint64 `json:"inPackets"`
	InBytes    uint64 `json:"inBytes"`
}
