package vpchost

import (
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/rib"
	"demarc/agent/router"
	"demarc/bgp"
	"demarc/route"
)

// doRoutes makes the routes of a network's namespace those of its route table
// that are in use.
func (h *Host) doRoutes(id string) error {
	n, err := linux.OpenNamespace(h.namespace(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its own unit makes it
	}
	if err != nil {
		return err
	}
	defer n.Close()
	links, err := linux.Links(n)
	if err != nil {
		return err
	}
	routes, bounds, ok := h.planRoutes(id, links)
	if !ok {
		return nil
	}
	return router.ApplyBounded(n, routes, bounds)
}

// planRoutes finds the routes of a VPC or of a transit route table.
func (h *Host) planRoutes(id string, links map[string]linux.Link) (router.Routes, router.Bounds, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.network(id)
	if n == nil || !n.wanted || n.unwatch == nil {
		return nil, nil, false // the first event of the watch asks again
	}
	if t := h.tables[demarc.TransitRouteTableID(id)]; t != nil {
		return t.planTransitRoutes(links), nil, true
	}
	routes, bounds := h.vpcs[demarc.VPCID(id)].planRoutes(links)
	return routes, bounds, true
}

// planRoutes leads every route in use to its hop, or to all that are as good.
// What has no hop now is dropped, as in AWS ("blackhole"): it must not fall to a
// shorter route. What was written by hand to a virtual private gateway carries
// no jumbo frames, as in AWS. Called with Host.mu held.
func (v *vpc) planRoutes(links map[string]linux.Link) (router.Routes, router.Bounds) {
	routes, bounds := router.Routes{}, router.Bounds{}
	for _, verdict := range route.Evaluate(v.table()) {
		if !verdict.Active {
			continue
		}
		hop := v.hop(verdict.Route)
		if !links[hop.Link].Carrier {
			hop = router.Hop{}
		}
		routes[verdict.Prefix] = router.Spread(routes[verdict.Prefix], hop)
		if verdict.Kind == route.KindStatic && strings.HasPrefix(verdict.Target, "vgw-") {
			bounds[verdict.Prefix] = plainMTU
		}
	}
	maps.Copy(routes, v.localRoutes(links))
	return routes, bounds
}

// plainMTU is Ethernet's without jumbo frames.
const plainMTU = 1500

// table is the VPC's route table. Called with mu held.
func (v *vpc) table() route.Table {
	table := route.Table{Local: v.want.Ranges()}
	for _, static := range v.want.Static {
		table.Static = append(table.Static, route.Static(static))
	}
	for _, name := range slices.Sorted(maps.Keys(v.links)) {
		if l := v.links[name]; l.gateway.Propagating {
			table.Propagated = append(table.Propagated, l.propagated()...)
		}
	}
	return table
}

// propagated are the routes that a gateway learned on one device, which they
// lead to by their link: two gateways on one device may have the same target.
// What only the kernel knows of, after a restart, is worse than what any
// session says.
func (l *link) propagated() []route.Propagated {
	var rows []route.Propagated
	add := func(prefix netip.Prefix, path route.Path) {
		path.Internal, path.RouterID, path.Peer = true, l.device.RouterID, backbone.CustomerSide.Addr()
		rows = append(rows, route.Propagated{Prefix: prefix, Target: string(l.gateway.Target), Via: l.session.hop.Link, Path: path})
	}
	for prefix := range l.session.in.Inherited() {
		add(prefix, route.Path{})
	}
	for prefix, learned := range l.session.in.Routes() {
		add(prefix, path(learned))
	}
	return rows
}

func path(learned rib.Route) route.Path {
	a := learned.Attributes
	p := route.Path{
		LocalPreference: bgp.DefaultLocalPref,
		ASPathLength:    a.Path.Len(), Origin: uint8(a.Origin), MED: a.MED,
	}
	if a.HasLocalPref {
		p.LocalPreference = a.LocalPref
	}
	return p
}

// hop is where a route in use leads; the zero Hop if nowhere. Called with mu
// held.
func (v *vpc) hop(r route.Route) router.Hop {
	if igw := v.want.InternetGateway; igw != nil && r.Target == igw.ID {
		return router.Hop{Link: naming.VPCInternet, Gateway: backbone.CustomerSide.Addr()}
	}
	for name, t := range v.transits() {
		if string(t.Gateway) == r.Target {
			return towardsTable(name)
		}
	}
	if r.Kind == route.KindStatic {
		return towards(v.links, r.Prefix, r.Target)
	}
	if l := v.links[r.Via]; l != nil {
		return l.session.hop
	}
	return router.Hop{}
}
