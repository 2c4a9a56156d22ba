package linux_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
)

func TestApart(t *testing.T) {
	host, gw, _ := gateway(t)
	ping := []string{"ping", "-c1", "-W1", "203.0.113.1"}
	must(t, linux.EnsureApart(gw, "apart", "o"))
	must(t, linux.EnsureMasquerade(gw, "igw", "out"))
	across := []string{"ping", "-c1", "-W1", "203.0.113.2"}
	run(t, host, across...) // "in" is no such link
	run(t, gw, "ip", "link", "set", "in", "name", "or")
	run(t, gw, "ip", "route", "replace", "10.1.0.0/24", "dev", "or")
	if out, err := try(host, across...); err == nil {
		t.Errorf("it crosses between two such links:\n%s", out)
	}
	run(t, host, ping...) // to the router itself nothing is in the way
	before := run(t, gw, "nft", "-a", "list", "table", "inet", "apart")
	must(t, linux.EnsureApart(gw, "apart", "o"))
	if diff := cmp.Diff(before, run(t, gw, "nft", "-a", "list", "table", "inet", "apart")); diff != "" {
		t.Errorf("repeating changed the table (-before +after):\n%s", diff)
	}
	for _, tt := range []struct {
		within []string
		passes bool
	}{
		{[]string{"10.1.0.0/24"}, false}, // one end of the two
		{[]string{"fd00::/8", "0.0.0.0/0"}, true},
		{[]string{"10.0.0.0/8", "203.0.113.0/24"}, false}, // each in another
		{[]string{"::/0"}, false},
		{nil, false},
	} {
		var within []netip.Prefix
		for _, p := range tt.within {
			within = append(within, netip.MustParsePrefix(p))
		}
		must(t, linux.EnsureApart(gw, "apart", "o", within...))
		before := run(t, gw, "nft", "-a", "list", "table", "inet", "apart")
		must(t, linux.EnsureApart(gw, "apart", "o", within...))
		if diff := cmp.Diff(before, run(t, gw, "nft", "-a", "list", "table", "inet", "apart")); diff != "" {
			t.Errorf("repeating changed the table (-before +after):\n%s", diff)
		}
		if out, err := try(host, across...); (err == nil) != tt.passes {
			t.Errorf("within %v: passes %v, want %v:\n%s", tt.within, err == nil, tt.passes, out)
		}
	}
	for _, damage := range []string{"flush chain inet apart forward", "add rule inet apart forward accept", "delete table inet apart", "insert rule inet apart forward accept"} {
		run(t, gw, "nft", damage)
		must(t, linux.EnsureApart(gw, "apart", "o"))
		if out, err := try(host, across...); err == nil {
			t.Errorf("after %q it crosses:\n%s", damage, out)
		}
	}
}
