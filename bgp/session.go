package bgp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// A Session is one BGP session. Make it with New; it begins Idle. Every method
// that takes a time may return actions, and moves Deadline.
type Session struct {
	config Config
	jitter *rand.Rand

	// resting is Idle, Connect or Active: where the session is while no
	// connection is further.
	resting State
	started bool // Start was called, Stop was not
	held    bool // by the prefix limit, until heldUntil or, if zero, Start
	conns   []*connection
	lastID  Conn

	retryAt   time.Time // next attempt; zero: none is due
	vain      int       // attempts since the session was last established
	heldUntil time.Time

	// wanted is the Adj-RIB-Out; advertised tells for which families the owner
	// has said what it wants.
	wanted     [families]map[netip.Prefix]Attributes
	advertised FamilySet
	sent       [families]int             // how many of wanted the peer was told
	received   [families]Table[struct{}] // which are only counted

	restarting bool // the process restarted and the kernel kept its routes
	wasUp      bool
	stale      FamilySet // families of which the owner keeps stale routes
	staleUntil time.Time

	status  Status
	now     time.Time // of the step in progress
	actions []Action  // collected in it
}

// A connection is one TCP connection and its part of the state machine.
type connection struct {
	id       Conn
	outgoing bool
	state    State // Connect, OpenSent, OpenConfirm or Established
	since    time.Time
	stream   []byte // received, not yet a whole message
	peer     open

	deadline    time.Time     // hold timer; in Connect, the end of patience
	hold        time.Duration // negotiated
	keepaliveAt time.Time
	// waitUntil is set while the connection could be established but has a
	// rival; its stream is not read until then.
	waitUntil time.Time
}

// New returns an idle session, or what Validate has against config. The seed
// makes the jitter; sessions should have different ones.
func New(config Config, seed uint64) (*Session, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("BGP session with %v: %w", config.PeerAddr, err)
	}
	return &Session{config: config, jitter: rand.New(rand.NewPCG(seed, seed))}, nil
}

// Config returns the configuration the session was made with.
func (s *Session) Config() Config { return s.config }

// step runs one event and collects its actions.
func (s *Session) step(now time.Time, event func()) []Action {
	s.now = now
	event()
	s.stopWaiting()
	s.noteState()
	actions := s.actions
	s.actions = nil
	return actions
}

func (s *Session) do(a Action) { s.actions = append(s.actions, a) }

// Receive takes in octets read from conn, in any portions.
func (s *Session) Receive(now time.Time, conn Conn, octets []byte) []Action {
	return s.step(now, func() {
		c := s.find(conn)
		if c == nil || c.state == Connect {
			return // closed by us a moment ago
		}
		c.stream = append(c.stream, octets...)
		s.readMessages(c)
	})
}

// readMessages handles every whole message of the stream, until one of them
// ends the connection.
func (s *Session) readMessages(c *connection) {
	rest := c.stream
	for s.find(c.id) != nil && c.waitUntil.IsZero() {
		m, after, ok, err := nextMessage(rest)
		if err != nil {
			s.fail(c, err)
			return
		}
		if !ok {
			break
		}
		rest = after
		s.handle(c, m)
	}
	// The next portion overwrites what was handled; nothing decoded points
	// into the stream.
	c.stream = append(c.stream[:0], rest...)
}

func (s *Session) handle(c *connection, m message) {
	if m.kind == msgNotification {
		s.drop(c, readNotification(s.now, m.body))
		return
	}
	switch c.state {
	case OpenSent:
		s.inOpenSent(c, m)
	case OpenConfirm:
		s.inOpenConfirm(c, m)
	case Established:
		s.inEstablished(c, m)
	}
}

// Closed tells that conn failed or was closed by the peer, and why.
func (s *Session) Closed(now time.Time, conn Conn, cause error) []Action {
	return s.step(now, func() {
		if c := s.find(conn); c != nil {
			s.drop(c, Reason{Text: fmt.Sprintf("connection lost: %v", cause), At: now})
		}
	})
}

// Tick tells the time; call it when Deadline has come.
func (s *Session) Tick(now time.Time) []Action {
	return s.step(now, func() {
		for _, c := range slices.Clone(s.conns) {
			s.tickConnection(c)
		}
		s.tickStale()
		s.tickIdle()
		s.tickRetry()
	})
}

func (s *Session) tickConnection(c *connection) {
	switch {
	case s.due(c.deadline) && c.state == Connect:
		s.connectExpired(c)
	case s.due(c.deadline):
		s.fail(c, &notice{code: codeHold, detail: fmt.Sprintf("heard nothing from the peer for %v", c.hold)})
	case s.due(c.keepaliveAt):
		s.sendKeepalive(c)
	}
}

func (s *Session) due(t time.Time) bool { return !t.IsZero() && !s.now.Before(t) }

// Deadline is when Tick must be called next; the zero time means never.
func (s *Session) Deadline() time.Time {
	next := earliest(s.retryDeadline(), s.heldUntil)
	if s.stale != 0 {
		next = earliest(next, s.staleUntil)
	}
	for _, c := range s.conns {
		next = earliest(next, earliest(c.waitUntil, earliest(c.deadline, c.keepaliveAt)))
	}
	return next
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// fail sends a NOTIFICATION and ends the connection (RFC 4271, section 6).
func (s *Session) fail(c *connection, n *notice) {
	s.do(Send{Conn: c.id, Bytes: n.encode()})
	s.drop(c, Reason{Sender: SentByUs, Code: n.code, Subcode: n.subcode, Text: n.Error(), At: s.now})
}

// drop ends a connection for a reason, and with it whatever it had reached.
func (s *Session) drop(c *connection, reason Reason) {
	s.remove(c)
	collision := reason.Code == codeCease && reason.Subcode == uint8(CeaseCollision)
	if !collision || c.state == Established {
		s.status.LastReason = reason
	}
	if c.state == Established {
		s.down(c, reason)
	}
	if len(s.conns) > 0 || !s.started {
		return
	}
	s.rest(c, reason)
}

func (s *Session) remove(c *connection) {
	s.do(Close{Conn: c.id})
	s.conns = slices.DeleteFunc(s.conns, func(other *connection) bool { return other == c })
}

func (s *Session) add(outgoing bool, state State) *connection {
	s.lastID++
	c := &connection{id: s.lastID, outgoing: outgoing, state: state, since: s.now}
	s.conns = append(s.conns, c)
	return c
}

func (s *Session) find(id Conn) *connection {
	for _, c := range s.conns {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (s *Session) established() *connection {
	for _, c := range s.conns {
		if c.state == Established {
			return c
		}
	}
	return nil
}
