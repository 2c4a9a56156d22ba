package intent

import (
	"cmp"
	"net/netip"
	"slices"

	"demarc"
)

// A TransitTable is a route table of a Transit Gateway: a network of its own
// on the gateway's host. What comes from an attachment enters the table that
// it is associated with, and that table's routes lead on.
type TransitTable struct {
	ID     demarc.TransitRouteTableID `json:"id"`
	Static []TransitStatic            `json:"static,omitempty"`
	// VPCs and Gateways are the attachments that have to do with the table:
	// they are associated with it, propagate to it, or a static route leads
	// there.
	VPCs     []AttachedVPC     `json:"vpcs,omitempty"`
	Gateways []AttachedGateway `json:"gateways,omitempty"`
}

// TransitStatic is a route written by hand. Without an attachment packets are
// dropped.
type TransitStatic struct {
	Prefix     netip.Prefix                      `json:"prefix"`
	List       demarc.PrefixListID               `json:"list,omitempty"` // that has it, if one has
	Attachment demarc.TransitGatewayAttachmentID `json:"attachment,omitempty"`
}

// An AttachedVPC is joined with the table by a link: the VPC's end is fe80::2,
// the table's fe80::1. The table's host makes it.
type AttachedVPC struct {
	ID   demarc.TransitGatewayAttachmentID `json:"id"`
	VPC  demarc.VPCID                      `json:"vpc"`
	Node demarc.NodeID                     `json:"node"` // the VPC's host
	// Propagated are the VPC's ranges; none if they are not to enter the table.
	Propagated []netip.Prefix `json:"propagated,omitempty"`
	Tunnel     Tunnel         `json:"tunnel,omitzero"`
}

// An AttachedGateway is a Direct Connect gateway seen from the table: the
// devices it is present on, each an iBGP peer in the gateway's AS.
type AttachedGateway struct {
	ID      demarc.TransitGatewayAttachmentID `json:"id"`
	Gateway demarc.GatewayID                  `json:"gateway"`
	ASN     demarc.ASN                        `json:"asn"`
	// Propagating says whether what customers announce enters the table.
	Propagating bool `json:"propagating,omitempty"`
	// Originated is what the gateway advertises to customers, there or not, and
	// is told by the table that the attachment is associated with.
	Originated []netip.Prefix `json:"originated,omitempty"`
	Devices    []DevicePeer   `json:"devices,omitempty"`
}

// VPCTransit is the table that packets from a VPC to a Transit Gateway enter.
type VPCTransit struct {
	Gateway demarc.TransitGatewayID    `json:"gateway"`
	Table   demarc.TransitRouteTableID `json:"table"`
	Node    demarc.NodeID              `json:"node"` // the table's host
	Tunnel  Tunnel                     `json:"tunnel,omitzero"`
}

// TransitInputs are the Transit Gateways that touch a node, with all of the
// route tables and attachments that do.
type TransitInputs struct {
	Gateways    []demarc.TransitGateway
	Tables      []demarc.TransitRouteTable
	Attachments []demarc.TransitGatewayAttachment
}

// concerns reports whether an attachment needs a link to a table.
func concerns(t demarc.TransitRouteTable, a demarc.TransitGatewayAttachment) bool {
	return a.State == demarc.AttachmentAvailable && a.TransitGateway == t.TransitGateway && !t.Gone() &&
		(a.RouteTable == t.ID || slices.Contains(a.Propagating, t.ID) ||
			slices.ContainsFunc(t.Static, func(s demarc.TransitStaticRoute) bool { return s.Attachment == a.ID }))
}

// leadToTables adds the route tables that an association's attachment has to
// do with. What is advertised is said by one of them.
func (gw *Gateway) leadToTables(in DeviceInputs, association demarc.GatewayAssociation) {
	for _, a := range in.Transit.Attachments {
		if a.Association != association.ID {
			continue
		}
		gw.Transit = true
		gw.Allowed = append(gw.Allowed, association.Allowed...)
		for _, t := range in.Transit.Tables {
			if concerns(t, a) {
				gw.Hosts = append(gw.Hosts, in.tableHosts(t)...)
			}
		}
	}
}

// tableHosts is the host of a table, if it has one.
func (in DeviceInputs) tableHosts(t demarc.TransitRouteTable) (peers []BackbonePeer) {
	for _, gw := range in.Transit.Gateways {
		for _, host := range in.Hosts {
			if gw.ID == t.TransitGateway && gw.Host == host.ID {
				peers = append(peers, BackbonePeer{Node: host.ID, RouterID: host.RouterID, Network: string(t.ID), Elsewhere: in.elsewhere(gw.Region)})
			}
		}
	}
	return peers
}

// transitTables are those of the Transit Gateways on the host.
func transitTables(in HostInputs) []TransitTable {
	var all []TransitTable
	for _, t := range in.Transit.Tables {
		i := slices.IndexFunc(in.Transit.Gateways, func(gw demarc.TransitGateway) bool { return gw.ID == t.TransitGateway })
		if i >= 0 && in.Transit.Gateways[i].Host == in.Host.ID && !t.Gone() {
			all = append(all, transitTable(in, t))
		}
	}
	slices.SortFunc(all, func(a, b TransitTable) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func transitTable(in HostInputs, t demarc.TransitRouteTable) TransitTable {
	out := TransitTable{ID: t.ID}
	inUse := map[demarc.TransitGatewayAttachmentID]bool{}
	for _, a := range in.Transit.Attachments {
		if !concerns(t, a) {
			continue
		}
		if vpc, ok := attachedVPC(in, t, a); ok {
			inUse[a.ID], out.VPCs = true, append(out.VPCs, vpc)
		}
		if gw, ok := attachedGateway(in, t, a); ok {
			inUse[a.ID], out.Gateways = true, append(out.Gateways, gw)
		}
	}
	for _, s := range t.Static {
		if !inUse[s.Attachment] {
			s.Attachment = ""
		}
		out.Static = append(out.Static, TransitStatic(s))
	}
	slices.SortFunc(out.VPCs, func(a, b AttachedVPC) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Gateways, func(a, b AttachedGateway) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Static, func(a, b TransitStatic) int {
		return cmp.Or(a.Prefix.Compare(b.Prefix), cmp.Compare(a.List, b.List))
	})
	return out
}

func attachedVPC(in HostInputs, t demarc.TransitRouteTable, a demarc.TransitGatewayAttachment) (AttachedVPC, bool) {
	i := slices.IndexFunc(in.AttachedVPCs, func(v demarc.VPC) bool { return v.ID == a.VPC })
	if i < 0 {
		return AttachedVPC{}, false
	}
	out := AttachedVPC{ID: a.ID, VPC: a.VPC, Node: in.AttachedVPCs[i].Host}
	if slices.Contains(a.Propagating, t.ID) {
		out.Propagated = a.Networks(in.AttachedVPCs[i])
	}
	return out, true
}

func attachedGateway(in HostInputs, t demarc.TransitRouteTable, a demarc.TransitGatewayAttachment) (AttachedGateway, bool) {
	i := slices.IndexFunc(in.Associations, func(g demarc.GatewayAssociation) bool { return g.ID == a.Association && Joined(g) })
	j := slices.IndexFunc(in.DirectConnectGateways, func(gw demarc.DirectConnectGateway) bool { return gw.ID == a.DirectConnectGateway })
	if i < 0 || j < 0 {
		return AttachedGateway{}, false
	}
	id := Presence(a.DirectConnectGateway)
	out := AttachedGateway{
		ID: a.ID, Gateway: id, ASN: in.DirectConnectGateways[j].ASN,
		Propagating: slices.Contains(a.Propagating, t.ID), Devices: devices(in, id),
	}
	if a.RouteTable == t.ID {
		out.Originated = slices.Clone(in.Associations[i].Allowed)
		slices.SortFunc(out.Originated, netip.Prefix.Compare)
	}
	return out, true
}

// transits are the tables that a VPC's attachments are associated with.
func transits(in HostInputs, v demarc.VPC) (all []VPCTransit) {
	for _, a := range in.Transit.Attachments {
		if a.VPC == v.ID && a.State == demarc.AttachmentAvailable && a.RouteTable != "" {
			for _, gw := range in.Transit.Gateways {
				if gw.ID == a.TransitGateway {
					all = append(all, VPCTransit{Gateway: gw.ID, Table: a.RouteTable, Node: gw.Host})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b VPCTransit) int { return cmp.Compare(a.Gateway, b.Gateway) })
	return all
}
