package series

import (
	"context"
	"sync"
	"time"

	"demarc"
	"demarc/store"
)

// heardWithin is how old the latest word of a node may be: the channel notes
// every half minute that it has the node.
const heardWithin = 90 * time.Second

// A Keeper keeps the series of a site. The zero value has none. It is safe for
// concurrent use.
type Keeper struct {
	mu     sync.Mutex
	tracks map[string]*track // by id of the connection or interface; guarded by mu
}

// Run looks at the store whenever a minute is over, until ctx ends.
func (k *Keeper) Run(ctx context.Context, st *store.Store, clock demarc.Clock) error {
	for {
		now := clock()
		timer := time.NewTimer(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
			k.Sample(st.Local(), clock())
		}
	}
}

// Sample takes in what is seen now as the values of the minute that has ended.
// A second sample of the same minute changes nothing.
func (k *Keeper) Sample(r store.Reader, now time.Time) {
	all := readings(r, func(node demarc.NodeID) bool {
		seen, ok := store.NodeSightings.Get(r, string(node))
		return ok && now.Sub(seen.At) < heardWithin
	})
	ended := minuteOf(now) - 1
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tracks == nil {
		k.tracks = map[string]*track{}
	}
	for id, reading := range all {
		t := k.tracks[id]
		if t == nil {
			t = &track{until: ended}
			k.tracks[id] = t
		}
		if t.until <= ended {
			t.take(ended, now, reading)
		}
	}
	for id, t := range k.tracks {
		if t.until+keptMinutes <= ended {
			delete(k.tracks, id)
		}
	}
}

// Points are the values of a connection or interface for the minutes that begin
// from a time on and before another, in order. There is none for a minute
// without a value.
func (k *Keeper) Points(id string, m Measure, from, to time.Time) []Point {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.tracks[id]
	if t == nil || !from.Before(to) {
		return nil
	}
	// A minute that has begun before from does not begin in the range.
	return t.points(m, minuteOf(from.Add(time.Minute-time.Nanosecond)), minuteOf(to.Add(time.Minute-time.Nanosecond)))
}

// Has reports whether there is any value of a connection or interface.
func (k *Keeper) Has(id string, m Measure) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.tracks[id]
	return t != nil && len(t.points(m, 0, t.until)) > 0
}
