package demarc

import (
	"net/netip"
	"time"
)

// ASN is a four-octet autonomous system number (RFC 6793), written asplain.
type ASN uint32

// AddressFamily is ipv4 or ipv6, as the API spells it.
type AddressFamily string

const (
	IPv4 AddressFamily = "ipv4"
	IPv6 AddressFamily = "ipv6"
)

// BGPPeerState says whether a session could be established, not whether it is.
//
//	[verifying ──platform──►] pending ──edge has it──► available ──deleted──► deleting ──► (gone)
type BGPPeerState string

const (
	PeerVerifying BGPPeerState = "verifying" // of a public interface; the platform moves next
	PeerPending   BGPPeerState = "pending"   // the edge moves next, or whoever its interface waits for
	PeerAvailable BGPPeerState = "available" // we are ready; the customer's router moves next
	PeerDeleting  BGPPeerState = "deleting"  // the edge takes it down; it is in no intent any more
)

// A BGPPeer is one BGP session of a virtual interface, seen from our side.
type BGPPeer struct {
	ID     BGPPeerID     `json:"id"`
	Family AddressFamily `json:"family"`
	// ASN is the customer's.
	ASN ASN `json:"asn"`
	// AmazonAddress is ours, CustomerAddress theirs, both with the mask of the
	// subnet that they share.
	AmazonAddress   netip.Prefix `json:"amazonAddress"`
	CustomerAddress netip.Prefix `json:"customerAddress"`
	// Key is the TCP-MD5 key (RFC 2385), 6 to 80 characters; there always is
	// one.
	Key   Secret       `json:"key"`
	State BGPPeerState `json:"state,omitempty"`
	// Testing says that a failover test forces the session down.
	Testing bool `json:"testing,omitempty"`
	// TestingFor is how long the test takes.
	TestingFor time.Duration `json:"testingFor,omitempty"`
}
