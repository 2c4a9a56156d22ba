package route

import (
	"net/netip"
	"slices"
)

// Shortest is the length below which a prefix is a piece of a default route:
// nobody's network is larger than a /8 of IPv4, or than fc00::/7 of IPv6.
func Shortest(prefix netip.Prefix) int {
	if prefix.Addr().Is4() {
		return 8
	}
	return 7
}

// SplitDefault returns the prefixes that are pieces of a default route: very
// short ones, or those of a family that together hold every address, without
// what lies in another of them. Each piece is longer than the default route, so
// it would beat an internet gateway's.
func SplitDefault(prefixes []netip.Prefix) []netip.Prefix {
	var pieces []netip.Prefix
	for _, whole := range []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)} {
		all := !slices.Contains(prefixes, whole) && Covers(prefixes, whole)
		for _, p := range prefixes {
			inside := func(other netip.Prefix) bool { return other != p && contains(other, p) }
			if p.Addr().Is4() == whole.Addr().Is4() && p.Bits() > 0 && (p.Bits() < Shortest(p) || all && !slices.ContainsFunc(prefixes, inside)) {
				pieces = append(pieces, p)
			}
		}
	}
	return pieces
}
