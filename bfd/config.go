package bfd

import (
	"errors"
	"fmt"
	"time"
)

// Config says what a session should be. It is comparable: a session with the
// same Config need not be touched.
type Config struct {
	// Discriminator is our name for the session, other than 0, and different
	// from those of all other sessions that the neighbour's packets could be for.
	Discriminator uint32
	// DesiredMinTx is how often we would like to send while up; the neighbour
	// may ask for less. RequiredMinRx is how often we can bear to receive. From
	// 10 ms to an hour.
	DesiredMinTx, RequiredMinRx time.Duration
	// Multiplier is how many of our packets may get lost in a row before the
	// neighbour takes the session for down.
	Multiplier uint8
	// Passive waits for the neighbour to send first (RFC 5880, section 6.1).
	Passive bool
	// Resume takes the neighbour's word for it if the first thing it says is
	// that the session is up: for a process that was away for a moment and has
	// the same discriminator as before.
	Resume bool
}

const (
	// slow is the least interval while not up (RFC 5880, section 6.8.3).
	slow = time.Second
	// longest is an hour; the field would take 71 minutes.
	longest = time.Hour
	// shortest is what a Linux process can keep.
	shortest = 10 * time.Millisecond
	// ttl is that of every packet on one hop, so that one from afar cannot
	// pretend to have been sent here (RFC 5881, section 5).
	ttl = 255
)

// TTL is what packets are sent with, and must arrive with.
const TTL = ttl

// Validate names every field at fault.
func (c Config) Validate() error {
	var errs []error
	if c.Discriminator == 0 {
		errs = append(errs, errors.New("Discriminator: 0 means unknown"))
	}
	for name, d := range map[string]time.Duration{"DesiredMinTx": c.DesiredMinTx, "RequiredMinRx": c.RequiredMinRx} {
		if d < shortest || d > longest {
			errs = append(errs, fmt.Errorf("%s: %v is not from %v to %v", name, d, shortest, longest))
		}
	}
	if c.Multiplier == 0 {
		errs = append(errs, errors.New("Multiplier: 0 is reserved"))
	}
	return errors.Join(errs...)
}
