// Package steady is a clock for deadlines: it reads what the machine's clock
// reads, but does not follow a jump at once.
//
// A machine's clock jumps when somebody sets it, or when what it is set by is
// wrong. Whoever ends and forgets things by the clock cannot take that back. So
// when the time of day and the process's own count of the time that passes part
// by more than a minute, this clock goes on by the count, and believes the
// machine's again when it is back, or when the jump has stood for a quarter of
// an hour: then it was meant.
//
// It knows of the time before the process what it is told by [Clock.After]: who
// starts before that has a clock that is wrong, and the first jump is believed.
// Who starts with a clock that is ahead has a clock that is ahead. And it is no
// clock for what others date by theirs, such as signatures and certificates.
package steady

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// slack is how far the machine's clock may be off at once: more than it is
	// ever slewed between two looks, less than any deadline. AWS allows a client
	// five times that.
	slack = time.Minute
	// stands is how long a jump has to stand to be believed: long enough for
	// whoever is woken by it, and not longer than deadlines may be late.
	stands = 15 * time.Minute
)

// A Clock is made with [New]. It is safe for concurrent use.
type Clock struct {
	log *slog.Logger
	// read is the time of day, and how long the process has counted.
	read func() (wall time.Time, count time.Duration)

	mu sync.Mutex // guards what follows
	// wall is what the clock read when so much was counted.
	wall  time.Time
	count time.Duration
	// off is how far the machine's clock was when it jumped, and since how long
	// the process had counted then; 0 while it is believed.
	off   time.Duration
	since time.Duration
	after time.Time // it is later than that
}

// New is a clock that believes the machine's as it is now. The log is told when
// it does not, and when it does again.
func New(log *slog.Logger) *Clock {
	began := time.Now()
	return Of(log, func() (time.Time, time.Duration) {
		now := time.Now()
		return now.UTC(), now.Sub(began)
	})
}

// Of is a clock that reads another than the machine's: the time of day, and a
// count that never jumps.
func Of(log *slog.Logger, read func() (wall time.Time, count time.Duration)) *Clock {
	c := &Clock{log: log, read: read}
	c.wall, c.count = read()
	return c
}

// After says that it is later than a time, which somebody has dated something by.
func (c *Clock) After(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.after = t; c.wall.Before(t.Add(-slack)) {
		c.log.Error("the machine's clock is behind what was dated by it", "at", c.wall, "dated", t)
	}
}

// Now is what time it is, in UTC.
func (c *Clock) Now() time.Time {
	now, _ := c.look()
	return now
}

// Off is how far the machine's clock is from this one; 0 while it is believed.
func (c *Clock) Off() time.Duration {
	_, off := c.look()
	return off
}

func (c *Clock) look() (now time.Time, off time.Duration) {
	wall, count := c.read()
	c.mu.Lock()
	defer c.mu.Unlock()
	now = c.wall.Add(count - c.count)
	off = wall.Sub(now)
	switch {
	case off.Abs() <= slack:
		if c.off != 0 {
			c.log.Info("the machine's clock is back")
		}
	case now.Before(c.after.Add(-slack)):
		c.log.Warn("the machine's clock is believed, which was behind", "to", wall, "by", off)
	case c.off == 0 || (off-c.off).Abs() > slack:
		c.log.Error("the machine's clock jumped; deadlines go on without it", "to", wall, "by", off, "believed_in", stands)
		c.off, c.since = off, count
		return now, off
	case count-c.since < stands:
		return now, off
	default:
		c.log.Warn("the machine's clock is believed after its jump", "to", wall, "by", off)
	}
	c.wall, c.count, c.off = wall, count, 0
	return wall, 0
}
