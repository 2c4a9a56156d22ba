package maintenance

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// watchEvery is how late a line is watched that should be, or may no longer be
// drained. Nothing hangs by it: a drained line that is the only one carries.
const watchEvery = 2 * time.Second

// tidyEvery is after how many looks interfaces are looked for that are watched
// for no link any more: it takes all of them.
const tidyEvery = 15

// A LineWatcher decides which lines are watched, and which of them their devices
// may drain by themselves. A device knows its own lines only; here it is known
// which of them are of one link. It says so beforehand, so that nobody has to be
// asked when a line begins to lose packets.
//
// Any number of control processes may watch one store.
type LineWatcher struct {
	Store *store.Store
	Clock demarc.Clock
	Log   *slog.Logger

	looks int // Run's alone
}

// Run looks every few seconds until ctx ends.
func (w *LineWatcher) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := w.Look(ctx); err != nil && ctx.Err() == nil {
			w.Log.Error("it was not said which lines are watched", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchEvery):
		}
	}
	return nil
}

// Look decides once. What is read of all links is not guarded; what is written
// of one is decided again in its transaction.
func (w *LineWatcher) Look(ctx context.Context) error {
	view := w.Store.Local()
	wanted := map[demarc.VirtualInterfaceID]demarc.LineWatch{}
	for link := range store.Links.All(view) {
		for id, watch := range watches(view, link, w.Clock()) {
			wanted[id] = watch
			if v, _ := store.VirtualInterfaces.Get(view, string(id)); v.Watch != watch {
				if err := w.decide(ctx, link.ID); err != nil {
					return err
				}
			}
		}
	}
	if w.looks++; w.looks%tidyEvery != 1 {
		return nil
	}
	for v := range store.VirtualInterfaces.All(view) {
		if _, still := wanted[v.ID]; v.Watch != demarc.WatchNothing && !still {
			if err := w.Store.Write(ctx, func(tx *store.Tx) error { setWatch(tx, v.ID, demarc.WatchNothing); return nil }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *LineWatcher) decide(ctx context.Context, id demarc.LinkID) error {
	return w.Store.Write(ctx, func(tx *store.Tx) error {
		link, ok := store.Links.Get(tx, string(id))
		if !ok {
			return nil
		}
		for id, watch := range watches(tx, link, w.Clock()) {
			setWatch(tx, id, watch)
		}
		return nil
	})
}

func setWatch(tx *store.Tx, id demarc.VirtualInterfaceID, watch demarc.LineWatch) {
	if v, ok := store.VirtualInterfaces.Get(tx, string(id)); ok && v.Watch != watch {
		v.Watch = watch
		store.VirtualInterfaces.Put(tx, v)
	}
}

// watches are the interfaces of a link whose lines are watched. They may be
// drained where the customer wants it and the platform lets it, and as long as
// the link has another path.
func watches(r store.Reader, link demarc.Link, now time.Time) map[demarc.VirtualInterfaceID]demarc.LineWatch {
	if link.Over() || !link.Probe.IsValid() && !link.DrainLossy {
		return nil
	}
	env, _ := store.Environments.Get(r, link.Environment)
	legs := desk.Legs(r, link, now)
	all := map[demarc.VirtualInterfaceID]demarc.LineWatch{}
	for i, l := range legs {
		if l.Interface.ID == "" || !l.Interface.State.InPlace() {
			continue
		}
		all[l.Interface.ID] = demarc.WatchLine
		if others := slices.Delete(slices.Clone(legs), i, i+1); link.DrainLossy && env.Drains && relieved(l, others) {
			all[l.Interface.ID] = demarc.WatchDrain
		}
	}
	return all
}

// relieved reports whether others can carry what a leg should: each of its
// prefixes is learned on one that is up and in use, and good. A leg that is
// drained already stays so beside one that has become lossy as well, since that
// one is not drained then.
func relieved(l desk.LegStanding, others []desk.LegStanding) bool {
	good := slices.DeleteFunc(others, func(other desk.LegStanding) bool {
		return !up(other) || other.Echo.IsDrained() || other.Echo.Lossy() && !l.Echo.IsDrained()
	})
	alone := func(p netip.Prefix) bool {
		return !slices.ContainsFunc(good, func(other desk.LegStanding) bool { return slices.Contains(other.Routes, p) })
	}
	return len(good) > 0 && !slices.ContainsFunc(l.Routes, alone)
}
