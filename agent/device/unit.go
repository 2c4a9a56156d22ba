package device

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"demarc"
	"demarc/intent"
)

// A unit is one thing to be made right by itself.
type unit struct {
	kind kind
	id   string
	link string // of a backbone link, its name here; else empty
}

type kind string

const (
	portKind          kind = "port"
	vifKind           kind = "vif"
	vifRoutesKind     kind = "vif routes"
	gatewayKind       kind = "gateway"
	gatewayRoutesKind kind = "gateway routes"
	backboneKind      kind = "backbone"
	uplinkKind        kind = "uplink"
)

func portUnit(id demarc.PortID) unit                     { return unit{kind: portKind, id: string(id)} }
func vifUnit(id demarc.VirtualInterfaceID) unit          { return unit{kind: vifKind, id: string(id)} }
func vifRoutes(id demarc.VirtualInterfaceID) unit        { return unit{kind: vifRoutesKind, id: string(id)} }
func gatewayUnit(id demarc.GatewayID) unit               { return unit{kind: gatewayKind, id: string(id)} }
func gatewayRoutes(id demarc.GatewayID) unit             { return unit{kind: gatewayRoutesKind, id: string(id)} }
func uplinkUnit(id demarc.GatewayID) unit                { return unit{kind: uplinkKind, id: string(id)} }
func backboneUnit(id demarc.GatewayID, link string) unit { return unit{backboneKind, string(id), link} }

// gatewaysRoutes are the routes of whatever a VIF leads to.
func gatewaysRoutes(v *intent.VIF) []unit {
	units := []unit{gatewayRoutes(v.Gateway)}
	if v.SiteLink != "" {
		units = append(units, gatewayRoutes(v.SiteLink))
	}
	return units
}

// isOn reports whether a VIF leads to a gateway or a segment.
func isOn(v *intent.VIF, id demarc.GatewayID) bool { return v.Gateway == id || v.SiteLink == id }

// Kind and Object are the words for it in logs and reports.
func (u unit) Kind() string   { return string(u.kind) }
func (u unit) Object() string { return u.id }

// do makes one unit right.
func (d *Device) do(ctx context.Context, u unit) error {
	switch u.kind {
	case portKind:
		return d.doPort(demarc.PortID(u.id))
	case vifKind:
		return d.doVIF(demarc.VirtualInterfaceID(u.id))
	case vifRoutesKind:
		return d.doVIFRoutes(demarc.VirtualInterfaceID(u.id))
	case gatewayKind:
		return d.doGateway(ctx, demarc.GatewayID(u.id))
	case gatewayRoutesKind:
		return d.doGatewayRoutes(demarc.GatewayID(u.id))
	case backboneKind:
		return d.doBackbone(demarc.GatewayID(u.id), u.link)
	case uplinkKind:
		return d.doUplink(demarc.GatewayID(u.id))
	}
	panic(fmt.Sprintf("no unit of kind %q", u.kind))
}

// exists reports whether there is the unit's object, wanted or still being
// removed. Called with mu held.
func (d *Device) exists(u unit) bool {
	switch u.kind {
	case portKind:
		return d.ports[demarc.PortID(u.id)] != nil
	case vifKind, vifRoutesKind:
		return d.vifs[demarc.VirtualInterfaceID(u.id)] != nil
	}
	gw := d.gateways[demarc.GatewayID(u.id)]
	if u.kind == uplinkKind {
		return gw != nil && gw.uplink != nil
	}
	return gw != nil && (u.link == "" || gw.links[u.link] != nil)
}

// units are all that there are, each before those that need it.
func (d *Device) units() []unit {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []unit
	for _, id := range slices.Sorted(maps.Keys(d.ports)) {
		all = append(all, portUnit(id))
	}
	for _, id := range slices.Sorted(maps.Keys(d.gateways)) {
		all = append(all, gatewayUnit(id))
		for _, link := range slices.Sorted(maps.Keys(d.gateways[id].links)) {
			all = append(all, backboneUnit(id, link))
		}
		if d.gateways[id].uplink != nil {
			all = append(all, uplinkUnit(id))
		}
		all = append(all, gatewayRoutes(id))
	}
	for _, id := range d.vifsInOrder() {
		all = append(all, vifUnit(id), vifRoutes(id))
	}
	return all
}
