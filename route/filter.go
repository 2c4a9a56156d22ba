package route

import "net/netip"

// Allowed reports whether prefix passes the filter: one of allowed contains
// it. An empty filter lets nothing pass.
func Allowed(prefix netip.Prefix, allowed []netip.Prefix) bool {
	for _, a := range allowed {
		if contains(a, prefix) {
			return true
		}
	}
	return false
}

// Covers reports whether prefixes together hold every address of whole, as
// 0.0.0.0/1 with 128.0.0.0/1 hold all of 0.0.0.0/0.
func Covers(prefixes []netip.Prefix, whole netip.Prefix) bool {
	if !whole.IsValid() {
		return false
	}
	var inside []netip.Prefix
	for _, p := range prefixes {
		if contains(p, whole) {
			return true
		}
		if contains(whole, p) {
			inside = append(inside, p)
		}
	}
	if len(inside) < 2 { // one narrower prefix cannot fill the whole
		return false
	}
	low, high := halves(whole)
	return Covers(inside, low) && Covers(inside, high)
}

// halves splits a prefix that is longer than nothing and shorter than an
// address.
func halves(p netip.Prefix) (low, high netip.Prefix) {
	p = p.Masked()
	low = netip.PrefixFrom(p.Addr(), p.Bits()+1)
	octets := p.Addr().AsSlice()
	octets[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	addr, _ := netip.AddrFromSlice(octets)
	return low, netip.PrefixFrom(addr, p.Bits()+1)
}

// contains reports whether every address of inner is in outer.
func contains(outer, inner netip.Prefix) bool {
	return outer.IsValid() && inner.IsValid() && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}
