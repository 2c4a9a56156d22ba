package linux_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

var compare = cmp.Options{
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
	cmpopts.SortSlices(func(a, b linux.Route) bool { return a.Prefix.String() < b.Prefix.String() }),
}

// routed gives a namespace with link "x" and nexthop 1 via fe80::2 on it.
func routed(t *testing.T) (n, far *linux.Namespace) {
	t.Helper()
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	must(t, linux.EnsureNexthop(a.Namespace, linux.Nexthop{ID: 1, Link: "x", Gateway: netip.MustParseAddr("fe80::2")}))
	return a.Namespace, b.Namespace
}

func routes(t *testing.T, n *linux.Namespace) []linux.Route {
	t.Helper()
	list, err := linux.Routes(n)
	must(t, err)
	return list
}

func route(prefix string, nexthop uint32) linux.Route {
	return linux.Route{Prefix: netip.MustParsePrefix(prefix), Nexthop: nexthop}
}

// many gives distinct /24s.
func many(count int) (list []linux.Route) {
	for i := range count {
		list = append(list, route(fmt.Sprintf("%d.%d.%d.0/24", 20+i>>16, i>>8&255, i&255), 1))
	}
	return list
}

func TestNexthopsReadBack(t *testing.T) {
	n, _ := routed(t)
	want := map[uint32]linux.Nexthop{
		1: {ID: 1, Link: "x", Gateway: netip.MustParseAddr("fe80::2")},
		2: {ID: 2, Link: "x", Gateway: netip.MustParseAddr("10.9.0.2")},
		3: {ID: 3, Link: "x"},
		4: {ID: 4, Link: "x", IPv6: true},
		5: {ID: 5, Blackhole: true},
	}
	for _, hop := range want {
		must(t, linux.EnsureNexthop(n, hop))
		must(t, linux.EnsureNexthop(n, hop))
	}
	run(t, n, "ip", "nexthop", "add", "id", "9", "blackhole") // not ours
	got, err := linux.Nexthops(n)
	must(t, err)
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("nexthops (-want +got):\n%s", diff)
	}
	must(t, linux.DeleteNexthop(n, 2))
	must(t, linux.DeleteNexthop(n, 2))
	if err := linux.EnsureNexthop(n, linux.Nexthop{ID: 6, Link: "nothing"}); err == nil {
		t.Error("made a nexthop on a link that does not exist")
	}
}

func TestRoutesReadBackAndCarry(t *testing.T) {
	n, far := routed(t)
	run(t, far, "ip", "addr", "add", "192.0.2.1/32", "dev", "lo")
	run(t, far, "ip", "addr", "add", "2001:db8::1/128", "dev", "lo")
	want := []linux.Route{
		{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Nexthop: 1},
		{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Nexthop: 1, Source: netip.MustParseAddr("10.9.0.1")},
		{Prefix: netip.MustParsePrefix("198.51.100.0/24"), Nexthop: 1, Metric: 50},
		{Prefix: netip.MustParsePrefix("2001:db8::/32"), Nexthop: 1},
		{Prefix: netip.MustParsePrefix("::/0"), Nexthop: 1, Metric: 70},
	}
	must(t, linux.ApplyRoutes(n, want, nil))
	must(t, linux.ApplyRoutes(n, want, nil))
	if diff := cmp.Diff(want, routes(t, n), compare); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	run(t, n, "ping", "-c1", "-W2", "192.0.2.1")
}

func TestTenThousandRoutes(t *testing.T) {
	n, _ := routed(t)
	run(t, n, "ip", "route", "add", "198.51.100.0/24", "nhid", "1", "proto", "186") // not ours
	list := many(10_000)
	start := time.Now()
	must(t, linux.ApplyRoutes(n, list, nil))
	added := time.Since(start)
	if diff := cmp.Diff(list, routes(t, n), compare); diff != "" {
		t.Errorf("routes after putting (-want +got):\n%s", diff)
	}
	must(t, linux.ApplyRoutes(n, nil, list[:5000]))
	must(t, linux.ApplyRoutes(n, nil, list[:5000])) // gone is no error
	if diff := cmp.Diff(list[5000:], routes(t, n), compare); diff != "" {
		t.Errorf("routes after removing half (-want +got):\n%s", diff)
	}
	start = time.Now()
	must(t, linux.DeleteNexthop(n, 1))
	t.Logf("10,000 put in %v, 5,000 withdrawn by their nexthop in %v", added, time.Since(start))
	if got := routes(t, n); len(got) != 0 {
		t.Errorf("%d routes outlive their nexthop", len(got))
	}
}

func TestForeignRoutesStay(t *testing.T) {
	n, _ := routed(t)
	run(t, n, "ip", "route", "add", "198.51.100.0/24", "nhid", "1", "proto", "186", "metric", "1024")
	must(t, linux.ApplyRoutes(n, nil, []linux.Route{route("198.51.100.0/24", 1)}))
	if out := run(t, n, "ip", "route", "show", "198.51.100.0/24"); !strings.Contains(out, "bgp") {
		t.Errorf("removed a route of another program; left is %q", out)
	}
}

// A customer may announce the subnet of the very link it speaks on.
func TestConnectedSubnetSurvivesItsAnnouncement(t *testing.T) {
	n, _ := routed(t)
	must(t, linux.EnsureNexthop(n, linux.Nexthop{ID: 2, Blackhole: true}))
	must(t, linux.ApplyRoutes(n, []linux.Route{route("10.9.0.0/30", 2)}, nil))
	run(t, n, "ping", "-c1", "-W2", "10.9.0.2")
	must(t, linux.ApplyRoutes(n, nil, []linux.Route{route("10.9.0.0/30", 2)}))
	run(t, n, "ping", "-c1", "-W2", "10.9.0.2")
}

func TestBadRoutesLoseNoOther(t *testing.T) {
	n, _ := routed(t)
	list := many(2000)
	bad := map[string]error{
		list[0].Prefix.String():    unix.EINVAL, // first of a batch
		list[511].Prefix.String():  unix.EINVAL, // last of a batch
		list[700].Prefix.String():  unix.EINVAL,
		list[1999].Prefix.String(): unix.EINVAL, // last of all
		"10.0.0.1/8":               unix.EINVAL, // never sent
	}
	list = append(list, route("10.0.0.1/8", 1))
	var good []linux.Route
	for i := range list {
		if bad[list[i].Prefix.String()] != nil {
			list[i].Nexthop = 99 // no such nexthop
			continue
		}
		good = append(good, list[i])
	}
	err := linux.ApplyRoutes(n, list, nil)
	got := map[string]error{}
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		var refused *linux.RouteError
		if !errors.As(err, &refused) {
			t.Fatalf("error %v names no route", err)
		}
		got[refused.Route.Prefix.String()] = refused.Err
	}
	if diff := cmp.Diff(bad, got, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("refused routes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(good, routes(t, n), compare); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestEveryRouteOfABatchRefused(t *testing.T) {
	n, _ := routed(t)
	list := many(1500)
	for i := range list {
		list[i].Nexthop = 99
	}
	err := linux.ApplyRoutes(n, list, nil)
	if refused := len(err.(interface{ Unwrap() []error }).Unwrap()); refused != len(list) {
		t.Errorf("%d of %d refusals arrived", refused, len(list))
	}
	must(t, linux.ApplyRoutes(n, many(10), nil))
}

func TestRoutesMove(t *testing.T) {
	n, _ := routed(t)
	old, moved := route("198.51.100.0/24", 1), route("198.51.100.0/24", 1)
	old.Metric = 10
	must(t, linux.ApplyRoutes(n, []linux.Route{old}, nil))
	must(t, linux.ApplyRoutes(n, []linux.Route{moved}, []linux.Route{old, moved}))
	if diff := cmp.Diff([]linux.Route{moved}, routes(t, n), compare); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

// The package comment promises this surprise; if a kernel stops doing it, the
// comment must go.
func TestKernelForgetsNexthopsWithoutCarrier(t *testing.T) {
	n, far := routed(t)
	must(t, linux.ApplyRoutes(n, many(3), nil))
	must(t, linux.SetLink(far, "x", false))
	eventually(t, "nexthop and routes are gone", func() bool {
		hops, err := linux.Nexthops(n)
		must(t, err)
		return len(hops) == 0 && len(routes(t, n)) == 0
	})
	must(t, linux.SetLink(far, "x", true))
	eventually(t, "carrier is back", func() bool { return state(t, n, "x").Carrier })
	must(t, linux.EnsureNexthop(n, linux.Nexthop{ID: 1, Link: "x", Gateway: netip.MustParseAddr("fe80::2")}))
	must(t, linux.ApplyRoutes(n, many(3), nil))
	if got := routes(t, n); !slices.ContainsFunc(got, func(r linux.Route) bool { return r.Nexthop == 1 }) {
		t.Errorf("routes after the repair: %v", got)
	}
}
