package desk

import (
	"cmp"
	"net/netip"
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/route"
)

// newestShown is how many of a session's latest prefixes are named: more than
// one slip of a filter lets through, and still read at a glance.
const newestShown = 10

// PrefixThresholds are in percent of what a session may send, with their codes.
var PrefixThresholds = []struct {
	Percent int
	Code    string
}{{80, "E-PREFIX-80"}, {90, "E-PREFIX-90"}}

// A PrefixUse is what one session of an interface sends against what it may.
type PrefixUse struct {
	Peer   demarc.BGPPeerID
	Family demarc.AddressFamily
	// Received counts what was sent last, whether the session is up or was ended
	// for it.
	Received, Limit int
	// Code is that of the highest threshold that is reached, or
	// E-PREFIX-EXCEEDED; empty below all of them.
	Code string
	// Newest are the latest prefixes, the newest first. Aggregate are few that
	// cover the same addresses, or somewhat more where AggregateIsWider says so:
	// fewer than the lowest threshold.
	Newest           []intent.PrefixSeen
	Aggregate        []netip.Prefix
	AggregateIsWider bool
}

// PrefixUses judges the sessions of an interface, in the order of its peers.
func PrefixUses(v demarc.VirtualInterface, seen intent.VIFSeen) (out []PrefixUse) {
	for _, peer := range v.Peers {
		u := PrefixUse{Peer: peer.ID, Family: peer.Family, Limit: cmp.Or(v.Prefixes.Of(peer.Family), intent.DefaultPrefixLimit)}
		i := slices.IndexFunc(seen.Session, func(s intent.SessionSeen) bool { return s.Peer == peer.ID })
		if i < 0 {
			out = append(out, u)
			continue
		}
		if over := seen.Session[i].Overrun; over != nil {
			u.Code, u.Limit = "E-PREFIX-EXCEEDED", over.Limit
			out = append(out, u.of(over.Prefixes))
			continue
		}
		sent := received(seen, peer.Family)
		for _, t := range PrefixThresholds {
			if len(sent)*100 >= t.Percent*u.Limit {
				u.Code = t.Code
			}
		}
		out = append(out, u.of(sent))
	}
	return out
}

// of fills in what there is to say of prefixes, the newest first.
func (u PrefixUse) of(sent []intent.PrefixSeen) PrefixUse {
	u.Received = len(sent)
	u.Newest = sent[:min(newestShown, len(sent))]
	var all []netip.Prefix
	for _, p := range sent {
		all = append(all, p.Prefix)
	}
	u.Aggregate, u.AggregateIsWider = route.AggregateTo(all, max(1, u.Limit*PrefixThresholds[0].Percent/100-1))
	return u
}

// received are the prefixes of a family that the customer sends and that count,
// in use or not, the newest first.
func received(seen intent.VIFSeen, family demarc.AddressFamily) (out []intent.PrefixSeen) {
	of := func(p netip.Prefix) bool { return p.Addr().Is4() == (family == demarc.IPv4) }
	for r := range seen.Accepted.All() {
		if of(r.Prefix) {
			out = append(out, intent.PrefixSeen{Prefix: r.Prefix, Since: r.Since})
		}
	}
	for _, r := range seen.Refused {
		if of(r.Prefix) && r.Error == "" {
			out = append(out, intent.PrefixSeen{Prefix: r.Prefix})
		}
	}
	slices.SortStableFunc(out, func(a, b intent.PrefixSeen) int { return b.Since.Compare(a.Since) })
	return out
}
