package device

import (
	"net/netip"
	"slices"

	"demarc/agent/backbone"
	"demarc/agent/router"
	"demarc/bgp"
	"demarc/route"
)

// Region affinity: a network behind a gateway prefers lines at locations of its
// own Region to those of others, unless customers say how much a path is
// preferred. An interface with SiteLink has none: there the shorter AS path wins
// whatever the Region. So one path may have two preferences, from networks in the
// location's Region and from those elsewhere.

// A choice is what is made of all candidates, as they are from one side.
type choice struct {
	routes router.Routes
	// out is what networks on that side are told.
	out map[bgp.Family]map[netip.Prefix]bgp.Attributes
}

// sides says of which networks the gateway has any, those elsewhere or those in
// the Region of the device's location. What is in the Region comes first: its
// choice is the one that packets follow here. That makes a difference only where
// one customer's lines to this same device are some of them marked with a
// preference and some not.
func (gw *gateway) sides() []bool {
	here, elsewhere := false, false
	for _, host := range gw.want.Hosts {
		here, elsewhere = here || !host.Elsewhere, elsewhere || host.Elsewhere
	}
	switch {
	case here && elsewhere:
		return []bool{false, true}
	case elsewhere:
		return []bool{true}
	}
	return []bool{false}
}

// carrying is what networks are told of a prefix's best path together with what all
// its lines here carry: where they differ, none is used for jumbo frames. Most
// prefixes are told the same, which is made once.
func (m marks) carrying(a bgp.Attributes, paths []*candidate) bgp.Attributes {
	mtu := paths[0].mtu
	if mtu == 0 {
		return a
	}
	if slices.ContainsFunc(paths, func(c *candidate) bool { return c.mtu != mtu }) {
		mtu = backbone.Mixed
	}
	of := mark{a.Communities, mtu}
	marked, made := m[of]
	if !made {
		marked = backbone.TellMTU(a.Communities, mtu)
		m[of] = marked
	}
	a.Communities = marked
	return a
}

// A mark is what communities of a path and an MTU are told by.
type mark struct {
	said bgp.Communities
	mtu  int
}

type marks map[mark]bgp.Communities

// choiceOf chooses for each prefix. Told says that somebody is told.
func choiceOf(candidates map[netip.Prefix][]*candidate, elsewhere, told bool) choice {
	made := marks{}
	c := choice{
		routes: make(router.Routes, len(candidates)),
		out:    map[bgp.Family]map[netip.Prefix]bgp.Attributes{bgp.IPv4: {}, bgp.IPv6: {}},
	}
	for prefix, paths := range candidates {
		best, hop := choose(paths, elsewhere)
		c.routes[prefix] = hop
		for _, f := range bgp.Families() {
			if told && f.Has(prefix) {
				c.out[f][prefix] = made.carrying(best.pass(elsewhere), paths)
			}
		}
	}
	return c
}

// from is the path as it is from one side.
func (c candidate) from(elsewhere bool) route.Path {
	path := c.path
	if elsewhere && c.regional {
		path.LocalPreference = route.Preference(0, true)
	}
	return path
}
