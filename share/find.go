package share

import (
	"slices"

	"demarc"
	"demarc/store"
)

// Reaches reports whether a resource is shared with an account. Inside a
// transaction it guards the share that says so.
func Reaches(r store.Reader, by demarc.AccountID, resource string) bool {
	for s := range store.ResourceShares.By(r, "reach", store.ReachOf(by, resource)) {
		if _, there := store.ResourceShares.Get(r, string(s.ID)); there {
			return true
		}
	}
	return false
}

// With lists what is shared with an account, each once, sorted.
func With(r store.Reader, by demarc.AccountID) []string {
	var all []string
	for s := range store.ResourceShares.By(r, "receiver", string(by)) {
		all = append(all, s.Shared()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Owned lists an account's own shares, deleted ones too until [Expire] takes
// them away, in the order of their ids; so do the others.
func Owned(r store.Reader, by demarc.AccountID) []demarc.ResourceShare {
	return slices.Collect(store.ResourceShares.By(r, "owner", string(by)))
}

// Received lists the shares of others that an account has accepted.
func Received(r store.Reader, by demarc.AccountID) []demarc.ResourceShare {
	return slices.Collect(store.ResourceShares.By(r, "receiver", string(by)))
}

// Invitations lists those that an account was sent.
func Invitations(r store.Reader, by demarc.AccountID) []demarc.ResourceShareInvitation {
	return slices.Collect(store.ResourceShareInvitations.By(r, "to", string(by)))
}

// own finds a share of the account by that is not deleted. To an account that
// has accepted it, it belongs to somebody else; to the rest it is not there.
func own(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareID) (demarc.ResourceShare, error) {
	s, ok := store.ResourceShares.Get(tx, string(id))
	switch {
	case !ok || !s.VisibleTo(by):
		return s, NotFound(id)
	case s.Owner != by:
		return s, demarc.Errorf(demarc.Denied, "ResourceShare %s belongs to account %s, which alone may change it", id, s.Owner).In("resourceShareArn")
	case s.State == demarc.ShareDeleted:
		return s, ended(s)
	}
	return s, nil
}
