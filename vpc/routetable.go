package vpc

import (
	"slices"
	"strings"

	"demarc"
	"demarc/share"
	"demarc/store"
)

// CreateRouteTable makes a table that no subnet uses yet.
func CreateRouteTable(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, tags []demarc.Tag) (demarc.RouteTable, error) {
	if _, err := vpcs.get(tx, by, string(id)); err != nil {
		return demarc.RouteTable{}, err
	}
	if err := demarc.CheckCloudTags(tags); err != nil {
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
	removeTable(tx, t)
	tx.Release(claim(t.VPC, string(id)))
	return nil
}

// tablesOf are the route tables of a VPC, which stay as they are until the
// commit: each is read by its id, and with the claims none comes or goes.
func tablesOf(tx *store.Tx, id demarc.VPCID) (all []demarc.RouteTable) {
	tx.Claims(claim(id, ""))
	for t := range store.RouteTables.By(tx, "vpc", string(id)) {
		if t, ok := store.RouteTables.Get(tx, string(t.ID)); ok {
			all = append(all, t)
		}
	}
	return all
}

func removeTable(tx *store.Tx, t demarc.RouteTable) {
	for _, l := range t.Lists() {
		tx.Release(ListClaim(l, string(t.ID)))
	}
	store.RouteTables.Delete(tx, string(t.ID))
}

// CreateRoute writes a route into a table. The target must be there and, for
// gateways, on the table's VPC.
func CreateRoute(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, r demarc.StaticRoute) error {
	t, i, err := routePlace(tx, by, id, r)
	if err != nil {
		return err
	}
	if i >= 0 {
		if t.Static[i].Target == r.Target {
			return nil // asked again
		}
		return demarc.Errorf(demarc.Conflict, "The route identified by %s already exists.", r.Destination()).Coded(CodeExists, "").In("route")
	}
	if err := target(tx, by, t, r); err != nil {
		return err
	}
	if err := roomFor(tx, t, r); err != nil {
		return err
	}
	t.Static = append(slices.Clone(t.Static), r)
	store.RouteTables.Put(tx, t)
	if r.List == "" {
		return nil
	}
	return tx.Claim(ListClaim(r.List, string(id)), string(id))
}

// ReplaceRoute gives a route another target.
func ReplaceRoute(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, r demarc.StaticRoute) error {
	t, i, err := routePlace(tx, by, id, r)
	if err != nil {
		return err
	}
	if i < 0 {
		return noRoute(id, r)
	}
	if err := target(tx, by, t, r); err != nil {
		return err
	}
	t.Static = slices.Clone(t.Static)
	t.Static[i] = r
	store.RouteTables.Put(tx, t)
	return nil
}

// DeleteRoute takes the route to a destination out of a table.
func DeleteRoute(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, to demarc.StaticRoute) error {
	t, i, err := routePlace(tx, by, id, to)
	if err != nil {
		return err
	}
	if i < 0 {
		return noRoute(id, to)
	}
	t.Static = slices.Delete(slices.Clone(t.Static), i, i+1)
	store.RouteTables.Put(tx, t)
	tx.Release(ListClaim(to.List, string(id)))
	return nil
}

// routePlace finds a table and the place of a destination in it, -1 for none.
func routePlace(tx *store.Tx, by demarc.AccountID, id demarc.RouteTableID, to demarc.StaticRoute) (demarc.RouteTable, int, error) {
	t, err := routeTables.get(tx, by, string(id))
	if err != nil {
		return t, -1, err
	}
	prefixes := []demarc.PrefixListEntry{{Prefix: to.Prefix}}
	if to.List != "" {
		l, err := prefixLists.get(tx, by, string(to.List))
		if err != nil {
			return t, -1, err
		}
		prefixes = l.Entries
	}
	v, _ := store.VPCs.Get(tx, string(t.VPC))
	for _, entry := range prefixes {
		if err := outside(v, entry.Prefix); err != nil {
			return t, -1, err
		}
	}
	return t, slices.IndexFunc(t.Static, to.SameDestination), nil
}

func noRoute(id demarc.RouteTableID, to demarc.StaticRoute) error {
	return demarc.Errorf(demarc.NotFound, "no route with destination-cidr-block %s in route table %s", to.Destination(), id).Coded(CodeAbsent, "").In("route")
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
		if !ok || gw.Owner != by && !share.Reaches(tx, by, string(gw.ID)) || gw.Gone() {
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
