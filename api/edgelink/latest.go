package edgelink

import (
	"sync/atomic"

	"demarc/intent"
)

// A latest holds the newest report and forgets the ones before: each is whole.
// One goroutine puts and one waits for fresh, then loads.
type latest struct {
	report atomic.Pointer[intent.Report]
	fresh  chan struct{} // a token: something was put since it was last taken
}

func newLatest() *latest { return &latest{fresh: make(chan struct{}, 1)} }

func (l *latest) put(r *intent.Report) {
	l.report.Store(r)
	wake(l.fresh)
}

// load is the newest report, or nil before the first.
func (l *latest) load() *intent.Report { return l.report.Load() }

// wake leaves a token; one is enough.
func wake(token chan<- struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}
