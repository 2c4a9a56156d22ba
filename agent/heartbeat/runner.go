package heartbeat

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"demarc/bfd"
	"demarc/internal/sparing"
)

const (
	// reopenPause comes before a socket that failed is tried again.
	reopenPause = 200 * time.Millisecond
	// patience is how long the end waits for a neighbour to agree to it: one
	// that is there answers in a round trip.
	patience = 500 * time.Millisecond
	// manners is how long a session that was removed lets others have their
	// last word: a round trip, and what a busy router takes to read it.
	manners = 500 * time.Millisecond
)

// A runner owns one session: its machine and its sockets.
type runner struct {
	key    string
	log    *slog.Logger
	handle func(Event)
	status atomic.Pointer[bfd.Status]
	// received and missed are the session's Heard.
	received, missed atomic.Uint64
	gone             chan struct{} // closed when the sockets are
	// forgotten: nobody is to be told of it any more.
	forgotten atomic.Bool

	// Of run's goroutine only: the machine, when waiting for the neighbour to agree
	// to an absence ends (zero if there is none), and what the log is told.
	session *bfd.Session
	until   time.Time
	voice   sparing.Voice

	mu    sync.Mutex // guards everything below
	peer  Peer
	line  *line // nil while it cannot be opened
	fresh bool  // something below or peer changed
	// stop: the session ends, with away for its neighbour to wait; 0 for good.
	stop bool
	away time.Duration
}

// longAgo as a deadline ends a read at once.
var longAgo = time.Unix(1, 0)

func newRunner(log *slog.Logger, handle func(Event), key string, peer Peer) (*runner, error) {
	session, err := bfd.New(time.Now(), peer.Session, maphash.Comparable(seed, key))
	if err != nil {
		return nil, err
	}
	r := &runner{
		key: key, peer: peer, handle: handle, session: session, gone: make(chan struct{}),
		log: log.With("vif", peer.VIF, "peer", peer.Remote),
	}
	r.publish()
	return r, nil
}

// seed makes the jitter of one process differ from that of another.
var seed = maphash.MakeSeed()

// adopt changes the peer in place if that can be done.
func (r *runner) adopt(p Peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.peer.sameWire(p) {
		return false
	}
	if r.peer.apart() != p.apart() {
		r.peer = p
		r.wake()
	}
	return true
}

// leave has run end.
func (r *runner) leave(away time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stop {
		r.stop, r.away = true, away
		r.wake()
	}
}

// await waits for others' last word, but not for long.
func (r *runner) await(word <-chan struct{}) {
	timer := time.NewTimer(manners)
	defer timer.Stop()
	select {
	case <-word:
	case <-timer.C:
	}
}

// wake has the session's goroutine look at what changed. Called with mu held.
func (r *runner) wake() {
	r.fresh = true
	if r.line != nil {
		r.line.wakeAt(longAgo)
	}
}

// run works until leave, opening the sockets as often as needed.
func (r *runner) run() {
	defer close(r.gone)
	complained := false
	for !r.leaving() {
		l, err := r.peer.open()
		if err != nil {
			if !complained {
				r.log.Warn("BFD waits for its interface", "err", err)
			}
			complained = true
			time.Sleep(reopenPause)
			r.take(nil, r.session.Tick(time.Now()))
			continue
		}
		complained = false
		r.attach(l)
		r.serve(l)
		r.attach(nil)
		l.close()
	}
}

func (r *runner) leaving() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stop
}

func (r *runner) attach(l *line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.line = l
}

// serve runs the session on open sockets until they fail or it ends.
func (r *runner) serve(l *line) {
	buffer := make([]byte, 128)
	for r.follow(l) {
		octets, ttl, err := l.read(buffer)
		switch {
		case err == nil && octets != nil:
			r.take(l, r.session.Receive(time.Now(), octets, ttl))
		case err == nil: // somebody else's
		case errors.Is(err, os.ErrDeadlineExceeded):
			r.take(l, r.session.Tick(time.Now()))
		default:
			r.log.Warn("BFD lost its socket", "err", err)
			time.Sleep(reopenPause)
			return
		}
	}
}

// follow does what was asked for meanwhile, and sets when read returns at the
// latest. It returns false when the session has ended.
func (r *runner) follow(l *line) bool {
	peer, stop, away := r.news()
	now := time.Now()
	switch {
	case !stop:
		actions, _ := r.session.Reconfigure(now, peer.Session)
		r.take(l, actions)
	case away == 0:
		r.take(l, r.session.Close(now))
		return false
	case r.until.IsZero():
		r.until = now.Add(patience)
		r.take(l, r.session.Pause(now, away))
	}
	if stop && (r.session.Paused() || now.After(r.until)) {
		return false
	}
	r.sleep(l)
	return true
}

func (r *runner) news() (peer Peer, stop bool, away time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fresh = false
	return r.peer, r.stop, r.away
}

func (r *runner) sleep(l *line) {
	at := r.session.Deadline()
	if !r.until.IsZero() && (at.IsZero() || r.until.Before(at)) {
		at = r.until
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fresh {
		at = longAgo
	}
	l.wakeAt(at)
}

// take does what the machine asks.
func (r *runner) take(l *line, actions []bfd.Action) {
	r.publish() // before the handler, which may ask
	for _, action := range actions {
		switch a := action.(type) {
		case bfd.Send:
			if l != nil {
				l.send(a.Octets) // one that cannot be sent is one that got lost
			}
		case bfd.Changed:
			r.note(a)
			if !r.forgotten.Load() {
				r.handle(Event{Key: r.key, What: a})
			}
		}
	}
}

func (r *runner) publish() {
	received, missed := r.session.Heard()
	r.received.Store(received)
	r.missed.Store(missed)
	st := r.session.Status()
	if old := r.status.Load(); old == nil || *old != st {
		r.status.Store(&st)
	}
}

// note logs a change. A neighbour that says now this and now that brings about as
// many as it likes.
func (r *runner) note(c bfd.Changed) {
	level, what, more := slog.LevelInfo, "", []any{}
	switch {
	case c.To == bfd.Up:
		what = "BFD came up"
	case c.From == bfd.Up && c.Failed:
		level, what, more = slog.LevelWarn, "BFD went down", []any{"reason", c.Why.String(), "heard", c.Heard}
	case c.From == bfd.Up:
		what, more = "BFD was ended", []any{"to", c.To.String(), "reason", c.Why.String()}
	default:
		return
	}
	if unsaid, speaks := r.voice.Speaks(time.Now()); speaks {
		r.log.Log(context.Background(), level, what, append(more, unsaid...)...)
	}
}
