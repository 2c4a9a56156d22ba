package transit

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// RouteTables lists the route tables of an account's Transit Gateways, deleted
// ones too until [Expire] takes them away.
func RouteTables(r store.Reader, by demarc.AccountID) []demarc.TransitRouteTable {
	return slices.Collect(store.TransitRouteTables.By(r, "owner", string(by)))
}

// CreateRouteTable makes an empty table that nothing uses yet.
func CreateRouteTable(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayID, tags []demarc.Tag, now time.Time) (demarc.TransitRouteTable, error) {
	gw, err := own(tx, by, id)
	if err != nil {
		return demarc.TransitRouteTable{}, err
	}
	if err := demarc.CheckCloudTags(tags); err != nil {
		return demarc.TransitRouteTable{}, err
	}
	store.TransitGateways.Put(tx, gw) // as it is: whoever deletes it at once looks again for its tables
	t := demarc.TransitRouteTable{ID: demarc.NewTransitRouteTableID(), TransitGateway: id, Owner: by, Created: now, Tags: tags}
	store.TransitRouteTables.Put(tx, t)
	return t, nil
}

// table finds one of the account by that is not deleted.
func table(r store.Reader, by demarc.AccountID, id demarc.TransitRouteTableID) (demarc.TransitRouteTable, error) {
	t, ok := store.TransitRouteTables.Get(r, string(id))
	if !ok || t.Owner != by || t.Gone() {
		return demarc.TransitRouteTable{}, notFound(kindTable, string(id))
	}
	return t, nil
}

// GetRouteTable finds a route table of the account by that is not deleted.
func GetRouteTable(r store.Reader, by demarc.AccountID, id demarc.TransitRouteTableID) (demarc.TransitRouteTable, error) {
	return table(r, by, id)
}

// DeleteRouteTable takes a table away that nothing is associated with and that
// is no default one. What propagated to it stops.
func DeleteRouteTable(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, now time.Time) (demarc.TransitRouteTable, error) {
	t, err := table(tx, by, id)
	if err != nil {
		return t, err
	}
	gw, _ := store.TransitGateways.Get(tx, string(t.TransitGateway))
	if gw.AssociationTable == id || gw.PropagationTable == id {
		return t, stateForbids(kindTable, "%s is a default route table of %s", id, gw.ID)
	}
	for _, what := range tx.Claims(tableClaims(id)) {
		return t, demarc.Errorf(demarc.Conflict, "%s has non-deleted associations: %s", id, what).Coded(vpc.CodeState, "Disassociate those first").In(kindTable)
	}
	for a := range store.TransitGatewayAttachments.By(tx, "transit-gateway", string(t.TransitGateway)) {
		if !slices.Contains(a.Propagating, id) {
			continue
		}
		if a, ok := store.TransitGatewayAttachments.Get(tx, string(a.ID)); ok { // unlike the list, guarded
			store.TransitGatewayAttachments.Put(tx, without(a, id))
		}
	}
	return bury(tx, t, now), nil
}

// bury ends a table, which leads no prefix list anywhere any more.
func bury(tx *store.Tx, t demarc.TransitRouteTable, now time.Time) demarc.TransitRouteTable {
	for _, l := range t.Lists() {
		tx.Release(vpc.ListClaim(l, string(t.ID)))
	}
	t.Deleted = now
	store.TransitRouteTables.Put(tx, t)
	return t
}

// without is the attachment that no longer propagates to a table.
func without(a demarc.TransitGatewayAttachment, id demarc.TransitRouteTableID) demarc.TransitGatewayAttachment {
	a.Propagating = slices.DeleteFunc(slices.Clone(a.Propagating), func(t demarc.TransitRouteTableID) bool { return t == id })
	return a
}

// tableClaims begin the names that associations hold on a table; their holder
// is the attachment.
func tableClaims(id demarc.TransitRouteTableID) string {
	return "transit-route-table/" + string(id) + "/"
}

func tableClaim(a demarc.TransitGatewayAttachment) string {
	return tableClaims(a.RouteTable) + string(a.ID)
}
