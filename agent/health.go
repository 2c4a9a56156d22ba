package agent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"demarc/intent"
)

const (
	// lasting is how long a problem may be there before the node is not well:
	// what waits for another agent, or for a cable just being plugged in, is
	// over in a few seconds.
	lasting = 30 * time.Second
	// unseen is how long the node may go without being looked at, which happens
	// every second.
	unseen = 10 * time.Second
)

// A Health knows how an agent is, for whoever asks. The zero value is that of an
// agent that has been told nothing yet. It is safe for concurrent use, and never
// blocks for long.
type Health struct {
	mu sync.Mutex // guards everything below
	at time.Time  // of the latest look; zero before the first
	// since is when each problem began, by object.
	since map[string]time.Time
}

// see takes in what a node reported at now.
func (h *Health) see(now time.Time, r intent.Report) {
	h.mu.Lock()
	defer h.mu.Unlock()
	since := make(map[string]time.Time, len(r.Problems))
	for id := range r.Problems {
		since[id] = now
		if began, before := h.since[id]; before {
			since[id] = began
		}
	}
	h.at, h.since = now, since
}

// Check says how the agent is at now: well, and in what way, or what is wrong.
// Its text is for anybody: it has the ids of objects in it and nothing else of
// them.
func (h *Health) Check(now time.Time) (well string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at.IsZero() {
		return "ok: no intent has come yet, and so there is nothing to do", nil
	}
	var errs []error
	if lasted := h.lasting(now); len(lasted) > 0 {
		errs = append(errs, fmt.Errorf("for over %v it could not be made right: %s", lasting, strings.Join(lasted, " ")))
	}
	if age := now.Sub(h.at); age > unseen {
		errs = append(errs, fmt.Errorf("the node has not been looked at for %v", age.Round(time.Second)))
	}
	return "ok", errors.Join(errs...)
}

// lasting are the objects with problems that have lasted, in order. Called with
// mu held.
func (h *Health) lasting(now time.Time) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(h.since)) {
		if now.Sub(h.since[id]) > lasting {
			ids = append(ids, id)
		}
	}
	return ids
}
