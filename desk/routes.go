package desk

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
)

// A RouteTable is an environment's route table with everything that is known
// about it.
type RouteTable struct {
	Environment demarc.Environment
	CIDR        netip.Prefix
	// Seen says whether the VPC's host has reported; without it there are no
	// propagated routes and no counters.
	Seen     bool
	Verdicts []route.Verdict
	// Paths count packets by the way out of the VPC.
	Paths []intent.PathSeen
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
	return RouteTable{
		Environment: env,
		CIDR:        vpc.CIDR,
		Seen:        reported,
		Verdicts:    route.Evaluate(table(r, vpc, seen)),
		Paths:       seen.Paths,
	}
}

// table collects what entered a VPC's route table: its own range, what was
// written by hand, and what its propagating gateways learned.
func table(r store.Reader, vpc demarc.VPC, seen intent.VPCSeen) route.Table {
	t := route.Table{Local: vpc.Ranges()}
	carried := demarc.CarriedTable(
		slices.Collect(store.RouteTables.By(r, "vpc", string(vpc.ID))),
		slices.Collect(store.Subnets.By(r, "vpc", string(vpc.ID))))
	for _, s := range carried.Static {
		t.Static = append(t.Static, route.Static(s))
	}
	for _, p := range seen.Propagated {
		if !slices.Contains(carried.Propagating, p.Gateway) {
			continue // known to the gateway, and not in the table
		}
		t.Propagated = append(t.Propagated, route.Propagated{
			Prefix: p.Prefix, Target: string(p.Gateway), Via: string(p.Device), Path: p.Path,
		})
	}
	return t
}
