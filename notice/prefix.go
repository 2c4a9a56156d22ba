package notice

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
)

const (
	// calm is how long a session must be up before its limit is no longer an
	// episode: it may come up only to be ended again.
	calm = time.Minute
	// slack is how far, in percent, the count must fall below a threshold before
	// it is told again.
	slack = 5
	// newestShown is how many of the latest prefixes are told.
	newestShown = 10
)

// thresholds are in percent of what a session may send, with their codes.
var thresholds = []struct {
	percent int
	code    string
}{{80, "E-PREFIX-80"}, {90, "E-PREFIX-90"}}

// An episode is what was told of the prefixes of one session.
type episode struct {
	peer  demarc.BGPPeer
	limit int
	told  []string
	tell  func(kind string, peer demarc.BGPPeerID, detail map[string]any) news
}

// prefixes tells, once per episode each, that a session sends much of what it
// may, and that it sent too much. What was told is in the store.
func prefixes(p *pen, v demarc.VirtualInterface, was, is intent.VIFSeen, tell func(string, demarc.BGPPeerID, map[string]any) news) []news {
	of := prefixesOf(v.ID)
	standing, _ := store.Standings.Get(p.tx, of)
	var out []news
	var facts []string
	for _, peer := range v.Peers {
		e := episode{peer, cmp.Or(v.Prefixes.Of(peer.Family), intent.DefaultPrefixLimit), nil, tell}
		for _, fact := range standing.Facts {
			if of, what := cutFact(fact); of == string(peer.ID) {
				e.told = append(e.told, what)
			}
		}
		out = append(out, e.look(sessionOf(is, peer.ID), received(was, peer.Family), received(is, peer.Family), p.now)...)
		for _, what := range e.told {
			facts = append(facts, string(peer.ID)+" "+what)
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
func (e *episode) look(s intent.SessionSeen, before, after []intent.RouteSeen, now time.Time) (out []news) {
	if s.Established() && now.Sub(s.Since) >= calm && len(after) <= e.limit {
		e.forget("limit")
	}
	if exceeded(s) && e.note("limit") {
		out = append(out, e.news("prefix.limit", "E-PREFIX-EXCEEDED", before))
	}
	if !s.Established() {
		return out
	}
	for _, t := range thresholds {
		switch what := fmt.Sprint(t.percent); {
		case len(after)*100 >= t.percent*e.limit:
			if e.note(what) {
				out = append(out, e.news("prefix.threshold", t.code, after))
			}
		case len(after)*100 < (t.percent-slack)*e.limit && now.Sub(s.Since) >= calm:
			e.forget(what)
		}
	}
	return out
}

// exceeded reports whether we ended a session for its prefixes (Cease 6/1, RFC
// 4486).
func exceeded(s intent.SessionSeen) bool {
	if s.Established() || len(s.History) == 0 {
		return false
	}
	n := s.History[len(s.History)-1].Notification
	return n != nil && n.Sent && n.Code == 6 && n.Subcode == 1
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
func (e *episode) news(kind, code string, routes []intent.RouteSeen) news {
	newest := slices.Clone(routes)
	slices.SortStableFunc(newest, func(a, b intent.RouteSeen) int { return b.Since.Compare(a.Since) })
	var all, latest []netip.Prefix
	for i, r := range newest {
		all = append(all, r.Prefix)
		if i < newestShown {
			latest = append(latest, r.Prefix)
		}
	}
	aggregate, wider := route.AggregateTo(all, max(1, e.limit*thresholds[0].percent/100-1))
	return e.tell(kind, e.peer.ID, map[string]any{
		"code": code, "count": len(routes), "limit": e.limit, "family": e.peer.Family, "newest": latest, "aggregate": aggregate, "aggregateIsWider": wider,
	})
}

// received are the prefixes of a family that the customer sends, in use or not.
func received(seen intent.VIFSeen, family demarc.AddressFamily) (out []intent.RouteSeen) {
	for _, r := range seen.Accepted {
		if r.Prefix.Addr().Is4() == (family == demarc.IPv4) {
			out = append(out, r)
		}
	}
	for _, r := range seen.Refused {
		if r.Prefix.Addr().Is4() == (family == demarc.IPv4) {
			out = append(out, intent.RouteSeen{Prefix: r.Prefix})
		}
	}
	return out
}
