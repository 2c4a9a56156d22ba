package transit

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
)

// A Route is a row of a table that is in use, as it is described.
type Route struct {
	route.TransitRoute
	// To is where the prefix leads; the zero value drops it.
	To demarc.TransitGatewayAttachment
}

// Blackhole reports whether what is for the prefix is dropped.
func (r Route) Blackhole() bool { return r.To.ID == "" }

// Behind is an attachment with the networks behind it.
type Behind struct {
	demarc.TransitGatewayAttachment
	Networks []Network
}

// A Network is a prefix that an attachment reaches. Path is what BGP compares;
// the zero value for a VPC's own range.
type Network struct {
	Prefix netip.Prefix
	Path   route.Path
}

// Table is a route table as package route judges it: what was written into it,
// of which what leads to no attachment drops packets, and what is behind the
// attachments that propagate to it. Those are all of the Transit Gateway's; of
// prefix lists the table has the entries ([store.TransitWritten]).
func Table(t demarc.TransitRouteTable, all []Behind) route.TransitTable {
	var out route.TransitTable
	inUse := map[demarc.TransitGatewayAttachmentID]bool{}
	for _, b := range all {
		inUse[b.ID] = b.State == demarc.AttachmentAvailable
		if inUse[b.ID] && slices.Contains(b.Propagating, t.ID) {
			out.Propagated = append(out.Propagated, propagated(b)...)
		}
	}
	for _, s := range t.Static {
		to := string(s.Attachment)
		if !inUse[s.Attachment] {
			to = ""
		}
		out.Static = append(out.Static, route.TransitStatic{Prefix: s.Prefix, List: string(s.List), Attachment: to})
	}
	return out
}

func propagated(b Behind) (all []route.TransitPropagated) {
	source := route.FromVPC
	if b.VPC == "" {
		source = route.FromDirectConnect
	}
	for _, n := range b.Networks {
		all = append(all, route.TransitPropagated{Prefix: n.Prefix, Attachment: string(b.ID), Source: source, Path: n.Path})
	}
	return all
}

// Routes lists the routes of a table that are in use, in the order of
// prefixes.
func Routes(r store.Reader, t demarc.TransitRouteTable) []Route {
	all := behind(r, t.TransitGateway)
	byID := map[string]demarc.TransitGatewayAttachment{}
	for _, b := range all {
		byID[string(b.ID)] = b.TransitGatewayAttachment
	}
	t.Static = store.TransitWritten(r, t)
	var routes []Route
	for _, row := range Table(t, all).Routes() {
		routes = append(routes, Route{row, byID[row.Attachment]})
	}
	return routes
}

// static is a route that was written, as it is described.
func static(r store.Reader, s demarc.TransitStaticRoute) Route {
	to, ok := store.TransitGatewayAttachments.Get(r, string(s.Attachment))
	if !ok || to.State != demarc.AttachmentAvailable {
		to = demarc.TransitGatewayAttachment{}
	}
	return Route{route.TransitRoute{Prefix: s.Prefix, Attachment: string(to.ID), Kind: route.KindStatic}, to}
}

// behind are the attachments of a Transit Gateway with what is behind them: a
// VPC's ranges, and what the interfaces of a Direct Connect gateway accepted.
func behind(r store.Reader, id demarc.TransitGatewayID) []Behind {
	var all []Behind
	for a := range store.TransitGatewayAttachments.By(r, "transit-gateway", string(id)) {
		if a.Gone() {
			continue
		}
		b := Behind{TransitGatewayAttachment: a}
		if a.VPC == "" {
			b.Networks = learned(r, a)
		} else if v, ok := store.VPCs.Get(r, string(a.VPC)); ok {
			for _, p := range a.Networks(v) {
				b.Networks = append(b.Networks, Network{Prefix: p})
			}
		}
		all = append(all, b)
	}
	return all
}

// learned is what customers' routers announce to a Direct Connect gateway, as
// the agents saw it last. Ranges between routers are no routes of theirs and
// do not come along.
func learned(r store.Reader, a demarc.TransitGatewayAttachment) (all []Network) {
	association, ok := Association(r, a)
	if !ok || !intent.Joined(association) {
		return nil
	}
	gw, _ := store.TransitGateways.Get(r, string(a.TransitGateway))
	for v := range store.VirtualInterfaces.By(r, "direct-connect-gateway", string(a.DirectConnectGateway)) {
		seen, ok := store.VIFSightings.Get(r, string(v.ID))
		if !ok || v.Type != demarc.TransitVIF {
			continue
		}
		elsewhere := gw.Region != "" && v.Region != "" && v.Region != gw.Region && !v.SiteLink
		for p := range seen.Accepted.All() {
			all = append(all, Network{p.Prefix, route.Path{
				LocalPreference: route.Preference(p.Preference, elsewhere), ASPathLength: len(p.ASPath), MED: p.MED,
			}})
		}
	}
	return all
}
