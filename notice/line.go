package notice

import (
	"strings"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/store"
)

// linesOf says of a link's legs which lose packets, and which of them others
// carry for.
func linesOf(r store.Reader, link demarc.Link, told demarc.Standing, now time.Time) state {
	legs := map[string]desk.LegStanding{}
	a := state{}
	for _, l := range desk.Legs(r, link, now) {
		if l.Echo == nil {
			continue
		}
		legs[l.Wanted.ID] = l
		// What is not known is what it was: a session that went down, an agent
		// that began anew.
		lossy := losing + " " + l.Wanted.ID
		if l.Echo.Lossy() || l.Echo.Verdict != intent.LineClean && told.Has(lossy) {
			a.facts = append(a.facts, lossy)
		}
		if l.Echo.IsDrained() {
			a.facts = append(a.facts, drained+" "+l.Wanted.ID)
		}
	}
	a.news = func(fact string, holds bool) (news, bool) {
		what, leg, _ := strings.Cut(fact, " ")
		l, there := legs[leg]
		kind := lineNews[what][holds]
		return news{kind, string(link.ID), linkParties(r, link), []string{link.Environment, string(l.Interface.ID)}, lineDetail(l)}, there
	}
	return a
}

// drained is the fact of a leg that others carry for.
const drained = "drained"

var lineNews = map[string]map[bool]string{
	losing:  {true: "probe.loss", false: "probe.recovered"},
	drained: {true: "path.drained", false: "path.restored"},
}

func lineDetail(l desk.LegStanding) map[string]any {
	if l.Echo == nil {
		return nil // no such leg, and no news of it
	}
	detail := map[string]any{
		"leg": l.Wanted.ID, "interface": l.Interface.ID, "device": l.Interface.Device, "percent": l.Echo.Percent, "session": l.Session,
	}
	if w := l.Echo.Ways; w != nil {
		detail["percentFromCustomer"], detail["percentToCustomer"] = w.In, w.Out
	}
	if l.Echo.IsDrained() {
		detail["times"], detail["calmSeconds"] = l.Echo.Drains, l.Echo.Wait.Seconds()
	}
	return detail
}

func lineKey(id demarc.LinkID) string { return "line/" + string(id) }
