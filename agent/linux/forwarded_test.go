package linux_test

import (
	"net/netip"
	"testing"

	"demarc/agent/linux"
)

// What goes through a namespace is counted, and what ends or begins in it is
// not.
func TestForwardedIsWhatGoesThrough(t *testing.T) {
	a, through, b := fresh(t), fresh(t), fresh(t)
	address := func(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }
	must(t, linux.EnsureVeth(linux.End{Namespace: a, Name: "out", Addresses: address("10.1.0.1/24")}, linux.End{Namespace: through, Name: "in", Addresses: address("10.1.0.2/24")}))
	must(t, linux.EnsureVeth(linux.End{Namespace: b, Name: "out", Addresses: address("10.2.0.1/24")}, linux.End{Namespace: through, Name: "on", Addresses: address("10.2.0.2/24")}))
	must(t, through.Sysctl("net/ipv4/ip_forward", "1"))
	run(t, a, "ip", "route", "add", "default", "via", "10.1.0.2")
	run(t, b, "ip", "route", "add", "default", "via", "10.2.0.2")
	run(t, a, "ping", "-q", "-c3", "-i0.01", "-W1", "10.1.0.2")
	run(t, through, "ping", "-q", "-c3", "-i0.01", "-W1", "10.2.0.1")
	if got, err := linux.Forwarded(through); err != nil || got != 0 {
		t.Errorf("nothing went through: got %d, %v", got, err)
	}
	run(t, a, "ping", "-q", "-c5", "-i0.01", "-W1", "10.2.0.1")
	if got, err := linux.Forwarded(through); err != nil || got != 10 {
		t.Errorf("five requests and their answers: got %d, %v", got, err)
	}
}
