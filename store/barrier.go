package store

import (
	"context"
	"sync"
)

// A barrier asks etcd for its revision on behalf of many readers. A reader must
// not use a question that was sent before it came, since a write may have been
// acknowledged in between; all who come while one is on its way share the next.
type barrier struct {
	ask func() (int64, error)

	mu      sync.Mutex
	next    *answer // guarded by mu: the question not yet sent; nil if nobody waits
	asking  bool    // guarded by mu: a goroutine is in run
	closed  bool    // guarded by mu
	running sync.WaitGroup
}

// An answer is filled in before done is closed.
type answer struct {
	done     chan struct{}
	revision int64
	err      error
}

// revision is at least that of every write acknowledged before the call.
func (b *barrier) revision(ctx context.Context) (int64, error) {
	a, err := b.join()
	if err != nil {
		return 0, err
	}
	select {
	case <-a.done:
		return a.revision, a.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (b *barrier) join() (*answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	if b.next == nil {
		b.next = &answer{done: make(chan struct{})}
	}
	if !b.asking {
		b.asking = true
		b.running.Go(b.run)
	}
	return b.next, nil
}

func (b *barrier) run() {
	for a := b.take(); a != nil; a = b.take() {
		a.revision, a.err = b.ask()
		close(a.done)
	}
}

func (b *barrier) take() *answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.next
	b.next, b.asking = nil, a != nil
	return a
}

// close lets the question on its way finish and refuses further ones.
func (b *barrier) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.running.Wait()
}
