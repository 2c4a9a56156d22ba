package bfd

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// An Action is something the session's owner must do, or learns, in the order
// given.
type Action interface{ action() }

type (
	// Send asks to send one packet to the neighbour, with [TTL].
	Send struct{ Octets []byte }
	// Changed tells that the state changed.
	Changed struct {
		From, To State
		// Failed says that the path, which worked, does not any more: whoever
		// uses it should stop at once (RFC 5882, section 3.2). An end of Up
		// without it comes from a neighbour that was taken out of service, or
		// that has forgotten us and begins anew, and says nothing of the path.
		Failed bool
		Why    Diagnostic
		// Heard is when the neighbour was last heard.
		Heard time.Time
	}
)

func (Send) action()    {}
func (Changed) action() {}

// A Session is one BFD session. Make it with New. Every method that takes a
// time may return actions, and moves Deadline.
type Session struct {
	config Config
	jitter *rand.Rand

	state State
	since time.Time
	why   Diagnostic
	ups   uint64
	// resuming: nothing was heard yet, and Config.Resume is set.
	resuming bool
	paused   bool

	remote  Packet // the last one taken; the zero Packet before and after
	heardAt time.Time

	tx, rx  interval
	polling bool

	sentAt   time.Time     // of the last packet that was not an answer
	sendAt   time.Time     // of the next; zero: none is due
	pace     time.Duration // that sendAt was reckoned with
	detectAt time.Time     // when the neighbour is gone; zero: it is

	// received counts packets taken while Up, missed those that should have come
	// between them.
	received, missed uint64

	refused     uint64
	lastRefusal string

	actions []Action // collected in the step in progress
}

// An interval is what we tell the neighbour and what we keep to, which are
// different while a Poll Sequence is under way.
type interval struct{ told, kept time.Duration }

// New returns a session that is Down, or what Validate has against config. The
// seed makes the jitter; sessions should have different ones.
func New(now time.Time, config Config, seed uint64) (*Session, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("BFD session: %w", err)
	}
	s := &Session{
		config: config, jitter: rand.New(rand.NewPCG(seed, seed)),
		state: Down, since: now, resuming: config.Resume,
	}
	s.setTx(max(slow, config.DesiredMinTx))
	s.setRx(config.RequiredMinRx)
	s.rearm(now)
	return s, nil
}

// Config returns the configuration in force.
func (s *Session) Config() Config { return s.config }

func (s *Session) take() []Action {
	actions := s.actions
	s.actions = nil
	return actions
}

// Tick tells the time; call it when Deadline has come.
func (s *Session) Tick(now time.Time) []Action {
	if due(now, s.detectAt) {
		s.lose(now)
	}
	if due(now, s.sendAt) {
		s.send(now)
	}
	return s.take()
}

// Deadline is when Tick must be called next; the zero time means never.
func (s *Session) Deadline() time.Time {
	if s.sendAt.IsZero() || !s.detectAt.IsZero() && s.detectAt.Before(s.sendAt) {
		return s.detectAt
	}
	return s.sendAt
}

func due(now, t time.Time) bool { return !t.IsZero() && !now.Before(t) }

// lose is the end of a detection time (RFC 5880, sections 6.8.1 and 6.8.4). The
// neighbour is told before it is forgotten: it may still hear us.
func (s *Session) lose(now time.Time) {
	if s.state == Up || s.state == Init {
		s.enter(now, Down, DetectionExpired, s.state == Up)
	}
	s.remote, s.detectAt = Packet{}, time.Time{}
	s.rearm(now)
}

// enter goes to another state and tells both the owner and the neighbour.
func (s *Session) enter(now time.Time, to State, why Diagnostic, failed bool) {
	s.do(Changed{From: s.state, To: to, Failed: failed, Why: why, Heard: s.heardAt})
	s.state, s.since, s.why = to, now, why
	s.polling = false
	if to == Up {
		s.ups++
	}
	s.setTimes()
	s.send(now)
}

func (s *Session) do(a Action) { s.actions = append(s.actions, a) }

// Reconfigure changes intervals and multiplier, which a neighbour that is up
// agrees to by a Poll Sequence (RFC 5880, section 6.8.3). It returns false,
// and does nothing, if config differs in more; Resume does not count.
func (s *Session) Reconfigure(now time.Time, config Config) (actions []Action, ok bool) {
	config.Resume = s.config.Resume
	like := s.config
	like.DesiredMinTx, like.RequiredMinRx, like.Multiplier = config.DesiredMinTx, config.RequiredMinRx, config.Multiplier
	if config.Validate() != nil || config != like {
		return nil, false
	}
	if config == s.config {
		return nil, true
	}
	s.config = config
	s.setTimes()
	s.send(now)
	return s.take(), true
}

// Close takes the session out of service for good, and says so to a neighbour
// that is there, which then knows that the path has not failed (RFC 5880,
// section 6.8.16).
func (s *Session) Close(now time.Time) []Action {
	if s.remote.Mine != 0 && s.state != AdminDown {
		s.enter(now, AdminDown, Administrative, false)
	}
	s.state = AdminDown
	s.sendAt, s.detectAt = time.Time{}, time.Time{}
	return s.take()
}

// Pause asks a neighbour that is up to be patient for so long, since this
// process will be away. Nothing is sent afterwards but the question; it is
// answered when Paused says so.
//
// It is a change of interval like any other: a neighbour waits for as many of
// our intervals as our multiplier says, whatever they are.
func (s *Session) Pause(now time.Time, patience time.Duration) []Action {
	if s.state != Up {
		return nil
	}
	s.paused = true
	s.setTx(min(patience/time.Duration(s.config.Multiplier), longest))
	s.send(now)
	return s.take()
}

// Paused reports whether nothing is to be waited for before this process goes:
// the neighbour has agreed to Pause, or there is none.
func (s *Session) Paused() bool { return s.state != Up || s.paused && !s.polling }
