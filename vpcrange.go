package demarc

import "net/netip"

// A RangeAssociation is a range of addresses that a VPC or a subnet was given
// besides its first one.
type RangeAssociation struct {
	ID     string       `json:"id"` // vpc-cidr-assoc-…, subnet-cidr-assoc-…
	Prefix netip.Prefix `json:"prefix"`
}

// Ranges are all ranges of the VPC, the first one first.
func (v VPC) Ranges() []netip.Prefix {
	ranges := []netip.Prefix{v.CIDR.Masked()}
	for _, more := range v.More {
		ranges = append(ranges, more.Prefix)
	}
	return ranges
}

// RangeOf is the range of the VPC that an address lies in; invalid for none.
func (v VPC) RangeOf(address netip.Addr) netip.Prefix {
	for _, p := range v.Ranges() {
		if p.Contains(address) {
			return p
		}
	}
	return netip.Prefix{}
}
