package bgp

import "time"

// stalePatience is how long a peer that has come back may take to send all its
// routes before the old ones go (RFC 4724, section 4.2, asks for such a limit);
// six minutes is what other speakers use.
const stalePatience = 6 * time.Minute

// ourRestart is the capability we offer (RFC 4724, section 3). The R bit tells
// of a restart that no session has followed yet. The F bit says that packets
// went on meanwhile: true after a restart we were told of, and whenever only
// the session was lost.
func (s *Session) ourRestart() restartCapability {
	if s.config.RestartTime == 0 {
		return restartCapability{}
	}
	r := restartCapability{
		present:   true,
		restarted: s.restarting && !s.wasUp,
		time:      s.config.RestartTime,
		families:  s.config.Families(),
	}
	if s.restarting || s.wasUp {
		r.preserved = r.families
	}
	return r
}

// keepStale decides what stays of a lost session's routes (RFC 4724, section
// 4.2): all that the peer asked to keep, if the connection broke without a
// NOTIFICATION. Routes stale since before are not kept twice.
func (s *Session) keepStale(c *connection, reason Reason) (FamilySet, time.Time) {
	s.dropStale(s.stale)
	n := c.negotiated(s.config)
	if !n.GracefulRestart || n.PeerRestartTime == 0 || reason.Sender != SentByNobody {
		return 0, time.Time{}
	}
	s.stale = c.peer.restart.families & n.Families
	if s.stale == 0 {
		return 0, time.Time{}
	}
	s.staleUntil = s.now.Add(n.PeerRestartTime)
	return s.stale, s.staleUntil
}

// staleAfter is called when the session is up again: only families whose
// forwarding the peer preserved stay, until End-of-RIB.
func (s *Session) staleAfter(r restartCapability) FamilySet {
	s.dropStale(s.stale &^ r.preserved)
	s.staleUntil = s.now.Add(stalePatience)
	return s.stale
}

func (s *Session) dropStale(set FamilySet) {
	for _, f := range set.List() {
		s.do(DropStale{Family: f})
	}
	s.stale &^= set
}

func (s *Session) tickStale() {
	if s.stale != 0 && s.due(s.staleUntil) {
		s.dropStale(s.stale)
	}
}
