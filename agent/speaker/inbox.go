package speaker

import "sync"

// An inbox is a queue of work for one goroutine. Posting never blocks.
type inbox struct {
	ready chan struct{}

	mu     sync.Mutex
	work   []func() // guarded by mu
	closed bool     // guarded by mu
}

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

// post adds work; false if nobody will do it any more.
func (in *inbox) post(f func()) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false
	}
	in.work = append(in.work, f)
	select {
	case in.ready <- struct{}{}:
	default: // already told
	}
	return true
}

// take returns all work posted so far.
func (in *inbox) take() []func() {
	in.mu.Lock()
	defer in.mu.Unlock()
	work := in.work
	in.work = nil
	return work
}

// close refuses further work; what was posted can still be taken.
func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
}
