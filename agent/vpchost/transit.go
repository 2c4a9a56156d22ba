package vpchost

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/rib"
	"demarc/agent/router"
	"demarc/intent"
	"demarc/route"
)

// transits are the tables that the VPC sends to, by their links' names in the
// VPC's namespace.
func (v *vpc) transits() map[string]intent.VPCTransit {
	all := map[string]intent.VPCTransit{}
	if v.want != nil {
		for _, t := range v.want.Transits {
			all[naming.Transit(t.Table)] = t
		}
	}
	return all
}

// towardsVPC and towardsTable are the two directions of a link between them.
func towardsVPC(link string) router.Hop {
	return router.Hop{Link: link, Gateway: backbone.NetworkSide.Addr()}
}

func towardsTable(link string) router.Hop {
	return router.Hop{Link: link, Gateway: backbone.CustomerSide.Addr()}
}

// doTransit makes the link between a VPC and a route table, as far as it is
// this network's to make: on one machine the table's host makes both ends.
func (h *Host) doTransit(id, name string) error {
	link, wanted := h.planTransit(id, name)
	if !wanted {
		return nil
	}
	n, err := linux.OpenNamespace(h.namespace(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its own unit makes it, and marks this one
	}
	if err != nil {
		return err
	}
	defer n.Close()
	if _, err = backbone.Span(n, link); err != nil {
		return err
	}
	// What was given up meanwhile was looked for already, and found absent.
	if _, wanted := h.planTransit(id, name); !wanted && !link.Waits {
		return linux.DeleteLink(n, name)
	}
	return nil
}

func (h *Host) planTransit(id, name string) (l backbone.Link, wanted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l = backbone.Link{Near: backbone.Side{Namespace: h.namespace(id), Link: name, Address: backbone.NetworkSide}, MTU: backbone.TransitMTU, Waits: true}
	if v := h.vpcs[demarc.VPCID(id)]; v != nil {
		t, wanted := v.transits()[name]
		l.Tunnel = t.Tunnel
		return l, wanted
	}
	t := h.tables[demarc.TransitRouteTableID(id)]
	if t == nil {
		return l, false
	}
	a, wanted := t.vpcs()[name]
	l.Near.Address, l.Waits, l.Tunnel = backbone.CustomerSide, false, a.Tunnel
	l.Far = backbone.Side{
		Namespace: h.config.Instance.Network(a.Node, string(a.VPC)),
		Link:      naming.Transit(demarc.TransitRouteTableID(id)), Address: backbone.NetworkSide,
	}
	return l, wanted
}

// planTransitRoutes leads every route in use to its ways. What has none now is
// dropped, and what lines of different MTUs lead to carries no jumbo frames. Called
// with mu held.
func (t *table) planTransitRoutes(links map[string]linux.Link) (router.Routes, router.Bounds) {
	routes, bounds := router.Routes{}, router.Bounds{}
	all := t.transitTable().Routes()
	var inUse []netip.Prefix
	for _, r := range all {
		inUse = append(inUse, r.Prefix)
	}
	known := map[string][]route.TransitRoute{}
	for _, r := range all {
		if r.Kind == route.KindPropagated {
			routes[r.Prefix] = t.waysOf(r, links)
			if t.towards(r.Attachment) == (router.Hop{}) && mixed(t.links, r.Prefix) {
				bounds[r.Prefix] = plainMTU
			}
			continue
		}
		if hop := t.towards(r.Attachment); hop != (router.Hop{}) {
			routes[r.Prefix] = lit(hop, links)
			continue
		}
		if _, asked := known[r.Attachment]; !asked {
			known[r.Attachment] = knownBy(t.links, r.Attachment)
		}
		for _, behind := range route.Behind(r.Prefix, known[r.Attachment], inUse) {
			routes[behind.Prefix] = waysOf(t.links, behind, links)
			if mixed(t.links, behind.Prefix) {
				bounds[behind.Prefix] = plainMTU
			}
		}
	}
	return routes, bounds
}

// waysOf is where a propagated route leads: to a VPC, or by devices. Called with
// mu held.
func (t *table) waysOf(r route.TransitRoute, links map[string]linux.Link) router.Hop {
	if hop := t.towards(r.Attachment); hop != (router.Hop{}) {
		return lit(hop, links)
	}
	return waysOf(t.links, r, links)
}

// transitTable is the table as package route judges it. Called with mu held.
func (t *table) transitTable() route.TransitTable {
	var out route.TransitTable
	for _, s := range t.want.Static {
		out.Static = append(out.Static, route.TransitStatic{Prefix: s.Prefix, List: string(s.List), Attachment: string(s.Attachment)})
	}
	for _, a := range t.want.VPCs {
		for _, p := range a.Propagated {
			out.Propagated = append(out.Propagated, route.TransitPropagated{Prefix: p, Attachment: string(a.ID)})
		}
	}
	for name, l := range t.links {
		if t.takes(l.gateway.Target) {
			out.Propagated = append(out.Propagated, l.learned(name)...)
		}
	}
	return out
}

// learned are the routes of one device in the terms of a transit route table.
func (l *link) learned(name string) (all []route.TransitPropagated) {
	for _, p := range l.propagated() {
		known, _ := l.session.in.Route(p.Prefix)
		all = append(all, route.TransitPropagated{
			Prefix: p.Prefix, Attachment: p.Target, Source: route.FromDirectConnect,
			Via: name, ASPath: fmt.Sprint(rib.ASPath(known.Attributes.Path)), Path: p.Path,
		})
	}
	return all
}

// knownBy are the routes that a gateway has learned, on whatever device: what it
// sends packets by that a route by hand has brought to it.
func knownBy(links map[string]*link, target string) []route.TransitRoute {
	var learned route.TransitTable
	for name, l := range links {
		if string(l.gateway.Target) == target {
			learned.Propagated = append(learned.Propagated, l.learned(name)...)
		}
	}
	return learned.Routes()
}

// waysOf is where a gateway's route leads: to the devices that it was learned on.
func waysOf(devices map[string]*link, r route.TransitRoute, links map[string]linux.Link) router.Hop {
	var hops []router.Hop
	for _, way := range r.Ways {
		if l := devices[way.Via]; l != nil && string(l.gateway.Target) == way.Attachment {
			hops = append(hops, lit(l.session.hop, links))
		}
	}
	return router.Spread(hops...)
}
