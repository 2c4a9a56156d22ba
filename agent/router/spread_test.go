package router_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
	"demarc/agent/router"
)

var (
	x = router.Hop{Link: "x", Gateway: far.Addr()}
	y = router.Hop{Link: "y", Gateway: far.Addr()}
)

func TestSpread(t *testing.T) {
	both := router.Spread(x, y)
	for name, got := range map[string]router.Hop{
		"the other way round": router.Spread(y, x),
		"twice":               router.Spread(x, y, x),
		"with nowhere":        router.Spread(router.Hop{}, y, x),
		"in two steps":        router.Spread(router.Spread(router.Hop{}, y), x),
		"of itself":           router.Spread(both, y),
	} {
		if got != both {
			t.Errorf("%s: %v is not %v", name, got, both)
		}
	}
	if router.Spread(x) != x || router.Spread() != (router.Hop{}) || both == x {
		t.Error("one hop is not itself, or none is somewhere")
	}
	if diff := cmp.Diff(both.Each(), []router.Hop{x, y}, comparer); diff != "" {
		t.Errorf("each (-got +want):\n%s", diff)
	}
	routes := router.Routes{prefix("10.0.0.0/24"): both, prefix("10.0.1.0/24"): y, prefix("10.0.2.0/24"): {}}
	if got := routes.Via(x); len(got) != 1 || len(routes.Via(y)) != 2 || len(routes.Via(both)) != 1 {
		t.Errorf("via x: %v, via y: %v", got, routes.Via(y))
	}
}

// twoLinks is a router with the links x and y.
func twoLinks(t *testing.T) *linux.Namespace {
	t.Helper()
	n := fresh(t)
	other, err := linux.OpenNamespace(n.Name() + "-far")
	must(t, err)
	defer other.Close()
	must(t, linux.EnsureVeth(
		linux.End{Namespace: n, Name: "y", Addresses: []netip.Prefix{near}},
		linux.End{Namespace: other, Name: "y", Addresses: []netip.Prefix{far}},
	))
	return n
}

func TestApplySpreads(t *testing.T) {
	n := twoLinks(t)
	both, v4, v6 := router.Spread(x, y), prefix("192.168.50.0/24"), prefix("2001:db8::/32")
	for _, step := range []struct {
		name string
		want router.Routes
	}{
		{"both", router.Routes{v4: both, v6: both, prefix("10.0.0.0/8"): x}},
		{"one path less", router.Routes{v4: y, v6: y, prefix("10.0.0.0/8"): y}},
		{"and again", router.Routes{v4: both, v6: x}},
		{"none", router.Routes{}},
	} {
		for range 2 { // twice is the same as once
			must(t, router.Apply(n, step.want))
			got, err := router.Read(n)
			must(t, err)
			if diff := cmp.Diff(got, step.want, comparer); diff != "" {
				t.Errorf("%s (-got +want):\n%s", step.name, diff)
			}
		}
	}
	if left := ip(t, n, "nexthop"); left != "" {
		t.Errorf("nexthops are left: %s", left)
	}
}

// A path whose link goes down takes no packets with it, not even before
// anybody looks; and when it is looked at the others go on.
func TestASpreadLosesALink(t *testing.T) {
	n := twoLinks(t)
	both, v4 := router.Spread(x, y), prefix("192.168.50.0/24")
	must(t, router.Apply(n, router.Routes{v4: both}))
	must(t, linux.SetLink(n, "x", false))
	got, err := router.Read(n)
	must(t, err)
	if got[v4] != y {
		t.Errorf("the kernel leads to %v", got[v4])
	}
	if err := router.Apply(n, router.Routes{v4: both}); err == nil || !strings.Contains(err.Error(), "on x") {
		t.Errorf("error is %v, want one about the path that cannot be", err)
	}
	if got, err = router.Read(n); err != nil || got[v4] != y {
		t.Errorf("it leads to %v, %v", got[v4], err)
	}
	must(t, linux.SetLink(n, "x", true))
	must(t, router.Apply(n, router.Routes{v4: both}))
	if got, err = router.Read(n); err != nil || got[v4] != both {
		t.Errorf("after the return it leads to %v, %v", got[v4], err)
	}
}
