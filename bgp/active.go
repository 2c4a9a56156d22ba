package bgp

import "time"

// Accepted tells that the peer opened a connection (RFC 4271, section 8.1.4,
// event 17), and returns its name. A session that does not run closes it.
//
// A session resting after an error takes it as its start, where the RFC would
// refuse: a passive session would otherwise depend on the peer's retry timer,
// which is two minutes on many routers.
func (s *Session) Accepted(now time.Time) (Conn, []Action) {
	var id Conn
	actions := s.step(now, func() {
		c := s.add(false, Connect)
		id = c.id
		if !s.started || s.held {
			s.remove(c)
			return
		}
		s.replaceIncoming(c)
		if s.resting == Idle {
			s.resting = Active
		}
		s.open(c)
	})
	return id, actions
}

// replaceIncoming gives up an older incoming connection that got nowhere: the
// peer opens one at a time, so it has forgotten that one.
func (s *Session) replaceIncoming(fresh *connection) {
	for _, c := range s.conns {
		if c != fresh && !c.outgoing && c.state != Established {
			s.remove(c)
			return
		}
	}
}

// retryDeadline is when the ConnectRetryTimer expires. While a connection is
// nearly or fully up there is nothing to retry.
func (s *Session) retryDeadline() time.Time {
	for _, c := range s.conns {
		if c.outgoing || c.state >= OpenConfirm {
			return time.Time{}
		}
	}
	return s.retryAt
}

// tickRetry leaves Active, or Idle, for another attempt (event 9).
func (s *Session) tickRetry() {
	if s.started && !s.held && s.due(s.retryDeadline()) {
		s.begin()
	}
}
