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
	id   string // of the VPC, or of the internet gateway
	link string // of a cable or a backbone link, its name in the VPC's namespace; else empty
}

type kind string

const (
	vpcKind      kind = "vpc"
	routesKind   kind = "routes"
	cableKind    kind = "cable"
	internetKind kind = "internet gateway"
	backboneKind kind = "backbone"
)

func vpcUnit(id demarc.VPCID) unit                   { return unit{kind: vpcKind, id: string(id)} }
func routesUnit(id demarc.VPCID) unit                { return unit{kind: routesKind, id: string(id)} }
func cableUnit(id demarc.VPCID, link string) unit    { return unit{cableKind, string(id), link} }
func backboneUnit(id demarc.VPCID, link string) unit { return unit{backboneKind, string(id), link} }
func internetUnit(id string) unit                    { return unit{kind: internetKind, id: id} }

// Kind and Object are the words for it in logs and reports.
func (u unit) Kind() string   { return string(u.kind) }
func (u unit) Object() string { return u.id }

// do makes one unit right.
func (h *Host) do(ctx context.Context, u unit) error {
	switch u.kind {
	case vpcKind:
		return h.doVPC(ctx, demarc.VPCID(u.id))
	case routesKind:
		return h.doRoutes(demarc.VPCID(u.id))
	case cableKind:
		return h.doCable(demarc.VPCID(u.id), u.link)
	case internetKind:
		return h.doInternet(u.id)
	case backboneKind:
		return h.doBackbone(demarc.VPCID(u.id), u.link)
	}
	panic(fmt.Sprintf("no unit of kind %q", u.kind))
}

// exists reports whether there is the unit's object, wanted or still being
// removed. Called with mu held.
func (h *Host) exists(u unit) bool {
	if u.kind == internetKind {
		return h.internets[u.id] != nil
	}
	v := h.vpcs[demarc.VPCID(u.id)]
	switch {
	case v == nil:
		return false
	case u.kind == cableKind:
		_, ok := v.cables[u.link]
		return ok
	case u.kind == backboneKind:
		return v.links[u.link] != nil
	}
	return true
}

// units are all that there are, each before those that need it.
func (h *Host) units() []unit {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []unit
	for _, id := range slices.Sorted(maps.Keys(h.vpcs)) {
		all = append(all, vpcUnit(id))
		all = append(all, h.parts(id)...)
		all = append(all, routesUnit(id))
	}
	for _, id := range slices.Sorted(maps.Keys(h.internets)) {
		all = append(all, internetUnit(id))
	}
	return all
}

// parts are the cables and backbone links of a VPC. Called with mu held.
func (h *Host) parts(id demarc.VPCID) []unit {
	var units []unit
	v := h.vpcs[id]
	for _, link := range slices.Sorted(maps.Keys(v.cables)) {
		units = append(units, cableUnit(id, link))
	}
	for _, link := range slices.Sorted(maps.Keys(v.links)) {
		units = append(units, backboneUnit(id, link))
	}
	return units
}
