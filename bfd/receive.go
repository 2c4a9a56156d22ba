package bfd

import (
	"errors"
	"fmt"
	"time"
)

// Receive takes in a packet that arrived with a TTL (RFC 5880, section 6.8.6).
// One that is not for this session, or not from one hop away, is counted and
// otherwise ignored.
func (s *Session) Receive(now time.Time, octets []byte, ttl int) []Action {
	p, err := Decode(octets)
	if err == nil {
		err = s.check(p, ttl)
	}
	if err != nil {
		s.refused, s.lastRefusal = s.refused+1, err.Error()
		return nil
	}
	s.accept(now, p)
	return s.take()
}

func (s *Session) check(p Packet, ttl int) error {
	switch {
	case ttl != TTL:
		return fmt.Errorf("its TTL is %d and not %d: it came from further away than the next router", ttl, TTL)
	case p.Yours != 0 && p.Yours != s.config.Discriminator:
		return fmt.Errorf("it is for another session: discriminator %d is not ours", p.Yours)
	case s.state == AdminDown:
		return errors.New("the session is out of service")
	}
	return nil
}

func (s *Session) accept(now time.Time, p Packet) {
	if s.state == Up && p.State == Up {
		s.received++
		s.missed += s.between(now)
	}
	s.remote, s.heardAt = p, now
	if s.polling && p.Final {
		s.agreed()
	}
	resume := s.resuming && p.State == Up && p.Yours == s.config.Discriminator
	s.resuming = false
	if resume {
		s.enter(now, Up, NoDiagnostic, false)
	} else {
		s.follow(now, p)
	}
	if p.Poll {
		s.answer(p)
	}
	s.rearm(now)
	s.detectAt = now.Add(s.detection())
}

// follow is the state machine (RFC 5880, section 6.8.6).
func (s *Session) follow(now time.Time, p Packet) {
	switch {
	case p.State == AdminDown && s.state != Down:
		s.enter(now, Down, NeighborDown, false)
	case p.State == Down && s.state == Up:
		s.enter(now, Down, NeighborDown, !forgotten(p))
	case p.State == Down && s.state == Down:
		s.enter(now, Init, s.why, false)
	case p.State == Init && s.state == Down, p.State >= Init && s.state == Init:
		s.enter(now, Up, NoDiagnostic, false)
	}
}

// forgotten tells a neighbour that has lost its session, as after a restart of
// its BFD, from one that has lost our packets: that one has a diagnostic.
func forgotten(p Packet) bool { return p.Yours == 0 && p.Diagnostic == NoDiagnostic }

// detection is how long the neighbour may be silent (RFC 5880, section 6.8.4).
func (s *Session) detection() time.Duration {
	return time.Duration(s.remote.Multiplier) * max(s.rx.kept, s.remote.DesiredMinTx)
}

// between is how many packets of the neighbour's should have come since the one
// before. It sends at three quarters of its interval to all of it (RFC 5880,
// section 6.8.7); a packet more, as an answer is, says nothing.
func (s *Session) between(now time.Time) uint64 {
	interval := max(s.rx.kept, s.remote.DesiredMinTx)
	gap := now.Sub(s.heardAt)
	if s.polling || gap < interval+interval/4 {
		return 0
	}
	usual := interval - interval/8
	return uint64((gap+usual/2)/usual) - 1
}
