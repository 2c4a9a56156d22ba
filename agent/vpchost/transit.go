package vpchost

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"slices"

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
// dropped. Called with mu held.
func (t *table) planTransitRoutes(links map[string]linux.Link) router.Routes {
	routes := router.Routes{}
	for _, r := range t.transitTable().Routes() {
		hops := []router.Hop{t.byHand(r.Prefix, r.Attachment)}
		if r.Kind == route.KindPropagated {
			hops = nil
			for _, way := range r.Ways {
				hops = append(hops, t.hop(way.Attachment, way.Via))
			}
		}
		for i, hop := range hops {
			if !links[hop.Link].Carrier {
				hops[i] = router.Hop{}
			}
		}
		routes[r.Prefix] = router.Spread(hops...)
	}
	return routes
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

// towards is where a static route to a target leads: to a device that knows
// the prefix, or to the first; the zero Hop if there is none.
func towards(links map[string]*link, prefix netip.Prefix, target string) router.Hop {
	var hop router.Hop
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(links))) {
		l := links[name]
		switch {
		case string(l.gateway.Target) != target:
		case l.session.in.Has(prefix):
			return l.session.hop
		default:
			hop = l.session.hop
		}
	}
	return hop
}
