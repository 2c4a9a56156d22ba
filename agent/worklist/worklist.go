// Package worklist keeps what has to be looked at, each thing once, and has it
// looked at by a few workers.
//
// A key is marked when something about it may have changed. However often it
// is marked before a worker comes to it, it is worked on once; marked while it
// is being worked on, once more afterwards. One key is never with two workers.
// A key that fails is tried again by itself, later each time, and delays no
// other key: that is the whole point.
package worklist

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The first retry comes soon, because most failures are another agent's
// namespace that is just being made; the last one is what an operator waits
// for who has put right what was wrong.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// A List is a set of keys to be worked on. It is safe for concurrent use.
type List[K comparable] struct {
	do   func(context.Context, K) error
	done func(K, error)

	mu       sync.Mutex
	rushed   []K           // to be worked on first, in the order of rushing
	marked   []K           // in the order of marking
	state    map[K]state   // of every key that is marked, at work or waiting
	failures map[K]int     // in a row
	atWork   int           // keys with a worker
	calmed   chan struct{} // closed when there is no work; nil: nobody waits for it
	wake     chan struct{}
}

type state struct {
	marked bool        // in List.marked, or in List.rushed
	rushed bool        // in List.rushed
	atWork bool        // with a worker
	again  bool        // marked while at work
	hurry  bool        // rushed while at work
	retry  *time.Timer // will mark it
}

// New makes an empty list. do works on a key; done is told the result of each
// time, in the worker, and may mark keys.
func New[K comparable](do func(context.Context, K) error, done func(K, error)) *List[K] {
	return &List[K]{do: do, done: done, state: map[K]state{}, failures: map[K]int{}, wake: make(chan struct{}, 1)}
}

// Mark asks for the keys to be worked on. It does not block.
func (l *List[K]) Mark(keys ...K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		l.mark(key)
	}
	l.signal()
}

// Rush asks for the keys to be worked on before all that are only marked: for
// those on which traffic waits while a thousand others have work, too.
func (l *List[K]) Rush(keys ...K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		l.rush(key)
	}
	l.signal()
}

func (l *List[K]) rush(key K) {
	l.mark(key)
	s := l.state[key]
	switch {
	case s.atWork:
		s.hurry = true
	case !s.rushed:
		l.marked = slices.DeleteFunc(l.marked, func(marked K) bool { return marked == key })
		l.rushed, s.rushed = append(l.rushed, key), true
	}
	l.state[key] = s
}

func (l *List[K]) mark(key K) {
	s := l.state[key]
	if s.retry != nil {
		s.retry.Stop()
		s.retry = nil
	}
	switch {
	case s.atWork:
		s.again = true
	case !s.marked:
		s.marked = true
		l.marked = append(l.marked, key)
	}
	l.state[key] = s
}

// Run works with so many workers until ctx ends, and returns when the last
// one has put down its key. What is marked stays marked for a later Run.
func (l *List[K]) Run(ctx context.Context, workers int) error {
	var running sync.WaitGroup
	for range workers {
		running.Go(func() { l.work(ctx) })
	}
	running.Wait()
	return ctx.Err()
}

func (l *List[K]) work(ctx context.Context) {
	for ctx.Err() == nil {
		key, ok := l.take()
		if !ok {
			select {
			case <-ctx.Done():
			case <-l.wake:
			}
			continue
		}
		err := l.do(ctx, key)
		l.done(key, err) // first, so that results of one key are told in order
		l.put(ctx, key, err)
	}
}

// take gives the oldest mark to a worker, one that was rushed if there is any,
// and wakes the next worker if there are more.
func (l *List[K]) take() (key K, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := &l.marked
	if len(l.rushed) > 0 {
		queue = &l.rushed
	}
	if len(*queue) == 0 {
		return key, false
	}
	key, *queue = (*queue)[0], (*queue)[1:]
	l.atWork++
	l.state[key] = state{atWork: true}
	if len(l.rushed)+len(l.marked) > 0 {
		l.signal()
	}
	return key, true
}

// put takes a key back from its worker.
func (l *List[K]) put(ctx context.Context, key K, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.state[key]
	delete(l.state, key)
	l.atWork--
	if err == nil {
		delete(l.failures, key)
	} else {
		l.failures[key]++
	}
	switch {
	case was.hurry:
		l.rush(key)
		l.signal()
	case was.again:
		l.mark(key)
		l.signal()
	case err != nil && ctx.Err() == nil:
		pause := min(firstRetry<<min(l.failures[key]-1, 10), lastRetry)
		l.state[key] = state{retry: time.AfterFunc(pause, func() { l.Mark(key) })}
	}
	if l.calmed != nil && l.calm() {
		close(l.calmed)
		l.calmed = nil
	}
}

// calm reports whether nobody works, or is about to. Called with mu held.
func (l *List[K]) calm() bool { return len(l.rushed)+len(l.marked)+l.atWork == 0 }

// becalmed is closed when there is no work.
func (l *List[K]) becalmed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calm() {
		return calmAlready
	}
	if l.calmed == nil {
		l.calmed = make(chan struct{})
	}
	return l.calmed
}

var calmAlready = func() <-chan struct{} {
	calm := make(chan struct{})
	close(calm)
	return calm
}()

// signal wakes one worker.
func (l *List[K]) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
