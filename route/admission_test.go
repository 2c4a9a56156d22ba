package route_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"demarc/route"
)

// A hundred prefixes enter a table, shorter ones first, whatever the order in
// which they were learned and by how many paths.
func TestATableTakesAHundredPropagatedPrefixes(t *testing.T) {
	var table route.Table
	for i := range 99 {
		for _, device := range []string{"d1", "d2"} {
			table.Propagated = append(table.Propagated, learned(fmt.Sprintf("10.9.%d.0/24", i), device, 1))
		}
	}
	table.Propagated = append(table.Propagated,
		learned("10.9.0.0/32", "d1", 1), learned("0.0.0.0/0", "d1", 1), learned("10.200.0.0/24", "d1", 1))
	slices.Reverse(table.Propagated)
	out := map[netip.Prefix]bool{}
	for _, v := range route.Evaluate(table) {
		if v.Active != (v.Rule == "") || !v.Active && v.Rule != route.RuleFull {
			t.Errorf("%s", row(v))
		}
		if !v.Active {
			out[v.Prefix] = true
		}
	}
	if len(out) != 2 || !out[prefix("10.9.0.0/32")] || !out[prefix("10.200.0.0/24")] {
		t.Errorf("left out: %v, want the longest and the highest", out)
	}
	// A route by hand to a prefix that is left out is used as ever.
	table.Static = []route.Static{{Prefix: prefix("10.200.0.0/24"), Target: igw}}
	if v, _ := route.Lookup(route.Evaluate(table), addr("10.200.0.1")); v.Target != igw {
		t.Errorf("to 10.200.0.1: %s", row(v))
	}
}
