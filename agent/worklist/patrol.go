package worklist

import (
	"context"
	"time"
)

// patrolGap is the least time between two keys of a patrol. Looking at one
// takes about three milliseconds of a processor, so however many there are a
// patrol costs less than a tenth of one; a thousand take 40 s.
const patrolGap = 40 * time.Millisecond

// Patrol marks each of the keys once a round, evenly spread, so that what
// somebody broke is found without an event. It runs until ctx ends. A round
// takes longer than asked for when there are many keys.
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
			l.Mark(key)
		}
	}
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
