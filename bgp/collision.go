package bgp

import (
	"slices"
	"time"
)

// rivalPatience is how long a connection that could be established waits for
// the other one of a collision, which would win. Both ends of a simultaneous
// open are at the same point, so an answer is on its way already.
const rivalPatience = time.Second

// resolve decides, when an OPEN has arrived on c, which of several connections
// stays (RFC 4271, section 6.8). It returns false if c was closed.
func (s *Session) resolve(c *connection) bool {
	for _, other := range slices.Clone(s.conns) {
		if other == c || other.state == Connect {
			continue // an unfinished dial is examined when its OPEN arrives
		}
		loser := s.loser(c, other)
		if loser == nil {
			continue
		}
		if loser.state == Established {
			s.drop(loser, Reason{Text: "the peer restarted and connected again", At: s.now})
			continue
		}
		s.fail(loser, Cease{Subcode: CeaseCollision}.notice())
		if loser == c {
			return false
		}
	}
	return true
}

// loser is the connection to close of c, where an OPEN has just arrived, and
// other; nil if it is too early to tell. Unless other is established, one of
// them is ours and one the peer's: we dial one at a time, and replaceIncoming
// keeps only the peer's latest.
func (s *Session) loser(c, other *connection) *connection {
	switch {
	case other.state == Established && s.restartedBehind(other):
		return other
	case other.state == Established:
		return c
	case c.outgoing == s.oursStays(c.peer):
		return other
	case other.state == OpenSent:
		return nil // it would win, but has not shown that the peer is there
	}
	return c
}

// oursStays tells whether the connection this end opened is the one to keep:
// the higher BGP identifier wins, and between equal ones the higher AS
// (RFC 6286, section 2.3).
func (s *Session) oursStays(peer open) bool {
	if order := s.config.RouterID.Compare(peer.id); order != 0 {
		return order > 0
	}
	return s.config.LocalASN > s.config.PeerASN
}

// restartedBehind tells whether a new connection means that the peer behind an
// established one has restarted (RFC 4724, section 4.2). A collision of two
// simultaneous opens looks the same, but only while the session is young.
func (s *Session) restartedBehind(c *connection) bool {
	return c.negotiated(s.config).GracefulRestart && s.now.Sub(c.since) > connectPatience
}

// closeOthers ends what is left of a collision once a session is up.
func (s *Session) closeOthers(up *connection) {
	for _, c := range slices.Clone(s.conns) {
		switch {
		case c == up:
		case c.state == Connect:
			s.remove(c)
		default:
			s.fail(c, Cease{Subcode: CeaseCollision}.notice())
		}
	}
}

// rival is the connection that would win over c but has not had its OPEN yet.
// Establishing c before it would make this end close the one connection while
// the peer, where the messages came in another order, closes the other.
func (s *Session) rival(c *connection) *connection {
	for _, other := range s.conns {
		wins := other.outgoing != c.outgoing && other.outgoing == s.oursStays(c.peer)
		if other.state == OpenSent && wins {
			return other
		}
	}
	return nil
}

// stopWaiting establishes the connection that waited for a rival, if that one
// is gone or the patience over, and reads what the peer has sent meanwhile.
func (s *Session) stopWaiting() {
	for _, c := range s.conns {
		if c.waitUntil.IsZero() || s.rival(c) != nil && !s.due(c.waitUntil) {
			continue
		}
		c.waitUntil = time.Time{}
		s.establish(c)
		s.readMessages(c)
		return
	}
}
