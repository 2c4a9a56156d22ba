package share

import (
	"time"

	"demarc"
	"demarc/store"
)

// Accept takes up an invitation to the account by: from now on it is in the
// share.
func Accept(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareInvitationID, now time.Time) (demarc.ResourceShareInvitation, error) {
	return answer(tx, by, id, demarc.InvitationAccepted, demarc.ShareAssociated, now)
}

// Reject turns an invitation to the account by down.
func Reject(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareInvitationID, now time.Time) (demarc.ResourceShareInvitation, error) {
	return answer(tx, by, id, demarc.InvitationRejected, demarc.ShareFailed, now)
}

func answer(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareInvitationID, with demarc.ResourceShareInvitationState, then demarc.ShareAssociationState, now time.Time) (demarc.ResourceShareInvitation, error) {
	i, ok := store.ResourceShareInvitations.Get(tx, string(id))
	if !ok || i.To != by {
		return i, NoInvitation(id)
	}
	if err := answered(i, now); err != nil {
		return i, err
	}
	settle(tx, i, then, now)
	i.State, i.Ended = with, now
	store.ResourceShareInvitations.Put(tx, i)
	return i, nil
}

// answered refuses what is no longer the receiver's to say.
func answered(i demarc.ResourceShareInvitation, now time.Time) error {
	refuse := func(code, was string) error {
		return demarc.Errorf(demarc.Conflict, "ResourceShareInvitation %s has already %s", i.ID, was).Coded(code, "").In("resourceShareInvitationArn")
	}
	switch {
	case i.State == demarc.InvitationAccepted:
		return refuse(CodeAccepted, "been accepted")
	case i.State == demarc.InvitationRejected:
		return refuse(CodeRejected, "been rejected")
	case i.Lapsed(now):
		return refuse(CodeExpired, "expired")
	}
	return nil
}

// settle brings the receiver's association to what its invitation came to.
func settle(tx *store.Tx, i demarc.ResourceShareInvitation, state demarc.ShareAssociationState, now time.Time) {
	s, there := store.ResourceShares.Get(tx, string(i.Share))
	if !there {
		return
	}
	put(&s.Principals, string(i.To), state, now)
	store.ResourceShares.Put(tx, s)
}
