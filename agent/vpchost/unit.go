package vpchost

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"demarc"
)

// A unit is one thing to be made right by itself.
type unit struct {
	kind kind
	id   string // of the network, or of the internet gateway
	link string // of a cable or a link to others, its name in the network's namespace; else empty
}

type kind string

const (
	vpcKind      kind = "vpc"
	tableKind    kind = "transit route table"
	routesKind   kind = "routes"
	cableKind    kind = "cable"
	internetKind kind = "internet gateway"
	backboneKind kind = "backbone"
	transitKind  kind = "transit"
)

func vpcUnit(id demarc.VPCID) unit                 { return unit{kind: vpcKind, id: string(id)} }
func tableUnit(id demarc.TransitRouteTableID) unit { return unit{kind: tableKind, id: string(id)} }
func internetUnit(id string) unit                  { return unit{kind: internetKind, id: id} }
func routesUnit(network string) unit               { return unit{kind: routesKind, id: network} }

// Kind and Object are the words for it in logs and reports.
func (u unit) Kind() string   { return string(u.kind) }
func (u unit) Object() string { return u.id }

// do makes one unit right.
func (h *Host) do(ctx context.Context, u unit) error {
	switch u.kind {
	case vpcKind:
		return h.doVPC(ctx, demarc.VPCID(u.id))
	case routesKind:
		return h.doRoutes(u.id)
	case cableKind:
		return h.doCable(demarc.VPCID(u.id), u.link)
	case internetKind:
		return h.doInternet(u.id)
	case backboneKind:
		return h.doBackbone(u.id, u.link)
	case tableKind:
		return h.doTable(ctx, demarc.TransitRouteTableID(u.id))
	case transitKind:
		return h.doTransit(u.id, u.link)
	}
	panic(fmt.Sprintf("no unit of kind %q", u.kind))
}

// exists reports whether there is the unit's object, wanted or still being
// removed. Called with mu held.
func (h *Host) exists(u unit) bool {
	if u.kind == internetKind {
		return h.internets[u.id] != nil
	}
	return h.network(u.id) != nil && (u.link == "" || slices.Contains(h.parts(u.id), u))
}

// units are all that there are, each before those that need it.
func (h *Host) units() []unit {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []unit
	for _, id := range slices.Sorted(maps.Keys(h.vpcs)) {
		all = append(all, vpcUnit(id))
		all = append(all, h.parts(string(id))...)
		all = append(all, routesUnit(string(id)))
	}
	for _, id := range slices.Sorted(maps.Keys(h.tables)) {
		all = append(all, tableUnit(id))
		all = append(all, h.parts(string(id))...)
		all = append(all, routesUnit(string(id)))
	}
	for _, id := range slices.Sorted(maps.Keys(h.internets)) {
		all = append(all, internetUnit(id))
	}
	return all
}

// parts are the cables of a network, and its links to others. Called with mu
// held.
func (h *Host) parts(id string) (units []unit) {
	add := func(kind kind, names []string) {
		for _, name := range names {
			units = append(units, unit{kind, id, name})
		}
	}
	if v := h.vpcs[demarc.VPCID(id)]; v != nil {
		add(cableKind, slices.Sorted(maps.Keys(v.cables)))
		add(transitKind, slices.Sorted(maps.Keys(v.transits())))
	}
	if t := h.tables[demarc.TransitRouteTableID(id)]; t != nil {
		add(transitKind, slices.Sorted(maps.Keys(t.vpcs())))
	}
	if n := h.network(id); n != nil {
		add(backboneKind, slices.Sorted(maps.Keys(n.links)))
	}
	return units
}
