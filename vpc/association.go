package vpc

import (
	"slices"

	"demarc"
	"demarc/store"
)

// Associate lets a subnet use a route table of its VPC. A subnet uses one by
// name at a time.
func Associate(tx *store.Tx, by demarc.AccountID, table demarc.RouteTableID, subnet demarc.SubnetID) (demarc.RouteTableAssociation, error) {
	var none demarc.RouteTableAssociation
	t, err := routeTables.get(tx, by, string(table))
	if err != nil {
		return none, err
	}
	s, err := subnets.get(tx, by, string(subnet))
	if err != nil {
		return none, err
	}
	if s.VPC != t.VPC {
		return none, demarc.Errorf(demarc.Invalid, "Route table %s and subnet %s belong to different networks", table, subnet).In("subnet")
	}
	if other, taken := associated(tx, subnet); taken {
		return none, demarc.Errorf(demarc.Conflict, "the specified association for route table %s conflicts with an existing association: subnet %s uses %s", table, subnet, other.ID).
			Coded(CodeTaken, "").In("association")
	}
	a := demarc.RouteTableAssociation{ID: demarc.NewRouteTableAssociationID(), Subnet: subnet}
	t.Associations = append(slices.Clone(t.Associations), a)
	store.RouteTables.Put(tx, t)
	return a, tx.Claim(subnetClaim(subnet, "route-table"), string(table))
}

// associated finds the table that a subnet uses by name. The claim that is
// read for it keeps this so until the commit.
func associated(tx *store.Tx, subnet demarc.SubnetID) (demarc.RouteTable, bool) {
	for _, holder := range tx.Claims(subnetClaim(subnet, "route-table")) {
		return store.RouteTables.Get(tx, holder)
	}
	return demarc.RouteTable{}, false
}

// without is the table without the association of a subnet.
func without(t demarc.RouteTable, subnet demarc.SubnetID) demarc.RouteTable {
	t.Associations = slices.DeleteFunc(slices.Clone(t.Associations), func(a demarc.RouteTableAssociation) bool { return a.Subnet == subnet })
	return t
}

// Disassociate ends an association, after which the subnet uses the main
// table. The main association itself can only be replaced.
func Disassociate(tx *store.Tx, by demarc.AccountID, association string) error {
	t, a, err := findAssociation(tx, by, association)
	if err != nil {
		return err
	}
	if a.Subnet == "" {
		return demarc.Errorf(demarc.Invalid, "cannot disassociate the main route table association %s", association).In("association")
	}
	store.RouteTables.Put(tx, without(t, a.Subnet))
	tx.Release(subnetClaim(a.Subnet, "route-table"))
	return nil
}

// ReplaceAssociation moves an association to another table of the same VPC;
// that of the main table makes the other one the main table. The association
// has a new id afterwards.
func ReplaceAssociation(tx *store.Tx, by demarc.AccountID, association string, table demarc.RouteTableID) (demarc.RouteTableAssociation, error) {
	from, a, err := findAssociation(tx, by, association)
	if err != nil {
		return a, err
	}
	to, err := routeTables.get(tx, by, string(table))
	if err != nil {
		return a, err
	}
	if to.VPC != from.VPC {
		return a, demarc.Errorf(demarc.Invalid, "Route tables %s and %s belong to different networks", from.ID, to.ID).In("routeTable")
	}
	if to.ID == from.ID {
		return a, nil
	}
	store.RouteTables.Put(tx, without(from, a.Subnet))
	a.ID = demarc.NewRouteTableAssociationID()
	to.Associations = append(slices.Clone(to.Associations), a)
	store.RouteTables.Put(tx, to)
	if a.Subnet == "" { // the main table alone does not keep a VPC in being
		tx.Release(claim(to.VPC, string(to.ID)))
		return a, tx.Claim(claim(from.VPC, string(from.ID)), string(from.ID))
	}
	tx.Release(subnetClaim(a.Subnet, "route-table"))
	return a, tx.Claim(subnetClaim(a.Subnet, "route-table"), string(table))
}

// findAssociation reads the table found once more, so that it stays as it is
// until the commit.
func findAssociation(tx *store.Tx, by demarc.AccountID, id string) (demarc.RouteTable, demarc.RouteTableAssociation, error) {
	is := func(a demarc.RouteTableAssociation) bool { return a.ID == id }
	for t := range store.RouteTables.By(tx, "owner", string(by)) {
		if !slices.ContainsFunc(t.Associations, is) {
			continue
		}
		t, _ = store.RouteTables.Get(tx, string(t.ID))
		if i := slices.IndexFunc(t.Associations, is); i >= 0 {
			return t, t.Associations[i], nil
		}
	}
	return demarc.RouteTable{}, demarc.RouteTableAssociation{}, notFound("association", id)
}
