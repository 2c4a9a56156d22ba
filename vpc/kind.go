package vpc

import (
	"slices"

	"demarc"
	"demarc/store"
)

// A kind is one kind of thing that accounts own here.
type kind[T any] struct {
	table *store.Table[T]
	name  string // as refusals call it
	owner func(T) demarc.AccountID
	tags  func(*T) *[]demarc.Tag
}

var (
	vpcs = kind[demarc.VPC]{store.VPCs, "vpc",
		func(v demarc.VPC) demarc.AccountID { return v.Owner }, func(v *demarc.VPC) *[]demarc.Tag { return &v.Tags }}
	subnets = kind[demarc.Subnet]{store.Subnets, "subnet",
		func(s demarc.Subnet) demarc.AccountID { return s.Owner }, func(s *demarc.Subnet) *[]demarc.Tag { return &s.Tags }}
	routeTables = kind[demarc.RouteTable]{store.RouteTables, "routeTable",
		func(t demarc.RouteTable) demarc.AccountID { return t.Owner }, func(t *demarc.RouteTable) *[]demarc.Tag { return &t.Tags }}
	internetGateways = kind[demarc.InternetGateway]{store.InternetGateways, "internetGateway",
		func(g demarc.InternetGateway) demarc.AccountID { return g.Owner }, func(g *demarc.InternetGateway) *[]demarc.Tag { return &g.Tags }}
	vpnGateways = kind[demarc.VirtualGateway]{store.VirtualGateways, "vpnGateway",
		func(g demarc.VirtualGateway) demarc.AccountID { return g.Owner }, func(g *demarc.VirtualGateway) *[]demarc.Tag { return &g.Tags }}
	securityGroups = kind[demarc.SecurityGroup]{store.SecurityGroups, "securityGroup",
		func(g demarc.SecurityGroup) demarc.AccountID { return g.Owner }, func(g *demarc.SecurityGroup) *[]demarc.Tag { return &g.Tags }}
	transitAttachments = kind[demarc.TransitGatewayAttachment]{table: store.TransitGatewayAttachments, name: "transitGatewayAttachment"}
	transitGateways    = kind[demarc.TransitGateway]{store.TransitGateways, "transitGateway",
		func(g demarc.TransitGateway) demarc.AccountID { return g.Owner }, func(g *demarc.TransitGateway) *[]demarc.Tag { return &g.Tags }}
	transitRouteTables = kind[demarc.TransitRouteTable]{store.TransitRouteTables, "transitGatewayRouteTable",
		func(t demarc.TransitRouteTable) demarc.AccountID { return t.Owner }, func(t *demarc.TransitRouteTable) *[]demarc.Tag { return &t.Tags }}
	prefixLists = kind[demarc.PrefixList]{store.PrefixLists, "prefixList",
		func(l demarc.PrefixList) demarc.AccountID { return l.Owner }, func(l *demarc.PrefixList) *[]demarc.Tag { return &l.Tags }}
	networkACLs = kind[demarc.NetworkACL]{store.NetworkACLs, "networkAcl",
		func(a demarc.NetworkACL) demarc.AccountID { return a.Owner }, func(a *demarc.NetworkACL) *[]demarc.Tag { return &a.Tags }}
)

// tagsOf are the tags that an account has on something; nil for what it may put
// none on. What several accounts see says itself whose are whose.
func (k kind[T]) tagsOf(v *T, by demarc.AccountID) *[]demarc.Tag {
	if several, ok := any(v).(interface {
		TagsOf(demarc.AccountID) *[]demarc.Tag
	}); ok {
		return several.TagsOf(by)
	}
	if k.owner(*v) != by {
		return nil
	}
	return k.tags(v)
}

func (k kind[T]) get(r store.Reader, by demarc.AccountID, id string) (T, error) {
	v, ok := k.table.Get(r, id)
	if !ok || k.owner(v) != by {
		var none T
		return none, notFound(k.name, id)
	}
	return v, nil
}

// list is what an account has of the kinds that only their owner sees.
func (k kind[T]) list(r store.Reader, by demarc.AccountID) []T {
	return slices.Collect(k.table.By(r, "owner", string(by)))
}

// shown is what an account may see of the kinds that several do.
func (k kind[T]) shown(r store.Reader, by demarc.AccountID) []T {
	return slices.Collect(k.table.By(r, "account", string(by)))
}

// VPCs lists an account's, in the order of their ids; so do the others.
func VPCs(r store.Reader, by demarc.AccountID) []demarc.VPC { return vpcs.list(r, by) }

// Subnets lists an account's subnets.
func Subnets(r store.Reader, by demarc.AccountID) []demarc.Subnet { return subnets.list(r, by) }

// RouteTables lists an account's route tables.
func RouteTables(r store.Reader, by demarc.AccountID) []demarc.RouteTable {
	return routeTables.list(r, by)
}

// InternetGateways lists an account's internet gateways.
func InternetGateways(r store.Reader, by demarc.AccountID) []demarc.InternetGateway {
	return internetGateways.list(r, by)
}

// VPNGateways lists an account's virtual private gateways, deleted ones too
// until [Expire] takes them away.
func VPNGateways(r store.Reader, by demarc.AccountID) []demarc.VirtualGateway {
	return vpnGateways.list(r, by)
}

// SecurityGroups lists an account's security groups.
func SecurityGroups(r store.Reader, by demarc.AccountID) []demarc.SecurityGroup {
	return securityGroups.list(r, by)
}

// NetworkACLs lists an account's network ACLs.
func NetworkACLs(r store.Reader, by demarc.AccountID) []demarc.NetworkACL {
	return networkACLs.list(r, by)
}
