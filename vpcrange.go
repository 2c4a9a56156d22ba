package demarc

import (
	"net/netip"
	"strings"
)

// A RangeAssociation is a range of addresses that a VPC or a subnet has.
type RangeAssociation struct {
	ID     string       `json:"id"` // vpc-cidr-assoc-…, subnet-cidr-assoc-…
	Prefix netip.Prefix `json:"prefix"`
}

// Associations are those of all ranges of the VPC, the first one first, whose
// id is made from the VPC's.
func (v VPC) Associations() []RangeAssociation {
	first := RangeAssociation{ID: vpcRange + strings.TrimPrefix(string(v.ID), "vpc-"), Prefix: v.CIDR.Masked()}
	return append([]RangeAssociation{first}, v.More...)
}

// Ranges are all ranges of the VPC, the first one first.
func (v VPC) Ranges() []netip.Prefix {
	var ranges []netip.Prefix
	for _, a := range v.Associations() {
		ranges = append(ranges, a.Prefix)
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
