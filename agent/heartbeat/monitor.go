package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"demarc/bfd"
)

// A Monitor runs sessions. Make it with New; it may be told what to run before
// and while Run runs. All methods are safe for concurrent use.
type Monitor struct {
	log    *slog.Logger
	away   time.Duration
	handle func(Event)

	mu      sync.Mutex
	phase   phase              // guarded by mu
	runners map[string]*runner // by key; guarded by mu
	leaving map[string]*runner // removed and not gone yet, by key; guarded by mu
	tasks   sync.WaitGroup     // runners
}

type phase int

const (
	waiting phase = iota // for Run
	running
	ended
)

// An Event is a change of a session's state. Those of one session come one
// after the other.
type Event struct {
	Key  string // as given to Set
	What bfd.Changed
}

// New returns a monitor that tells handle what happens to its sessions. When
// it ends, neighbours are asked to wait for the next one for as long as away.
func New(log *slog.Logger, away time.Duration, handle func(Event)) *Monitor {
	return &Monitor{log: log, away: away, handle: handle, runners: map[string]*runner{}, leaving: map[string]*runner{}}
}

func (m *Monitor) String() string { return "bfd monitor" }

// Run runs the sessions until ctx ends, and returns when neighbours have
// agreed to wait, or half a second later. A monitor runs once.
func (m *Monitor) Run(ctx context.Context) error {
	if err := m.begin(); err != nil {
		return err
	}
	<-ctx.Done()
	m.end()
	m.tasks.Wait()
	return nil
}

func (m *Monitor) begin() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.phase != waiting {
		return errors.New("a monitor runs once")
	}
	m.phase = running
	for _, r := range m.runners {
		m.launch(r, nil)
	}
	return nil
}

func (m *Monitor) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.phase = ended
	for _, r := range m.runners {
		r.leave(m.away)
	}
}

// Set makes key's session what p says, and creates it if need be. The same p
// again changes nothing; other intervals take effect in place; any other
// change takes the session out of service and begins a new one. After the end
// of Run nothing begins any more.
func (m *Monitor) Set(key string, p Peer) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("BFD with %s: %w", key, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.phase == ended {
		return nil
	}
	before := m.leaving[key]
	if r := m.runners[key]; r != nil {
		if r.adopt(p) {
			return nil
		}
		r.leave(0)
		before = r
	}
	r, err := newRunner(m.log, m.handle, key, p)
	if err != nil {
		return fmt.Errorf("BFD with %s: %w", key, err)
	}
	m.runners[key] = r
	if m.phase == running {
		m.launch(r, before)
	}
	return nil
}

// launch starts r when the one before has freed the address. Called with mu
// held.
func (m *Monitor) launch(r, before *runner) {
	m.tasks.Go(func() {
		if before != nil {
			<-before.gone
		}
		r.run()
		m.forget(r)
	})
}

func (m *Monitor) forget(r *runner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leaving[r.key] == r {
		delete(m.leaving, r.key)
	}
}

// Remove takes key's session out of service, telling the neighbour that
// nothing has failed, and forgets it. It does not wait, and no event of the
// session follows. Removing what is not there does nothing.
//
// What the session watches for may have words of its own to say first, and
// some routers end it as soon as they hear of the session's end. So the
// neighbour goes on hearing it until after is closed, or [manners] have passed;
// nil is at once.
func (m *Monitor) Remove(key string, after <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.runners[key]
	if r == nil {
		return
	}
	delete(m.runners, key)
	r.forgotten.Store(true)
	if m.phase != running || after == nil {
		r.leave(0)
	}
	if m.phase != running {
		return
	}
	m.leaving[key] = r
	if after != nil {
		m.tasks.Go(func() {
			r.await(after)
			r.leave(0)
		})
	}
}

// Status returns the present status of key's session; false if there is none.
func (m *Monitor) Status(key string) (bfd.Status, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.runners[key]
	if r == nil {
		return bfd.Status{}, false
	}
	return *r.status.Load(), true
}

// Heard counts the packets of key's neighbour that came and that should have
// (bfd.Session.Heard); zero if there is no session.
func (m *Monitor) Heard(key string) (received, missed uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.runners[key]; r != nil {
		return r.received.Load(), r.missed.Load()
	}
	return 0, 0
}
