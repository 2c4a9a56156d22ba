package route

import (
	"net/netip"
	"slices"
)

// Behind are the routes that a route by hand to a gateway stands for. The route
// brings a packet to the gateway, and the gateway sends it on by the longest
// prefix that it knows itself, in whatever table the packet came from: one within
// the written prefix, or else the longest that has all of it. What it knows none
// for is dropped, which is a route without ways.
//
// Known is what the gateway has learned. InUse are the prefixes that the table has
// routes in use to: what one of them within the written prefix covers is not the
// gateway's to decide.
func Behind(written netip.Prefix, known []TransitRoute, inUse []netip.Prefix) []TransitRoute {
	nearer := slices.DeleteFunc(slices.Clone(inUse), func(p netip.Prefix) bool { return p == written || !contains(written, p) })
	whole, widest := TransitRoute{Prefix: written}, -1
	var all []TransitRoute
	for _, k := range known {
		switch {
		case contains(k.Prefix, written):
			if k.Prefix.Bits() > widest {
				whole.Attachment, whole.Ways, widest = k.Attachment, k.Ways, k.Prefix.Bits()
			}
		case contains(written, k.Prefix) && !slices.ContainsFunc(nearer, func(p netip.Prefix) bool { return contains(p, k.Prefix) }):
			all = append(all, k)
		}
	}
	return append(all, whole)
}
