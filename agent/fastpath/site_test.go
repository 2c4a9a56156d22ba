package fastpath_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"demarc/agent/fastpath"
	"demarc/agent/linux"
	"demarc/agent/router"
)

var serial atomic.Int64

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got is what a call gave, which must not have failed.
func got[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		must(t, err)
		return v
	}
}

func name() string { return fmt.Sprintf("fast%d-%d", os.Getpid(), serial.Add(1)) }

// fresh makes a namespace that goes with the test; a router's forwards.
func fresh(t *testing.T, forwards bool) *linux.Namespace {
	t.Helper()
	called := name()
	n, err := linux.CreateNamespace(called)
	if forwards && err == nil {
		must(t, n.Close())
		n, _, err = router.Ensure(called)
	}
	must(t, err)
	t.Cleanup(func() {
		if err := errors.Join(n.Close(), linux.DeleteNamespace(called)); err != nil {
			t.Error(err)
		}
	})
	return n
}

func try(n *linux.Namespace, args ...string) (string, error) {
	out, err := exec.Command("ip", append([]string{"netns", "exec", n.Name()}, args...)...).CombinedOutput()
	return string(out), err
}

func run(t *testing.T, n *linux.Namespace, args ...string) string {
	t.Helper()
	out, err := try(n, args...)
	if err != nil {
		t.Fatalf("%v in %s: %v\n%s", args, n, err, out)
	}
	return out
}

// patience is how long something may take on a busy machine.
const patience = time.Minute

func deadline() time.Time { return time.Now().Add(patience) }

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	end := deadline()
	for !condition() {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// What is where. The two gateways have the same address, behind links that are
// numbered as the backbone's are.
const (
	own, own6              = "10.1.0.1", "fd00:1::1"
	host, host6            = "10.1.0.10", "fd00:1::10"
	behind, behind6        = "10.2.0.1", "fd00:2::1"
	subnet          uint32 = 1<<31 + 7 // a table as the VPC host numbers them
	mtu                    = 9001
)

// A site is a router as a VPC's namespace is: an app host on one side, whose
// packets are judged by its subnet's table, and gateways on the other.
type site struct {
	router, app *linux.Namespace
	gateways    []*linux.Namespace // behind "g0" and "g1"
}

// newSite has a number of gateways, which share what is behind them, and the fast
// path; neighbours are known.
func newSite(t *testing.T, gateways int) *site {
	t.Helper()
	s := &site{router: fresh(t, true), app: fresh(t, false)}
	prefixes := func(all ...string) (p []netip.Prefix) {
		for _, text := range all {
			p = append(p, netip.MustParsePrefix(text))
		}
		return p
	}
	must(t, linux.EnsureVeth(
		linux.End{Namespace: s.router, Name: "h", MTU: mtu, Addresses: prefixes(own+"/24", own6+"/64")},
		linux.End{Namespace: s.app, Name: "eth0", MTU: mtu, Addresses: prefixes(host+"/24", host6+"/64")}))
	run(t, s.app, "ip", "route", "add", "default", "via", own)
	run(t, s.app, "ip", "-6", "route", "add", "default", "via", own6)
	for i := range gateways {
		gateway := fresh(t, true)
		s.gateways = append(s.gateways, gateway)
		must(t, linux.EnsureVeth(
			linux.End{Namespace: s.router, Name: link(i), MTU: mtu, Addresses: prefixes("fe80::2/64")},
			linux.End{Namespace: gateway, Name: "b", MTU: mtu, Addresses: prefixes("fe80::1/64")}))
		run(t, gateway, "ip", "address", "add", behind+"/32", "dev", "lo")
		run(t, gateway, "ip", "address", "add", behind6+"/128", "dev", "lo")
		back := router.Hop{Link: "b", Gateway: netip.MustParseAddr("fe80::2")}
		must(t, router.Apply(gateway, router.Routes{netip.MustParsePrefix("10.1.0.0/24"): back, netip.MustParsePrefix("fd00:1::/64"): back}))
	}
	s.lead(t, s.hops(), nil)
	must(t, linux.ApplyRules(s.router, []linux.Rule{{Link: linux.OwnPackets, Table: subnet}, {Link: "h", Table: subnet}}))
	s.meet(t)
	s.put(t)
	return s
}

func link(gateway int) string { return fmt.Sprintf("g%d", gateway) }

func (s *site) hops() (hops []router.Hop) {
	for i := range s.gateways {
		hops = append(hops, router.Hop{Link: link(i), Gateway: netip.MustParseAddr("fe80::1")})
	}
	return hops
}

var behindBoth = []netip.Prefix{netip.MustParsePrefix("10.2.0.0/16"), netip.MustParsePrefix("fd00:2::/64")}

// lead makes the routes of the subnet's table.
func (s *site) lead(t *testing.T, hops []router.Hop, bounds router.Bounds) {
	t.Helper()
	routes := router.Routes{}
	for _, p := range behindBoth {
		routes[p] = router.Spread(hops...)
	}
	must(t, router.ApplyTables(s.router, router.Tables{subnet: routes}, map[uint32]router.Bounds{subnet: bounds}))
}

// meet has all neighbours know each other.
func (s *site) meet(t *testing.T) {
	t.Helper()
	run(t, s.router, "ping", "-c1", "-W5", host)
	run(t, s.router, "ping", "-c1", "-W5", host6)
	for i := range s.gateways {
		run(t, s.router, "ping", "-c1", "-W5", "fe80::1%"+link(i))
	}
}

// ways are those of the router's links.
func (s *site) ways() map[string]fastpath.Way {
	ways := map[string]fastpath.Way{"h": {Table: subnet, Hosts: []netip.Addr{netip.MustParseAddr(host), netip.MustParseAddr(host6)}}}
	for i := range s.gateways {
		ways[link(i)] = fastpath.Way{}
	}
	return ways
}

func (s *site) put(t *testing.T) {
	t.Helper()
	got(fastpath.Put(s.router, s.ways()))(t)
}

// stacked is how many packets the router's stack forwards while something is
// done.
func (s *site) stacked(t *testing.T, do func()) uint64 {
	t.Helper()
	before, err := linux.Forwarded(s.router)
	must(t, err)
	do()
	after, err := linux.Forwarded(s.router)
	must(t, err)
	return after - before
}

// arrived is how many packets a gateway gets while something is done.
func (s *site) arrived(t *testing.T, gateway int, do func()) uint64 {
	t.Helper()
	count := func() uint64 {
		state, _, err := linux.LinkState(s.gateways[gateway], "b")
		must(t, err)
		return state.RxPackets
	}
	before := count()
	do()
	return count() - before
}

// programs are what is on the router's links.
func (s *site) programs(t *testing.T) map[string]linux.IngressProgram {
	t.Helper()
	links, err := linux.Links(s.router)
	must(t, err)
	found := map[string]linux.IngressProgram{}
	for link := range links {
		if p, there, err := linux.AttachedIngress(s.router, link); err == nil && there {
			found[link] = p
		}
	}
	return found
}

func ping(t *testing.T, from *linux.Namespace, to string, args ...string) string {
	t.Helper()
	return run(t, from, append(append([]string{"ping", "-c5", "-i0.01", "-W5"}, args...), to)...)
}

// contains tells what a command should have said.
func contains(t *testing.T, out, text string) {
	t.Helper()
	if !strings.Contains(out, text) {
		t.Errorf("there is no %q in:\n%s", text, out)
	}
}
