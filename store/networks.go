package store

import "demarc"

// The tables of what a VPC is made of.
var (
	Subnets = NewTable("subnet", func(s demarc.Subnet) string { return string(s.ID) },
		by("owner", func(s demarc.Subnet) demarc.AccountID { return s.Owner }),
		by("vpc", func(s demarc.Subnet) demarc.VPCID { return s.VPC }))
	RouteTables = NewTable("route-table", func(t demarc.RouteTable) string { return string(t.ID) },
		by("owner", func(t demarc.RouteTable) demarc.AccountID { return t.Owner }),
		by("vpc", func(t demarc.RouteTable) demarc.VPCID { return t.VPC }),
		Index[demarc.RouteTable]{"prefix-list", func(t demarc.RouteTable) []string { return keys(t.Lists()...) }})
	PrefixLists = NewTable("prefix-list", func(l demarc.PrefixList) string { return string(l.ID) },
		by("owner", func(l demarc.PrefixList) demarc.AccountID { return l.Owner }))
	InternetGateways = NewTable("internet-gateway", func(g demarc.InternetGateway) string { return string(g.ID) },
		by("owner", func(g demarc.InternetGateway) demarc.AccountID { return g.Owner }),
		by("vpc", func(g demarc.InternetGateway) demarc.VPCID { return g.VPC }))
	Uplinks        = NewTable("uplink", func(u demarc.Uplink) string { return u.Address.String() })
	SecurityGroups = NewTable("security-group", func(g demarc.SecurityGroup) string { return string(g.ID) },
		by("owner", func(g demarc.SecurityGroup) demarc.AccountID { return g.Owner }),
		by("vpc", func(g demarc.SecurityGroup) demarc.VPCID { return g.VPC }))
	NetworkACLs = NewTable("network-acl", func(a demarc.NetworkACL) string { return string(a.ID) },
		by("owner", func(a demarc.NetworkACL) demarc.AccountID { return a.Owner }),
		by("vpc", func(a demarc.NetworkACL) demarc.VPCID { return a.VPC }))
	TransitGatewayAttachments = NewTable("transit-gateway-attachment", func(a demarc.TransitGatewayAttachment) string { return string(a.ID) },
		Index[demarc.TransitGatewayAttachment]{"account", func(a demarc.TransitGatewayAttachment) []string { return keys(a.Administrator(), a.GatewayOwner) }},
		by("transit-gateway", func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayID { return a.TransitGateway }),
		by("association", func(a demarc.TransitGatewayAttachment) demarc.GatewayAssociationID { return a.Association }),
		by("vpc", func(a demarc.TransitGatewayAttachment) demarc.VPCID { return a.VPC }))
	TransitRouteTables = NewTable("transit-route-table", func(t demarc.TransitRouteTable) string { return string(t.ID) },
		by("owner", func(t demarc.TransitRouteTable) demarc.AccountID { return t.Owner }),
		by("transit-gateway", func(t demarc.TransitRouteTable) demarc.TransitGatewayID { return t.TransitGateway }),
		Index[demarc.TransitRouteTable]{"prefix-list", func(t demarc.TransitRouteTable) []string { return keys(t.Lists()...) }})
)

// Written are a table's routes by hand to prefixes, those of prefix lists among
// them.
func Written(r Reader, t demarc.RouteTable) []demarc.StaticRoute {
	return t.Written(listsOf(r))
}

// TransitWritten are a Transit Gateway's table's, in the same way.
func TransitWritten(r Reader, t demarc.TransitRouteTable) []demarc.TransitStaticRoute {
	return t.Written(listsOf(r))
}

// listsOf finds prefix lists; one that is not there has no entries.
func listsOf(r Reader) func(demarc.PrefixListID) demarc.PrefixList {
	return func(id demarc.PrefixListID) demarc.PrefixList {
		l, _ := PrefixLists.Get(r, string(id))
		return l
	}
}
