package store

import (
	"context"
	"sync"
)

// lanes let the transactions of this store that met a conflict over the same
// key take turns. Each attempt that fails costs etcd a log entry and a sync to
// disk, so a crowd that tries all at once gets less done than a queue. A
// transaction waits in one lane at a time and takes it only after it lost.
type lanes struct {
	mu  sync.Mutex
	all map[string]*lane // guarded by mu: those in use
}

type lane struct {
	turn  chan struct{} // holds one token: whoever has taken it out goes
	users int           // guarded by the mutex of lanes
}

// enter waits for a turn. leave gives it back, and must be called once.
func (l *lanes) enter(ctx context.Context, key string) (leave func(), err error) {
	mine := l.join(key)
	select {
	case <-mine.turn:
		return func() {
			mine.turn <- struct{}{}
			l.part(key, mine)
		}, nil
	case <-ctx.Done():
		l.part(key, mine)
		return nil, ctx.Err()
	}
}

func (l *lanes) join(key string) *lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*lane{}
	}
	if l.all[key] == nil {
		l.all[key] = &lane{turn: make(chan struct{}, 1)}
		l.all[key].turn <- struct{}{}
	}
	l.all[key].users++
	return l.all[key]
}

func (l *lanes) part(key string, mine *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(l.all, key)
	}
}
