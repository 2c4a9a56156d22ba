package vif

import (
	"fmt"
	"net/netip"
	"strings"

	"demarc"
	"demarc/store"
)

// holdFilters claims what a public interface is to announce. A prefix may be
// announced over two interfaces only by one account; an IPv4 prefix only in two
// Regions, or with a public ASN, whose paths tell active from standby (AWS).
func holdFilters(tx *store.Tx, v demarc.VirtualInterface) error {
	for _, p := range v.RouteFilters {
		if err := disjoint(tx, v, p); err != nil {
			return err
		}
		if err := tx.Claim(filterClaim(v, p), string(v.ID)); err != nil {
			return err
		}
	}
	return nil
}

func disjoint(tx *store.Tx, v demarc.VirtualInterface, p netip.Prefix) error {
	for name, holder := range tx.Claims(filterClaims) {
		prefix, err := claimedFilter(name)
		if err != nil {
			return err
		}
		if holder == string(v.ID) || !prefix.Overlaps(p) {
			continue
		}
		if other, _ := store.VirtualInterfaces.Get(tx, holder); counts(v, other) && !beside(v, other, p) {
			return demarc.Errorf(demarc.Conflict, "prefix %s overlaps one that is announced over another virtual interface", p).
				Coded("E-ROUTE-FILTER", "Announce it there, or with a public ASN").In("routeFilterPrefixes")
		}
	}
	return nil
}

// counts reports whether what another interface is to announce is in the way of
// one. A prefix is whoever's the platform has verified it to be: what is only
// asked for would keep its real owner out. An account is told of its own
// requests at once.
func counts(v, other demarc.VirtualInterface) bool {
	switch other.State {
	case demarc.VIFConfirming:
		return false
	case demarc.VIFVerifying:
		return other.Owner == v.Owner && v.State == demarc.VIFConfirming
	}
	return true
}

// beside reports whether two public interfaces may both announce a prefix.
func beside(a, b demarc.VirtualInterface, p netip.Prefix) bool {
	told := a.Region != b.Region || !private(a.Peers[0].ASN) && !private(b.Peers[0].ASN)
	return a.Owner == b.Owner && (told || p.Addr().Is6())
}

// private are the ASNs of RFC 6996.
func private(asn demarc.ASN) bool {
	return asn >= 64512 && asn <= 65534 || asn >= 4200000000 && asn <= 4294967294
}

const filterClaims = "announced/"

func filterClaim(v demarc.VirtualInterface, p netip.Prefix) string {
	return filterClaims + p.String() + "/" + string(v.ID)
}

func claimedFilter(name string) (netip.Prefix, error) {
	parts := strings.Split(strings.TrimPrefix(name, filterClaims), "/")
	if len(parts) != 3 {
		return netip.Prefix{}, fmt.Errorf("read claim %s: no prefix and interface", name)
	}
	p, err := netip.ParsePrefix(parts[0] + "/" + parts[1])
	if err != nil {
		return p, fmt.Errorf("read claim %s: %w", name, err)
	}
	return p, nil
}
