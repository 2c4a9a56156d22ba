package bgp

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// establish goes to Established and sends all we have.
func (s *Session) establish(c *connection) {
	c.state, c.since = Established, s.now
	c.deadline = s.now.Add(c.hold)
	s.retryAt, s.vain = time.Time{}, 0
	s.closeOthers(c)
	s.status.Transitions++
	for f := range s.received {
		s.received[f] = Table[struct{}]{}
	}
	s.sent = [families]int{}
	stale := s.staleAfter(c.peer.restart)
	s.wasUp = true
	s.do(Up{Negotiated: c.negotiated(s.config), Stale: stale})
	for _, f := range s.carried(c).List() {
		s.sendAll(c, f)
	}
}

func (c *connection) negotiated(config Config) Negotiated {
	return Negotiated{
		HoldTime:        c.hold,
		Keepalive:       c.hold / 3,
		PeerID:          c.peer.id,
		Families:        c.peer.families & config.Families(),
		FourOctetASN:    c.peer.fourAS,
		RouteRefresh:    c.peer.refresh,
		ExtendedNextHop: c.peer.extendedNextHop && config.LocalAddr.Is6(),
		GracefulRestart: c.peer.restart.present && config.RestartTime > 0,
		PeerRestartTime: c.peer.restart.time,
		PeerRestarted:   c.peer.restart.restarted,
		Incoming:        !c.outgoing,
	}
}

func (s *Session) carried(c *connection) FamilySet { return c.peer.families & s.config.Families() }

// inEstablished handles the traffic of a session that is up (RFC 4271, section
// 8.2.2).
func (s *Session) inEstablished(c *connection, m message) {
	c.deadline = s.now.Add(c.hold)
	switch m.kind {
	case msgKeepalive:
	case msgUpdate:
		s.inUpdate(c, m.body)
	case msgRefresh:
		s.inRefresh(c, m.body)
	default:
		s.fail(c, newNotice(codeFSM, 3, []byte{m.kind}, "message type %d", m.kind)) // RFC 6608
	}
}

func (s *Session) inRefresh(c *connection, body []byte) {
	f, known := readRefresh(body)
	if !known || !s.carried(c).Has(f) {
		return
	}
	s.do(RefreshRequested{Family: f})
	s.sendRoutes(c, f, s.wanted[f])
}

// RequestRefresh asks the peer for its routes of a family again (RFC 2918). It
// returns false if the session is not up or the peer cannot.
func (s *Session) RequestRefresh(now time.Time, f Family) (actions []Action, asked bool) {
	actions = s.step(now, func() {
		c := s.established()
		if c == nil || !c.peer.refresh || !s.carried(c).Has(f) {
			return
		}
		asked = true
		s.do(Send{Conn: c.id, Bytes: encodeRefresh(f)})
	})
	return actions, asked
}

func (s *Session) inUpdate(c *connection, body []byte) {
	u, err := s.dialect(c).readUpdate(body)
	if err != nil {
		s.fail(c, err)
		return
	}
	if u.endOfRIB {
		if s.carried(c).Has(u.family) {
			s.stale &^= FamiliesOf(u.family)
			s.do(EndOfRIB{Family: u.family})
		}
		return
	}
	for _, f := range s.carried(c).List() {
		if !s.takeIn(c, f, &u) {
			return
		}
	}
}

func (s *Session) dialect(c *connection) dialect {
	n := c.negotiated(s.config)
	return dialect{
		localASN: s.config.LocalASN, peerASN: s.config.PeerASN,
		routerID: s.config.RouterID, localAddr: s.config.LocalAddr,
		fourAS: n.FourOctetASN, extendedNextHop: n.ExtendedNextHop, families: n.Families,
	}
}

// takeIn counts one family's part of an update and passes it on; false if it
// exceeded the limit and ended the session.
func (s *Session) takeIn(c *connection, f Family, u *update) bool {
	announced, withdrawn := u.announced[f], u.withdrawn[f]
	var refused []netip.Prefix
	problem := strings.Join(u.problems, "; ")
	if u.refuse {
		refused = s.remarkable(f, u)
		announced, withdrawn = nil, slices.Concat(withdrawn, announced)
		if u.circular && len(refused) == 0 {
			problem = ""
		}
	}
	received := &s.received[f]
	if received.Len() == 0 && len(announced) > 0 {
		*received = NewTable[struct{}](f, len(announced))
	}
	for _, p := range withdrawn {
		received.Delete(p)
	}
	for _, p := range announced {
		received.Put(p, struct{}{})
	}
	if limit := s.config.Family(f).MaxPrefixes; limit > 0 && received.Len() > limit {
		s.overLimit(c, f, limit, announced)
		return false
	}
	if problem != "" {
		s.status.LastProblem, s.status.LastProblemAt = problem, s.now
	}
	if len(announced)+len(withdrawn) > 0 {
		a := u.attributes
		a.NextHop = u.nextHop[f]
		s.do(Update{Family: f, Withdrawn: withdrawn, Announced: announced, Attributes: a, Refused: refused, Problem: problem})
	}
	return true
}

// remarkable are the refused prefixes that are anybody's concern. Some routers,
// FRR for one, send all that they have back to who sent it, and so what we
// announce; that those do not come in is as it should be.
func (s *Session) remarkable(f Family, u *update) []netip.Prefix {
	if !u.circular {
		return u.announced[f]
	}
	return slices.DeleteFunc(slices.Clone(u.announced[f]), func(p netip.Prefix) bool {
		_, ours := s.wanted[f][p]
		return ours
	})
}

// down tells the owner that the session is lost.
func (s *Session) down(c *connection, reason Reason) {
	keep, until := s.keepStale(c, reason)
	s.do(Down{Reason: reason, Keep: keep, Until: until})
}
