package linux_test

import (
	"strconv"
	"strings"
	"testing"

	"demarc/agent/linux"
)

// What is set by netlink is what the files below /proc/sys show, whether the
// link is new or somebody changed it.
func TestSettingsOfALink(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	b.Addresses = prefixes("10.9.0.2/30")
	must(t, linux.EnsureVeth(a, b))
	shows := func(n *linux.Namespace, file, want string) {
		t.Helper()
		if got := strings.TrimSpace(run(t, n, "cat", "/proc/sys/net/"+file)); got != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
	soon := func(n *linux.Namespace, file string) {
		t.Helper()
		text := strings.TrimSpace(run(t, n, "cat", "/proc/sys/net/"+file))
		if got, err := strconv.Atoi(text); err != nil || got < 50 || got > 60 { // 50, in whole ticks of the kernel
			t.Errorf("%s is %s, want 50", file, text)
		}
	}
	all := func() {
		t.Helper()
		shows(a.Namespace, "ipv6/conf/x/disable_ipv6", "0")
		shows(a.Namespace, "ipv6/conf/x/accept_ra", "0")
		shows(a.Namespace, "ipv6/conf/x/addr_gen_mode", "1")
		soon(a.Namespace, "ipv6/neigh/x/retrans_time_ms")
		soon(a.Namespace, "ipv4/neigh/x/retrans_time_ms")
		shows(b.Namespace, "ipv6/conf/x/disable_ipv6", "1")
		soon(b.Namespace, "ipv4/neigh/x/retrans_time_ms")
	}
	all()
	run(t, a.Namespace, "sh", "-c", "cd /proc/sys/net/ipv6/conf/x && echo 1 >disable_ipv6 && echo 2 >accept_ra && echo 0 >addr_gen_mode")
	run(t, b.Namespace, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/x/disable_ipv6")
	must(t, linux.EnsureVeth(a, b))
	all()
}

// A router takes no advertisements unless it was told to: nothing is to be
// written, which is the expensive part.
func TestARouterTakesNoAdvertisements(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	for _, n := range []*linux.Namespace{a.Namespace, b.Namespace} {
		if forwards, err := n.Forwards(); err != nil || forwards {
			t.Fatalf("a fresh namespace forwards: %v, %v", forwards, err)
		}
		must(t, n.SetSysctls([]linux.Parameter{{Path: "net/ipv6/conf/all/forwarding", Value: "1"}, {Path: "net/ipv4/ip_forward", Value: "1"}}))
		if forwards, err := n.Forwards(); err != nil || !forwards {
			t.Fatalf("a router does not forward: %v, %v", forwards, err)
		}
	}
	must(t, linux.EnsureVeth(a, b))
	run(t, a.Namespace, "sh", "-c", "echo 2 >/proc/sys/net/ipv6/conf/x/accept_ra")
	must(t, linux.EnsureVeth(a, b))
	if got := strings.TrimSpace(run(t, a.Namespace, "cat", "/proc/sys/net/ipv6/conf/x/accept_ra")); got != "0" {
		t.Errorf("a router that was told to take advertisements still does: accept_ra is %s", got)
	}
}
