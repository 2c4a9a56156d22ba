package notice

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/route"
	"demarc/store"
)

const (
	// lookRest is how long is waited between two looks, and lookShare what part
	// of the time they may take.
	lookRest  = 500 * time.Millisecond
	lookShare = 10
)

// A Watcher tells of what is derived from several objects: the steps of links
// and the routes that are not used. It compares them with what it told last,
// which is in the store, so that nothing is told twice or lost, whoever watches.
type Watcher struct {
	Store *store.Store
	Clock demarc.Clock
	Log   *slog.Logger

	losses map[demarc.LinkID]*gauge // Run's alone
}

// Run looks after every change until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		view := w.Store.Local()
		began := time.Now()
		if err := w.Look(ctx, view); err != nil && ctx.Err() == nil {
			w.Log.Error("what has become of links was not told", "err", err)
		}
		wait(ctx, nil, max(lookRest, lookShare*time.Since(began)))
		if _, err := w.Store.Changed(ctx, view.Revision()); err != nil {
			return nil
		}
	}
	return nil
}

// Look tells once what is otherwise in a view than was told.
func (w *Watcher) Look(ctx context.Context, view *store.View) error {
	now := w.Clock()
	environments := map[string]bool{}
	for link := range store.Links.All(view) {
		if link.Over() {
			continue
		}
		environments[link.Environment] = true
		if err := w.tell(ctx, view, "link/"+string(link.ID), stepsOf(view, link, now)); err != nil {
			return err
		}
		if link.Probe.IsValid() || link.DrainLossy {
			told, _ := store.Standings.Get(view, lineKey(link.ID))
			if err := w.tell(ctx, view, lineKey(link.ID), linesOf(view, link, told, now)); err != nil {
				return err
			}
		}
		if loss, known := w.lossOf(view, link, time.Now()); known {
			if err := w.tell(ctx, view, lossKey(link.ID), loss); err != nil {
				return err
			}
		}
	}
	for name := range environments {
		if err := w.tell(ctx, view, "environment/"+name, shadowsOf(view, name)); err != nil {
			return err
		}
	}
	return w.forget(ctx, view)
}

// A state is what stands now: facts in order, and the news of one that
// comes or goes; none where it is not worth telling.
type state struct {
	facts []string
	news  func(fact string, holds bool) (news, bool)
}

// tell compares, and writes down what is new together with its notices.
func (w *Watcher) tell(ctx context.Context, view *store.View, of string, now state) error {
	slices.Sort(now.facts)
	told, _ := store.Standings.Get(view, of)
	if slices.Equal(told.Facts, now.facts) {
		return nil
	}
	return w.Store.Write(ctx, func(tx *store.Tx) error {
		if latest, _ := store.Standings.Get(tx, of); !slices.Equal(latest.Facts, told.Facts) {
			return nil // another has told since, of a newer view perhaps
		}
		p := newPen(tx, w.Clock())
		is := demarc.Standing{Of: of, Facts: now.facts}
		store.Standings.Put(tx, is)
		for _, fact := range now.facts {
			if err := p.changed(now, fact, true, told.Has(fact)); err != nil {
				return err
			}
		}
		for _, fact := range told.Facts {
			if err := p.changed(now, fact, is.Has(fact), true); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *pen) changed(now state, fact string, holds, held bool) error {
	if holds == held {
		return nil
	}
	n, worth := now.news(fact, holds)
	if !worth {
		return nil
	}
	return p.write(n)
}

// stepsOf are the steps of a link that are done.
func stepsOf(r store.Reader, link demarc.Link, now time.Time) state {
	steps := map[string]demarc.Step{}
	a := state{}
	for _, s := range desk.Steps(r, link, now) {
		steps[stepName(s)] = s
		if s.Done {
			a.facts = append(a.facts, stepName(s))
		}
	}
	a.news = func(fact string, holds bool) (news, bool) {
		s := steps[fact]
		return news{"link.step_changed", string(link.ID), linkParties(r, link), []string{link.Environment}, map[string]any{
			"environment": link.Environment, "step": s.ID, "leg": s.Leg, "title": s.Title, "party": s.Party, "done": holds, "evidence": s.Evidence,
		}}, s.ID != ""
	}
	return a
}

func stepName(s demarc.Step) string { return s.ID + "/" + s.Leg }

// shadowsOf are the learned routes of an environment that are not used.
func shadowsOf(r store.Reader, name string) state {
	env, _ := store.Environments.Get(r, name)
	verdicts := map[string]route.Verdict{}
	var out []netip.Prefix
	a := state{}
	if table, err := desk.Routes(r, env.Customer, name); err == nil {
		for _, v := range table.Verdicts {
			fact := v.Prefix.String() + " " + v.Via
			if _, twice := verdicts[fact]; v.Kind != route.KindPropagated || v.Active || v.BeatenBy == nil || v.BeatenBy.Kind == route.KindPropagated || twice {
				continue
			}
			verdicts[fact] = v
			a.facts = append(a.facts, fact)
		}
		if out = table.LeftOut(); len(out) > 0 {
			a.facts = append(a.facts, leftOut)
		}
	}
	pieces := splitsOf(r, env)
	for fact := range pieces {
		a.facts = append(a.facts, fact)
	}
	a.news = func(fact string, holds bool) (news, bool) {
		if detail, split := pieces[fact]; split && holds {
			return news{"route.split", name, []demarc.AccountID{env.Customer, env.Platform}, []string{string(env.VPC)}, detail}, true
		}
		if fact == leftOut && holds {
			return news{"route.left_out", name, []demarc.AccountID{env.Customer, env.Platform}, []string{string(env.VPC)}, map[string]any{
				"code": "W-TABLE-FULL", "takes": route.MaxPropagated, "leftOut": len(out), "prefixes": out[:min(len(out), leftOutShown)],
			}}, true
		}
		v, ok := verdicts[fact]
		if !ok || !holds {
			return news{}, false
		}
		return news{"route.shadowed", name, []demarc.AccountID{env.Customer, env.Platform}, []string{string(env.VPC), v.Target}, map[string]any{
			"prefix": v.Prefix, "via": v.Via, "rule": v.Rule, "by": v.BeatenBy.Target, "byPrefix": v.BeatenBy.Prefix,
		}}, true
	}
	return a
}

// leftOut is the fact of a route table that has no room for all that is learned:
// one, however many prefixes it is, of which leftOutShown are named.
const (
	leftOut      = "left out"
	leftOutShown = 10
)

// splitsOf are the pieces of a default route that an environment's customer
// sends, and whether they are used.
func splitsOf(r store.Reader, env demarc.Environment) map[string]map[string]any {
	found := map[string]map[string]any{}
	note := func(used bool, prefixes []netip.Prefix) {
		if len(prefixes) > 0 {
			found[fmt.Sprint("split ", used, prefixes)] = map[string]any{"code": "W-DEFAULT-SPLIT", "prefixes": prefixes, "used": used}
		}
	}
	if table, err := desk.Routes(r, env.Customer, env.Name); err == nil {
		note(true, table.Split())
	}
	note(false, desk.RefusedSplit(r, env))
	return found
}

// forget drops what was told of links that are no more, or have ended.
func (w *Watcher) forget(ctx context.Context, view *store.View) error {
	var gone []string
	for s := range store.Standings.All(view) {
		of, id, _ := strings.Cut(s.Of, "/")
		if of != "link" && of != "probe" && of != "line" {
			continue
		}
		if known, there := store.Links.Get(view, id); !there || known.Over() {
			gone = append(gone, s.Of)
		}
	}
	if gone == nil {
		return nil
	}
	return w.Store.Write(ctx, func(tx *store.Tx) error {
		for _, of := range gone {
			store.Standings.Delete(tx, of)
		}
		return nil
	})
}
