package regional

import (
	"iter"
	"slices"
	"strings"

	"demarc"
	"demarc/store"
)

// of is the Region of the object that has the id; false where there is none, or
// where it is in no Region.
func of(r store.Reader, id string) (demarc.Region, bool) {
	kind := id[:strings.LastIndexByte(id, '-')+1]
	find, known := finders[kind]
	if !known {
		return "", false
	}
	return find(r, id)
}

// finders are by what ids begin with. Parts of objects, whose ids are no keys, are
// looked for: they are few, and named seldom.
var finders = map[string]func(r store.Reader, id string) (demarc.Region, bool){
	"dxcon-": one(store.Connections, func(c demarc.Connection) demarc.Region { return c.Region }),
	"dxlag-": one(store.LAGs, func(l demarc.LAG) demarc.Region { return l.Region }),
	"dxvif-": one(store.VirtualInterfaces, func(v demarc.VirtualInterface) demarc.Region { return v.Region }),
	"dxrg-":  one(store.ResiliencyGroups, func(g demarc.ResiliencyGroup) demarc.Region { return g.Region }),
	"dxpeer-": part(store.VirtualInterfaces, func(v demarc.VirtualInterface, id string) bool {
		return slices.ContainsFunc(v.Peers, func(p demarc.BGPPeer) bool { return string(p.ID) == id })
	}, func(_ store.Reader, v demarc.VirtualInterface) (demarc.Region, bool) { return v.Region, true }),

	"vpc-": one(store.VPCs, regionOfVPC),
	"vgw-": one(store.VirtualGateways, func(g demarc.VirtualGateway) demarc.Region { return g.Region }),
	"igw-": one(store.InternetGateways, func(g demarc.InternetGateway) demarc.Region { return g.Region }),
	"pl-":  one(store.PrefixLists, func(l demarc.PrefixList) demarc.Region { return l.Region }),
	"tgw-": one(store.TransitGateways, func(g demarc.TransitGateway) demarc.Region { return g.Region }),
	"subnet-": behind(store.Subnets, func(r store.Reader, s demarc.Subnet) (demarc.Region, bool) {
		return ofVPC(r, s.VPC)
	}),
	"rtb-": behind(store.RouteTables, ofTable),
	"sg-":  behind(store.SecurityGroups, ofGroup),
	"acl-": behind(store.NetworkACLs, func(r store.Reader, a demarc.NetworkACL) (demarc.Region, bool) {
		return ofVPC(r, a.VPC)
	}),
	"tgw-attach-": behind(store.TransitGatewayAttachments, func(r store.Reader, a demarc.TransitGatewayAttachment) (demarc.Region, bool) {
		return ofTransit(r, a.TransitGateway)
	}),
	"tgw-rtb-": behind(store.TransitRouteTables, func(r store.Reader, t demarc.TransitRouteTable) (demarc.Region, bool) {
		return ofTransit(r, t.TransitGateway)
	}),
	"vpc-cidr-assoc-": part(store.VPCs, func(v demarc.VPC, id string) bool { return hasRange(v.Associations(), id) },
		func(_ store.Reader, v demarc.VPC) (demarc.Region, bool) { return v.Region, true }),
	"subnet-cidr-assoc-": part(store.Subnets, func(s demarc.Subnet, id string) bool { return s.IPv6 != nil && s.IPv6.ID == id },
		func(r store.Reader, s demarc.Subnet) (demarc.Region, bool) { return ofVPC(r, s.VPC) }),
	"rtbassoc-": part(store.RouteTables, func(t demarc.RouteTable, id string) bool {
		return slices.ContainsFunc(t.Associations, func(a demarc.RouteTableAssociation) bool { return string(a.ID) == id })
	}, ofTable),
	"sgr-": part(store.SecurityGroups, func(g demarc.SecurityGroup, id string) bool {
		return slices.ContainsFunc(g.Rules, func(rule demarc.SecurityRule) bool { return rule.ID == id })
	}, ofGroup),
}

func hasRange(all []demarc.RangeAssociation, id string) bool {
	return slices.ContainsFunc(all, func(a demarc.RangeAssociation) bool { return a.ID == id })
}

func regionOfVPC(v demarc.VPC) demarc.Region { return v.Region }

func ofVPC(r store.Reader, id demarc.VPCID) (demarc.Region, bool) {
	v, ok := store.VPCs.Get(r, string(id))
	return v.Region, ok
}

func ofTransit(r store.Reader, id demarc.TransitGatewayID) (demarc.Region, bool) {
	gw, ok := store.TransitGateways.Get(r, string(id))
	return gw.Region, ok
}

func ofTable(r store.Reader, t demarc.RouteTable) (demarc.Region, bool) { return ofVPC(r, t.VPC) }

func ofGroup(r store.Reader, g demarc.SecurityGroup) (demarc.Region, bool) { return ofVPC(r, g.VPC) }

// one is what says itself where it is.
func one[T any](table *store.Table[T], region func(T) demarc.Region) func(store.Reader, string) (demarc.Region, bool) {
	return func(r store.Reader, id string) (demarc.Region, bool) {
		v, ok := table.Get(r, id)
		return region(v), ok
	}
}

// behind is what is where something else is.
func behind[T any](table *store.Table[T], region func(store.Reader, T) (demarc.Region, bool)) func(store.Reader, string) (demarc.Region, bool) {
	return func(r store.Reader, id string) (demarc.Region, bool) {
		v, ok := table.Get(r, id)
		if !ok {
			return "", false
		}
		return region(r, v)
	}
}

// part is what is where the object is that has it.
func part[T any](table *store.Table[T], has func(T, string) bool, region func(store.Reader, T) (demarc.Region, bool)) func(store.Reader, string) (demarc.Region, bool) {
	return func(r store.Reader, id string) (demarc.Region, bool) {
		all := iter.Seq[T](table.All(r))
		for v := range all {
			if has(v, id) {
				return region(r, v)
			}
		}
		return "", false
	}
}
