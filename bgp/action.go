package bgp

import (
	"net/netip"
	"time"
)

// A Conn names one TCP connection of a session, never reused within it.
type Conn uint32

// An Action is something the session's owner must do, or learns. Actions are
// to be taken in the order they are given.
type Action interface{ action() }

// Actions on connections.
type (
	// Dial asks for a connection to the peer. Answer with Dialed or DialFailed,
	// unless a Close for it comes first.
	Dial struct{ Conn Conn }
	// Send asks to write Bytes, which are one or more whole messages.
	Send struct {
		Conn  Conn
		Bytes []byte
	}
	// Close asks to close the connection, or give up dialling, once everything
	// sent before is written. Nothing about Conn need be told afterwards.
	Close struct{ Conn Conn }
)

// What the owner learns.
type (
	// Up: the session is established. Of the peer's routes kept since the last
	// Down, those of families in Stale may stay until EndOfRIB or DropStale.
	Up struct {
		Negotiated Negotiated
		Stale      FamilySet
	}
	// Down: the session was established and is no longer. Routes of families in
	// Keep may be used as stale until DropStale, which comes by Until at the
	// latest if the peer does not return; all others are gone (RFC 4724,
	// section 4.2).
	Down struct {
		Reason Reason
		Keep   FamilySet
		Until  time.Time
	}
	// Update: the peer withdrew and announced prefixes, in this order. The
	// slices are the owner's. An announcement replaces the prefix's earlier one.
	Update struct {
		Family     Family
		Withdrawn  []netip.Prefix
		Announced  []netip.Prefix
		Attributes Attributes // of Announced
		// Refused are those of Withdrawn that the peer announced, which for Problem
		// counts as a withdrawal.
		Refused []netip.Prefix
		// Problem says what was wrong with the message (RFC 7606) or why its
		// routes were refused; normally empty.
		Problem string
	}
	// Exceeded: the peer announced more prefixes of Family than Limit; Down is
	// next. Announced are those of the message that did it, which no Update tells.
	Exceeded struct {
		Family    Family
		Limit     int
		Announced []netip.Prefix
	}
	// EndOfRIB: the peer has sent all it has; routes still stale are gone.
	EndOfRIB struct{ Family Family }
	// DropStale: routes of Family still stale are gone.
	DropStale struct{ Family Family }
	// RefreshRequested: the peer asked for our routes again (RFC 2918). The
	// session has sent them already.
	RefreshRequested struct{ Family Family }
)

func (Dial) action()             {}
func (Send) action()             {}
func (Close) action()            {}
func (Up) action()               {}
func (Down) action()             {}
func (Update) action()           {}
func (Exceeded) action()         {}
func (EndOfRIB) action()         {}
func (DropStale) action()        {}
func (RefreshRequested) action() {}
