package worklist

import (
	"context"
	"time"
)

// patrolGap is the least time between two keys of a patrol. Looking at one
// takes about three milliseconds of a processor, so however many there are a
// patrol costs less than a tenth of one; a thousand take 40 s.
const patrolGap = 40 * time.Millisecond

// patrolPatience is how long a patrol stands back for other work: longer than an
// order takes to be carried out. While there is no end of work it goes on, slower.
const patrolPatience = 10 * patrolGap

// Patrol marks each of the keys once a round, evenly spread, so that what
// somebody broke is found without an event. It runs until ctx ends. A round
// takes longer than asked for when there are many keys, or much else to do:
// where something changes, a key of a thousand that are as they should be would
// only be in its way.
func (l *List[K]) Patrol(ctx context.Context, round time.Duration, keys func() []K) error {
	for {
		beat := keys()
		if len(beat) == 0 {
			if err := sleep(ctx, round); err != nil {
				return err
			}
		}
		for _, key := range beat {
			if err := sleep(ctx, max(round/time.Duration(len(beat)), patrolGap)); err != nil {
				return err
			}
			if err := standBack(ctx, l.becalmed()); err != nil {
				return err
			}
			l.Mark(key)
		}
	}
}

// standBack waits until there is no other work, or patience ends.
func standBack(ctx context.Context, becalmed <-chan struct{}) error {
	patience := time.NewTimer(patrolPatience)
	defer patience.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-becalmed:
	case <-patience.C:
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
