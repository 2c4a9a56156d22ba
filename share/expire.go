package share

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// batch is how many objects one [Expire] moves: a transaction has room for a
// few thousand keys. The next one moves the rest.
const batch = 100

// Expire does what is due at now: it ends invitations that nobody answered in
// time and forgets shares, members and invitations that were shown long enough
// after their end. It writes nothing where nothing is due, and is safe to
// repeat.
func Expire(tx *store.Tx, now time.Time) error {
	left := batch
	for i := range store.ResourceShareInvitations.All(tx) {
		if left > 0 && expireInvitation(tx, string(i.ID), now) {
			left--
		}
	}
	for s := range store.ResourceShares.All(tx) {
		if left > 0 && expireShare(tx, s, now) {
			left--
		}
	}
	return nil
}

// expireInvitation reports whether it changed something. An accepted one is
// shown as long as its share.
func expireInvitation(tx *store.Tx, id string, now time.Time) bool {
	i, there := store.ResourceShareInvitations.Get(tx, id)
	switch {
	case !there:
		return false
	case i.State == demarc.InvitationPending && i.Lapsed(now):
		settle(tx, i, demarc.ShareFailed, now)
		i.State, i.Ended = demarc.InvitationExpired, now
		store.ResourceShareInvitations.Put(tx, i)
		return true
	case i.State == demarc.InvitationPending:
		return false
	case i.State == demarc.InvitationAccepted:
		if s, kept := store.ResourceShares.Get(tx, string(i.Share)); kept && !over(s, i.To) {
			return false
		}
	}
	if now.Sub(i.Ended) < demarc.ShareListedAfterEnd {
		return false
	}
	store.ResourceShareInvitations.Delete(tx, id)
	return true
}

// over reports whether an account is no longer in a share.
func over(s demarc.ResourceShare, account demarc.AccountID) bool {
	a, there := find(s.Principals, string(account))
	return !there || a.Over()
}

// expireShare reports whether it changed something.
func expireShare(tx *store.Tx, s demarc.ResourceShare, now time.Time) bool {
	forgotten := func(a demarc.ShareAssociation) bool {
		return a.Over() && now.Sub(a.Updated) >= demarc.ShareListedAfterEnd
	}
	due := s.State == demarc.ShareDeleted && now.Sub(s.Updated) >= demarc.ShareListedAfterEnd
	if !due && !slices.ContainsFunc(s.Resources, forgotten) && !slices.ContainsFunc(s.Principals, forgotten) {
		return false
	}
	s, there := store.ResourceShares.Get(tx, string(s.ID))
	switch {
	case !there:
		return false
	case due:
		store.ResourceShares.Delete(tx, string(s.ID))
	default:
		s.Resources = slices.DeleteFunc(slices.Clone(s.Resources), forgotten)
		s.Principals = slices.DeleteFunc(slices.Clone(s.Principals), forgotten)
		store.ResourceShares.Put(tx, s)
	}
	return true
}
