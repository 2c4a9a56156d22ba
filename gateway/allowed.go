package gateway

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/route"
)

// parse reads a list of prefixes as a request has it. Each must be a network
// of its own: a prefix with bits behind its length, or one that is listed
// twice, is more often a slip than meant.
func parse(list []string, field string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, written := range list {
		p, err := netip.ParsePrefix(written)
		switch {
		case err != nil || p.Addr().Is4In6():
			return nil, refusePrefix(field, "%q is no prefix such as 10.0.0.0/16 or 2001:db8::/32", written)
		case p != p.Masked():
			return nil, refusePrefix(field, "prefix %s has bits behind its length; the network is %s", p, p.Masked())
		case slices.Contains(all, p):
			return nil, refusePrefix(field, "prefix %s is listed twice", p)
		}
		all = append(all, p)
	}
	return all, nil
}

func refusePrefix(field, format string, args ...any) error {
	return demarc.Errorf(demarc.Invalid, format, args...).Coded("E-ALLOWED-PREFIX", "").In(field)
}

// An Edit changes a list of allowed prefixes. Adding what is there, and
// removing what is not, changes nothing. A prefix is in one of the lists.
type Edit struct {
	Add, Remove []string
}

const (
	addField    = "addAllowedPrefixesToDirectConnectGateway"
	removeField = "removeAllowedPrefixesToDirectConnectGateway"
)

// apply gives the changed list, sorted.
func (e Edit) apply(before []netip.Prefix) ([]netip.Prefix, error) {
	added, err := parse(e.Add, addField)
	if err != nil {
		return nil, err
	}
	removed, err := parse(e.Remove, removeField)
	if err != nil {
		return nil, err
	}
	for _, p := range added {
		if slices.Contains(removed, p) {
			return nil, demarc.Errorf(demarc.Invalid, "prefix %s is to be both added and removed", p).In(removeField)
		}
	}
	kept := slices.DeleteFunc(slices.Clone(before), func(p netip.Prefix) bool { return slices.Contains(removed, p) })
	return sorted(append(kept, added...)), nil
}

func sorted(prefixes []netip.Prefix) []netip.Prefix {
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return slices.Compact(prefixes)
}

// checkAllowed refuses a list that the gateway at the far end may not have
// beside the others of a Direct Connect gateway. What Transit Gateways
// originate must differ, since one prefix cannot lead to two of them; what
// passes a filter differs by itself. AWS names a limit for Transit Gateways
// only; a filter has the same, since a list must end somewhere.
func checkAllowed(quotas demarc.Quotas, far demarc.AssociatedGateway, allowed []netip.Prefix, others []demarc.GatewayAssociation) error {
	if most := quotas.TransitGatewayPrefixes; len(allowed) > most {
		return demarc.Errorf(demarc.Limit, "%d allowed prefixes are more than the %d that an association may have", len(allowed), most).
			Coded("E-ALLOWED-LIMIT", "Aggregate them").In(addField)
	}
	if far.Type != demarc.AssociatedTransitGateway {
		return nil
	}
	for _, other := range others {
		if ours, theirs, found := route.Overlap(allowed, other.Allowed); found {
			return demarc.Errorf(demarc.Conflict, "The allowed routes overlap one or more existing allowed routes on the gateway: %s and %s, which is %s's", ours, theirs, other.Gateway.ID).
				Coded("E-ALLOWED-OVERLAP", "Give each Transit Gateway prefixes of its own").In(addField)
		}
	}
	return nil
}
