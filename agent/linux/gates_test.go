package linux_test

import (
	"net/netip"
	"strings"
	"testing"

	"demarc/agent/linux"
)

// Gates tell IPv4 from IPv6, one ICMP type from another and the two directions
// apart, and leave nothing behind.
func TestGates(t *testing.T) {
	n, host, far := fresh(t), fresh(t), fresh(t)
	run(t, n, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
	for i, place := range []*linux.Namespace{host, far} {
		link := []string{"h0", "h1"}[i]
		at := func(four, six string) []netip.Prefix {
			return []netip.Prefix{netip.MustParsePrefix(four), netip.MustParsePrefix(six)}
		}
		third := []string{"0", "1"}[i]
		must(t, linux.EnsureVeth(
			linux.End{Namespace: n, Name: link, LinkLocal: true, Addresses: at("10.1."+third+".1/24", "fd01:"+third+"::1/64")},
			linux.End{Namespace: place, Name: "eth0", LinkLocal: true, Addresses: at("10.1."+third+".2/24", "fd01:"+third+"::2/64")},
		))
		run(t, place, "ip", "route", "add", "default", "via", "10.1."+third+".1")
		run(t, place, "ip", "-6", "route", "add", "default", "via", "fd01:"+third+"::1")
	}
	reaches := func(from *linux.Namespace, to string) bool {
		_, err := try(from, "ping", "-c1", "-W1", to)
		return err == nil
	}
	check := func(what string, in4, in6, out4, out6 bool) {
		t.Helper()
		for _, c := range []struct {
			from *linux.Namespace
			to   string
			want bool
		}{{far, "10.1.0.2", in4}, {far, "fd01:0::2", in6}, {host, "10.1.1.2", out4}, {host, "fd01:1::2", out6}} {
			if got := reaches(c.from, c.to); got != c.want {
				t.Errorf("%s: %s is reached: %v, want %v", what, c.to, got, c.want)
			}
		}
	}
	all := func(out bool, far string) linux.Pass {
		return linux.Pass{Out: out, Far: netip.MustParsePrefix(far), Protocol: -1, From: -1, To: -1}
	}
	eventually(t, "without gates everything passes", func() bool { return reaches(far, "fd01:0::2") && reaches(far, "10.1.0.2") })
	const table = "t"
	for _, test := range []struct {
		what                 string
		passes               []linux.Pass
		in4, in6, out4, out6 bool
	}{
		{"nothing", nil, false, false, false, false},
		{"IPv4 in", []linux.Pass{all(false, "0.0.0.0/0")}, true, false, false, false},
		{"the network of IPv6 in", []linux.Pass{all(false, "fd01:1::/63")}, false, true, false, false},
		{"another network", []linux.Pass{all(false, "10.1.0.0/24"), all(true, "10.1.2.0/23")}, false, false, false, false},
		{"out", []linux.Pass{all(true, "10.1.1.2/32"), all(true, "::/0")}, false, false, true, true},
		{"echo requests in", []linux.Pass{{Far: netip.MustParsePrefix("0.0.0.0/0"), Protocol: 1, From: 8, To: -1}}, true, false, false, false},
		{"another type", []linux.Pass{{Far: netip.MustParsePrefix("0.0.0.0/0"), Protocol: 1, From: 13, To: -1}}, false, false, false, false},
		{"TCP", []linux.Pass{{Far: netip.MustParsePrefix("0.0.0.0/0"), Protocol: 6, From: 1, To: 9}}, false, false, false, false},
	} {
		for range 2 { // doing it twice is the same as once
			must(t, linux.EnsureGates(n, table, []linux.Gate{{Link: "h0", Passes: test.passes}}))
		}
		check(test.what, test.in4, test.in6, test.out4, test.out6)
	}
	refused, err := linux.Refused(n, table)
	if err != nil || refused["h0"].In.Packets < 8 || refused["h0"].Out.Packets < 8 {
		t.Errorf("refused: %+v, %v", refused, err)
	}
	must(t, linux.EnsureGates(n, table, nil))
	check("no gates", true, true, true, true)
	if out := run(t, n, "nft", "list", "tables"); strings.Contains(out, table) {
		t.Errorf("left behind: %s", out)
	}
	if refused, err := linux.Refused(n, table); err != nil || len(refused) > 0 {
		t.Errorf("refused without a table: %v, %v", refused, err)
	}
}
