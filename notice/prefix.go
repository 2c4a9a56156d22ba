package notice

import (
	"fmt"
	"slices"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/store"
)

const (
	// calm is how long a session must be up before its limit is no longer an
	// episode: it may come up only to be ended again.
	calm = time.Minute
	// slack is how far, in percent, the count must fall below a threshold before
	// it is told again.
	slack = 5
)

// An episode is what was told of the prefixes of one session.
type episode struct {
	desk.PrefixUse
	told []string
	tell func(kind string, peer demarc.BGPPeerID, detail map[string]any) news
}

// prefixes tells, once per episode each, that a session sends much of what it
// may, and that it sent too much. What was told is in the store.
func prefixes(p *pen, v demarc.VirtualInterface, is intent.VIFSeen, tell func(string, demarc.BGPPeerID, map[string]any) news) []news {
	of := prefixesOf(v.ID)
	standing, _ := store.Standings.Get(p.tx, of)
	var out []news
	var facts []string
	for _, use := range desk.PrefixUses(v, is) {
		e := episode{use, nil, tell}
		for _, fact := range standing.Facts {
			if of, what := cutFact(fact); of == string(use.Peer) {
				e.told = append(e.told, what)
			}
		}
		out = append(out, e.look(sessionOf(is, use.Peer), p.now)...)
		for _, what := range e.told {
			facts = append(facts, string(use.Peer)+" "+what)
		}
	}
	slices.Sort(facts)
	if !slices.Equal(facts, standing.Facts) {
		store.Standings.Put(p.tx, demarc.Standing{Of: of, Facts: facts})
	}
	return out
}

// prefixesOf names what was told of an interface's prefixes.
func prefixesOf(id demarc.VirtualInterfaceID) string { return "prefixes/" + string(id) }

func cutFact(fact string) (peer, what string) {
	_, err := fmt.Sscan(fact, &peer, &what)
	if err != nil {
		return "", ""
	}
	return peer, what
}

// look compares what is seen with what was told.
func (e *episode) look(s intent.SessionSeen, now time.Time) (out []news) {
	since := now.Sub(s.Since)
	settled := s.Established() && (since >= calm || since <= -calm) // dated by a clock that is ahead of ours
	if settled {
		e.forget("limit")
	}
	if s.Overrun != nil && e.note("limit") {
		out = append(out, e.news("prefix.limit", e.Code))
	}
	if !s.Established() {
		return out
	}
	for _, t := range desk.PrefixThresholds {
		switch what := fmt.Sprint(t.Percent); {
		case e.Received*100 >= t.Percent*e.Limit:
			if e.note(what) {
				out = append(out, e.news("prefix.threshold", t.Code))
			}
		case e.Received*100 < (t.Percent-slack)*e.Limit && settled:
			e.forget(what)
		}
	}
	return out
}

func (e *episode) note(what string) (first bool) {
	if slices.Contains(e.told, what) {
		return false
	}
	e.told = append(e.told, what)
	return true
}

func (e *episode) forget(what string) {
	e.told = slices.DeleteFunc(e.told, func(told string) bool { return told == what })
}

// news has the latest prefixes, and fewer that cover the same, or somewhat more
// where it says so.
func (e *episode) news(kind, code string) news {
	latest := []string{}
	for _, p := range e.Newest {
		latest = append(latest, p.Prefix.String())
	}
	return e.tell(kind, e.Peer, map[string]any{
		"code": code, "count": e.Received, "limit": e.Limit, "family": e.Family, "newest": latest, "aggregate": e.Aggregate, "aggregateIsWider": e.AggregateIsWider,
	})
}
