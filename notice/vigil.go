package notice

import (
	"slices"

	"demarc"
	"demarc/store"
)

// vigils tells what parties that watch links at another Direct Connect say has
// changed there. The kinds are those of what is here; the ids are that service's.
func vigils(p *pen) error {
	return each(p, store.Vigils, func(p *pen, before, after *demarc.Vigil) (out []news) {
		if before == nil || after == nil {
			return nil
		}
		link, _ := store.Links.Get(p.tx, string(after.Link))
		for _, w := range after.Watched {
			i := slices.IndexFunc(before.Watched, func(o demarc.Watched) bool { return o.Leg == w.Leg && o.What == w.What && o.ID == w.ID })
			kind := vigilKind(w)
			if i < 0 || before.Watched[i].ToldAt.Equal(w.ToldAt) || !slices.ContainsFunc(types, func(t Type) bool { return t.Name == kind }) {
				continue
			}
			n := news{kind, w.ID, linkParties(p.tx, link), []string{string(link.ID)}, elsewhere(p.tx, link.Environment, after.By, map[string]any{
				"link": link.ID, "leg": w.Leg, "state": w.Told, "before": before.Watched[i].Told, "since": w.Since,
			})}
			if w.TookChanges > 1 {
				n.detail["changes"] = w.TookChanges
			}
			if w.What == demarc.WatchedConnection { // nobody else sees it
				n.accounts = []demarc.AccountID{after.By}
			}
			out = append(out, n)
		}
		return out
	})
}

func vigilKind(w demarc.Watched) string {
	return map[string]string{demarc.WatchedSession: "bgp.", demarc.WatchedInterface: "vif.", demarc.WatchedConnection: "connection."}[w.What] + w.Told
}
