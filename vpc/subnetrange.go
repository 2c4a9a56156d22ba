package vpc

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/store"
)

// AddSubnetIPv6 gives a subnet a part of an IPv6 range of its VPC: a /56, /60
// or /64, which no other subnet has. A subnet has one.
func AddSubnetIPv6(tx *store.Tx, by demarc.AccountID, id demarc.SubnetID, p netip.Prefix) (demarc.Subnet, error) {
	s, err := subnets.get(tx, by, string(id))
	if err != nil {
		return s, err
	}
	if s.IPv6 != nil {
		return s, demarc.Errorf(demarc.Conflict, "subnet %s has the IPv6 range %s already", id, s.IPv6.Prefix).Coded(CodeTaken, "").In("subnet")
	}
	v, err := vpcs.get(tx, by, string(s.VPC))
	if err != nil {
		return s, err
	}
	p = p.Masked()
	if err := fits6(tx, v, p); err != nil {
		return s, err
	}
	s.IPv6 = &demarc.RangeAssociation{ID: demarc.NewSubnetRangeID(), Prefix: p}
	store.Subnets.Put(tx, s)
	return s, tx.Claim(claim(v.ID, subnet6+string(id)), string(id))
}

// subnet6 begins the claims of subnets' IPv6 ranges.
const subnet6 = "subnet6/"

// fits6 refuses a range that is not the VPC's or another subnet's. Reading the
// claims keeps what others have as it is until the commit.
func fits6(tx *store.Tx, v demarc.VPC, p netip.Prefix) error {
	within := v.RangeOf(p.Addr())
	if !within.IsValid() || !p.Addr().Is6() || p.Bits() < within.Bits() || p.Bits() > 64 || p.Bits()%4 != 0 {
		return demarc.Errorf(demarc.Invalid, "The CIDR '%s' is invalid: a subnet has a /56, /60 or /64 of an IPv6 range of its VPC", p).
			Coded(CodeRange, "").In("subnet")
	}
	for range tx.Claims(claim(v.ID, subnet6)) {
		break
	}
	for s := range store.Subnets.By(tx, "vpc", string(v.ID)) {
		if s.IPv6 != nil && s.IPv6.Prefix.Overlaps(p) {
			return demarc.Errorf(demarc.Conflict, "The CIDR '%s' conflicts with another subnet: %s has %s", p, s.ID, s.IPv6.Prefix).
				Coded(CodeOverlap, "").In("subnet")
		}
	}
	return nil
}

// RemoveSubnetIPv6 takes its IPv6 range from a subnet. It is refused while an
// app host has an address of it.
func RemoveSubnetIPv6(tx *store.Tx, by demarc.AccountID, association string) (demarc.SubnetID, demarc.RangeAssociation, error) {
	for _, s := range subnets.list(tx, by) {
		if s.IPv6 == nil || s.IPv6.ID != association {
			continue
		}
		s, err := subnets.get(tx, by, string(s.ID)) // guarded
		if err != nil {
			return "", demarc.RangeAssociation{}, err
		}
		was := *s.IPv6
		v, _ := store.VPCs.Get(tx, string(s.VPC))
		for _, h := range v.Hosts {
			if was.Prefix.Contains(h.IPv6) {
				return s.ID, was, inUse("subnetCidrBlockAssociation", association, "app host "+h.Host)
			}
		}
		s.IPv6 = nil
		store.Subnets.Put(tx, s)
		tx.Release(claim(s.VPC, subnet6+string(s.ID)))
		return s.ID, was, nil
	}
	return "", demarc.RangeAssociation{}, notFound("subnetCidrBlockAssociation", association)
}

// AssignIPv6 gives an app host an address of its subnet's IPv6 range: the one
// asked for, or one with the host's IPv4 address in it. A host has one.
func AssignIPv6(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, host string, asked netip.Addr) (netip.Addr, error) {
	v, i, err := hostOf(tx, by, id, host)
	if err != nil {
		return asked, err
	}
	h := v.Hosts[i]
	if h.IPv6.IsValid() {
		return asked, demarc.Errorf(demarc.Limit, "app host %s has the IPv6 address %s, and has room for one", host, h.IPv6).In("networkInterface")
	}
	network, ok := networkOf(tx, v, h.Address)
	if !ok {
		return asked, demarc.Errorf(demarc.Invalid, "the subnet of app host %s has no IPv6 range", host).In("networkInterface")
	}
	if !asked.IsValid() {
		asked = embedded(network, h.Address)
	}
	taken := slices.ContainsFunc(v.Hosts, func(other demarc.HostInterface) bool { return other.IPv6 == asked })
	if !network.Contains(asked) || asked == network.Addr() || taken {
		return asked, demarc.Errorf(demarc.Invalid, "the address %s is not a free one of %s", asked, network).In("networkInterface")
	}
	v.Hosts = slices.Clone(v.Hosts)
	v.Hosts[i].IPv6 = asked
	store.VPCs.Put(tx, v)
	return asked, nil
}

// UnassignIPv6 takes an app host's IPv6 address.
func UnassignIPv6(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, host string, address netip.Addr) error {
	v, i, err := hostOf(tx, by, id, host)
	if err != nil {
		return err
	}
	if v.Hosts[i].IPv6 != address {
		return demarc.Errorf(demarc.Invalid, "app host %s does not have the IPv6 address %s", host, address).In("networkInterface")
	}
	v.Hosts = slices.Clone(v.Hosts)
	v.Hosts[i].IPv6 = netip.Addr{}
	store.VPCs.Put(tx, v)
	return nil
}

func hostOf(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, host string) (demarc.VPC, int, error) {
	v, err := vpcs.get(tx, by, string(id))
	if err != nil {
		return v, -1, err
	}
	i := slices.IndexFunc(v.Hosts, func(h demarc.HostInterface) bool { return h.Host == host })
	if i < 0 {
		return v, i, notFound("networkInterface", host)
	}
	return v, i, nil
}

// networkOf is the IPv6 range of the subnet that an address is in. The subnet
// is read by its id, so that it keeps the range until the commit.
func networkOf(tx *store.Tx, v demarc.VPC, address netip.Addr) (netip.Prefix, bool) {
	for s := range store.Subnets.By(tx, "vpc", string(v.ID)) {
		if !s.CIDR.Contains(address) {
			continue
		}
		if s, ok := store.Subnets.Get(tx, string(s.ID)); ok && s.IPv6 != nil {
			return s.IPv6.Prefix, true
		}
	}
	return netip.Prefix{}, false
}

// embedded is an address of a network that ends with an IPv4 address.
func embedded(network netip.Prefix, v4 netip.Addr) netip.Addr {
	b := network.Addr().As16()
	four := v4.As4()
	copy(b[12:], four[:])
	return netip.AddrFrom16(b)
}
