package vpc

import (
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/route"
	"demarc/store"
)

// A Route is a row of a route table as it is described: of a prefix, or of a
// prefix list.
type Route struct {
	Prefix netip.Prefix
	List   demarc.PrefixListID
	Target string // an id, or "local"
	Kind   route.Kind
	// Blackhole says that the target is gone or on another network.
	Blackhole bool
}

// GetRouteTable finds a route table of the account by.
func GetRouteTable(r store.Reader, by demarc.AccountID, id demarc.RouteTableID) (demarc.RouteTable, error) {
	return routeTables.get(r, by, string(id))
}

// Routes lists the rows of a table: the local one, those written by hand, and
// those that its gateways learned and that no row before them has.
func Routes(r store.Reader, t demarc.RouteTable) []Route {
	v, ok := store.VPCs.Get(r, string(t.VPC))
	if !ok {
		return nil
	}
	var rows []Route
	for _, p := range v.Ranges() {
		rows = append(rows, Route{Prefix: p, Target: route.LocalTarget, Kind: route.KindLocal})
	}
	for _, s := range t.Static {
		rows = append(rows, Route{s.Prefix, s.List, s.Target, route.KindStatic, !reaches(r, t.VPC, s.Target)})
	}
	seen, _ := store.VPCSightings.Get(r, string(t.VPC))
	for _, p := range seen.Propagated {
		known := slices.ContainsFunc(rows, func(row Route) bool { return row.Prefix == p.Prefix })
		if !known && slices.Contains(t.Propagating, p.Gateway) {
			rows = append(rows, Route{p.Prefix, "", string(p.Gateway), route.KindPropagated, false})
		}
	}
	return rows
}

// reaches reports whether a target is there and on the VPC.
func reaches(r store.Reader, id demarc.VPCID, target string) bool {
	switch {
	case strings.HasPrefix(target, "igw-"):
		igw, ok := store.InternetGateways.Get(r, target)
		return ok && igw.VPC == id
	case strings.HasPrefix(target, "vgw-"):
		gw, ok := store.VirtualGateways.Get(r, target)
		return ok && gw.VPC == id
	case strings.HasPrefix(target, "tgw-"):
		for a := range store.TransitGatewayAttachments.By(r, "vpc", string(id)) {
			if string(a.TransitGateway) == target && a.State == demarc.AttachmentAvailable {
				return true
			}
		}
	}
	return false
}
