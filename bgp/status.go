package bgp

import (
	"net/netip"
	"time"
)

// A State is one of the six of RFC 4271, section 8.2.2, in order of progress.
type State uint8

const (
	Idle State = iota
	Connect
	Active
	OpenSent
	OpenConfirm
	Established
)

func (s State) String() string {
	return [...]string{"Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"}[s]
}

// Negotiated is what both ends agreed on when the session came up.
type Negotiated struct {
	HoldTime  time.Duration
	Keepalive time.Duration // a third of HoldTime
	PeerID    netip.Addr
	Families  FamilySet
	// What the peer can do besides.
	FourOctetASN    bool
	RouteRefresh    bool
	ExtendedNextHop bool
	// PeerRestartTime is how long the peer asks to keep its routes; 0 without
	// graceful restart. PeerRestarted is its R bit.
	GracefulRestart bool
	PeerRestartTime time.Duration
	PeerRestarted   bool
	// Incoming: the connection in use was opened by the peer.
	Incoming bool
}

// A Status is a copy of what there is to know about a session.
type Status struct {
	State State
	Since time.Time // when State was entered
	// LastReason is why the last connection ended, or could not be made. It is
	// kept while established.
	LastReason Reason
	// Negotiated is the zero value unless established.
	Negotiated Negotiated
	// Received and Advertised count prefixes, by Family.
	Received, Advertised [families]int
	// LastProblem is the last message survived by RFC 7606 or routes refused.
	LastProblem   string
	LastProblemAt time.Time
	// Transitions counts how often Established was entered
	// (bgpPeerFsmEstablishedTransitions, RFC 4273).
	Transitions uint64
	// Held: the peer exceeded a prefix limit; see Config.IdleHold.
	Held bool
}

// Status returns the session's present status.
func (s *Session) Status() Status {
	st := s.status
	st.Held = s.held
	if c := s.established(); c != nil {
		st.Negotiated = c.negotiated(s.config)
		for _, f := range st.Negotiated.Families.List() {
			st.Received[f] = s.received[f].Len()
			st.Advertised[f] = s.sent[f]
		}
	}
	return st
}

// noteState records a change of state at the end of a step.
func (s *Session) noteState() {
	if now := s.state(); now != s.status.State {
		s.status.State, s.status.Since = now, s.now
	}
}

// state is that of the connection furthest ahead, or of the session if none
// has got as far as an OPEN.
func (s *Session) state() State {
	state := s.resting
	for _, c := range s.conns {
		state = max(state, c.state)
	}
	return state
}
