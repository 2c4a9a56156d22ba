package demarc

import "time"

// A Clock tells the time. Deadlines of days are tested by handing in a clock
// that can be moved.
type Clock func() time.Time

// SystemClock is the machine's own clock, in UTC.
func SystemClock() time.Time { return time.Now().UTC() }

// A Rehearsal says how far a site is ahead of the world's time.
type Rehearsal struct {
	Ahead time.Duration `json:"ahead"`
}
