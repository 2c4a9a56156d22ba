package intent

import (
	"cmp"
	"slices"

	"demarc"
)

// routeTables are those of a VPC that its subnets use, after the main one. Each
// app host is told its own.
func routeTables(in HostInputs, v demarc.VPC, hosts []Host) []RouteTable {
	tables := slices.DeleteFunc(slices.Clone(in.RouteTables), func(t demarc.RouteTable) bool { return t.VPC != v.ID })
	subnets := slices.DeleteFunc(slices.Clone(in.Subnets), func(s demarc.Subnet) bool { return s.VPC != v.ID })
	main := demarc.TableOf(tables, "")
	if main.ID == "" {
		return nil
	}
	for i, h := range hosts {
		hosts[i].Table = demarc.TableFor(tables, subnets, h.Address).ID
	}
	used := []demarc.RouteTable{main}
	for _, s := range subnets {
		t := demarc.TableOf(tables, s.ID)
		if !slices.ContainsFunc(used, func(u demarc.RouteTable) bool { return u.ID == t.ID }) {
			used = append(used, t)
		}
	}
	slices.SortFunc(used[1:], func(a, b demarc.RouteTable) int { return cmp.Compare(a.ID, b.ID) })
	var out []RouteTable
	for _, t := range used {
		out = append(out, routeTable(t))
	}
	return out
}

func routeTable(t demarc.RouteTable) RouteTable {
	out := RouteTable{ID: t.ID, Propagating: slices.Clone(t.Propagating)}
	for _, r := range t.Static {
		out.Static = append(out.Static, Static(r))
	}
	return out
}
