package device

import (
	"reflect"
	"strings"
	"time"

	"demarc"
	"demarc/intent"
)

// Apply says what the device must be from now on, whole. It does not wait for
// anything to become true. An intent that is not for a device changes nothing.
func (d *Device) Apply(node intent.Node) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if node.Device == nil {
		return
	}
	d.want, d.version = *node.Device, node.Version
	if node.Anew {
		d.recount(time.Now())
	}
	d.adoptPorts()
	d.adoptGateways()
	d.adoptVIFs()
	d.adoptShares()
	d.adoptLeftovers()
	d.found = nil // sessions have inherited what is theirs
	d.config.Changed()
}

func (d *Device) adoptPorts() {
	wanted := map[demarc.PortID]bool{}
	for _, want := range d.want.Ports {
		wanted[want.ID] = true
		p := d.ports[want.ID]
		if p == nil {
			p = &port{}
			d.ports[want.ID] = p
		}
		if p.want != nil && reflect.DeepEqual(*p.want, want) {
			continue
		}
		p.want = &want
		d.work.Mark(portUnit(want.ID))
		d.work.Mark(d.vifsOn(want.ID)...) // the rate is theirs, too
	}
	for id, p := range d.ports {
		if !wanted[id] && p.want != nil {
			p.last, p.want = p.want.Interface, nil
			d.work.Mark(portUnit(id))
		}
	}
}

func (d *Device) adoptGateways() {
	wanted := map[demarc.GatewayID]bool{}
	for _, want := range d.want.Gateways {
		wanted[want.ID] = true
		gw := d.gateways[want.ID]
		if gw == nil {
			gw = newGateway()
			d.gateways[want.ID] = gw
		}
		if gw.want != nil && reflect.DeepEqual(*gw.want, want) {
			continue
		}
		if gw.want == nil {
			d.work.Mark(d.vifsOf(want.ID)...) // they waited for it
		}
		gw.want = &want
		d.adoptLinks(gw)
		d.adoptUplink(gw)
		d.work.Mark(gatewayUnit(want.ID))
		d.markGateway(want.ID)
	}
	for id, gw := range d.gateways {
		if !wanted[id] && gw.want != nil {
			gw.want = nil
			d.work.Mark(gatewayUnit(id))
		}
	}
}

// adoptLinks gives the gateway the backbone links that it should have.
func (d *Device) adoptLinks(gw *gateway) {
	wanted := map[string]bool{}
	for _, want := range d.farEnds(gw.want) {
		name := want.near.Link
		wanted[name] = true
		l := gw.links[name]
		if l == nil {
			l = &link{session: d.backboneSession(gw.want.ID, want)}
			gw.links[name] = l
		}
		l.want, l.session.elsewhere = &want, want.elsewhere
		d.work.Mark(backboneUnit(gw.want.ID, name))
	}
	for name, l := range gw.links {
		if !wanted[name] {
			l.want = nil
			d.work.Mark(backboneUnit(gw.want.ID, name))
		}
	}
}

func (d *Device) adoptVIFs() {
	wanted := make(map[demarc.VirtualInterfaceID]bool, len(d.want.VIFs))
	for _, want := range d.want.VIFs {
		wanted[want.ID] = true
		v := d.vifs[want.ID]
		if v == nil {
			v = &vif{sessions: map[demarc.BGPPeerID]*session{}}
			d.vifs[want.ID], d.inOrder = v, nil
		}
		same := v.want == want || reflect.DeepEqual(v.want, want)
		if !same && v.want != nil {
			d.work.Mark(gatewaysRoutes(v.want)...)
		}
		v.want = want
		if same {
			continue
		}
		v.touch()
		d.adoptPeers(v)
		d.work.Mark(vifUnit(want.ID), vifRoutes(want.ID)) // it may take other prefixes
		d.work.Mark(gatewaysRoutes(want)...)
	}
	for id, v := range d.vifs {
		if !wanted[id] && v.want != nil {
			d.work.Mark(vifUnit(id))
			d.work.Mark(gatewaysRoutes(v.want)...)
			v.last, v.want = v.want, nil
			v.touch()
		}
	}
}

// adoptPeers gives the VIF a session for each peer. One that changed its
// addresses is another session.
func (d *Device) adoptPeers(v *vif) {
	kept := map[demarc.BGPPeerID]*session{}
	for _, want := range v.want.Peers {
		s := v.sessions[want.ID]
		if s == nil || s.peer.Remote != want.Remote || s.peer.Local != want.Local {
			s = d.customerSession(v.want, want)
		}
		s.become(time.Now(), want)
		kept[want.ID] = s
	}
	for id, s := range v.sessions {
		if kept[id] != s {
			v.leaving = append(v.leaving, d.endBoth(s, "the peer was removed"))
			delete(d.sessions, s.key)
		}
	}
	v.sessions, v.listing = kept, nil
	for _, s := range kept {
		d.sessions[s.key] = s
	}
}

// adoptLeftovers has what an earlier run made and nobody wants any more
// removed like anything else. There is nothing of the kind after the first
// time.
func (d *Device) adoptLeftovers() {
	if d.found == nil {
		return
	}
	for name := range d.found {
		id, _ := d.config.Instance.Owned(d.config.Node, name)
		vifID, gatewayID := demarc.VirtualInterfaceID(id), demarc.GatewayID(id)
		switch {
		case strings.HasPrefix(id, "dxvif-") && d.vifs[vifID] == nil:
			d.vifs[vifID], d.inOrder = &vif{}, nil
			d.work.Mark(vifUnit(vifID))
		case isGateway(id) && d.gateways[gatewayID] == nil:
			d.gateways[gatewayID] = newGateway()
			d.work.Mark(gatewayUnit(gatewayID))
		}
	}
	d.adoptStrayPorts()
}

// isGateway reports whether a namespace was made for something that is a
// gateway here.
func isGateway(id string) bool {
	return strings.HasPrefix(id, "vgw-") || strings.HasPrefix(id, "dxgw-") || intent.IsSegment(demarc.GatewayID(id)) || demarc.GatewayID(id) == intent.PublicNetwork
}

// vifsOn are the units of the VIFs on a port. Called with mu held.
func (d *Device) vifsOn(id demarc.PortID) (units []unit) {
	for vifID, v := range d.vifs {
		if v.want != nil && v.want.Port == id {
			units = append(units, vifUnit(vifID))
		}
	}
	return units
}

// vifsOf are the units of the VIFs of a gateway or a segment. Called with mu held.
func (d *Device) vifsOf(id demarc.GatewayID) (units []unit) {
	for vifID, v := range d.vifs {
		if v.want != nil && isOn(v.want, id) {
			units = append(units, vifUnit(vifID))
		}
	}
	return units
}

// markGateway marks all routes that a change at the gateway may change. Called
// with mu held.
func (d *Device) markGateway(id demarc.GatewayID) {
	d.work.Mark(gatewayRoutes(id))
	for vifID, v := range d.vifs {
		if v.want != nil && isOn(v.want, id) {
			d.work.Mark(vifRoutes(vifID))
		}
	}
}
