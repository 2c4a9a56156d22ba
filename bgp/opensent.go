package bgp

// open sends the OPEN and goes to OpenSent.
func (s *Session) open(c *connection) {
	c.state, c.since = OpenSent, s.now
	// RFC 4271 suggests four minutes for the peer's OPEN; a connection that is
	// silent for a whole hold time is dead by the same measure as later.
	c.hold = s.config.holdTime()
	c.deadline = s.now.Add(c.hold)
	s.do(Send{Conn: c.id, Bytes: s.ourOpen().encode()})
}

func (s *Session) ourOpen() open {
	return open{
		asn:             s.config.LocalASN,
		id:              s.config.RouterID,
		hold:            s.config.holdTime(),
		families:        s.config.Families(),
		extendedNextHop: s.config.IPv4.Enabled && s.config.LocalAddr.Is6(),
		restart:         s.ourRestart(),
	}
}

// inOpenSent expects the peer's OPEN (RFC 4271, section 8.2.2).
func (s *Session) inOpenSent(c *connection, m message) {
	if m.kind != msgOpen {
		s.fail(c, newNotice(codeFSM, 1, []byte{m.kind}, "message type %d", m.kind)) // RFC 6608
		return
	}
	peer, err := readOpen(m.body)
	if err == nil {
		err = peer.check(s.config)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.peer = peer
	if s.resolve(c) {
		s.confirm(c)
	}
}
