package intent

import (
	"net/netip"
	"slices"
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
	Ports    Lines[PortSeen]   `json:"ports,omitempty"`
	VIFs     Lines[VIFSeen]    `json:"vifs,omitempty"`
	VPCs     Lines[VPCSeen]    `json:"vpcs,omitempty"`
}

// Has reports whether an interface is listed.
func (r Report) Has(id demarc.VirtualInterfaceID) bool {
	return slices.ContainsFunc(r.VIFs, func(v *VIFSeen) bool { return v.ID == id })
}

// NodeSeen is when control last heard of a node. An agent whose node is quiet
// sends no report, and is heard of by its channel. At is of the world's clock, however
// far ahead of it the site is.
type NodeSeen struct {
	ID demarc.NodeID `json:"id"`
	At time.Time     `json:"at"`
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
	// ARP is how many of those asked by ARP: a router that is there and has
	// another tag, or none.
	ARP uint64 `json:"arp,omitempty"`
	// Strays are the kinds of those that came within [HeardFor].
	Strays []StraySeen `json:"strays,omitempty"`
	// Line is what the port's link counts. It is absent while there is no link.
	Line *LineSeen `json:"line,omitempty"`
}

// LineSeen is what a link counts, seen from the provider: received from the
// customer, sent to it. A super-frame of segmentation offload, which exists
// only between two ends on one machine, counts as one packet.
type LineSeen struct {
	RxPackets uint64 `json:"rxPackets"`
	RxBytes   uint64 `json:"rxBytes"`
	RxDropped uint64 `json:"rxDropped,omitempty"`
	RxErrors  uint64 `json:"rxErrors,omitempty"`
	TxPackets uint64 `json:"txPackets"`
	TxBytes   uint64 `json:"txBytes"`
	TxDropped uint64 `json:"txDropped,omitempty"`
	TxErrors  uint64 `json:"txErrors,omitempty"`
}

// VIFSeen is a virtual interface as it is.
type VIFSeen struct {
	ID demarc.VirtualInterfaceID `json:"id"`
	// Built says that the tag leads into the interface's namespace. It is false
	// for one that the intent does not have any more: it is listed as long as
	// anything of it is left.
	Built bool `json:"built"`
	// MTU is what it was last built with.
	MTU     int           `json:"mtu,omitempty"`
	Session []SessionSeen `json:"session,omitempty"`
	// Accepted are the customer's prefixes in use, Advertised ours to it.
	Accepted   RoutesSeen `json:"accepted,omitzero"`
	Advertised RoutesSeen `json:"advertised,omitzero"`
	// Refused are the customer's prefixes not in use.
	Refused []RefusedSeen `json:"refused,omitempty"`
	// RxPackets came from the customer, TxPackets went to it.
	RxPackets uint64 `json:"rxPackets"`
	RxBytes   uint64 `json:"rxBytes"`
	TxPackets uint64 `json:"txPackets"`
	TxBytes   uint64 `json:"txBytes"`
	// Forwarded counts the IP packets of both directions that went through:
	// without BGP, BFD and what finds neighbours, which end here.
	Forwarded uint64 `json:"forwarded,omitempty"`
	// MD5Failures counts segments with a wrong or missing TCP-MD5 signature.
	MD5Failures uint64 `json:"md5Failures,omitempty"`
	// Drops are packets that went no further.
	Drops DropsSeen `json:"drops,omitzero"`
	// Heard is what came in lately; absent while all sessions are up and have
	// brought something.
	Heard *HeardSeen `json:"heard,omitempty"`
	// Sounding is whether packets as long as the MTU come through; absent until it
	// is known, and while no session is up.
	Sounding *SoundingSeen `json:"sounding,omitempty"`
	// Echo is what the line loses; absent while nobody asks it.
	Echo *EchoSeen `json:"echo,omitempty"`
	// Strangers counts TCP connections to our BGP port from an address that is
	// no peer's.
	Strangers uint64 `json:"strangers,omitempty"`
}

// DropsSeen counts packets of an interface that were dropped, from the customer
// (rx) and to it (tx): by the shaper, beyond the rate; and by the links within
// for want of anything else.
type DropsSeen struct {
	// RxSpoofed came from an address that the customer does not announce; only
	// public interfaces look.
	RxSpoofed uint64 `json:"rxSpoofed,omitempty"`
	RxShaped  uint64 `json:"rxShaped,omitempty"`
	TxShaped  uint64 `json:"txShaped,omitempty"`
	RxLink    uint64 `json:"rxLink,omitempty"`
	TxLink    uint64 `json:"txLink,omitempty"`
}

// SessionSeen is a BGP session as it is.
type SessionSeen struct {
	Peer  demarc.BGPPeerID `json:"peer"`
	State string           `json:"state"` // the six names of RFC 4271: Idle … Established
	Since time.Time        `json:"since"`
	// Reason is why the session last left Established or did not come up.
	Reason string `json:"reason,omitempty"`
	// What ended connections since the agent has had the session: NOTIFICATIONs
	// sent and received, and those of either side about an OPEN (RFC 4271,
	// section 6.2). Flaps counts how often it left Established.
	NotificationsSent     uint64 `json:"notificationsSent,omitempty"`
	NotificationsReceived uint64 `json:"notificationsReceived,omitempty"`
	OpenErrors            uint64 `json:"openErrors,omitempty"`
	Flaps                 uint64 `json:"flaps,omitempty"`
	// BFD is that of the same neighbours; absent while the agent runs none.
	BFD BFDSeen `json:"bfd,omitzero"`
	// Overrun is there from when the session was ended for sending too many
	// prefixes until it has come up with fewer. The session counts as Idle so
	// long: what it sends meanwhile is not used.
	Overrun *OverrunSeen `json:"overrun,omitempty"`
	// History is the last [SessionHistory] changes, the oldest first.
	History []SessionChange `json:"history,omitempty"`
}

// OverrunSeen is what a session sent that was ended for it (Cease 6/1, RFC
// 4486, section 4).
type OverrunSeen struct {
	Since time.Time `json:"since"` // when it was ended first
	Limit int       `json:"limit"`
	// Prefixes are all of the last attempt, the newest first, with when each was
	// first sent.
	Prefixes []PrefixSeen `json:"prefixes"`
}

// OverLimit is how many prefixes those sessions sent that were ended for too
// many: what had come in at that moment, of the last attempt. It counts none that
// is listed as refused, as are those of an attempt that goes on.
func (v VIFSeen) OverLimit() (n int) {
	refused := map[netip.Prefix]bool{}
	for _, r := range v.Refused {
		refused[r.Prefix] = true
	}
	for _, s := range v.Session {
		if s.Overrun == nil {
			continue
		}
		for _, p := range s.Overrun.Prefixes {
			if !refused[p.Prefix] {
				n++
			}
		}
	}
	return n
}

// PrefixSeen is a prefix with when it was first announced without a break.
type PrefixSeen struct {
	Prefix netip.Prefix `json:"prefix"`
	Since  time.Time    `json:"since"`
}

// BFDSeen is the BFD session with a customer's router as it is.
type BFDSeen struct {
	State string    `json:"state"` // the four names of RFC 5880: AdminDown … Up
	Since time.Time `json:"since"`
	// Reason is why it is not up, in the words of RFC 5880's diagnostics.
	Reason string `json:"reason,omitempty"`
	// Remote is the state that the customer's router says it has; empty while it
	// is not heard, which is so as long as it has no BFD.
	Remote string `json:"remote,omitempty"`
	// Transmit and Receive are how often packets go either way, Detection how
	// long the router may be silent; 0 while it is not heard.
	Transmit  time.Duration `json:"transmit,omitempty"`
	Receive   time.Duration `json:"receive,omitempty"`
	Detection time.Duration `json:"detection,omitempty"`
	// Ups counts how often it came up. Refused counts packets that were not
	// taken, for LastRefusal at last: both ends' BFD do not match.
	Ups         uint64 `json:"ups,omitempty"`
	Refused     uint64 `json:"refused,omitempty"`
	LastRefusal string `json:"lastRefusal,omitempty"`
}

// Up reports whether a silence of the neighbour would be noticed.
func (b BFDSeen) Up() bool { return b.State == "Up" }

// SessionHistory is how many changes of a session are kept: enough for a
// morning's attempts to configure a router.
const SessionHistory = 10

// A SessionChange is a moment in a session's life: it came up, went down, or
// could not come up, for a reason other than the time before.
type SessionChange struct {
	At    time.Time `json:"at"` // of the latest, where there were several alike
	State string    `json:"state"`
	// Reason is why it is not Established.
	Reason string `json:"reason,omitempty"`
	// Notification is absent when the connection ended without one.
	Notification *NotificationSeen `json:"notification,omitempty"`
	// Times is how often in a row the same happened.
	Times int `json:"times"`
}

// A NotificationSeen is the message that ended a connection (RFC 4271, section
// 4.5).
type NotificationSeen struct {
	Sent    bool  `json:"sent"` // by us; else by the customer's router
	Code    uint8 `json:"code"`
	Subcode uint8 `json:"subcode"`
}

// Established reports whether routes may flow.
func (s SessionSeen) Established() bool { return s.State == "Established" }

// SplitRefused begins the reason of a piece of a default route that is refused
// (VIF.NoSplit).
const SplitRefused = "W-DEFAULT-SPLIT"

// RefusedSeen is a customer's prefix that is not accepted.
type RefusedSeen struct {
	Prefix netip.Prefix `json:"prefix"`
	Reason string       `json:"reason"`
	// Error is what was wrong with the message that announced it, where that is
	// the reason ([MessageRefused]). The prefix counts as withdrawn then, so it
	// counts against no limit.
	Error string `json:"error,omitempty"`
}

// MessageRefused is the reason of prefixes whose UPDATE was in error (RFC 7606) or
// went in a circle (RFC 4271, section 9.1.2).
const MessageRefused = "the path attributes that it came with are refused"

// Why is the reason with what there is to say besides.
func (r RefusedSeen) Why() string {
	if r.Error == "" {
		return r.Reason
	}
	return r.Reason + ": " + r.Error
}

// VPCSeen is a VPC as it is.
type VPCSeen struct {
	ID demarc.VPCID `json:"id"`
	// Propagated are the routes learned from gateways, used or shadowed.
	Propagated []PropagatedSeen `json:"propagated,omitempty"`
	// Tables are the route tables in use, in the order of the intent.
	Tables []TableSeen `json:"tables,omitempty"`
	// Refused are the app hosts' interfaces with a gate.
	Refused []GateSeen `json:"refused,omitempty"`
	// Paths count packets by the way out: igw-…, vgw-…, tgw-…; by target.
	Paths []PathSeen `json:"paths,omitempty"`
	// Probes are what cut-overs ask, by target.
	Probes []ProbeSeen `json:"probes,omitempty"`
}

// GateSeen counts the packets that the security groups of an app host's
// interface did not let through.
type GateSeen struct {
	Host       string     `json:"host"`
	Address    netip.Addr `json:"address"`
	InPackets  uint64     `json:"inPackets"`
	OutPackets uint64     `json:"outPackets"`
}

// TableSeen counts the prefixes that gateways propagate into a route table.
type TableSeen struct {
	ID         demarc.RouteTableID `json:"id"`
	Propagated int                 `json:"propagated"`
	// LeftOut are those that the table had no room for (package route).
	LeftOut int `json:"leftOut,omitempty"`
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

// WithoutCounters is the sighting without what counts up all the time: what is
// left is news. The latest stray tag goes with the count of strays, since a far
// end that sends many would otherwise be news with every report.
func (p PortSeen) WithoutCounters() PortSeen { return PortSeen{ID: p.ID, Carrier: p.Carrier} }

// WithoutCounters is the sighting without what counts up all the time: what is
// left is news. A session's history goes with its count: what is new in it
// shows in the state and the reason as well.
func (v VIFSeen) WithoutCounters() VIFSeen {
	news := VIFSeen{ID: v.ID, Built: v.Built, Accepted: v.Accepted, Advertised: v.Advertised, Refused: v.Refused, Echo: v.Echo.withoutCounters()}
	for _, s := range v.Session {
		news.Session = append(news.Session, SessionSeen{Peer: s.Peer, State: s.State, Since: s.Since, Reason: s.Reason, BFD: s.BFD.withoutCounters(), Overrun: s.Overrun})
	}
	return news
}

func (b BFDSeen) withoutCounters() BFDSeen {
	b.Refused, b.LastRefusal = 0, ""
	return b
}

// WithoutCounters is the sighting without what counts up all the time: what is
// left is news.
func (v VPCSeen) WithoutCounters() VPCSeen {
	paths := v.Paths
	v.Paths = nil
	for _, p := range paths {
		v.Paths = append(v.Paths, PathSeen{Target: p.Target})
	}
	v.Refused = nil
	v.Probes = slices.Clone(v.Probes)
	for i := range v.Probes {
		v.Probes[i] = v.Probes[i].withoutCounters()
	}
	return v
}
