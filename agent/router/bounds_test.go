package router_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
	"demarc/agent/router"
)

// Bounds hold for their own prefixes, though all share a nexthop, come and go
// with them, and are put only where they differ.
func TestBounds(t *testing.T) {
	n := fresh(t)
	over := router.Hop{Link: "x", Gateway: far.Addr()}
	routes := router.Routes{}
	for _, p := range []string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "fd01::/64", "fd02::/64"} {
		routes[prefix(p)] = over
	}
	for _, bounds := range []router.Bounds{
		{prefix("10.0.0.0/24"): 1500, prefix("fd01::/64"): 1500},
		{prefix("10.0.1.0/24"): 1400, prefix("fd02::/64"): 1400},
		{},
		{prefix("10.0.2.0/24"): 1500},
	} {
		must(t, router.ApplyTables(n, router.Tables{router.Main: routes}, map[uint32]router.Bounds{router.Main: bounds}))
		got := router.Bounds{}
		have, err := linux.Routes(n)
		must(t, err)
		for _, r := range have {
			if r.MTU != 0 {
				got[r.Prefix] = int(r.MTU)
			}
		}
		if diff := cmp.Diff(got, bounds, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("bounds (-got +want):\n%s", diff)
		}
	}
}
