package route

import (
	"net/netip"
	"slices"
)

// Aggregate is the fewest prefixes that cover the same addresses, in order.
func Aggregate(prefixes []netip.Prefix) []netip.Prefix {
	out := []netip.Prefix{}
	for _, p := range sorted(prefixes) {
		if n := len(out); n > 0 && covers(out[n-1], p) {
			continue
		}
		out = append(out, p)
		for n := len(out); n > 1; n = len(out) {
			both, siblings := parent(out[n-2], out[n-1])
			if !siblings {
				break
			}
			out = append(out[:n-2], both)
		}
	}
	return out
}

// AggregateTo is Aggregate, and where that is more than most, what covers
// somewhat more with as many: wider says so. The two that lie closest together
// are joined first.
func AggregateTo(prefixes []netip.Prefix, most int) (out []netip.Prefix, wider bool) {
	out = Aggregate(prefixes)
	for len(out) > max(most, 1) {
		best := netip.Prefix{}
		for i := range len(out) - 1 {
			if around, ok := common(out[i], out[i+1]); ok && (!best.IsValid() || around.Bits() > best.Bits()) {
				best = around
			}
		}
		if !best.IsValid() {
			return out, wider // of two families, one prefix each
		}
		out, wider = Aggregate(append(out, best)), true
	}
	return out, wider
}

// sorted are prefixes without host bits: IPv4 first, by address, the shorter
// first.
func sorted(prefixes []netip.Prefix) (out []netip.Prefix) {
	for _, p := range prefixes {
		out = append(out, p.Masked())
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	return out
}

func covers(a, b netip.Prefix) bool { return a.Bits() <= b.Bits() && a.Contains(b.Addr()) }

// parent is what two prefixes make together, if they are its two halves.
func parent(a, b netip.Prefix) (netip.Prefix, bool) {
	if a.Bits() != b.Bits() || a.Bits() == 0 || a.Addr().BitLen() != b.Addr().BitLen() || a == b {
		return netip.Prefix{}, false
	}
	both := netip.PrefixFrom(a.Addr(), a.Bits()-1).Masked()
	return both, both.Contains(b.Addr())
}

// common is the longest prefix around two, if they are of one family.
func common(a, b netip.Prefix) (netip.Prefix, bool) {
	if a.Addr().BitLen() != b.Addr().BitLen() {
		return netip.Prefix{}, false
	}
	for bits := min(a.Bits(), b.Bits()); bits >= 0; bits-- {
		if around := netip.PrefixFrom(a.Addr(), bits).Masked(); around.Contains(b.Addr()) {
			return around, true
		}
	}
	return netip.Prefix{}, false
}
