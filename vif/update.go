package vif

import (
	"net/netip"
	"time"

	"demarc"
	"demarc/store"
)

// A Change is what is to be otherwise; nil leaves a thing alone.
type Change struct {
	Name     *string
	MTU      *int
	SiteLink *bool
	// RateLimit takes a limit off where it is empty or "Unlimited".
	RateLimit    *string
	PrefixesIPv4 *int
	PrefixesIPv6 *int
}

// Update changes an interface. Its name, MTU and SiteLink are its owner's; its
// share of the connection, rate and prefixes, is the connection's owner's. A
// new MTU makes it pending until the edge has it.
func Update(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, c Change, now time.Time) (demarc.VirtualInterface, error) {
	v, err := changeable(tx, by, id, now)
	if err != nil {
		return v, err
	}
	if err := c.permitted(v, by); err != nil {
		return v, err
	}
	after := v
	if c.Name != nil {
		if err := checkName(*c.Name); err != nil {
			return v, err
		}
		after.Name = *c.Name
	}
	for _, change := range []func(*store.Tx, *demarc.VirtualInterface, time.Time) error{c.mtu, c.siteLink, c.rate, c.prefixes} {
		if err := change(tx, &after, now); err != nil {
			return v, err
		}
	}
	keep(tx, v, after)
	return after, nil
}

func (c Change) permitted(v demarc.VirtualInterface, by demarc.AccountID) error {
	if by != v.Owner && (c.Name != nil || c.MTU != nil || c.SiteLink != nil) {
		return demarc.Errorf(demarc.Denied, "the name, MTU and SiteLink of %s are for account %s to change", v.ID, v.Owner).Coded("E-UPDATE-DENIED", "").In("virtualInterfaceId")
	}
	if by != v.ConnectionOwner && (c.RateLimit != nil || c.PrefixesIPv4 != nil || c.PrefixesIPv6 != nil) {
		return demarc.Errorf(demarc.Denied, "the rate limit and the prefixes of %s are for account %s to change, whose connection it is on", v.ID, v.ConnectionOwner).Coded("E-UPDATE-DENIED", "").In("virtualInterfaceId")
	}
	return nil
}

func (c Change) mtu(_ *store.Tx, v *demarc.VirtualInterface, _ time.Time) error {
	if c.MTU == nil || *c.MTU == v.MTU {
		return nil
	}
	if err := checkMTU(v.Type, *c.MTU); err != nil {
		return err
	}
	*v = Uprooted(*v)
	v.MTU = *c.MTU
	return nil
}

func (c Change) siteLink(_ *store.Tx, v *demarc.VirtualInterface, _ time.Time) error {
	if c.SiteLink == nil {
		return nil
	}
	v.SiteLink = *c.SiteLink
	if v.SiteLink && v.DirectConnectGateway == "" {
		return errSiteLink()
	}
	return nil
}

func (c Change) rate(tx *store.Tx, v *demarc.VirtualInterface, now time.Time) (err error) {
	if c.RateLimit == nil {
		return nil
	}
	if v.RateLimit, err = parseRate(*c.RateLimit); err != nil {
		return err
	}
	on, err := lineOf(tx, v.ConnectionOwner, v.Connection, now)
	if err != nil {
		return err
	}
	return holdRate(tx, *v, on)
}

// prefixes changes the allocation, not to less than is in use.
func (c Change) prefixes(tx *store.Tx, v *demarc.VirtualInterface, now time.Time) error {
	if c.PrefixesIPv4 == nil && c.PrefixesIPv6 == nil {
		return nil
	}
	switch {
	case v.Type == demarc.PublicVIF:
		return poolError(demarc.Invalid, "prefixPoolAllocatedCountIpv4", "a public virtual interface has no prefix allocation")
	case v.State == demarc.VIFConfirming:
		return poolError(demarc.Conflict, "virtualInterfaceId", "virtual interface %s has to be accepted before it is allocated other prefixes", v.ID)
	}
	before := *v
	asked, err := reallocate(v.Prefixes, c.PrefixesIPv4, c.PrefixesIPv6, v.Peers)
	if err != nil {
		return err
	}
	v.Prefixes = asked
	if used := prefixesInUse(tx, v.ID); v.Prefixes.IPv4 < used.IPv4 || v.Prefixes.IPv6 < used.IPv6 {
		return poolError(demarc.Conflict, "prefixPoolAllocatedCountIpv4", "the customer of %s sends %d IPv4 and %d IPv6 prefixes, refused ones among them, and cannot be allocated less", v.ID, used.IPv4, used.IPv6)
	}
	tx.Release(poolClaim(string(v.Connection), before))
	tx.Release(poolClaim(string(v.DirectConnectGateway), before))
	on, err := lineOf(tx, v.ConnectionOwner, v.Connection, now)
	if err != nil {
		return err
	}
	if err := holdPrefixes(tx, *v, on); err != nil {
		return err
	}
	return holdGatewayPrefixes(tx, *v)
}

// prefixesInUse is what the edge received last: what it refused counts against the
// session's limit as well, unless it was a whole message.
func prefixesInUse(r store.Reader, id demarc.VirtualInterfaceID) (used demarc.PrefixAllocation) {
	seen, _ := store.VIFSightings.Get(r, string(id))
	count := func(p netip.Prefix) {
		if p.Addr().Is4() {
			used.IPv4++
		} else {
			used.IPv6++
		}
	}
	for route := range seen.Accepted.All() {
		count(route.Prefix)
	}
	for _, refused := range seen.Refused {
		if refused.Error == "" {
			count(refused.Prefix)
		}
	}
	return used
}
