package main

import (
	"context"
	"net/netip"
	"reflect"
	"slices"

	"demarc"
	"demarc/api/edgelink"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// lan is what every customer's router advertises.
var lan = netip.MustParsePrefix("192.168.50.0/24")

// report has the nodes see what they were told to make true; well says that
// nothing is wrong at the customers' ends. Otherwise lights are out and
// sessions down here and there, and some nodes say nothing.
func (l *life) report(well bool) {
	l.said = "reports of the edge"
	view := l.store.Local()
	for device := range store.Devices.All(view) {
		if well || l.IntN(3) > 0 {
			l.write(func(tx *store.Tx) error { return l.seeDevice(tx, device.ID, well) })
		}
	}
	for host := range store.VPCHosts.All(view) {
		l.write(func(tx *store.Tx) error { return l.seeHost(tx, host.ID) })
	}
	l.death.came()
}

func (l *life) write(fn func(*store.Tx) error) {
	if err := l.store.Write(context.Background(), fn); err != nil {
		l.fault("%v", err)
	}
}

// seeDevice is a report of a device, as the channel to it would write it down.
func (l *life) seeDevice(tx *store.Tx, id demarc.NodeID, well bool) error {
	observe := observer(l.now)
	node, _ := edgelink.Compile(l.store.Local(), id)
	light, used := map[demarc.PortID]bool{}, map[demarc.PortID]bool{}
	for _, p := range node.Device.Ports {
		used[p.ID] = true
		light[p.ID] = p.Cable != nil && l.wellPlugged(tx, p.ID) && (well || l.IntN(4) > 0)
		seen := intent.PortSeen{ID: p.ID, Carrier: light[p.ID]}
		put(tx, store.PortSightings, string(seen.ID), seen)
		if err := observe.Port(tx, seen); err != nil {
			return err
		}
	}
	for p := range store.Ports.By(tx, "device", string(id)) {
		if !used[p.ID] {
			store.PortSightings.Delete(tx, string(p.ID))
		}
	}
	for _, v := range node.Device.VIFs {
		lit, known := light[v.Port]
		seen := l.seeInterface(*v, !v.Dark && (!known || lit) && (well || l.IntN(3) > 0))
		put(tx, store.VIFSightings, string(seen.ID), seen)
		if err := observe.VIF(tx, seen); err != nil {
			return err
		}
	}
	for _, gone := range vif.Deleting(tx, id) {
		if !slices.ContainsFunc(node.Device.VIFs, func(v *intent.VIF) bool { return v.ID == gone }) {
			store.VIFSightings.Delete(tx, string(gone))
			if err := observe.Settle(tx, gone); err != nil {
				return err
			}
		}
	}
	return nil
}

// put writes a sighting that is news.
func put[T any](tx *store.Tx, table *store.Table[T], key string, seen T) {
	if before, ok := table.Get(tx, key); !ok || !reflect.DeepEqual(before, seen) {
		table.Put(tx, seen)
	}
}

// wellPlugged reports whether nothing is wrong with the fibre of a port.
func (l *life) wellPlugged(r store.Reader, port demarc.PortID) bool {
	for c := range store.Connections.By(r, "port", string(port)) {
		if xc, ok := store.CrossConnects.Get(r, string(c.ID)); ok && !c.State.Gone() {
			return xc.Problem == ""
		}
	}
	return true
}

func (l *life) seeInterface(v intent.VIF, up bool) intent.VIFSeen {
	seen := intent.VIFSeen{ID: v.ID, Built: true, MTU: v.MTU}
	for _, p := range v.Peers {
		state := intent.SessionSeen{Peer: p.ID, State: "Active", Since: began}
		if up && !p.Shut {
			state.State = "Established"
			seen.Accepted = intent.RoutesOf(intent.RouteSeen{Prefix: lan})
			seen.Advertised = intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("10.8.2.0/24")})
		}
		seen.Session = append(seen.Session, state)
	}
	return seen
}

// seeHost is a report of a VPC host: what its gateways have learned.
func (l *life) seeHost(tx *store.Tx, id demarc.NodeID) error {
	for vpc := range store.VPCs.By(tx, "host", string(id)) {
		seen := intent.VPCSeen{ID: vpc.ID}
		for gw := range store.VirtualGateways.By(tx, "vpc", string(vpc.ID)) {
			for v := range store.VirtualInterfaces.By(tx, "gateway", string(gw.ID)) {
				if v.State == demarc.VIFAvailable {
					seen.Propagated = append(seen.Propagated, intent.PropagatedSeen{Prefix: lan, Gateway: gw.ID, Device: v.Device})
				}
			}
		}
		put(tx, store.VPCSightings, string(seen.ID), seen)
	}
	return nil
}
