package intent

import (
	"net/netip"

	"demarc"
)

// A Tunnel takes a backbone link from one machine to another: VXLAN (RFC 7348)
// between the nodes' own addresses. The zero Tunnel is for two nodes on one
// machine, whose namespaces a veth joins.
type Tunnel struct {
	// VNI is unique in the site.
	VNI    uint32     `json:"vni"`
	Local  netip.Addr `json:"local"`
	Remote netip.Addr `json:"remote"`
}

// A Ground is what links run over.
type Ground struct {
	// Address is a node's own; invalid for one that shares its machine with all
	// the others.
	Address func(demarc.NodeID) netip.Addr
	// VNI is the number of a link's tunnel; 0 if it has none yet.
	VNI func(demarc.BackboneLink) uint32
}

// Dig gives the node's links to other machines their tunnels, and leaves out
// those that have no number yet: a link without one cannot be told from
// another's. It returns the links that need a number and that this node
// answers for.
func (n *Node) Dig(g Ground) []demarc.BackboneLink {
	d := &digger{ground: g, node: n.Node}
	if n.Device != nil {
		for i := range n.Device.Gateways {
			gw := &n.Device.Gateways[i]
			gw.Hosts = dig(d, gw.Hosts, func(p *BackbonePeer) (demarc.BackboneLink, *Tunnel) {
				return demarc.BackboneLink{Gateway: gw.ID, From: n.Node, To: p.Node, Network: p.Network}, &p.Tunnel
			})
			gw.Sites = dig(d, gw.Sites, func(p *DevicePeer) (demarc.BackboneLink, *Tunnel) {
				return demarc.BackboneLink{Gateway: gw.ID, From: min(n.Node, p.Node), To: max(n.Node, p.Node)}, &p.Tunnel
			})
		}
	}
	if n.VPCHost != nil {
		for _, vpc := range n.VPCHost.VPCs {
			d.digGateways(string(vpc.ID), vpc.Gateways)
		}
		d.digTransit(n.VPCHost)
	}
	return d.links
}

// digGateways does so for the gateways that one network of a host is behind.
func (d *digger) digGateways(network string, gateways []VPCGateway) {
	for i := range gateways {
		gw := &gateways[i]
		gw.Devices = dig(d, gw.Devices, func(p *DevicePeer) (demarc.BackboneLink, *Tunnel) {
			return demarc.BackboneLink{Gateway: gw.ID, From: p.Node, To: d.node, Network: network}, &p.Tunnel
		})
	}
}

// digTransit does so for what is behind Transit Gateways. The table's host
// answers for a link to a VPC.
func (d *digger) digTransit(host *VPCHost) {
	for i := range host.TransitTables {
		t := &host.TransitTables[i]
		t.VPCs = dig(d, t.VPCs, func(p *AttachedVPC) (demarc.BackboneLink, *Tunnel) {
			return demarc.BackboneLink{Gateway: demarc.GatewayID(t.ID), From: d.node, To: p.Node, Network: string(p.VPC)}, &p.Tunnel
		})
		for j := range t.Gateways {
			gw := &t.Gateways[j]
			gw.Devices = dig(d, gw.Devices, func(p *DevicePeer) (demarc.BackboneLink, *Tunnel) {
				return demarc.BackboneLink{Gateway: gw.Gateway, From: p.Node, To: d.node, Network: string(t.ID)}, &p.Tunnel
			})
		}
	}
	for i := range host.VPCs {
		v := &host.VPCs[i]
		v.Transits = dig(d, v.Transits, func(p *VPCTransit) (demarc.BackboneLink, *Tunnel) {
			return demarc.BackboneLink{Gateway: demarc.GatewayID(p.Table), From: p.Node, To: d.node, Network: string(v.ID)}, &p.Tunnel
		})
	}
}

type digger struct {
	ground Ground
	node   demarc.NodeID
	links  []demarc.BackboneLink
}

// dig goes through the far ends of one kind of link, and returns those that the
// node can reach by now.
func dig[P any](d *digger, peers []P, link func(*P) (demarc.BackboneLink, *Tunnel)) (reached []P) {
	for _, p := range peers {
		l, tunnel := link(&p)
		var there bool
		if *tunnel, there = d.tunnel(l); there {
			reached = append(reached, p)
		}
	}
	return reached
}

// tunnel is a link's; false if it needs one and has no number yet.
func (d *digger) tunnel(l demarc.BackboneLink) (Tunnel, bool) {
	far := l.To
	if far == d.node {
		far = l.From
	}
	t := Tunnel{Local: d.ground.Address(d.node), Remote: d.ground.Address(far)}
	if !t.Local.IsValid() || !t.Remote.IsValid() || t.Local == t.Remote {
		return Tunnel{}, true
	}
	if l.From == d.node {
		d.links = append(d.links, l)
	}
	t.VNI = d.ground.VNI(l)
	return t, t.VNI != 0
}
