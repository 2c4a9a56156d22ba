package intent

import (
	"net/netip"
	"time"

	"demarc"
)

// HeardFor is how long what a far end did counts as its present doing: its
// router tries again more often than that.
const HeardFor = 30 * time.Second

// HeardMost bounds each list of what was heard: a far end at fault says one
// thing again and again.
const HeardMost = 8

// HeardSeen is what came in by an interface within [HeardFor] to set BGP up,
// while a session is down or has brought nothing. It names the far end's fault.
type HeardSeen struct {
	// At is when it was heard, For how long was listened, HeardFor at most.
	At  time.Time     `json:"at"`
	For time.Duration `json:"for"`
	// ARP has who asked or told whom; routers are asked every second or so, and
	// what is not repeated is soon forgotten.
	ARP []ARPSeen `json:"arp,omitempty"`
	// Callers are who called our BGP port, or answered from its own.
	Callers []CallerSeen `json:"callers,omitempty"`
	// Unsigned and Missigned count TCP segments without a signature, and with a
	// wrong one (RFC 2385), of which the last came at LastMissigned.
	Unsigned      uint64    `json:"unsigned,omitempty"`
	Missigned     uint64    `json:"missigned,omitempty"`
	LastMissigned time.Time `json:"lastMissigned,omitzero"`
}

// ARPSeen is somebody who spoke ARP.
type ARPSeen struct {
	From   netip.Addr `json:"from"`
	MAC    string     `json:"mac"`
	Target netip.Addr `json:"target"`
}

// CallerSeen is an address that spoke TCP on port 179.
type CallerSeen struct {
	From netip.Addr `json:"from"`
	// Last is when.
	Last time.Time `json:"last"`
	// Calls: it opened connections to us. Answers: it spoke on ours. Resets: it
	// refused them. Signed is its last packet's that was no refusal, and TTL that
	// of the last that called or said something, as it arrived: others may come
	// from a socket that listens to many neighbours.
	Calls   bool  `json:"calls,omitempty"`
	Answers bool  `json:"answers,omitempty"`
	Resets  bool  `json:"resets,omitempty"`
	Signed  bool  `json:"signed,omitempty"`
	TTL     uint8 `json:"ttl,omitempty"`
}

// StraySeen is a kind of frames that no virtual interface wanted.
type StraySeen struct {
	// VLAN is the outer tag, 0 for none. Double: there is another inside.
	VLAN   demarc.VLAN `json:"vlan,omitempty"`
	Double bool        `json:"double,omitempty"`
	// Sender is who spoke ARP in them; absent if nobody did.
	Sender netip.Addr `json:"sender,omitzero"`
}

// SoundingSeen is what the customer's router does with echo requests that may not
// be fragmented.
type SoundingSeen struct {
	// Octets is the interface's MTU. Answered: it answers short ones. Whole: it
	// answers those of so many octets.
	Octets   int  `json:"octets"`
	Answered bool `json:"answered"`
	Whole    bool `json:"whole"`
	// Larger: packets that the interface did not take came lately.
	Larger bool `json:"larger,omitempty"`
}
