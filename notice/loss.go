package notice

import (
	"slices"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

const (
	// lossWindow is what a share of loss is of, lossLeast what it takes to tell:
	// at twenty probes a second a lossy path is told of within half a minute.
	lossWindow = 15 * time.Second
	lossLeast  = 8 * time.Second
	// Above lossy percent is told, until it is below well.
	lossy = 10
	well  = 2
)

// A sample is what a link's probe had counted at a time.
type sample struct {
	at         time.Time
	sent, lost uint64
}

// A gauge holds the samples of the last window.
type gauge []sample

// add takes in a sample, and returns the percentage lost in the window; false
// while too little is known. Counters that began anew begin the window anew.
func (g *gauge) add(s sample) (percent int, known bool) {
	if n := len(*g); n > 0 && s.sent < (*g)[n-1].sent {
		*g = nil
	}
	*g = append(*g, s)
	for len(*g) > 1 && s.at.Sub((*g)[1].at) >= lossWindow {
		*g = (*g)[1:]
	}
	first := (*g)[0]
	sent := s.sent - first.sent
	if s.at.Sub(first.at) < lossLeast || sent == 0 {
		return 0, false
	}
	return int((s.lost - first.lost) * 100 / sent), true
}

// lossOf says whether a link's probe loses much, with the session up or not.
func (w *Watcher) lossOf(r store.Reader, link demarc.Link, now time.Time) (state, bool) {
	env, _ := store.Environments.Get(r, link.Environment)
	seen, ok := desk.Probed(r, env, link.Probe)
	if !ok || !carries(r, link, now) {
		delete(w.losses, link.ID) // a link that is not up has other news
		return state{}, false
	}
	if w.losses == nil {
		w.losses = map[demarc.LinkID]*gauge{}
	}
	if w.losses[link.ID] == nil {
		w.losses[link.ID] = &gauge{}
	}
	percent, known := w.losses[link.ID].add(sample{now, seen.Count.Answered + seen.Count.Lost, seen.Count.Lost})
	if !known {
		return state{}, false
	}
	told, _ := store.Standings.Get(r, lossKey(link.ID))
	a := state{}
	if percent >= lossy || percent >= well && told.Has(losing) {
		a.facts = []string{losing}
	}
	a.news = func(_ string, holds bool) (news, bool) {
		kind := map[bool]string{true: "probe.loss", false: "probe.recovered"}[holds]
		return news{kind, string(link.ID), linkParties(r, link), []string{link.Environment}, map[string]any{
			"probe": link.Probe, "percent": percent, "windowSeconds": lossWindow.Seconds(),
		}}, true
	}
	return a, true
}

// carries reports whether a leg of the link has its session, and routes in it.
func carries(r store.Reader, link demarc.Link, now time.Time) bool {
	return slices.ContainsFunc(desk.Legs(r, link, now), func(l desk.LegStanding) bool { return l.Session == "Established" && l.Accepted > 0 })
}

// losing is the fact of a link that loses much.
const losing = "losing"

func lossKey(id demarc.LinkID) string { return "probe/" + string(id) }
