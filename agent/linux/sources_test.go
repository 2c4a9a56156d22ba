package linux_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
)

// A packet passes from where its answer would go, and from nowhere else.
func TestSources(t *testing.T) {
	host, gw, internet := gateway(t)
	run(t, internet, "ip", "route", "add", "default", "via", "203.0.113.1")
	must(t, linux.EnsureVeth(
		linux.End{Namespace: host, Name: "six", LinkLocal: true, Addresses: []netip.Prefix{netip.MustParsePrefix("2001:db8::1/64"), netip.MustParsePrefix("2001:db8:bad::1/128")}},
		linux.End{Namespace: gw, Name: "six", LinkLocal: true, Addresses: []netip.Prefix{netip.MustParsePrefix("2001:db8::2/64")}},
	))
	run(t, host, "ip", "addr", "add", "10.66.0.1/32", "dev", "lo")
	run(t, gw, "ip", "route", "add", "10.66.0.0/24", "dev", "out")
	good, spoofed := []string{"ping", "-c1", "-W1", "203.0.113.2"}, []string{"ping", "-c2", "-i0.1", "-W1", "-I", "10.66.0.1", "203.0.113.2"}
	good6, spoofed6 := []string{"ping", "-c1", "-W1", "2001:db8::2"}, []string{"ping", "-c2", "-i0.1", "-W1", "-I", "2001:db8:bad::1", "2001:db8::2"}

	if _, err := linux.Spoofed(gw, "in"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a table: %v", err)
	}
	for _, link := range []string{"in", "six"} {
		must(t, linux.EnsureSources(gw, link, link))
	}
	counts := func() (packets [2]uint64) {
		for i, link := range []string{"in", "six"} {
			c, err := linux.Spoofed(gw, link)
			must(t, err)
			packets[i] = c.Packets
		}
		return packets
	}
	run(t, host, good...)
	run(t, host, good6...)
	if counts() != [2]uint64{} {
		t.Errorf("dropped %v of what was right", counts())
	}
	try(host, spoofed...)
	try(host, spoofed6...)
	if counts() != [2]uint64{2, 2} {
		t.Errorf("dropped %v of two spoofed packets of each kind", counts())
	}
	before := run(t, gw, "nft", "-a", "list", "table", "inet", "in")
	must(t, linux.EnsureSources(gw, "in", "in"))
	if diff := cmp.Diff(before, run(t, gw, "nft", "-a", "list", "table", "inet", "in")); diff != "" {
		t.Errorf("repeating changed the table (-before +after):\n%s", diff)
	}
	run(t, gw, "nft", "flush chain inet in arriving")
	must(t, linux.EnsureSources(gw, "in", "in"))
	try(host, spoofed...)
	if counts() != [2]uint64{4, 2} {
		t.Errorf("after a repair %v were counted, want four and two", counts())
	}
}
