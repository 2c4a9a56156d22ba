package site

import (
	"fmt"
	"net/netip"
	"slices"

	"demarc"
	"demarc/store"
)

// noun is the uplink as it is kept; nil for none.
func (u *PublicUplink) noun() *demarc.PublicUplink {
	if u == nil {
		return nil
	}
	out := &demarc.PublicUplink{Place: u.Uplink, ASN: u.ASN}
	for _, r := range u.Routers {
		out.Routers = append(out.Routers, demarc.PublicRouter(r))
	}
	return out
}

// importPublicNetwork makes the public network what the file says: a prefix
// that is taken out of it is advertised no more.
func (s *Site) importPublicNetwork(tx *store.Tx) {
	var network demarc.PublicNetwork
	for _, p := range s.Public {
		network.Prefixes = append(network.Prefixes, demarc.PublicPrefix(p))
	}
	store.PublicNetworks.Put(tx, network)
}

func (c checker) public() error {
	scopes := []demarc.PublicScope{demarc.LocalScope, demarc.ContinentScope, demarc.GlobalScope}
	for i, p := range c.site.Public {
		at := fmt.Sprintf("public[%d]", i)
		switch {
		case !p.Prefix.IsValid() || p.Prefix != p.Prefix.Masked() || p.Prefix.Bits() == 0:
			return fmt.Errorf("%s.prefix: %s is no network such as 203.0.113.0/24", at, p.Prefix)
		case slices.IndexFunc(c.site.Public, func(q PublicPrefix) bool { return p.Prefix == q.Prefix }) != i:
			return fmt.Errorf("%s.prefix: %s is there twice", at, p.Prefix)
		case !slices.Contains(scopes, p.Scope):
			return fmt.Errorf("%s.scope: %q is none of local, continent, global", at, p.Scope)
		}
	}
	return nil
}

func (c checker) publicUplink(at string, dev Device) error {
	up := *dev.Public
	switch {
	case up.Uplink == "":
		return fmt.Errorf("%s.uplink: is missing; expected the place that the uplink leads to", at)
	case up.ASN == 0:
		return fmt.Errorf("%s.asn: is missing; expected the ASN of the routers there", at)
	case len(up.Routers) == 0:
		return fmt.Errorf("%s.routers: are missing; expected one for each IP version", at)
	}
	for i, r := range up.Routers {
		where := fmt.Sprintf("%s.routers[%d]", at, i)
		if slices.IndexFunc(up.Routers, func(o PublicRouter) bool { return o.Next.Is4() == r.Next.Is4() }) < i {
			return fmt.Errorf("%s.next: there is a router of this IP version already", where)
		}
		if err := c.ends(where, r.Address, r.Next); err != nil {
			return err
		}
	}
	// Its part of the network is a namespace on the device, beside the device's
	// own.
	name := string(dev.Name) + "-public"
	if first, used := c.names[name]; used {
		return fmt.Errorf("%s: %q is used already by %s", at, name, first)
	}
	c.names[name] = at
	return nil
}

// ends takes the two ends of a network that is there once in the site.
func (c checker) ends(at string, address netip.Prefix, next netip.Addr) error {
	if !address.Contains(next) || address.Addr() == next {
		return fmt.Errorf("%s.next: %s is not the other end of %s", at, next, address.Masked())
	}
	network := address.Masked().String()
	if first, used := c.names[network]; used {
		return fmt.Errorf("%s.address: %s is used already by %s", at, network, first)
	}
	c.names[network] = at
	return nil
}
