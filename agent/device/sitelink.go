package device

import (
	"maps"
	"net/netip"

	"demarc"
	"demarc/agent/rib"
	"demarc/agent/router"
	"demarc/bgp"
	"demarc/route"
)

// A site is what a SiteLink segment has for the interfaces on it: what other
// customers' sites announce, on this device and on others. Devices tell each
// other the best of their own interfaces only, over iBGP between each two of
// them, so that none passes on what another said.
type site struct {
	offers map[netip.Prefix]offer
	// complete: nobody has yet to repeat what it announced before a restart.
	complete bool
}

// An offer is the best path to a prefix, as a customer is told of it.
type offer struct {
	attributes bgp.Attributes
	vif        demarc.VirtualInterfaceID // whose path it is; empty for another device's
}

// sites are what the VIF's segment offers it; own are the routes to what its
// customer announces, of which it is told nothing. Called with mu held.
func (d *Device) sites(v *vif, own router.Routes) (sites map[netip.Prefix]bgp.Attributes, complete bool) {
	if v.want.SiteLink == "" {
		return nil, true
	}
	gw := d.gateways[v.want.SiteLink]
	if gw == nil || gw.want == nil {
		return nil, false
	}
	sites = map[netip.Prefix]bgp.Attributes{}
	for prefix, o := range gw.site.offers {
		if _, its := own[prefix]; !its && o.vif != v.want.ID {
			sites[prefix] = o.attributes
		}
	}
	return sites, gw.site.complete
}

// join chooses among the paths of a segment's interfaces here and those of
// other devices, and offers the best. Called with mu held.
func (d *Device) join(gw *gateway, candidates map[netip.Prefix][]*candidate, complete bool) router.Routes {
	complete = gw.elsewhere(candidates) && complete
	routes, best := router.Routes{}, map[netip.Prefix]*candidate{}
	for prefix, paths := range candidates {
		best[prefix], routes[prefix] = choose(paths, false)
	}
	d.offer(gw, best, complete)
	return routes
}

// elsewhere adds the paths that other devices have.
func (gw *gateway) elsewhere(found map[netip.Prefix][]*candidate) (complete bool) {
	complete = true
	for _, l := range gw.links {
		if l.want == nil {
			continue
		}
		complete = complete && l.session.in.Complete()
		for prefix, learned := range l.session.accepted() {
			found[prefix] = append(found[prefix], l.candidate(learned))
		}
	}
	return complete
}

// candidate is another device's path in the terms of BGP's decision.
func (l *link) candidate(learned rib.Route) *candidate {
	a := learned.Attributes
	return &candidate{
		hop: l.session.hop, attributes: a,
		path: route.Path{
			LocalPreference: a.LocalPref, ASPathLength: a.Path.Len(), Origin: uint8(a.Origin), MED: a.MED,
			Internal: true, RouterID: l.want.routerID, Peer: l.want.far.Address.Addr(),
		},
	}
}

// kept reports whether a customer wants a route to stay with who was told of it:
// other sites are other ASes (RFC 1997). Devices are all one, and so is what is
// behind the gateway: they have the route.
func kept(marks bgp.Communities) bool {
	return marks.Has(bgp.NoExport) || marks.Has(bgp.NoAdvertise) || marks.Has(bgp.NoExportSubconfed)
}

// offer keeps what a segment offers, and marks its interfaces if that is news.
// Called with mu held.
func (d *Device) offer(gw *gateway, best map[netip.Prefix]*candidate, complete bool) {
	offers := map[netip.Prefix]offer{}
	for prefix, c := range best {
		if kept(c.attributes.Communities) {
			continue
		}
		offers[prefix] = offer{vif: c.vif, attributes: bgp.Attributes{Origin: c.attributes.Origin, Path: c.attributes.Path}}
	}
	if gw.site.complete == complete && maps.Equal(gw.site.offers, offers) {
		return
	}
	gw.site = site{offers: offers, complete: complete}
	for id, v := range d.vifs {
		if v.want != nil && v.want.SiteLink == gw.want.ID {
			d.work.Mark(vifRoutes(id))
		}
	}
}
