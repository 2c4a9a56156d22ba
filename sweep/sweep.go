// Package sweep keeps deadlines: on the clock it lets each room end and forget
// what has had its time. It knows no room and no deadline; cmd lists the rooms.
//
// Any number of control processes may sweep one store: what a room does is a
// transaction, and what another has done already is no longer due.
package sweep

import (
	"context"
	"log/slog"
	"time"

	"demarc"
	"demarc/store"
)

// every is how late a deadline may be kept. The shortest is a quarter of an
// hour, and nobody waits for it.
const every = 5 * time.Second

// A Room does what is due at now. One call may do a part of it, so that its
// transaction stays small; it is called again while it changes something.
type Room struct {
	Name   string
	Expire func(tx *store.Tx, now time.Time) error
}

// A Sweeper lets its rooms do what is due, in their order: what a room still
// has to read of another's objects comes before these are forgotten.
type Sweeper struct {
	Store *store.Store
	Clock demarc.Clock
	Log   *slog.Logger
	Rooms []Room
}

// Run sweeps at once and then every few seconds until ctx ends.
func (s *Sweeper) Run(ctx context.Context) error {
	for {
		s.Sweep(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

// Sweep does everything that is due now. A room that cannot is logged and does
// not keep the others from it; it is tried again at the next sweep.
func (s *Sweeper) Sweep(ctx context.Context) {
	now := s.Clock()
	for _, room := range s.Rooms {
		if err := s.finish(ctx, room, now); err != nil && ctx.Err() == nil {
			s.Log.Error("deadlines were not kept", "room", room.Name, "err", err)
		}
	}
}

// finish calls a room until it has nothing left to do.
func (s *Sweeper) finish(ctx context.Context, room Room, now time.Time) error {
	for changed := true; changed; {
		err := s.Store.Write(ctx, func(tx *store.Tx) error {
			err := room.Expire(tx, now)
			changed = len(tx.Changes()) > 0
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
