package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// beat is how often a pulse is felt: the question is shared with whoever
	// else reads, and costs next to nothing.
	beat = time.Second
	// beatPatience is how long one question may take.
	beatPatience = 2 * time.Second
	// pulseless is how long the store may be silent: an election of etcd's
	// leader, and a little.
	pulseless = 5 * time.Second
)

// A Pulse knows whether the store answered lately, so that nobody who asks for
// the process's health has to wait for it. Make it with NewPulse and run it.
type Pulse struct {
	store *Store
	log   *slog.Logger

	mu   sync.Mutex
	last time.Time // the last answer; guarded by mu
}

// NewPulse watches a store that has just been opened, and so counts as having
// answered.
func NewPulse(st *Store, log *slog.Logger) *Pulse {
	return &Pulse{store: st, log: log, last: time.Now()}
}

// Run reads from the store every second until ctx ends, and then returns nil.
func (p *Pulse) Run(ctx context.Context) error {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for silent := false; ; {
		err := p.feel(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !silent:
			p.log.Error("store did not answer", "err", err)
		case err == nil && silent:
			p.log.Info("store answered again")
		}
		silent = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (p *Pulse) feel(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beatPatience)
	defer cancel()
	if _, err := p.store.Read(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	return nil
}

// Check is nil if the store has answered within the five seconds before now. It
// does not block; its text is for anybody.
func (p *Pulse) Check(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if silence := now.Sub(p.last); silence > pulseless {
		return fmt.Errorf("the store has not answered for %v", silence.Round(time.Second))
	}
	return nil
}
