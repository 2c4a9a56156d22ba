package speaker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"demarc/bgp"
	"demarc/internal/poll"
)

// ErrRestart, as the cause of the end of Run's context, closes all sessions
// without a word, for a process that will be back soon: peers with graceful
// restart keep our routes (RFC 4724).
var ErrRestart = errors.New("the process restarts")

var errEnded = errors.New("the speaker has ended")

// A Speaker runs sessions. Make it with New; it may be told what to run before
// and while Run runs. All methods are safe for concurrent use.
type Speaker struct {
	log    *slog.Logger
	handle func(Event)
	ready  chan struct{}

	mu        sync.Mutex
	phase     phase                 // guarded by mu
	entries   map[string]*entry     // by key; guarded by mu
	leaving   map[string]*runner    // removed and still at the listener, by key; guarded by mu
	owners    map[endpoint]string   // who has an address pair; guarded by mu
	listeners map[address]*listener // guarded by mu
	poller    *poll.Poller          // from begin on; guarded by mu
	tasks     sync.WaitGroup        // runners, and listeners being opened first
	keepers   sync.WaitGroup        // what serves them
}

type phase int

const (
	waiting phase = iota // for Run
	running
	ended
)

// An entry is what is wanted for a key, and who does it.
type entry struct {
	peer   Peer
	routes map[bgp.Family]map[netip.Prefix]bgp.Attributes
	runner *runner
}

// An endpoint is what tells incoming connections apart.
type endpoint struct {
	address
	remote netip.Addr
}

// New returns a speaker that tells handle what its sessions learn. Events of
// one session come one after the other; those of two may come at once.
func New(log *slog.Logger, handle func(Event)) *Speaker {
	return &Speaker{
		log: log, handle: handle, ready: make(chan struct{}),
		entries: map[string]*entry{}, leaving: map[string]*runner{}, owners: map[endpoint]string{}, listeners: map[address]*listener{},
	}
}

func (s *Speaker) String() string { return "bgp speaker" }

// Ready is closed when Run has begun.
func (s *Speaker) Ready() <-chan struct{} { return s.ready }

// Run runs the sessions until ctx ends, and returns when every one of them is
// closed. They are told that we shut down (Cease 6/2), unless the cause is
// ErrRestart. A speaker runs once.
func (s *Speaker) Run(ctx context.Context) error {
	poller, err := s.begin()
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	s.keepers.Go(func() { failed <- poller.Run() })
	stop := make(chan struct{})
	s.keepers.Go(func() { s.keepListeners(stop) })
	select {
	case <-ctx.Done():
	case err = <-failed: // nothing is heard any more
		failed <- err
	}
	why := &bgp.Cease{Subcode: bgp.CeaseAdminShutdown}
	if errors.Is(context.Cause(ctx), ErrRestart) {
		why = nil
	}
	s.end(why)
	s.tasks.Wait()
	close(stop)
	err = poller.Close()
	s.keepers.Wait()
	return errors.Join(<-failed, err)
}

func (s *Speaker) begin() (*poll.Poller, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != waiting {
		return nil, errors.New("a speaker runs once")
	}
	var err error
	if s.poller, err = poll.New(); err != nil {
		return nil, err
	}
	s.phase = running
	for _, e := range s.entries {
		s.launch(e, nil)
	}
	close(s.ready)
	return s.poller, nil
}

func (s *Speaker) end(why *bgp.Cease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = ended
	for _, e := range s.entries {
		r := e.runner
		r.inbox.post(func() { r.leave(why) })
	}
}

// Set makes key's session what p says, and creates it if need be. The same p
// again changes nothing; new prefix limits and pauses take effect in place;
// any other change ends the session and begins a new one.
func (s *Speaker) Set(key string, p Peer) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("peer %s: %w", key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == ended {
		return errEnded
	}
	if owner, taken := s.owners[p.endpoint()]; taken && owner != key {
		return fmt.Errorf("peer %s: %v is already the peer of %s", key, p.Session.PeerAddr, owner)
	}
	e := s.entries[key]
	switch {
	case e == nil:
		return s.create(key, p, &entry{routes: map[bgp.Family]map[netip.Prefix]bgp.Attributes{}}, s.leaving[key])
	case e.peer.apart() == p.apart():
		return nil
	case e.peer.sameWire(p):
		e.peer = p
		r := e.runner
		r.inbox.post(func() { r.reconfigure(p.Session) })
		return nil
	}
	before := e.runner
	delete(s.owners, e.peer.endpoint())
	before.inbox.post(func() { before.leave(&bgp.Cease{Subcode: bgp.CeaseConfigChange}) })
	return s.create(key, p, e, before)
}

// create gives e a new runner, which begins when the one before has left.
func (s *Speaker) create(key string, p Peer, e *entry, before *runner) error {
	r, err := newRunner(s.log, s.handle, key, p)
	if err != nil {
		return fmt.Errorf("peer %s: %w", key, err)
	}
	e.peer, e.runner = p, r
	s.entries[key] = e
	s.owners[p.endpoint()] = key
	for f, routes := range e.routes {
		r.inbox.post(func() { r.advertise(f, routes) })
	}
	if s.phase == running {
		s.launch(e, before)
	}
	return nil
}

// launch starts e's runner. Called with mu held.
func (s *Speaker) launch(e *entry, before *runner) {
	r, poller := e.runner, s.poller
	s.tasks.Add(1)
	go func() {
		if before != nil {
			<-before.left
		}
		s.listen(r)
		r.begin(poller, func() { s.unlisten(r) }, s.tasks.Done)
	}()
}

// Remove ends key's session, telling the peer why, and forgets it. It does not
// wait for the last words: gone is closed when the peer has had them, or has
// taken too long. Removing what is not there does nothing.
func (s *Speaker) Remove(key string, why bgp.Cease) (gone <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil {
		return nobody
	}
	delete(s.entries, key)
	delete(s.owners, e.peer.endpoint())
	e.runner.inbox.post(func() { e.runner.leave(&why) })
	if s.phase != running {
		return nobody
	}
	s.leaving[key] = e.runner
	return e.runner.gone
}

// nobody is gone already.
var nobody = func() <-chan struct{} {
	gone := make(chan struct{})
	close(gone)
	return gone
}()

// Advertise says what key's peer should be told of a family: the whole set,
// which the caller must not change afterwards. The first call lets End-of-RIB
// follow, so make it, with nothing if there is nothing.
func (s *Speaker) Advertise(key string, f bgp.Family, routes map[netip.Prefix]bgp.Attributes) error {
	if err := bgp.CheckRoutes(f, routes); err != nil {
		return fmt.Errorf("peer %s: %w", key, err)
	}
	return s.tell(key, func(e *entry, r *runner) {
		e.routes[f] = routes
		r.inbox.post(func() { r.advertise(f, routes) })
	})
}

// Refresh asks key's peer to send its routes of a family again (RFC 2918).
// Nothing happens if it is not established or cannot.
func (s *Speaker) Refresh(key string, f bgp.Family) error {
	return s.tell(key, func(_ *entry, r *runner) {
		r.inbox.post(func() {
			actions, _ := r.session.RequestRefresh(time.Now(), f)
			r.take(actions)
		})
	})
}

// Reset ends key's session, telling the peer why, and lets it begin anew: what
// to do when BFD says that the peer is gone.
func (s *Speaker) Reset(key string, why bgp.Cease) error {
	return s.tell(key, func(_ *entry, r *runner) {
		r.inbox.post(func() { r.take(r.session.Reset(time.Now(), why)) })
	})
}

func (s *Speaker) tell(key string, f func(*entry, *runner)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil {
		return fmt.Errorf("no peer %s", key)
	}
	f(e, e.runner)
	return nil
}

// Status returns the present status of key's session; false if there is none.
func (s *Speaker) Status(key string) (bgp.Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil {
		return bgp.Status{}, false
	}
	return *e.runner.status.Load(), true
}

// Statuses returns the status of every session, by key.
func (s *Speaker) Statuses() map[string]bgp.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]bgp.Status, len(s.entries))
	for key, e := range s.entries {
		all[key] = *e.runner.status.Load()
	}
	return all
}

// Strangers counts the connections that were refused at the address where key's
// session listens, since their source is no peer's. It begins anew when the
// last session there ends.
func (s *Speaker) Strangers(key string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil {
		return 0
	}
	l := s.listeners[e.peer.address()]
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.strangers
}
