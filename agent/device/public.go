package device

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/bgp"
	"demarc/route"
)

// What public virtual interfaces do otherwise than private ones: their customers
// announce only what was verified to be theirs, send from nowhere else, and
// reach the provider's public network and nothing beyond.

// Names of nftables tables: in the namespace of a public VIF, and in that of
// the public network.
const (
	announcedSources = "announced-sources"
	publicSources    = "public-sources"
	customersApart   = "customers-apart"
)

// keepCustomersApart lets no customer send to another by way of the public
// network, though the routes to both are there.
func keepCustomersApart(n *linux.Namespace) error {
	return linux.EnsureApart(n, customersApart, naming.VIFGatewayPrefix)
}

// unlisted says that a prefix is not among those that the interface may
// announce; empty if it is, or is a part of one. Called with mu held.
func (d *Device) unlisted(s *session, prefix netip.Prefix) string {
	if v := d.vifs[s.vif]; v != nil && v.want != nil && !route.Allowed(prefix, v.want.Filters) {
		return "it lies in none of the interface's route filter prefixes"
	}
	return ""
}

// The communities by which a customer says how far its prefix is told, and by
// which we say how far ours are. Others of AS 7224 are reserved.
var (
	tellLocal     = bgp.CommunityOf(uint16(demarc.PublicASN), 9100)
	tellContinent = bgp.CommunityOf(uint16(demarc.PublicASN), 9200)
	tellGlobal    = bgp.CommunityOf(uint16(demarc.PublicASN), 9300)

	fromLocal     = bgp.CommunityOf(uint16(demarc.PublicASN), 8100)
	fromContinent = bgp.CommunityOf(uint16(demarc.PublicASN), 8200)
)

// publicAttributes are what customers are told of a public prefix: a path of
// three, which is the shortest that Direct Connect has there, of our own AS
// alone, since no customer's router can take that for a loop; not to be
// exported; and how far it is from here.
func publicAttributes(prefix netip.Prefix, of []demarc.PublicPrefix) bgp.Attributes {
	marks := []bgp.Community{bgp.NoExport}
	switch scopeOf(prefix, of) {
	case demarc.LocalScope:
		marks = append(marks, fromLocal)
	case demarc.ContinentScope:
		marks = append(marks, fromContinent)
	}
	own := uint32(demarc.PublicASN)
	return bgp.Attributes{Path: bgp.NewASPath(own, own), Communities: bgp.NewCommunities(marks...)}
}

// scopeOf is that of the longest listed prefix around one.
func scopeOf(prefix netip.Prefix, of []demarc.PublicPrefix) (scope demarc.PublicScope) {
	longest := -1
	for _, p := range of {
		if route.Allowed(prefix, []netip.Prefix{p.Prefix}) && p.Prefix.Bits() > longest {
			scope, longest = p.Scope, p.Prefix.Bits()
		}
	}
	return scope
}

// inPublic is a customer's path as the public network compares it and learns of
// it. Only the length of the path counts, in which private AS numbers stand for
// nothing: the customer appears as a part of our AS, however often it repeats
// its own. The prefix goes to nobody outside the provider's network, and there
// as far as the customer says; nothing else that it says is passed on.
func (c candidate) inPublic() candidate {
	path := withoutPrivate(c.attributes.Path)
	c.attributes = bgp.Attributes{Path: path, Communities: bgp.NewCommunities(bgp.NoExport, reach(c.attributes.Communities))}
	c.path.ASPathLength, c.path.Origin, c.path.MED = path.Len(), 0, 0
	if c.path.LocalPreference != 0 { // else it is only the kernel's
		c.path.LocalPreference = route.MediumPreference
	}
	return c
}

// reach is how far a prefix is told: everywhere unless its customer says less,
// and of several wishes the narrowest, since what has been told too widely
// cannot be taken back.
func reach(said bgp.Communities) bgp.Community {
	for _, c := range []bgp.Community{tellLocal, tellContinent} {
		if said.Has(c) {
			return c
		}
	}
	return tellGlobal
}

// withoutPrivate is the path without the AS numbers of RFC 6996.
func withoutPrivate(path bgp.ASPath) bgp.ASPath {
	segments := path.Segments()
	for i := range segments {
		segments[i].ASNs = slices.DeleteFunc(segments[i].ASNs, privateASN)
	}
	return bgp.NewASPathSegments(segments...)
}

func privateASN(asn uint32) bool {
	return asn >= 64512 && asn <= 65534 || asn >= 4200000000 && asn <= 4294967294
}
