package desk

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
)

// A RouteTable is an environment's route table with everything that is known
// about it: the one that judges what its app hosts send, and the main one where
// they have different ones.
type RouteTable struct {
	Environment demarc.Environment
	CIDR        netip.Prefix
	// Seen says whether the VPC's host has reported; without it there are no
	// propagated routes and no counters.
	Seen bool
	JudgedTable
	// Others are the tables of other subnets, by id.
	Others []JudgedTable
	// Paths count packets by the way out of the VPC.
	Paths []intent.PathSeen
}

// A JudgedTable says of each row of a route table whether it is used.
type JudgedTable struct {
	Table    demarc.RouteTableID
	Verdicts []route.Verdict
}

// Routes judges the route table of an environment, for its customer and its
// platform.
func Routes(r store.Reader, by demarc.AccountID, name string) (RouteTable, error) {
	env, err := environment(r, by, name)
	if err != nil {
		return RouteTable{}, err
	}
	return routes(r, env), nil
}

func routes(r store.Reader, env demarc.Environment) RouteTable {
	vpc, ok := store.VPCs.Get(r, string(env.VPC))
	if !ok {
		return RouteTable{Environment: env}
	}
	seen, reported := store.VPCSightings.Get(r, string(vpc.ID))
	t := RouteTable{Environment: env, CIDR: vpc.CIDR, Seen: reported, Paths: seen.Paths}
	first, others := tables(r, vpc)
	t.JudgedTable = judge(vpc, first, seen)
	for _, other := range others {
		t.Others = append(t.Others, judge(vpc, other, seen))
	}
	return t
}

func judge(vpc demarc.VPC, table demarc.RouteTable, seen intent.VPCSeen) JudgedTable {
	return JudgedTable{table.ID, route.Evaluate(contents(vpc, table, seen))}
}

// tables are the route table that all app hosts of a VPC use, or the main one
// where they differ or there are none, and the other ones that subnets use.
// Routes to prefix lists are routes to their entries.
func tables(r store.Reader, vpc demarc.VPC) (first demarc.RouteTable, others []demarc.RouteTable) {
	var all []demarc.RouteTable
	for t := range store.RouteTables.By(r, "vpc", string(vpc.ID)) {
		t.Static = store.Written(r, t)
		all = append(all, t)
	}
	subnets := slices.Collect(store.Subnets.By(r, "vpc", string(vpc.ID)))
	main := demarc.TableOf(all, "")
	used := map[demarc.RouteTableID]demarc.RouteTable{main.ID: main}
	for _, s := range subnets {
		t := demarc.TableOf(all, s.ID)
		used[t.ID] = t
	}
	for i, h := range vpc.Hosts {
		switch t := demarc.TableFor(all, subnets, h.Address); {
		case i == 0:
			first = t
		case t.ID != first.ID:
			first = main
		}
	}
	if first.ID == "" {
		first = main
	}
	delete(used, first.ID)
	return first, slices.SortedFunc(maps.Values(used), func(a, b demarc.RouteTable) int { return cmp.Compare(a.ID, b.ID) })
}

// contents collects what entered a VPC's route table: its own range, what was
// written by hand, and what its propagating gateways learned.
func contents(vpc demarc.VPC, table demarc.RouteTable, seen intent.VPCSeen) route.Table {
	t := route.Table{Local: vpc.Ranges()}
	for _, s := range table.Static {
		t.Static = append(t.Static, route.Static{Prefix: s.Prefix, List: string(s.List), Target: s.Target})
	}
	for _, p := range seen.Propagated {
		if !slices.Contains(table.Propagating, p.Gateway) {
			continue // known to the gateway, and not in the table
		}
		t.Propagated = append(t.Propagated, route.Propagated{
			Prefix: p.Prefix, Target: string(p.Gateway), Via: string(p.Device), Path: p.Path,
		})
	}
	return t
}

// Split are the pieces of a default route that a table has learned and uses.
func (t JudgedTable) Split() []netip.Prefix {
	var active []netip.Prefix
	for _, v := range t.Verdicts {
		if v.Kind == route.KindPropagated && v.Active && !slices.Contains(active, v.Prefix) {
			active = append(active, v.Prefix)
		}
	}
	return route.SplitDefault(active)
}

// LeftOut are the learned prefixes that the table has no room for, each once.
func (t JudgedTable) LeftOut() (out []netip.Prefix) {
	for _, v := range t.Verdicts {
		if v.Rule == route.RuleFull {
			out = append(out, v.Prefix)
		}
	}
	return slices.Compact(out) // verdicts are in the order of prefixes
}

// RefusedSplit are the pieces of a default route that the edge does not take
// from the interfaces on an environment's gateway.
func RefusedSplit(r store.Reader, env demarc.Environment) (all []netip.Prefix) {
	for v := range store.VirtualInterfaces.By(r, "gateway", string(env.Gateway)) {
		seen, _ := store.VIFSightings.Get(r, string(v.ID))
		for _, p := range refusedSplit(seen) {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

func refusedSplit(seen intent.VIFSeen) (all []netip.Prefix) {
	for _, r := range seen.Refused {
		if strings.HasPrefix(r.Reason, intent.SplitRefused) {
			all = append(all, r.Prefix)
		}
	}
	return all
}
