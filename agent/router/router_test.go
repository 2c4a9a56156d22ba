package router_test

import (
	"crypto/rand"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/agent/linux"
	"demarc/agent/router"
)

var (
	near, far = netip.MustParsePrefix("fe80::1/64"), netip.MustParsePrefix("fe80::2/64")
	customer  = netip.MustParseAddr("169.254.10.2")
	comparer  = cmpopts.EquateComparable(netip.Prefix{}, router.Hop{})
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// fresh makes a router with a link x to a namespace of its own.
func fresh(t *testing.T) *linux.Namespace {
	t.Helper()
	name := "rt-" + strings.ToLower(rand.Text()[:8])
	n, made, err := router.Ensure(name)
	t.Cleanup(func() { linux.DeleteNamespace(name); linux.DeleteNamespace(name + "-far") })
	must(t, err)
	t.Cleanup(func() { n.Close() })
	if !made {
		t.Fatalf("namespace %s was there already", name)
	}
	other, err := linux.CreateNamespace(name + "-far")
	must(t, err)
	defer other.Close()
	must(t, linux.EnsureVeth(
		linux.End{Namespace: n, Name: "x", Addresses: []netip.Prefix{near, prefix("169.254.10.1/30")}},
		linux.End{Namespace: other, Name: "x", Addresses: []netip.Prefix{far, prefix("169.254.10.2/30")}},
	))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ip(t *testing.T, n *linux.Namespace, args ...string) string {
	t.Helper()
	out, err := exec.Command("ip", append([]string{"-n", n.Name()}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %v: %v: %s", args, err, out)
	}
	return string(out)
}

func TestApply(t *testing.T) {
	n := fresh(t)
	over4, over6, nowhere := router.Hop{Link: "x", Gateway: customer}, router.Hop{Link: "x", Gateway: far.Addr()}, router.Hop{}
	steps := []struct {
		name string
		want router.Routes
	}{
		{"some", router.Routes{prefix("0.0.0.0/0"): over6, prefix("192.168.50.0/24"): over4, prefix("10.0.0.0/24"): nowhere, prefix("10.0.0.7/32"): {Link: "x"}}},
		{"a route moves", router.Routes{prefix("0.0.0.0/0"): over4, prefix("192.168.50.0/24"): over4, prefix("10.0.0.0/24"): nowhere}},
		{"a hop goes", router.Routes{prefix("0.0.0.0/0"): over6}},
		{"both families over one hop", router.Routes{prefix("0.0.0.0/0"): over6, prefix("2001:db8::/32"): over6, prefix("fd00::/8"): nowhere}},
		{"none", router.Routes{}},
	}
	for _, step := range steps {
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

func TestApplyRepairsAndLeavesTheRestAlone(t *testing.T) {
	n := fresh(t)
	want := router.Routes{prefix("192.168.50.0/24"): {Link: "x", Gateway: customer}, prefix("192.168.51.0/24"): {Link: "x", Gateway: customer}}
	must(t, router.Apply(n, want))
	ip(t, n, "route", "add", "172.16.0.0/12", "via", "169.254.10.2") // somebody else's
	ip(t, n, "route", "del", "192.168.50.0/24", "metric", "1024")
	must(t, router.Apply(n, want))
	if got := ip(t, n, "route"); !strings.Contains(got, "172.16.0.0/12") || !strings.Contains(got, "192.168.50.0/24") {
		t.Errorf("routes are:\n%s", got)
	}
	ip(t, n, "link", "set", "x", "down") // takes all with it
	ip(t, n, "link", "set", "x", "up")
	must(t, router.Apply(n, want))
	got, err := router.Read(n)
	must(t, err)
	if diff := cmp.Diff(got, want, comparer); diff != "" {
		t.Errorf("after the link came back (-got +want):\n%s", diff)
	}
}

func TestAHopThatCannotBeDelaysNoOther(t *testing.T) {
	n := fresh(t)
	good := router.Routes{prefix("192.168.50.0/24"): {Link: "x", Gateway: customer}}
	must(t, router.Apply(n, router.Routes{prefix("10.1.0.0/16"): {Link: "x", Gateway: customer}}))
	err := router.Apply(n, router.Routes{
		prefix("192.168.50.0/24"): {Link: "x", Gateway: customer},
		prefix("10.1.0.0/16"):     {Link: "gone", Gateway: customer},
	})
	if err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("error is %v, want one about the link", err)
	}
	got, err := router.Read(n)
	must(t, err)
	if diff := cmp.Diff(got, good, comparer); diff != "" {
		t.Errorf("routes (-got +want):\n%s", diff)
	}
}

func TestEnsureForwardsAndSendsNoRedirects(t *testing.T) {
	n := fresh(t)
	for path, want := range map[string]string{
		"net.ipv4.ip_forward": "1", "net.ipv4.conf.x.send_redirects": "0", "net.ipv4.conf.x.rp_filter": "0", "net.ipv6.conf.x.forwarding": "1",
	} {
		out, err := exec.Command("ip", "netns", "exec", n.Name(), "sysctl", "-n", path).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", path, got, err, want)
		}
	}
	again, made, err := router.Ensure(n.Name())
	must(t, err)
	again.Close()
	if made {
		t.Error("made twice")
	}
}

func TestRemoveTakesTheFarEndsAlongAtOnce(t *testing.T) {
	n := fresh(t) // the open descriptor keeps the namespace itself alive
	other, err := linux.OpenNamespace(n.Name() + "-far")
	must(t, err)
	defer other.Close()
	for range 2 {
		must(t, router.Remove(n.Name()))
		if _, there, err := linux.LinkState(other, "x"); there || err != nil {
			t.Errorf("the far end is there: %v, %v", there, err)
		}
	}
}
