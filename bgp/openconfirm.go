package bgp

import "time"

// leastKeepalive is what RFC 4271, section 4.4, lets nobody go below: with a
// hold time of three seconds, jitter would.
const leastKeepalive = time.Second

// confirm answers the peer's OPEN and goes to OpenConfirm; from here the lower
// of both hold times counts (RFC 4271, section 4.2).
func (s *Session) confirm(c *connection) {
	c.state, c.since = OpenConfirm, s.now
	c.hold = min(s.config.holdTime(), c.peer.hold)
	c.deadline = s.now.Add(c.hold)
	s.sendKeepalive(c)
}

func (s *Session) sendKeepalive(c *connection) {
	s.do(Send{Conn: c.id, Bytes: encodeKeepalive()})
	c.keepaliveAt = s.now.Add(max(s.jittered(c.hold/3), leastKeepalive))
}

// inOpenConfirm expects the peer's first KEEPALIVE (RFC 4271, section 8.2.2).
func (s *Session) inOpenConfirm(c *connection, m message) {
	if m.kind != msgKeepalive {
		s.fail(c, newNotice(codeFSM, 2, []byte{m.kind}, "message type %d", m.kind)) // RFC 6608
		return
	}
	if s.rival(c) != nil {
		c.waitUntil = s.now.Add(rivalPatience)
		return
	}
	s.establish(c)
}
