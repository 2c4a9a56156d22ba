package bgp

import "time"

// Start lets the session run (RFC 4271, section 8.1.2, events 1 and 4); it also
// ends the rest after a prefix limit. Restarting says that this process has
// just restarted while the kernel went on forwarding, which the first OPEN then
// tells the peer (RFC 4724, section 4.1). Starting a running session does
// nothing.
func (s *Session) Start(now time.Time, restarting bool) []Action {
	return s.step(now, func() {
		if s.started && !s.held {
			return
		}
		s.started, s.held, s.heldUntil = true, false, time.Time{}
		s.restarting = s.restarting || restarting
		s.vain = 0
		s.begin()
	})
}

// Stop ends the session, telling the peer why, until Start is called. Stopping
// a stopped session does nothing.
func (s *Session) Stop(now time.Time, why Cease) []Action {
	return s.step(now, func() {
		s.started, s.held = false, false
		s.retryAt, s.heldUntil = time.Time{}, time.Time{}
		s.closeAll(why)
		s.dropStale(s.stale)
		s.resting = Idle
	})
}

// Reset ends the session, telling the peer why, and begins anew after the
// usual pause.
func (s *Session) Reset(now time.Time, why Cease) []Action {
	return s.step(now, func() {
		if s.started && !s.held {
			s.closeAll(why)
			s.dropStale(s.stale)
		}
	})
}

// Vanish closes every connection without a word and stops, as if the process
// had died, so that a peer with graceful restart goes on using our routes. The
// owner keeps the peer's.
func (s *Session) Vanish(now time.Time) []Action {
	return s.step(now, func() {
		s.started, s.held = false, false
		s.retryAt, s.heldUntil = time.Time{}, time.Time{}
		for len(s.conns) > 0 {
			s.drop(s.conns[0], Reason{Text: "closed for a restart of this end", At: now})
		}
		s.resting = Idle
	})
}

// closeAll ends every connection; only those where an OPEN was sent can carry
// the reason.
func (s *Session) closeAll(why Cease) {
	for len(s.conns) > 0 {
		c := s.conns[0]
		if c.state == Connect {
			s.remove(c)
			continue
		}
		s.fail(c, why.notice())
	}
	if s.started && s.retryAt.IsZero() {
		s.rest(&connection{state: Established}, Reason{})
	}
}

// rest is where a session goes that has lost its last connection: to Idle,
// for an automatic start soon, or to Active if TCP failed in OpenSent
// (RFC 4271, section 8.2.2). A peer that refuses may just be about to notice
// that its old connection is dead, so after one that was never established the
// next attempt comes soon.
func (s *Session) rest(c *connection, reason Reason) {
	if s.held {
		s.resting = Idle
		return
	}
	s.resting = Idle
	if c.state == OpenSent && reason.Sender == SentByNobody {
		s.resting = Active
	}
	if c.state < Established {
		s.retrySoon()
		return
	}
	s.retryAt = s.now.Add(s.jittered(s.config.connectRetry()))
}

// hold keeps the session Idle after too many prefixes (RFC 4486, section 4).
func (s *Session) hold() {
	s.held, s.retryAt = true, time.Time{}
	if s.config.IdleHold > 0 {
		s.heldUntil = s.now.Add(s.config.IdleHold)
	}
}

func (s *Session) tickIdle() {
	if s.held && s.due(s.heldUntil) {
		s.held, s.heldUntil = false, time.Time{}
		s.begin()
	}
}

// begin leaves Idle.
func (s *Session) begin() {
	s.retryAt = time.Time{}
	if s.config.Passive {
		s.resting = Active
		return
	}
	s.dial()
}

// jittered takes up to a quarter off d (RFC 4271, section 10).
func (s *Session) jittered(d time.Duration) time.Duration {
	return d - time.Duration(s.jitter.Float64()*float64(d)/4)
}
