package notice

import (
	"demarc"
	"demarc/store"
)

// drillsElsewhere tells of failover tests at another Direct Connect, as the
// platform's machine has seen them there. The ids are that service's.
func drillsElsewhere(p *pen) error {
	return each(p, store.Cases, func(p *pen, before, after *demarc.Case) []news {
		if after == nil || after.Drill == nil || after.Drill.Test.ID == "" {
			return nil
		}
		var was demarc.TestSighted
		if before != nil && before.Drill != nil {
			was = before.Drill.Test
		}
		t := after.Drill.Test
		tell := func(kind string) news {
			return news{kind, string(t.Interface), []demarc.AccountID{after.Opener, after.Assignee}, []string{string(t.ID), string(after.Link), string(after.ID)}, elsewhere(p.tx, after.Environment, after.Assignee, map[string]any{
				"test": t.ID, "status": t.Status, "started": t.Started, "minutes": t.Minutes, "leg": after.Drill.Leg, "link": after.Link,
			})}
		}
		var out []news
		if was.ID == "" {
			out = append(out, tell("failover.started"))
		}
		if t.Over() && !was.Over() {
			out = append(out, tell("failover."+string(t.Status)))
		}
		return out
	})
}

// elsewhere adds to a detail at which other Direct Connect that was seen, and
// whose word it is: the desk has not seen it.
func elsewhere(r store.Reader, environment string, by demarc.AccountID, detail map[string]any) map[string]any {
	env, _ := store.Environments.Get(r, environment)
	detail["environment"], detail["seenAt"], detail["seenBy"] = environment, env.Elsewhere.At+" "+string(env.Elsewhere.Region), by
	return detail
}
