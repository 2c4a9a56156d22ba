package bfd

import "time"

// A Status is a copy of what there is to know about a session. It is
// comparable, and changes with events and not with every packet.
type Status struct {
	State State
	Since time.Time // when State was entered
	// Why is the diagnostic that we send.
	Why Diagnostic
	// Remote is what the neighbour says it is, and RemoteWhy why. AdminDown also
	// if there is none; then Discriminator is 0.
	Remote        State
	RemoteWhy     Diagnostic
	Discriminator uint32 // the neighbour's
	// Transmit is how often we send at most, Receive how often the neighbour
	// does; 0 while there is none. Detection is how long it may be silent.
	Transmit, Receive, Detection time.Duration
	// Ups counts how often Up was entered.
	Ups uint64
	// Refused counts packets that were not taken; LastRefusal says why the last
	// was not.
	Refused     uint64
	LastRefusal string
}

// Status returns the session's present status.
func (s *Session) Status() Status {
	st := Status{
		State: s.state, Since: s.since, Why: s.why, Ups: s.ups,
		Remote: s.remote.State, RemoteWhy: s.remote.Diagnostic, Discriminator: s.remote.Mine,
		Refused: s.refused, LastRefusal: s.lastRefusal,
	}
	if s.remote.Mine != 0 {
		st.Transmit = max(s.tx.kept, s.remote.RequiredMinRx)
		st.Receive = max(s.rx.kept, s.remote.DesiredMinTx)
		st.Detection = s.detection()
	}
	return st
}

// Heard counts the packets that were taken while the session was Up, and those
// that should have come between them, by the neighbour's interval: what was lost
// on the way here, since nobody asked for them.
func (s *Session) Heard() (received, missed uint64) { return s.received, s.missed }
