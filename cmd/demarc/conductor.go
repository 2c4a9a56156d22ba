package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"demarc"
	"demarc/audit"
	"demarc/cutover"
	"demarc/store"
)

const (
	// conductHurry is how often a cut-over that moves is looked at, conductRest
	// one that only carries.
	conductHurry = 100 * time.Millisecond
	conductRest  = time.Second
)

// conductor makes the moves of cut-overs until ctx ends. Any number of control
// processes may: a move is a transaction, and what another has made is made.
func conductor(st *store.Store, clock demarc.Clock, log *slog.Logger) task {
	return func(ctx context.Context) error {
		awake := clock()
		for ctx.Err() == nil {
			if now := clock(); now.Before(awake) { // the clock was set back
				awake = now
			}
			view := st.Local()
			ids, hurry := cutover.Conducted(view)
			for _, id := range ids {
				if err := conduct(ctx, st, id, clock(), awake); err != nil && ctx.Err() == nil {
					log.Error("a cut-over was not moved on", "cutover", id, "err", err)
					hurry = false
				}
			}
			if len(ids) == 0 {
				if _, err := st.Changed(ctx, view.Revision()); err != nil {
					return nil
				}
				awake, hurry = clock(), true
			}
			wait := conductRest
			if hurry {
				wait = conductHurry
			}
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		}
		return nil
	}
}

// conduct makes one move, and records it for those in whose names it was made.
func conduct(ctx context.Context, st *store.Store, id demarc.CutoverID, now, awake time.Time) error {
	err := st.Write(ctx, func(tx *store.Tx) error {
		acts, err := cutover.Conduct(tx, id, now, awake)
		if err != nil {
			return err
		}
		return noteActs(ctx, tx, acts, now)
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// noteActs records what was done in accounts' names, each thing once.
func noteActs(ctx context.Context, tx *store.Tx, acts []cutover.Act, now time.Time) error {
	noted := map[cutover.Act]bool{}
	for _, act := range acts {
		if noted[act] {
			continue
		}
		noted[act] = true
		if err := audit.Note(ctx, tx, act.Account, act.Operation, now); err != nil {
			return err
		}
	}
	return nil
}
