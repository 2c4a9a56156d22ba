package share

import (
	"time"
	"unicode/utf8"

	"demarc"
	"demarc/store"
)

// Members are the resources and accounts that a call puts into a share or
// takes out of it.
type Members struct {
	Resources  []demarc.TransitGatewayID
	Principals []demarc.AccountID
}

// Create makes a share of the account by with its first members. Of draft
// count Name, Region, External and Tags.
func Create(tx *store.Tx, by demarc.AccountID, draft demarc.ResourceShare, first Members, now time.Time) (demarc.ResourceShare, error) {
	if err := checkName(draft.Name); err != nil {
		return draft, err
	}
	if err := demarc.CheckCloudTags(draft.Tags); err != nil {
		return draft, err
	}
	s := demarc.ResourceShare{
		ID: demarc.NewResourceShareID(), Name: draft.Name, Owner: by, Region: draft.Region, State: demarc.ShareActive,
		External: draft.External, Created: now, Updated: now, Tags: draft.Tags,
	}
	if _, err := enter(tx, &s, first, now); err != nil {
		return s, err
	}
	store.ResourceShares.Put(tx, s)
	return s, nil
}

func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		return demarc.Errorf(demarc.Invalid, "the name of a resource share has 1 to 100 characters, not %d", n).In("name")
	}
	return nil
}

// Update gives a share another name, or says whether accounts may still be
// invited; nil leaves it. Accounts that are in the share stay.
func Update(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareID, name *string, external *bool, now time.Time) (demarc.ResourceShare, error) {
	s, err := own(tx, by, id)
	if err != nil {
		return s, err
	}
	if name != nil {
		if err := checkName(*name); err != nil {
			return s, err
		}
		s.Name = *name
	}
	if external != nil {
		s.External = *external
	}
	s.Updated = now
	store.ResourceShares.Put(tx, s)
	return s, nil
}

// Tag replaces the tags of a share of the account by.
func Tag(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareID, edit func([]demarc.Tag) []demarc.Tag) error {
	s, err := own(tx, by, id)
	if err != nil {
		return err
	}
	s.Tags = edit(s.Tags)
	if err := demarc.CheckCloudTags(s.Tags); err != nil {
		return err
	}
	store.ResourceShares.Put(tx, s)
	return nil
}

// Delete ends a share with everything in it, and the invitations that wait.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareID, now time.Time) error {
	s, err := own(tx, by, id)
	if err != nil {
		return err
	}
	for _, list := range [][]demarc.ShareAssociation{s.Resources, s.Principals} {
		for _, a := range list {
			if !a.Over() {
				leave(tx, &s, a.Entity, now)
			}
		}
	}
	s.State, s.Updated = demarc.ShareDeleted, now
	store.ResourceShares.Put(tx, s)
	return nil
}
