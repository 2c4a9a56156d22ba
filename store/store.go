package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// askTimeout bounds one question for etcd's revision, so that one that is lost
// does not hold up those behind it.
const askTimeout = 5 * time.Second

// A Store is safe for use by any number of goroutines.
type Store struct {
	kv        clientv3.KV // what commits and revisions go through
	replica   *replica
	barrier   *barrier
	lanes     lanes
	committed atomic.Int64 // the newest revision that this store has written
	alone     bool         // etcd is in this process: nobody else writes
	witness   func(*Tx) error
	doubt     atomic.Bool // a write's outcome is unknown, so committed may be too low

	cancel  context.CancelFunc
	tasks   sync.WaitGroup
	release func() error // closes the client, and the embedded server if any
	once    sync.Once
	err     error // of Close
}

// Open starts or connects to etcd and loads the copy; ctx bounds the opening
// only. A directory that another store has open is an error at once. So is a
// row that a registered table cannot read: to start without it would undo what
// it asks for.
func Open(ctx context.Context, cfg Config, tables ...Registered) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	client, release, err := connect(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the store in %s: %w", cfg.where(), err)
	}
	s, err := open(ctx, client, cfg, tables)
	if err != nil {
		_ = release() // the reason for not opening says more
		return nil, fmt.Errorf("open the store in %s: %w", cfg.where(), err)
	}
	s.release = release
	return s, nil
}

func connect(ctx context.Context, cfg Config) (*clientv3.Client, func() error, error) {
	if len(cfg.Endpoints) > 0 {
		return dial(cfg)
	}
	return embedded(ctx, cfg)
}

func open(ctx context.Context, client *clientv3.Client, cfg Config, tables []Registered) (*Store, error) {
	running, cancel := context.WithCancel(context.Background())
	r, err := newReplica(running, client, cfg, tables)
	if err == nil {
		err = r.load(ctx, func(unreadable error) error { return unreadable })
	}
	if err != nil {
		cancel()
		return nil, err
	}
	s := &Store{kv: client.KV, replica: r, cancel: cancel, witness: cfg.Witness, alone: len(cfg.Endpoints) == 0}
	s.barrier = &barrier{ask: func() (int64, error) { return s.ask(running) }}
	s.tasks.Go(func() { r.follow(running) })
	s.tasks.Go(func() { r.nudge(running) })
	return s, nil
}

// Close ends every call that waits with [ErrClosed], then stops etcd if it is
// embedded. Views that were taken stay readable. Closing twice is closing once.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.cancel()
		s.barrier.close()
		s.tasks.Wait()
		s.err = s.release()
	})
	return s.err
}

// Local is the copy as it is now. It does not wait, and always has what this
// store itself has written.
func (s *Store) Local() *View { return s.replica.current.Load() }

// Read is the copy once it has every write that was acknowledged anywhere
// before the call. On a cluster it costs one small question to etcd, which
// concurrent readers share. With etcd in this process every write comes by this
// store, which knows the newest that it acknowledged.
func (s *Store) Read(ctx context.Context) (*View, error) {
	revision, err := s.acknowledged(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask etcd for its revision: %w", err)
	}
	v, err := s.replica.reach(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("wait for the copy to reach revision %d: %w", revision, err)
	}
	return v, nil
}

// acknowledged is at least the revision of every write acknowledged before the
// call. After a write whose outcome nobody knows etcd is asked, since whoever
// was told so looks next.
func (s *Store) acknowledged(ctx context.Context) (int64, error) {
	if !s.alone {
		return s.barrier.revision(ctx)
	}
	if s.doubt.Swap(false) {
		revision, err := s.barrier.revision(ctx)
		if err != nil {
			s.doubt.Store(true)
			return 0, err
		}
		s.advance(revision)
	}
	select {
	case <-s.replica.closed:
		return 0, ErrClosed
	default:
		return s.committed.Load(), ctx.Err()
	}
}

// advance notes that writes up to a revision are done.
func (s *Store) advance(revision int64) {
	for last := s.committed.Load(); last < revision; last = s.committed.Load() {
		s.committed.CompareAndSwap(last, revision)
	}
}

// Changed waits until the copy is newer than after and returns its revision.
// On a shared cluster it may return for changes that are not ours.
func (s *Store) Changed(ctx context.Context, after int64) (int64, error) {
	v, err := s.replica.wait(ctx, after+1, nil)
	if err != nil {
		return 0, err
	}
	return v.revision, nil
}

// ask is a linearizable read of a key that is never there: its header has the
// revision.
func (s *Store) ask(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	resp, err := s.kv.Get(ctx, string(s.replica.layout), clientv3.WithCountOnly())
	if err != nil {
		return 0, err
	}
	return resp.Header.Revision, nil
}
