package notice

import (
	"cmp"
	"time"

	"demarc"
	"demarc/store"
)

// Witness is for [store.Config]: it writes the notices of what a transaction
// changed into the same transaction. The time is the site's, which may be in the
// store.
func Witness(clock func(store.Reader) time.Time) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		p := newPen(tx, clock(tx))
		for _, tell := range []func(*pen) error{
			links, cases, connections, crossConnects, interfaces, failoverTests, drillsElsewhere, vigils, sightings, cutovers, maintenances,
		} {
			if err := tell(p); err != nil {
				return err
			}
		}
		return nil
	}
}

// each tells of every row of a table that the transaction wrote.
func each[T any](p *pen, table *store.Table[T], tell func(p *pen, before, after *T) []news) error {
	for _, edit := range table.Rewrites(p.tx) {
		for _, n := range tell(p, edit.Before, edit.After) {
			if err := p.write(n); err != nil {
				return err
			}
		}
	}
	return nil
}

func links(p *pen) error {
	return each(p, store.Links, func(p *pen, before, after *demarc.Link) []news {
		tell := func(kind string, l demarc.Link) []news {
			return []news{{kind, string(l.ID), linkParties(p.tx, l), []string{l.Environment}, map[string]any{
				"environment": l.Environment, "topology": l.Topology, "resiliency": l.Resiliency, "legs": len(l.Legs),
			}}}
		}
		switch {
		case before == nil:
			return tell("link.requested", *after)
		case after == nil:
			return tell("link.ended", *before)
		}
		return endings(p.tx, *before, *after)
	})
}

func linkParties(r store.Reader, l demarc.Link) []demarc.AccountID {
	env, _ := store.Environments.Get(r, l.Environment)
	return []demarc.AccountID{l.Customer, env.Platform}
}

// cases tells of questions and their states. The words are in the case, for
// those who may read it.
func cases(p *pen) error {
	return each(p, store.Cases, func(_ *pen, before, after *demarc.Case) (out []news) {
		if after == nil {
			return nil
		}
		tell := func(kind string) {
			about := []string{after.Environment}
			if after.VirtualInterface != "" {
				about = append(about, string(after.VirtualInterface))
			}
			out = append(out, news{kind, string(after.ID), []demarc.AccountID{after.Opener, after.Assignee, after.Affected}, about, map[string]any{
				"kind": after.Kind, "state": after.State, "environment": after.Environment,
			}})
		}
		if before == nil {
			tell("case.opened")
		}
		if after.State != demarc.CaseOpen && (before == nil || before.State != after.State) {
			tell("case." + string(after.State))
		}
		return out
	})
}

func connections(p *pen) error {
	return each(p, store.Connections, func(_ *pen, before, after *demarc.Connection) []news {
		if after == nil || before != nil && before.State == after.State {
			return nil
		}
		detail := map[string]any{"state": after.State, "location": after.Location, "bandwidth": after.Bandwidth.String()}
		if before != nil {
			detail["before"] = before.State
		}
		return []news{{"connection." + string(after.State), string(after.ID), []demarc.AccountID{after.Owner, after.Partner}, nil, detail}}
	})
}

// crossConnects tells the owner of a line and the owner of the building what
// was done to the fibre.
func crossConnects(p *pen) error {
	return each(p, store.CrossConnects, func(p *pen, before, after *demarc.CrossConnect) []news {
		if after == nil {
			kind := "cross-connect.cancelled"
			if before.Patched { // its connection was deleted before
				kind = "cross-connect.unpatched"
			}
			return []news{cableNews(p.tx, kind, *before)}
		}
		var out []news
		for _, kind := range cableKinds(before, *after) {
			out = append(out, cableNews(p.tx, kind, *after))
		}
		return out
	})
}

func cableKinds(before *demarc.CrossConnect, after demarc.CrossConnect) (kinds []string) {
	switch {
	case before == nil:
		kinds = append(kinds, "cross-connect.ordered")
	case after.Patched && !before.Patched:
		kinds = append(kinds, "cross-connect.patched")
	case before.Patched && !after.Patched:
		kinds = append(kinds, "cross-connect.unpatched")
	case before.Unpatch.IsZero() && !after.Unpatch.IsZero():
		kinds = append(kinds, "cross-connect.unpatch_ordered")
	case after.Overdue && !before.Overdue:
		kinds = append(kinds, "cross-connect.unpatch_overdue")
	}
	if after.Problem != "" && (before == nil || before.Problem != after.Problem) {
		kinds = append(kinds, "cross-connect.problem")
	}
	return kinds
}

func cableNews(r store.Reader, kind string, xc demarc.CrossConnect) news {
	conn, _ := store.Connections.Get(r, string(xc.Connection))
	location, _ := store.Locations.Get(r, string(xc.Location))
	detail := map[string]any{
		"location": xc.Location, "port": xc.Port, "router": xc.Cage.Router, "interface": xc.Cage.Interface, "patched": xc.Patched, "problem": xc.Problem, "note": xc.Note, "leadsTo": xc.FarEnd().Router + " " + xc.FarEnd().Interface,
	}
	if !xc.UnpatchBy.IsZero() {
		detail["unpatchBy"] = xc.UnpatchBy
	}
	return news{kind, string(xc.Connection), []demarc.AccountID{cmp.Or(conn.Owner, xc.Owner), location.Facility}, []string{string(xc.Port)}, detail}
}

func failoverTests(p *pen) error {
	return each(p, store.FailoverTests, func(p *pen, before, after *demarc.FailoverTest) []news {
		if after == nil || before != nil && before.Status == after.Status {
			return nil
		}
		kind := "failover." + string(after.Status)
		if after.Status == demarc.TestInProgress {
			kind = "failover.started"
		}
		v, _ := store.VirtualInterfaces.Get(p.tx, string(after.Interface))
		n := news{kind, string(after.Interface), vifParties(v), []string{string(after.ID)}, map[string]any{
			"test": after.ID, "status": after.Status, "started": after.Started, "minutes": int(after.Duration / time.Minute), "peers": after.Peers,
		}}
		n.accounts = append(n.accounts, after.Owner)
		return []news{n}
	})
}
