package vpc

import (
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/account"
	"demarc/share"
	"demarc/store"
)

// CreateRouteTable makes a table that no subnet uses yet.
func CreateRouteTable(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, tags []demarc.Tag) (demarc.RouteTable, error) {
	if _, err := vpcs.get(tx, by, string(id)); err != nil {
		return demarc.RouteTable{}, err
	}
	if err := demarc.CheckTags(tags); err != nil {
		return demarc.RouteTable{}, err
	}
	t := demarc.RouteTable{ID: demarc.NewRouteTableID(), VPC: id, Owner: by, Tags: tags}
	store.RouteTables.Put(tx, t)
	return t, tx.Claim(claim(id, string(t.ID)), string(t.ID))
}

// DeleteRouteTable takes a table away that nothing uses.
func DeleteRouteTable(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID) error {
	t, err := routeTables.get(tx, by, string(id))
	if err != nil {
		return err
	}
	if len(t.Associations) > 0 {
		return inUse("routeTable", string(id), "association "+t.Associations[0].ID)
	}
	store.RouteTables.Delete(tx, string(id))
	tx.Release(claim(t.VPC, string(id)))
	return nil
}

// CreateRoute writes a route into a table. The target must be there and, for
// gateways, on the table's VPC.
func CreateRoute(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, r demarc.StaticRoute) error {
	t, i, err := routePlace(tx, by, id, r.Prefix)
	if err != nil {
		return err
	}
	if i >= 0 {
		if t.Static[i].Target == r.Target {
			return nil // asked again
		}
		return demarc.Errorf(demarc.Conflict, "The route identified by %s already exists.", r.Prefix).Coded(CodeExists, "").In("route")
	}
	if err := target(tx, by, t, r); err != nil {
		return err
	}
	if n := len(t.Static); n >= account.Quotas(tx).RouteTableRoutes {
		return demarc.Errorf(demarc.Limit, "route table %s has %d routes, all that it may have", id, n).In("routeCount")
	}
	t.Static = append(slices.Clone(t.Static), r)
	store.RouteTables.Put(tx, t)
	return nil
}

// ReplaceRoute gives a route another target.
func ReplaceRoute(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, r demarc.StaticRoute) error {
	t, i, err := routePlace(tx, by, id, r.Prefix)
	if err != nil {
		return err
	}
	if i < 0 {
		return noRoute(id, r.Prefix)
	}
	if err := target(tx, by, t, r); err != nil {
		return err
	}
	t.Static = slices.Clone(t.Static)
	t.Static[i] = r
	store.RouteTables.Put(tx, t)
	return nil
}

// DeleteRoute takes a route out of a table.
func DeleteRoute(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, prefix netip.Prefix) error {
	t, i, err := routePlace(tx, by, id, prefix)
	if err != nil {
		return err
	}
	if i < 0 {
		return noRoute(id, prefix)
	}
	t.Static = slices.Delete(slices.Clone(t.Static), i, i+1)
	store.RouteTables.Put(tx, t)
	return nil
}

// routePlace finds a table and the place of a route in it, -1 for none.
func routePlace(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, prefix netip.Prefix) (demarc.RouteTable, int, error) {
	t, err := routeTables.get(tx, by, string(id))
	if err != nil {
		return t, -1, err
	}
	v, _ := store.VPCs.Get(tx, string(t.VPC))
	if own := v.RangeOf(prefix.Addr()); own.IsValid() && prefix.Bits() >= own.Bits() {
		return t, -1, demarc.Errorf(demarc.Invalid, "The destination %s is in the VPC's own range %s, whose local route beats every other", prefix, own).In("route")
	}
	return t, slices.IndexFunc(t.Static, func(r demarc.StaticRoute) bool { return r.Prefix == prefix }), nil
}

func noRoute(id demarc.RouteTableID, prefix netip.Prefix) error {
	return demarc.Errorf(demarc.NotFound, "no route with destination-cidr-block %s in route table %s", prefix, id).Coded(CodeAbsent, "").In("route")
}

// target refuses what a route of the table cannot lead to.
func target(tx *store.Tx, by demarc.AccountID, t demarc.RouteTable, r demarc.StaticRoute) error {
	switch {
	case strings.HasPrefix(r.Target, "igw-"):
		igw, err := internetGateways.get(tx, by, r.Target)
		return onVPC(err, igw.VPC == t.VPC, r.Target, t)
	case strings.HasPrefix(r.Target, "vgw-"):
		gw, err := vpnGateway(tx, by, demarc.GatewayID(r.Target))
		return onVPC(err, gw.VPC == t.VPC, r.Target, t)
	case strings.HasPrefix(r.Target, "tgw-"):
		gw, ok := store.TransitGateways.Get(tx, r.Target)
		if !ok || gw.Owner != by && !share.Reaches(tx, by, string(gw.ID)) || gw.State == demarc.TransitGatewayDeleted {
			return notFound(transitGateways.name, r.Target)
		}
		return onVPC(nil, reaches(tx, t.VPC, r.Target), r.Target, t)
	}
	return demarc.Errorf(demarc.Invalid, "a route cannot lead to %q: an internet gateway, a virtual private gateway or a Transit Gateway takes it", r.Target).In("route")
}

func onVPC(err error, attached bool, id string, t demarc.RouteTable) error {
	if err == nil && !attached {
		return demarc.Errorf(demarc.Conflict, "route table %s and network gateway %s belong to different networks", t.ID, id).Coded(CodeDetached, "").In("route")
	}
	return err
}

// Propagate says whether what a virtual private gateway learns enters a table.
// Saying so again is not an error.
func Propagate(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, gateway demarc.GatewayID, on bool) error {
	t, err := routeTables.get(tx, by, string(id))
	if err != nil {
		return err
	}
	gw, err := vpnGateway(tx, by, gateway)
	if err != nil {
		return err
	}
	if on && gw.VPC != t.VPC {
		return demarc.Errorf(demarc.Conflict, "The gateway %s is not attached to the VPC of route table %s", gateway, id).Coded(CodeDetached, "").In("vpnGateway")
	}
	t.Propagating = slices.DeleteFunc(slices.Clone(t.Propagating), func(g demarc.GatewayID) bool { return g == gateway })
	if on {
		t.Propagating = append(t.Propagating, gateway)
	}
	store.RouteTables.Put(tx, t)
	return nil
}
