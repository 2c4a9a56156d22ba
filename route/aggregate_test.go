package route_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"demarc/route"
)

func prefixesOf(text string) (out []netip.Prefix) {
	for _, p := range strings.Fields(text) {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func TestAggregate(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"none", "", ""},
		{"halves", "10.0.1.0/24 10.0.0.0/24", "10.0.0.0/23"},
		{"not halves", "10.0.1.0/24 10.0.2.0/24", "10.0.1.0/24 10.0.2.0/24"},
		{"one in another", "10.0.0.0/16 10.0.3.0/24", "10.0.0.0/16"},
		{"twice", "10.0.0.0/24 10.0.0.0/24", "10.0.0.0/24"},
		{"four", "10.0.0.0/24 10.0.1.0/24 10.0.2.0/24 10.0.3.0/24", "10.0.0.0/22"},
		{"host bits", "10.0.0.7/24 10.0.1.9/24", "10.0.0.0/23"},
		{"everything", "0.0.0.0/1 128.0.0.0/1", "0.0.0.0/0"},
		{"two families", "::/1 10.0.0.0/8 8000::/1", "10.0.0.0/8 ::/0"},
	} {
		if got := strings.Trim(fmt.Sprint(route.Aggregate(prefixesOf(tt.in))), "[]"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestAggregateCoversTheSame compares every address of a small space.
func TestAggregateCoversTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	inside := func(all []netip.Prefix, a netip.Addr) bool {
		for _, p := range all {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	for range 300 {
		var in []netip.Prefix
		for range random.IntN(30) {
			in = append(in, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(random.IntN(256))}), 24+random.IntN(9)).Masked())
		}
		exact := route.Aggregate(in)
		most := 1 + random.IntN(5)
		wide, wider := route.AggregateTo(in, most)
		if len(wide) > most || wider == (len(exact) <= most) && len(exact) > 0 && wider {
			t.Fatalf("%v to %d: got %v, wider %v", in, most, wide, wider)
		}
		for last := range 256 {
			a := netip.AddrFrom4([4]byte{10, 0, 0, byte(last)})
			if was := inside(in, a); was != inside(exact, a) || was && !inside(wide, a) || !wider && was != inside(wide, a) {
				t.Fatalf("%v: %s is otherwise in %v or %v (wider %v)", in, a, exact, wide, wider)
			}
		}
	}
}
