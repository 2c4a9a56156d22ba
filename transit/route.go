package transit

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// CreateRoute writes a route into a table. Its attachment must be in use; none
// drops what is for the prefix. Writing the same one again is not an error.
func CreateRoute(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, r demarc.TransitStaticRoute) (Route, error) {
	t, i, err := place(tx, by, id, r)
	if err != nil {
		return Route{}, err
	}
	if i >= 0 && t.Static[i] != r {
		return Route{}, demarc.Errorf(demarc.Conflict, "The route identified by %s already exists.", r.Prefix).Coded(vpc.CodeExists, "").In(kindRoute)
	}
	if i < 0 {
		if err := vpc.RoomForTransit(tx, t.TransitGateway, 1); err != nil {
			return Route{}, err
		}
		t.Static = append(slices.Clone(t.Static), r)
		store.TransitRouteTables.Put(tx, t)
	}
	return static(tx, r), nil
}

// ReplaceRoute leads a prefix that the table has elsewhere.
func ReplaceRoute(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, r demarc.TransitStaticRoute) (Route, error) {
	t, i, err := place(tx, by, id, r)
	if err != nil {
		return Route{}, err
	}
	if i < 0 {
		return Route{}, noRoute(id, r.Prefix)
	}
	t.Static = slices.Clone(t.Static)
	t.Static[i] = r
	store.TransitRouteTables.Put(tx, t)
	return static(tx, r), nil
}

// DeleteRoute takes a static route out of a table and tells what it was.
func DeleteRoute(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, prefix netip.Prefix) (Route, error) {
	t, i, err := place(tx, by, id, demarc.TransitStaticRoute{Prefix: prefix})
	if err != nil {
		return Route{}, err
	}
	if i < 0 {
		return Route{}, noRoute(id, prefix)
	}
	was := static(tx, t.Static[i])
	t.Static = slices.Delete(slices.Clone(t.Static), i, i+1)
	store.TransitRouteTables.Put(tx, t)
	return was, nil
}

// place finds a table and where a destination is in it, -1 for nowhere, and refuses
// an attachment that a route of the table cannot lead to.
func place(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, r demarc.TransitStaticRoute) (t demarc.TransitRouteTable, i int, err error) {
	if r.Attachment == "" {
		t, err = table(tx, by, id)
	} else {
		t, _, err = attached(tx, by, id, r.Attachment)
	}
	return t, slices.IndexFunc(t.Static, r.SameDestination), err
}

func noRoute(id demarc.TransitRouteTableID, prefix netip.Prefix) error {
	return demarc.Errorf(demarc.NotFound, "no static route with destination-cidr-block %s in route table %s", prefix, id).In(kindRoute)
}
