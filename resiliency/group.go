// Package resiliency groups connections that must not fail together. A group
// carries nothing and changes nothing at the edge: it refuses members that
// would share a fate, and two equal members at a flat rate are billed as a
// pair.
//
// Another account's group is answered exactly as one that does not exist.
package resiliency

import (
	"regexp"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

var nameFormat = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,255}$`)

// New is what is asked for.
type New struct {
	Name   string
	Model  demarc.ResiliencyModel
	Region demarc.Region
	Tags   []demarc.Tag
}

// Create makes an empty group for the account by: it is pending.
func Create(tx *store.Tx, by demarc.AccountID, n New, now time.Time) (demarc.ResiliencyGroup, error) {
	if err := checkName(n.Name); err != nil {
		return demarc.ResiliencyGroup{}, err
	}
	switch n.Model {
	case demarc.MaximumResiliency, demarc.HighResiliency, demarc.BasicResiliency:
	default:
		return demarc.ResiliencyGroup{}, demarc.Errorf(demarc.Invalid, "resiliency model %q is none of %s, %s and %s",
			n.Model, demarc.MaximumResiliency, demarc.HighResiliency, demarc.BasicResiliency).In("intendedResiliencyModel")
	}
	if err := demarc.CheckTags(n.Tags); err != nil {
		return demarc.ResiliencyGroup{}, err
	}
	g := demarc.ResiliencyGroup{
		ID: demarc.NewResiliencyGroupID(), Name: n.Name, Owner: by, Region: n.Region, Model: n.Model,
		State: demarc.ResiliencyPending, Created: now, Tags: n.Tags,
	}
	store.ResiliencyGroups.Put(tx, g)
	return g, nil
}

func checkName(name string) error {
	if nameFormat.MatchString(name) {
		return nil
	}
	return demarc.Errorf(demarc.Invalid, "the name of a resiliency group has 1 to 255 letters, digits, _ and -").In("resiliencyGroupName")
}

// Get returns a group of the account by at now.
func Get(r store.Reader, by demarc.AccountID, id demarc.ResiliencyGroupID, now time.Time) (demarc.ResiliencyGroup, error) {
	g, ok := store.ResiliencyGroups.Get(r, string(id))
	if !ok || g.Owner != by || !listed(g, now) {
		return demarc.ResiliencyGroup{}, demarc.Errorf(demarc.NotFound, "there is no resiliency group %s", id).In("resiliencyGroupId")
	}
	return g, nil
}

// List returns the groups of the account by at now, in the order of their ids.
func List(r store.Reader, by demarc.AccountID, now time.Time) []demarc.ResiliencyGroup {
	all := slices.Collect(store.ResiliencyGroups.By(r, "owner", string(by)))
	return slices.DeleteFunc(all, func(g demarc.ResiliencyGroup) bool { return !listed(g, now) })
}

func listed(g demarc.ResiliencyGroup, now time.Time) bool {
	return g.State != demarc.ResiliencyDeleted || now.Sub(g.Deleted) < demarc.ListedAfterEnd
}

// usable finds a group that has not been given up.
func usable(tx *store.Tx, by demarc.AccountID, id demarc.ResiliencyGroupID, now time.Time) (demarc.ResiliencyGroup, error) {
	g, err := Get(tx, by, id, now)
	if err == nil && (g.State == demarc.ResiliencyDeleting || g.State == demarc.ResiliencyDeleted) {
		err = demarc.Errorf(demarc.Conflict, "resiliency group %s is %s", id, g.State).In("resiliencyGroupId")
	}
	return g, err
}

// Rename gives a group of the account by another name.
func Rename(tx *store.Tx, by demarc.AccountID, id demarc.ResiliencyGroupID, name string, now time.Time) (demarc.ResiliencyGroup, error) {
	g, err := usable(tx, by, id, now)
	if err != nil {
		return demarc.ResiliencyGroup{}, err
	}
	if err := checkName(name); err != nil {
		return demarc.ResiliencyGroup{}, err
	}
	g.Name = name
	store.ResiliencyGroups.Put(tx, g)
	return g, nil
}

// Tag replaces the tags of a group of the account by.
func Tag(tx *store.Tx, by demarc.AccountID, id demarc.ResiliencyGroupID, tags []demarc.Tag, now time.Time) error {
	g, err := Get(tx, by, id, now)
	if err == nil {
		g.Tags = tags
		store.ResiliencyGroups.Put(tx, g)
	}
	return err
}

// Delete ends a group of the account by that has no members: it is deleting
// until the next look at the clock. Deleting it again is not an error.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.ResiliencyGroupID, now time.Time) (demarc.ResiliencyGroup, error) {
	g, err := Get(tx, by, id, now)
	if err != nil {
		return demarc.ResiliencyGroup{}, err
	}
	if ids := Members(tx, g); len(ids) > 0 {
		return demarc.ResiliencyGroup{}, demarc.Errorf(demarc.Conflict, "resiliency group %s still has %d connections", id, len(ids)).
			Coded("E-GROUP-IN-USE", "Disassociate them first").In("resiliencyGroupId")
	}
	next := Ended(g)
	store.ResiliencyGroups.Put(tx, next)
	return next, nil
}

// Ended takes up that its owner wants no more of a group.
func Ended(g demarc.ResiliencyGroup) demarc.ResiliencyGroup {
	if g.State != demarc.ResiliencyDeleted {
		g.State = demarc.ResiliencyDeleting
	}
	return g
}

// Settled takes up that a group is set up, or taken down, at now: there is
// nothing behind it that would have to be waited for.
func Settled(g demarc.ResiliencyGroup, now time.Time) demarc.ResiliencyGroup {
	switch g.State {
	case demarc.ResiliencyPending:
		g.State = demarc.ResiliencyAvailable
	case demarc.ResiliencyDeleting:
		g.State, g.Deleted = demarc.ResiliencyDeleted, now
	}
	return g
}

// Expire does what is due at now: it settles groups, takes out connections
// that are gone, and forgets groups that are shown no longer.
func Expire(tx *store.Tx, now time.Time) error {
	left := 20
	for found := range store.ResiliencyGroups.All(tx) {
		members := Members(tx, found)
		stale := len(members) != len(found.Connections)
		if left == 0 || !stale && listed(found, now) && Settled(found, now).State == found.State {
			continue
		}
		left--
		g, _ := store.ResiliencyGroups.Get(tx, string(found.ID)) // guards it
		if !listed(g, now) {
			store.ResiliencyGroups.Delete(tx, string(g.ID))
			continue
		}
		for _, id := range g.Connections {
			if !slices.Contains(members, id) {
				tx.Release(memberClaim(id))
			}
		}
		g.Connections = members
		store.ResiliencyGroups.Put(tx, Settled(g, now))
	}
	return nil
}
