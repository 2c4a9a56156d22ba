package route_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/route"
)

// samePrefixes compares lists, of which nil is the empty one.
var samePrefixes = cmp.Options{cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()}

// TestAllowedPrefixes has the rows of AWS's own table: the network
// 10.0.0.0/16 behind a virtual private gateway and behind a Transit Gateway.
func TestAllowedPrefixes(t *testing.T) {
	for _, test := range []struct {
		name                          string
		allowed, filtered, originated []netip.Prefix
	}{
		{"elsewhere", prefixes("22.0.0.0/24"), nil, prefixes("22.0.0.0/24")},
		{"narrower", prefixes("10.0.0.0/24"), nil, prefixes("10.0.0.0/24")},
		{"equal", prefixes("10.0.0.0/16"), prefixes("10.0.0.0/16"), prefixes("10.0.0.0/16")},
		{"wider", prefixes("10.0.0.0/15"), prefixes("10.0.0.0/16"), prefixes("10.0.0.0/15")},
		{"much wider", prefixes("10.0.0.0/8"), prefixes("10.0.0.0/16"), prefixes("10.0.0.0/8")},
		{"everything", prefixes("0.0.0.0/0"), prefixes("10.0.0.0/16"), prefixes("0.0.0.0/0")},
		{"two that let it pass", prefixes("10.0.0.0/8", "10.0.0.0/15"), prefixes("10.0.0.0/16"), prefixes("10.0.0.0/8", "10.0.0.0/15")},
		{"its two halves", prefixes("10.0.128.0/17", "10.0.0.0/17"), nil, prefixes("10.0.0.0/17", "10.0.128.0/17")},
		{"host bits, twice", prefixes("10.1.2.3/8", "10.0.0.0/8"), prefixes("10.0.0.0/16"), prefixes("10.0.0.0/8")},
		{"the other family", prefixes("::/0"), nil, prefixes("::/0")},
		{"nothing", nil, nil, nil},
	} {
		if diff := cmp.Diff(route.Filtered(prefixes("10.0.0.0/16"), test.allowed), test.filtered, samePrefixes); diff != "" {
			t.Errorf("%s, filtered (-got +want):\n%s", test.name, diff)
		}
		if diff := cmp.Diff(route.Originated(test.allowed), test.originated, samePrefixes); diff != "" {
			t.Errorf("%s, originated (-got +want):\n%s", test.name, diff)
		}
	}
}

func TestFilteredLeavesItsInputAlone(t *testing.T) {
	networks := prefixes("10.1.0.0/16", "10.0.0.0/16")
	route.Filtered(networks, prefixes("10.0.0.0/16"))
	if diff := cmp.Diff(networks, prefixes("10.1.0.0/16", "10.0.0.0/16"), samePrefixes); diff != "" {
		t.Errorf("the networks changed (-got +want):\n%s", diff)
	}
}

func TestOverlap(t *testing.T) {
	for _, test := range []struct {
		name     string
		a, b     []netip.Prefix
		inA, inB string
	}{
		{"inside", prefixes("10.0.0.0/8"), prefixes("192.168.0.0/16", "10.1.0.0/16"), "10.0.0.0/8", "10.1.0.0/16"},
		{"around", prefixes("10.1.0.0/16"), prefixes("0.0.0.0/0"), "10.1.0.0/16", "0.0.0.0/0"},
		{"beside", prefixes("10.0.0.0/9"), prefixes("10.128.0.0/9"), "", ""},
		{"families", prefixes("0.0.0.0/0"), prefixes("::/0"), "", ""},
		{"nothing", nil, prefixes("0.0.0.0/0"), "", ""},
	} {
		inA, inB, found := route.Overlap(test.a, test.b)
		if found != (test.inA != "") || found && (inA != prefix(test.inA) || inB != prefix(test.inB)) {
			t.Errorf("%s: got %v, %v, %v", test.name, inA, inB, found)
		}
	}
}

func prefixes(all ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, p := range all {
		list = append(list, prefix(p))
	}
	return list
}
