package route

import (
	"net/netip"
	"slices"
)

// Filtered is what a Direct Connect gateway shows of the networks behind a
// virtual private gateway: each one that the filter lets pass, as wide as it
// is. A filter narrower than a network hides it whole.
func Filtered(networks, allowed []netip.Prefix) []netip.Prefix {
	return distinct(slices.DeleteFunc(slices.Clone(networks), func(n netip.Prefix) bool { return !Allowed(n, allowed) }))
}

// Originated is what a Direct Connect gateway shows of a Transit Gateway: what
// its association allows, as it is written, whatever is behind it.
func Originated(allowed []netip.Prefix) []netip.Prefix { return distinct(allowed) }

// Overlap finds two prefixes, one of each list, that have an address in
// common. Which pair it is depends on the order of the lists.
func Overlap(a, b []netip.Prefix) (inA, inB netip.Prefix, found bool) {
	for _, inA := range a {
		for _, inB := range b {
			if inA.Overlaps(inB) {
				return inA, inB, true
			}
		}
	}
	return netip.Prefix{}, netip.Prefix{}, false
}

// distinct lists the networks of the prefixes in order, each once.
func distinct(prefixes []netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range prefixes {
		all = append(all, p.Masked())
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.Compact(all)
}
