package speaker

import "sync"

// An inbox is work that is done in order, by one goroutine at a time, which
// exists only while there is some. Posting never blocks.
type inbox struct {
	turn func() // does all work there is, by take

	mu     sync.Mutex
	work   []func() // guarded by mu
	busy   bool     // somebody has the turn, or nobody may have it yet; guarded by mu
	closed bool     // guarded by mu
}

// newInbox makes one that only collects before open.
func newInbox(turn func()) *inbox { return &inbox{turn: turn, busy: true} }

// open lets the work begin.
func (in *inbox) open() { go in.turn() }

// post adds work; false if nobody will do it any more.
func (in *inbox) post(f func()) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false
	}
	in.work = append(in.work, f)
	if !in.busy {
		in.busy = true
		go in.turn()
	}
	return true
}

// take returns all work posted so far. None ends the turn.
func (in *inbox) take() []func() {
	in.mu.Lock()
	defer in.mu.Unlock()
	work := in.work
	in.work = nil
	in.busy = len(work) > 0
	return work
}

// close refuses further work, and returns what was posted before.
func (in *inbox) close() []func() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	return in.work
}
