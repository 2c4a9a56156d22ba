package bgp

import "time"

// Reconfigure changes what can change without the peer noticing: prefix limits,
// IdleHold and ConnectRetry. It returns false, and does nothing, if config
// differs in more; then a new session is needed. A limit below what the peer
// has announced ends the session at once; a session held by its limit begins
// anew under the new one.
func (s *Session) Reconfigure(now time.Time, config Config) (actions []Action, ok bool) {
	if config.Validate() != nil || config.unlimited() != s.config.unlimited() {
		return nil, false
	}
	raised := config.IPv4.MaxPrefixes != s.config.IPv4.MaxPrefixes || config.IPv6.MaxPrefixes != s.config.IPv6.MaxPrefixes
	s.config = config
	return s.step(now, func() {
		if s.held && raised {
			s.held, s.heldUntil = false, time.Time{}
			s.begin()
		}
		s.checkLimits()
	}), true
}

// unlimited is the configuration without what Reconfigure can change.
func (c Config) unlimited() Config {
	c.IPv4.MaxPrefixes, c.IPv6.MaxPrefixes = 0, 0
	c.IdleHold, c.ConnectRetry = 0, 0
	return c
}

func (s *Session) checkLimits() {
	c := s.established()
	if c == nil {
		return
	}
	for _, f := range s.carried(c).List() {
		if limit := s.config.Family(f).MaxPrefixes; limit > 0 && s.received[f].Len() > limit {
			s.overLimit(c, f, limit, nil)
			return
		}
	}
}
