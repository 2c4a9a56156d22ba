package bgp_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"demarc/bgp"
)

// A world is two sessions, the pipes between them and a clock. Nothing moves
// but by settle and advance.
type world struct {
	t     *testing.T
	now   time.Time
	ends  [2]*end
	pipes []*pipe
	// refuse makes dials fail, as if nobody listened.
	refuse bool
	// portion cuts what is sent into reads of so many octets; 0 does not.
	portion int
}

type end struct {
	*bgp.Session
	index int
	pipes map[bgp.Conn]*pipe
	log   []bgp.Action // what the owner learns, not the I/O
}

// A pipe is a TCP connection: its name at each end and what is under way.
type pipe struct {
	name   [2]bgp.Conn
	queue  [2][]byte // towards that end
	closed [2]bool   // by that end
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// external is a pair of configurations that agree, of two autonomous systems.
func external() (bgp.Config, bgp.Config) {
	a := bgp.Config{
		LocalASN: 64512, PeerASN: 65001, RouterID: netip.MustParseAddr("10.0.0.1"),
		LocalAddr: netip.MustParseAddr("169.254.10.1"), PeerAddr: netip.MustParseAddr("169.254.10.2"),
		IPv4: bgp.FamilyConfig{Enabled: true},
	}
	return a, facing(a, "10.0.0.2")
}

// facing is the configuration of the other end.
func facing(a bgp.Config, routerID string) bgp.Config {
	b := a
	b.LocalASN, b.PeerASN = a.PeerASN, a.LocalASN
	b.LocalAddr, b.PeerAddr = a.PeerAddr, a.LocalAddr
	b.RouterID = netip.MustParseAddr(routerID)
	return b
}

func newWorld(t *testing.T, a, b bgp.Config) *world {
	t.Helper()
	w := &world{t: t, now: start}
	for i, c := range []bgp.Config{a, b} {
		s, err := bgp.New(c, uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		w.ends[i] = &end{Session: s, index: i, pipes: map[bgp.Conn]*pipe{}}
	}
	return w
}

// up returns a world whose sessions are established.
func up(t *testing.T, a, b bgp.Config) *world {
	t.Helper()
	w := newWorld(t, a, b)
	w.start()
	w.wantStates(bgp.Established, bgp.Established)
	return w
}

func (w *world) start() {
	for _, e := range w.ends {
		w.do(e, e.Start(w.now, false))
	}
	w.settle()
}

func (w *world) do(e *end, actions []bgp.Action) {
	for _, action := range actions {
		switch a := action.(type) {
		case bgp.Dial:
			w.dial(e, a.Conn)
		case bgp.Send:
			if p := e.pipes[a.Conn]; p != nil && !p.closed[1-e.index] {
				p.queue[1-e.index] = append(p.queue[1-e.index], a.Bytes...)
			}
		case bgp.Close:
			if p := e.pipes[a.Conn]; p != nil {
				p.closed[e.index] = true
				delete(e.pipes, a.Conn)
			}
		default:
			e.log = append(e.log, action)
		}
	}
}

// dial connects at once; both ends learn of it when the world settles.
func (w *world) dial(e *end, name bgp.Conn) {
	p := &pipe{}
	p.name[e.index] = name
	w.pipes = append(w.pipes, p)
}

// settle moves what is under way until nothing is.
func (w *world) settle() {
	w.t.Helper()
	for range 10000 {
		if !w.connect() && !w.deliver() {
			return
		}
	}
	w.t.Fatal("the two ends never stop talking")
}

// connect completes the dials made so far, first on both sides' listeners, so
// that simultaneous opens collide.
func (w *world) connect() bool {
	var fresh []*pipe
	for _, p := range w.pipes {
		if (p.name[0] == 0) != (p.name[1] == 0) && p.closed == [2]bool{} {
			fresh = append(fresh, p)
		}
	}
	for _, p := range fresh {
		w.connectOne(p)
	}
	return len(fresh) > 0
}

func (w *world) connectOne(p *pipe) {
	dialer := w.ends[0]
	if p.name[0] == 0 {
		dialer = w.ends[1]
	}
	other := w.ends[1-dialer.index]
	if w.refuse {
		p.closed = [2]bool{true, true}
		w.do(dialer, dialer.DialFailed(w.now, p.name[dialer.index], errors.New("connection refused")))
		return
	}
	dialer.pipes[p.name[dialer.index]] = p
	id, actions := other.Accepted(w.now)
	p.name[other.index], other.pipes[id] = id, p
	w.do(other, actions)
	w.do(dialer, dialer.Dialed(w.now, p.name[dialer.index]))
}

// deliver hands over one read at each end of each pipe.
func (w *world) deliver() bool {
	moved := false
	for _, p := range w.pipes {
		for i, e := range w.ends {
			moved = w.deliverTo(p, e, i) || moved
		}
	}
	return moved
}

func (w *world) deliverTo(p *pipe, e *end, i int) bool {
	if p.closed[i] || p.name[i] == 0 {
		return false
	}
	if q := p.queue[i]; len(q) > 0 {
		n := len(q)
		if w.portion > 0 {
			n = min(n, w.portion)
		}
		p.queue[i] = append([]byte(nil), q[n:]...)
		w.do(e, e.Receive(w.now, p.name[i], q[:n]))
		return true
	}
	if p.closed[1-i] {
		p.closed[i] = true
		delete(e.pipes, p.name[i])
		w.do(e, e.Closed(w.now, p.name[i], errors.New("EOF")))
		return true
	}
	return false
}

// cut breaks every connection without a word, as a dead machine would.
func (w *world) cut() {
	for _, p := range w.pipes {
		for i, e := range w.ends {
			if !p.closed[i] && p.name[i] != 0 {
				p.closed[i], p.queue[i] = true, nil
				delete(e.pipes, p.name[i])
				w.do(e, e.Closed(w.now, p.name[i], errors.New("connection reset")))
			}
		}
	}
}

// advance lets d pass, stopping at every deadline on the way.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	until := w.now.Add(d)
	for range 100000 {
		next := until
		for _, e := range w.ends {
			if at := e.Deadline(); !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		w.now = maxTime(w.now, next)
		for _, e := range w.ends {
			if at := e.Deadline(); !at.IsZero() && !w.now.Before(at) {
				w.do(e, e.Tick(w.now))
			}
		}
		w.settle()
		if !w.now.Before(until) {
			return
		}
	}
	w.t.Fatal("deadlines do not move on")
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (w *world) wantStates(a, b bgp.State) {
	w.t.Helper()
	for i, want := range []bgp.State{a, b} {
		if got := w.ends[i].Status(); got.State != want {
			w.t.Fatalf("end %d is %v, want %v (last: %v)", i, got.State, want, got.LastReason)
		}
	}
}

// advertise sets what an end announces, and lets it arrive.
func (w *world) advertise(i int, f bgp.Family, routes map[netip.Prefix]bgp.Attributes) {
	w.t.Helper()
	actions, err := w.ends[i].Advertise(w.now, f, routes)
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(w.ends[i], actions)
	w.settle()
}

// take returns and forgets what an end learned.
func (e *end) take() []bgp.Action {
	log := e.log
	e.log = nil
	return log
}

// table replays what an end learned into a routing table.
func table(log []bgp.Action) map[netip.Prefix]bgp.Attributes {
	t := map[netip.Prefix]bgp.Attributes{}
	for _, action := range log {
		switch a := action.(type) {
		case bgp.Down:
			clear(t)
		case bgp.Update:
			for _, p := range a.Withdrawn {
				delete(t, p)
			}
			for _, p := range a.Announced {
				t[p] = a.Attributes
			}
		}
	}
	return t
}

// find returns the last action of type A that an end learned.
func find[A bgp.Action](t *testing.T, log []bgp.Action) A {
	t.Helper()
	for i := len(log) - 1; i >= 0; i-- {
		if a, ok := log[i].(A); ok {
			return a
		}
	}
	var none A
	t.Fatalf("no %T among %v", none, log)
	return none
}

func count[A bgp.Action](log []bgp.Action) int {
	n := 0
	for _, a := range log {
		if _, ok := a.(A); ok {
			n++
		}
	}
	return n
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// manyRoutes are n prefixes with the same attributes.
func manyRoutes(n int, a bgp.Attributes) map[netip.Prefix]bgp.Attributes {
	routes := map[netip.Prefix]bgp.Attributes{}
	for i := range n {
		routes[prefix(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256))] = a
	}
	return routes
}
