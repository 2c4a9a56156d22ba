package vpc

import (
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/route"
	"demarc/store"
)

// mostRanges is how many ranges of one family a VPC may have (EC2: five).
const mostRanges = 5

// AddIPv4 gives a VPC one more range of IPv4. Host bits are cut off.
func AddIPv4(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, cidr netip.Prefix) (demarc.RangeAssociation, error) {
	v, err := vpcs.get(tx, by, string(id))
	if err != nil {
		return demarc.RangeAssociation{}, err
	}
	if cidr = cidr.Masked(); !sized(cidr) {
		return demarc.RangeAssociation{}, wrongRange(cidr)
	}
	return addRange(tx, v, cidr)
}

// AddIPv6 gives a VPC a range of IPv6: a /56 of a unique local prefix of its
// own (RFC 4193), since no space of the public internet is ours to give.
func AddIPv6(tx *store.Tx, by demarc.AccountID, id demarc.VPCID) (demarc.RangeAssociation, error) {
	v, err := vpcs.get(tx, by, string(id))
	if err != nil {
		return demarc.RangeAssociation{}, err
	}
	b := [16]byte{0: 0xfd}
	rand.Read(b[1:7]) // 40 bits make the prefix unlike all others, 8 are the subnet's
	return addRange(tx, v, netip.PrefixFrom(netip.AddrFrom16(b), 56))
}

// addRange refuses what the VPC, its route tables, or another VPC on the same
// Direct Connect gateway have already.
func addRange(tx *store.Tx, v demarc.VPC, p netip.Prefix) (demarc.RangeAssociation, error) {
	a := demarc.RangeAssociation{ID: demarc.NewVPCRangeID(), Prefix: p}
	count := 0
	for _, r := range v.Ranges() {
		if r.Overlaps(p) {
			return a, conflict(p, "range "+r.String()+" of the VPC")
		}
		if r.Addr().Is4() == p.Addr().Is4() {
			count++
		}
	}
	if count >= mostRanges {
		return a, demarc.Errorf(demarc.Limit, "This network '%s' has met its maximum number of allowed CIDRs: %d", v.ID, mostRanges).In("vpc")
	}
	for _, t := range tablesOf(tx, v.ID) {
		for _, s := range store.Written(tx, t) {
			if route.Allowed(s.Prefix, []netip.Prefix{p}) {
				return a, conflict(p, "the route to "+s.Destination()+" in "+string(t.ID))
			}
		}
	}
	if beside(tx, v, p) {
		return a, conflict(p, "another VPC on the same Direct Connect gateway")
	}
	v.More = append(slices.Clone(v.More), a)
	store.VPCs.Put(tx, v)
	return a, nil
}

// beside reports whether another VPC on a Direct Connect gateway that the VPC
// is on has addresses of the range. The claims that are read are those of
// associations: none can come before the commit.
func beside(tx *store.Tx, v demarc.VPC, p netip.Prefix) bool {
	for gw := range store.VirtualGateways.By(tx, "vpc", string(v.ID)) {
		for on := range tx.Claims("association/" + string(gw.ID) + "/") {
			for other := range tx.Claims("associated/" + lastSegment(on) + "/") {
				far, _ := store.VirtualGateways.Get(tx, lastSegment(other))
				there, _ := store.VPCs.Get(tx, string(far.VPC))
				if _, _, found := route.Overlap([]netip.Prefix{p}, there.Ranges()); found && there.ID != v.ID {
					return true
				}
			}
		}
	}
	return false
}

// RemoveRange takes a range from a VPC again. It is refused for the first one
// and while something has addresses of it.
func RemoveRange(tx *store.Tx, by demarc.AccountID, association string) (demarc.VPC, demarc.RangeAssociation, error) {
	var none demarc.RangeAssociation
	for _, v := range vpcs.list(tx, by) {
		i := slices.IndexFunc(v.Associations(), func(a demarc.RangeAssociation) bool { return a.ID == association })
		if i < 0 {
			continue
		}
		v, err := vpcs.get(tx, by, string(v.ID)) // guarded
		if err != nil {
			return v, none, err
		}
		if i == 0 {
			return v, none, demarc.Errorf(demarc.Denied, "The vpc CIDR block with association ID %s may not be disassociated. It is the primary IPv4 CIDR block of the VPC", association).In("vpcCidrBlockAssociation")
		}
		a := v.Associations()[i]
		if user := userOf(tx, v, a.Prefix); user != "" {
			return v, a, inUse("vpcCidrBlockAssociation", association, user)
		}
		v.More = slices.Delete(slices.Clone(v.More), i-1, i)
		store.VPCs.Put(tx, v)
		return v, a, nil
	}
	return demarc.VPC{}, none, notFound("vpcCidrBlockAssociation", association)
}

// userOf names what has addresses of a VPC's range; empty for nothing. The
// claims keep the list of subnets and their ranges until the commit.
func userOf(tx *store.Tx, v demarc.VPC, p netip.Prefix) string {
	for range tx.Claims(claim(v.ID, "subnet")) {
		break
	}
	for s := range store.Subnets.By(tx, "vpc", string(v.ID)) {
		if p.Overlaps(s.CIDR) || s.IPv6 != nil && p.Overlaps(s.IPv6.Prefix) {
			return string(s.ID)
		}
	}
	for _, h := range v.Hosts {
		if p.Contains(h.Address) || p.Contains(h.IPv6) {
			return "app host " + h.Host
		}
	}
	return ""
}

// lastSegment is the id that a claim's name ends with.
func lastSegment(claim string) string { return claim[strings.LastIndexByte(claim, '/')+1:] }

func conflict(p netip.Prefix, with string) *demarc.Error {
	return demarc.Errorf(demarc.Conflict, "The CIDR '%s' conflicts with %s", p, with).Coded(CodeOverlap, "").In("vpc")
}

func wrongRange(cidr netip.Prefix) *demarc.Error {
	return demarc.Errorf(demarc.Invalid, "The CIDR '%s' is invalid: a VPC has an IPv4 range from /16 to /28", cidr).
		Coded(CodeRange, "").In("vpc")
}
