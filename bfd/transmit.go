package bfd

import "time"

// setTimes takes the intervals that the state asks for: slow ones unless up
// (RFC 5880, section 6.8.3).
func (s *Session) setTimes() {
	tx := s.config.DesiredMinTx
	if s.state != Up {
		tx = max(tx, slow)
	}
	s.setTx(tx)
	s.setRx(s.config.RequiredMinRx)
	if s.state == Up {
		s.polling = true
	}
}

// setTx announces another interval. While up, sending more rarely waits for the
// neighbour to have heard of it (RFC 5880, section 6.8.3).
func (s *Session) setTx(d time.Duration) {
	if s.state != Up || d < s.tx.kept {
		s.tx.kept = d
	}
	s.polling = s.polling || s.state == Up && d != s.tx.told
	s.tx.told = d
}

// setRx announces another interval. While up, expecting packets more often
// waits for the neighbour to have heard of it.
func (s *Session) setRx(d time.Duration) {
	if s.state != Up || d > s.rx.kept {
		s.rx.kept = d
	}
	s.rx.told = d
}

// agreed ends a Poll Sequence.
func (s *Session) agreed() {
	s.polling = false
	s.tx.kept, s.rx.kept = s.tx.told, s.rx.told
}

// packet is what we have to say now.
func (s *Session) packet() Packet {
	return Packet{
		Diagnostic: s.why, State: s.state, Poll: s.polling, Multiplier: s.config.Multiplier,
		Mine: s.config.Discriminator, Yours: s.remote.Mine,
		DesiredMinTx: s.tx.told, RequiredMinRx: s.rx.told,
	}
}

// send sends, and reckons when to send next. What is new is sent at once and
// not when its time comes (RFC 5880, section 6.8.7).
func (s *Session) send(now time.Time) {
	if !s.silent() {
		s.do(Send{Octets: s.packet().Encode()})
		s.sentAt = now
	}
	s.sendAt = time.Time{}
	s.rearm(now)
}

// answer is the reply to a Poll, which waits for no timer.
func (s *Session) answer(poll Packet) {
	p := s.packet()
	p.Poll, p.Final = false, true
	s.do(Send{Octets: p.Encode()})
}

// silent says that nothing is to be sent: a passive end knows no neighbour, or
// the neighbour does not want to hear us (RFC 5880, sections 6.8.7 and 6.6).
func (s *Session) silent() bool {
	known := s.remote.Mine != 0
	switch {
	case !known:
		return s.config.Passive
	case s.remote.RequiredMinRx == 0:
		return true
	case s.remote.Demand && s.state == Up && s.remote.State == Up:
		return !s.polling
	}
	return false
}

// rearm reckons anew when to send if the interval is another one. A neighbour
// that just came up wants to hear us more often from now on: sending only when
// the slow interval is over, it would take us for dead.
func (s *Session) rearm(now time.Time) {
	if s.silent() {
		s.sendAt = time.Time{}
		return
	}
	pace := max(s.tx.kept, s.remote.RequiredMinRx)
	if pace == s.pace && !s.sendAt.IsZero() {
		return
	}
	s.pace = pace
	s.sendAt = s.sentAt.Add(s.jittered(pace))
	if s.sendAt.Before(now) {
		s.sendAt = now
	}
}

// jittered takes up to a quarter off d, and a tenth at least if a single lost
// packet ends the session (RFC 5880, section 6.8.7).
func (s *Session) jittered(d time.Duration) time.Duration {
	least, spread := 0.0, 0.25
	if s.config.Multiplier == 1 {
		least, spread = 0.10, 0.15
	}
	return d - time.Duration((least+s.jitter.Float64()*spread)*float64(d))
}
