package transit

import (
	"cmp"
	"slices"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// A Reference is a route of a table to all that a prefix list has, as it was
// written: it leads to an attachment, or drops packets where there is none.
type Reference struct {
	Table demarc.TransitRouteTableID
	List  demarc.PrefixList
	// Attachment may be gone meanwhile; then packets are dropped.
	Attachment demarc.TransitGatewayAttachment
}

// References lists what a table has of prefix lists, in the order of their ids.
func References(r store.Reader, t demarc.TransitRouteTable) []Reference {
	var all []Reference
	for _, s := range t.Static {
		if s.List != "" {
			all = append(all, reference(r, t.ID, s))
		}
	}
	slices.SortFunc(all, func(a, b Reference) int { return cmp.Compare(a.List.ID, b.List.ID) })
	return all
}

func reference(r store.Reader, id demarc.TransitRouteTableID, s demarc.TransitStaticRoute) Reference {
	out := Reference{Table: id}
	out.List, _ = store.PrefixLists.Get(r, string(s.List))
	out.Attachment, _ = store.TransitGatewayAttachments.Get(r, string(s.Attachment))
	out.List.ID, out.Attachment.ID = s.List, s.Attachment
	return out
}

// Refer leads all that a prefix list of the account has and will have to an
// attachment that is in use; none drops it. Writing the same one again is not an
// error. It counts as many routes as the list may have entries.
func Refer(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, s demarc.TransitStaticRoute) (Reference, error) {
	t, i, err := referred(tx, by, id, s)
	if err != nil {
		return Reference{}, err
	}
	if i >= 0 && t.Static[i] != s {
		return Reference{}, demarc.Errorf(demarc.Conflict, "The route identified by %s already exists.", s.List).Coded(vpc.CodeExists, "").In(kindRoute)
	}
	if i < 0 {
		if err := vpc.RoomForTransit(tx, t.TransitGateway, vpc.Weight(tx, s.List)); err != nil {
			return Reference{}, err
		}
		if err := tx.Claim(vpc.ListClaim(s.List, string(id)), string(id)); err != nil {
			return Reference{}, err
		}
		t.Static = append(slices.Clone(t.Static), s)
		store.TransitRouteTables.Put(tx, t)
	}
	return reference(tx, id, s), nil
}

// ReferElsewhere leads a prefix list that the table has to another attachment,
// or drops what is for it.
func ReferElsewhere(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, s demarc.TransitStaticRoute) (Reference, error) {
	t, i, err := referred(tx, by, id, s)
	if err != nil {
		return Reference{}, err
	}
	if i < 0 {
		return Reference{}, noReference(id, s.List)
	}
	t.Static = slices.Clone(t.Static)
	t.Static[i] = s
	store.TransitRouteTables.Put(tx, t)
	return reference(tx, id, s), nil
}

// Unrefer takes a prefix list out of a table and tells where it led.
func Unrefer(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, list demarc.PrefixListID) (Reference, error) {
	t, i, err := referred(tx, by, id, demarc.TransitStaticRoute{List: list})
	if err != nil {
		return Reference{}, err
	}
	if i < 0 {
		return Reference{}, noReference(id, list)
	}
	was := reference(tx, id, t.Static[i])
	t.Static = slices.Delete(slices.Clone(t.Static), i, i+1)
	store.TransitRouteTables.Put(tx, t)
	tx.Release(vpc.ListClaim(list, string(id)))
	return was, nil
}

// referred finds a table and where a list of the account is in it, as [place]
// does.
func referred(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, s demarc.TransitStaticRoute) (demarc.TransitRouteTable, int, error) {
	t, i, err := place(tx, by, id, s)
	if err == nil {
		_, err = vpc.GetPrefixList(tx, by, s.List)
	}
	return t, i, err
}

func noReference(id demarc.TransitRouteTableID, list demarc.PrefixListID) error {
	return demarc.Errorf(demarc.NotFound, "prefix list %s has no reference in route table %s", list, id).In(kindRoute)
}
