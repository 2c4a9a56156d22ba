package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// A conflict means another write got through, and it took about a
	// millisecond; waiting longer each time thins out a crowd on one key that
	// is spread over several processes, where lanes do not help.
	firstBackoff = time.Millisecond
	lastBackoff  = 64 * time.Millisecond
)

// Write runs fn as one transaction: all of what it wrote happens, or nothing.
// fn may run several times and must have no effect but through tx. Its error
// is returned as it is, and nothing is written.
//
// When Write returns nil the write is durable and [Store.Local] has it. An
// [OutcomeUnknownError] means that it may have happened. Conflicts are retried
// until ctx ends, so give it a deadline.
func (s *Store) Write(ctx context.Context, fn func(tx *Tx) error) error {
	v, err := s.replica.reach(ctx, s.committed.Load())
	if err != nil {
		return fmt.Errorf("wait for the copy to reach the last write: %w", err)
	}
	w := &writing{store: s, view: v, leave: func() {}}
	defer func() { w.leave() }()
	for {
		if done, err := w.attempt(ctx, fn); done {
			return err
		}
	}
}

// A writing is what one call of Write carries from attempt to attempt.
type writing struct {
	store     *Store
	view      *View
	current   bool // view is no older than the call
	conflicts int
	leave     func() // the lane, if any
}

// attempt reports done together with the error to return.
func (w *writing) attempt(ctx context.Context, fn func(tx *Tx) error) (done bool, err error) {
	tx := begin(w.view)
	if err := tx.run(fn, w.store.witness); err != nil || len(tx.pending) == 0 {
		return w.believe(ctx, err)
	}
	revision, done, err := w.store.commit(ctx, tx)
	if err != nil {
		return true, err
	}
	if done {
		w.store.settle(ctx, revision)
		return true, nil
	}
	if err := w.lost(ctx, tx, revision); err != nil {
		return true, fmt.Errorf("write again after %d conflicts: %w", w.conflicts, err)
	}
	return false, nil
}

// believe takes the function's answer, given without a write, if the view that
// it saw was no older than the call.
func (w *writing) believe(ctx context.Context, answer error) (done bool, err error) {
	if w.current {
		return true, answer
	}
	now, err := w.store.Read(ctx)
	if err != nil {
		return true, fmt.Errorf("make sure that the answer is current: %w", err)
	}
	if now.revision == w.view.revision {
		return true, answer
	}
	w.view, w.current = now, true
	return false, nil
}

// lost waits for the copy to have what was in the way, and for a turn.
func (w *writing) lost(ctx context.Context, tx *Tx, revision int64) error {
	w.conflicts++
	w.leave()
	w.leave = func() {}
	v, err := w.store.replica.reach(ctx, revision)
	if err != nil {
		return err
	}
	if key, ok := tx.outdated(v); ok {
		leave, err := w.store.lanes.enter(ctx, key)
		if err != nil {
			return err
		}
		w.leave = leave
	}
	if w.conflicts > 1 {
		rest(ctx, backoff(w.conflicts-2))
	}
	w.view, w.current = w.store.Local(), true
	return nil
}

func backoff(conflicts int) time.Duration {
	return rand.N(min(firstBackoff<<min(conflicts, 16), lastBackoff)) + 1
}

// commit sends the transaction. Without an error, done tells whether it was
// written, and revision is that of the write, or of etcd when it refused.
func (s *Store) commit(ctx context.Context, tx *Tx) (revision int64, done bool, err error) {
	select {
	case <-ctx.Done():
		return 0, false, ctx.Err()
	case <-s.replica.closed:
		return 0, false, ErrClosed
	default:
	}
	resp, err := s.kv.Txn(ctx).If(tx.compares()...).Then(tx.operations()...).Commit()
	if err != nil {
		err = commitError(err)
		if _, unknown := errors.AsType[*OutcomeUnknownError](err); unknown {
			s.doubt.Store(true)
		}
		return 0, false, err
	}
	return resp.Header.Revision, resp.Succeeded, nil
}

// settle waits for the copy to have the write. The write is done already: a
// caller who gives up waiting has not failed, and this store's next write waits
// in its place.
func (s *Store) settle(ctx context.Context, revision int64) {
	s.advance(revision)
	_, _ = s.replica.reach(ctx, revision)
}
