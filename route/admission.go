package route

import (
	"cmp"
	"net/netip"
	"slices"
)

// MaxPropagated is how many prefixes gateways propagate into one table (AWS: 100
// for a VPC's, and no more on request), of both IP versions together.
const MaxPropagated = 100

// RuleFull is why a prefix is left out of a table altogether.
const RuleFull = "a table takes 100 propagated prefixes; shorter ones come first, then lower ones"

// Admitted are the prefixes that are learned, in the order in which they enter
// the table, and those for which it has no room.
//
// AWS does not say which it leaves out. Here the shortest prefixes enter first,
// so that a default route or an aggregate stays to lead what is left out, then
// IPv4 and the lower ones: when they were learned does not count.
func (t Table) Admitted() (taken, leftOut []netip.Prefix) {
	var all []netip.Prefix
	for _, p := range t.Propagated {
		all = append(all, p.Prefix.Masked())
	}
	slices.SortFunc(all, func(a, b netip.Prefix) int {
		return cmp.Or(cmp.Compare(a.Bits(), b.Bits()), a.Addr().Compare(b.Addr()))
	})
	all = slices.Compact(all)
	n := min(MaxPropagated, len(all))
	return all[:n], all[n:]
}
