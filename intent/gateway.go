package intent

import (
	"cmp"
	"net/netip"
	"slices"

	"demarc"
	"demarc/route"
)

// presencePrefix makes the bare UUID of a Direct Connect gateway the name of a
// kind, as the ids of other gateways are.
const presencePrefix = "dxgw-"

// Presence is what nodes call a Direct Connect gateway.
func Presence(id demarc.DirectConnectGatewayID) demarc.GatewayID {
	return demarc.GatewayID(presencePrefix + string(id))
}

// End is the gateway that the edge leads an interface to. It is empty for one
// that has none yet.
func End(vif demarc.VirtualInterface) demarc.GatewayID {
	switch {
	case vif.Type == demarc.PublicVIF:
		return PublicNetwork
	case vif.DirectConnectGateway != "":
		return Presence(vif.DirectConnectGateway)
	}
	return vif.Gateway
}

// Joined reports whether routes flow through an association: until it is
// ended, whatever else its state says.
func Joined(a demarc.GatewayAssociation) bool { return a.State != demarc.GatewayDisassociating }

// virtualGateway advertises the whole of its VPC.
func virtualGateway(in DeviceInputs, gw demarc.VirtualGateway) Gateway {
	out := Gateway{ID: gw.ID, ASN: gw.ASN}
	out.leadTo(in, gw.VPC, func(networks []netip.Prefix) []netip.Prefix { return networks })
	return out
}

// directConnectGateway advertises, of each VPC, what its own association lets
// pass; of a Transit Gateway, just what the association says.
func directConnectGateway(in DeviceInputs, gw demarc.DirectConnectGateway) Gateway {
	out := Gateway{ID: Presence(gw.ID), ASN: gw.ASN}
	for _, a := range in.Associations {
		if a.DirectConnectGateway != gw.ID || !Joined(a) {
			continue
		}
		out.leadToTables(in, a)
		for _, far := range in.Associated {
			if string(far.ID) == a.Gateway.ID {
				out.leadTo(in, far.VPC, func(networks []netip.Prefix) []netip.Prefix { return route.Filtered(networks, a.Allowed) })
			}
		}
	}
	slices.SortFunc(out.Networks, netip.Prefix.Compare)
	slices.SortFunc(out.Allowed, netip.Prefix.Compare)
	slices.SortFunc(out.Hosts, func(a, b BackbonePeer) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Network, b.Network))
	})
	return out
}

// leadTo adds a VPC, of which what passes is advertised.
func (gw *Gateway) leadTo(in DeviceInputs, id demarc.VPCID, pass func([]netip.Prefix) []netip.Prefix) {
	for _, vpc := range in.VPCs {
		if vpc.ID != id {
			continue
		}
		networks := vpc.Ranges()
		gw.Networks = append(gw.Networks, networks...)
		gw.Allowed = append(gw.Allowed, pass(networks)...)
		for _, host := range in.Hosts {
			if host.ID == vpc.Host {
				gw.Hosts = append(gw.Hosts, BackbonePeer{Node: host.ID, RouterID: host.RouterID, Network: string(id), Elsewhere: in.elsewhere(vpc.Region)})
			}
		}
	}
}

// elsewhere reports whether what is in a Region sends to the device from another
// one than its location's.
func (in DeviceInputs) elsewhere(region demarc.Region) bool {
	return in.Region != "" && region != "" && region != in.Region
}

// vpcGateways are a virtual gateway as its VPC sees it, and the Direct Connect
// gateway behind it if it is associated with one.
func vpcGateways(in HostInputs, gw demarc.VirtualGateway) []VPCGateway {
	all := []VPCGateway{{ID: gw.ID, ASN: gw.ASN, Target: gw.ID, Devices: devices(in, gw.ID)}}
	for _, a := range in.Associations {
		if a.Gateway.ID != string(gw.ID) || !Joined(a) {
			continue
		}
		for _, dx := range in.DirectConnectGateways {
			if id := Presence(dx.ID); dx.ID == a.DirectConnectGateway {
				all = append(all, VPCGateway{ID: id, ASN: dx.ASN, Target: gw.ID, Devices: devices(in, id)})
			}
		}
	}
	return all
}

// devices are those that a gateway is present on, in order.
func devices(in HostInputs, id demarc.GatewayID) []DevicePeer {
	var all []DevicePeer
	for _, dev := range in.Presence[id] {
		all = append(all, DevicePeer{Node: dev.ID, RouterID: dev.RouterID})
	}
	slices.SortFunc(all, func(a, b DevicePeer) int { return cmp.Compare(a.Node, b.Node) })
	return all
}
