package demarc

import (
	"net/netip"
	"slices"
)

// A RouteTable has what was written into it by hand; what gateways propagate
// is observed, not stored here. The local route to the VPC's own range is in
// every table and not stored either.
type RouteTable struct {
	ID    RouteTableID `json:"id"`
	VPC   VPCID        `json:"vpc"`
	Owner AccountID    `json:"owner"`
	// Associations are the subnets that use the table by name.
	Associations []RouteTableAssociation `json:"associations,omitempty"`
	Static       []StaticRoute           `json:"static,omitempty"`
	// Propagating are the gateways whose learned routes enter the table.
	Propagating []GatewayID `json:"propagating,omitempty"`
	Tags        []Tag       `json:"tags,omitempty"`
}

// A RouteTableAssociation puts a table into use. One without a subnet makes
// its table the VPC's main one, which subnets use that name no other.
type RouteTableAssociation struct {
	ID     string   `json:"id"`
	Subnet SubnetID `json:"subnet,omitempty"`
}

// A StaticRoute sends a prefix, or all those of a list, to a target by its id
// (igw-…, vgw-…, tgw-…).
type StaticRoute struct {
	Prefix netip.Prefix `json:"prefix,omitzero"`
	List   PrefixListID `json:"list,omitempty"`
	Target string       `json:"target"`
}

// SameDestination reports whether two routes cannot be in one table.
func (s StaticRoute) SameDestination(other StaticRoute) bool {
	return s.Prefix == other.Prefix && s.List == other.List
}

// Destination is the prefix or the list, for people.
func (s StaticRoute) Destination() string {
	if s.List != "" {
		return string(s.List)
	}
	return s.Prefix.String()
}

// Lists are the prefix lists that the table has routes to.
func (t RouteTable) Lists() (all []PrefixListID) {
	for _, s := range t.Static {
		if s.List != "" {
			all = append(all, s.List)
		}
	}
	return all
}

// Written are the table's routes by hand to prefixes: those to a list once for
// each of its entries, as lists has them.
func (t RouteTable) Written(lists func(PrefixListID) PrefixList) (all []StaticRoute) {
	for _, s := range t.Static {
		if s.List == "" {
			all = append(all, s)
			continue
		}
		for _, entry := range lists(s.List).Entries {
			all = append(all, StaticRoute{entry.Prefix, s.List, s.Target})
		}
	}
	return all
}

// NewMainTable is the table that a new VPC comes with.
func NewMainTable(vpc VPC) RouteTable {
	return RouteTable{
		ID: NewRouteTableID(), VPC: vpc.ID, Owner: vpc.Owner,
		Associations: []RouteTableAssociation{{ID: NewRouteTableAssociationID()}},
	}
}

// Main reports whether the table is its VPC's main one.
func (t RouteTable) Main() bool { return t.uses("") }

func (t RouteTable) uses(subnet SubnetID) bool {
	return slices.ContainsFunc(t.Associations, func(a RouteTableAssociation) bool { return a.Subnet == subnet })
}

// TableOf finds, among the tables of a VPC, the one that a subnet uses: the
// one that names it, else the main one. No subnet gives the main one.
func TableOf(tables []RouteTable, subnet SubnetID) RouteTable {
	var main RouteTable
	for _, t := range tables {
		if subnet != "" && t.uses(subnet) {
			return t
		}
		if t.Main() {
			main = t
		}
	}
	return main
}

// TableFor finds, among the tables and subnets of a VPC, the table that judges
// what comes from an address: that of the subnet which the address is in, and
// the main one for an address outside them all.
func TableFor(tables []RouteTable, subnets []Subnet, address netip.Addr) RouteTable {
	for _, s := range subnets {
		if s.CIDR.Contains(address) || s.IPv6 != nil && s.IPv6.Prefix.Contains(address) {
			return TableOf(tables, s.ID)
		}
	}
	return TableOf(tables, "")
}
