package share

import (
	"regexp"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

var accountFormat = regexp.MustCompile(`^[0-9]{12}$`)

// Changed are the associations of the members of a call, as it left them.
type Changed struct {
	Share      demarc.ResourceShare
	Resources  []demarc.ShareAssociation
	Principals []demarc.ShareAssociation
}

// Associate puts resources and accounts into a share of the account by. What
// is in it already stays as it is.
func Associate(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareID, members Members, now time.Time) (Changed, error) {
	s, err := own(tx, by, id)
	if err != nil {
		return Changed{}, err
	}
	changed, err := enter(tx, &s, members, now)
	if err != nil {
		return Changed{}, err
	}
	s.Updated = now
	store.ResourceShares.Put(tx, s)
	changed.Share = s
	return changed, nil
}

// enter puts members into a share that the caller stores.
func enter(tx *store.Tx, s *demarc.ResourceShare, members Members, now time.Time) (changed Changed, err error) {
	for _, id := range members.Resources {
		gw, ok := store.TransitGateways.Get(tx, string(id))
		if !ok || gw.Owner != s.Owner || gw.Gone() {
			return changed, NoResource(id)
		}
		a := put(&s.Resources, string(id), demarc.ShareAssociated, now)
		changed.Resources = append(changed.Resources, a)
	}
	for _, to := range members.Principals {
		a, err := invite(tx, s, to, now)
		if err != nil {
			return changed, err
		}
		changed.Principals = append(changed.Principals, a)
	}
	if len(s.Resources) > most || len(s.Principals) > most {
		return changed, demarc.Errorf(demarc.Limit, "a resource share has at most %d resources and %d principals", most, most)
	}
	return changed, nil
}

// invite asks an account into the share, once.
func invite(tx *store.Tx, s *demarc.ResourceShare, to demarc.AccountID, now time.Time) (demarc.ShareAssociation, error) {
	switch {
	case !accountFormat.MatchString(string(to)):
		return demarc.ShareAssociation{}, demarc.Errorf(demarc.Invalid, "principal %q is not an account of twelve digits; there are no organizations here, and roles are not shared with", to).In("principals")
	case to == s.Owner:
		return demarc.ShareAssociation{}, demarc.Errorf(demarc.Invalid, "account %s owns the resource share and cannot be invited into it", to).In("principals")
	case !s.External:
		return demarc.ShareAssociation{}, demarc.Errorf(demarc.Denied, "the resource share does not allow external principals, and account %s is one", to).In("principals")
	}
	if a, there := find(s.Principals, string(to)); there && !a.Over() {
		return a, nil
	}
	store.ResourceShareInvitations.Put(tx, demarc.ResourceShareInvitation{
		ID: demarc.NewResourceShareInvitationID(), Share: s.ID, Name: s.Name, Region: s.Region,
		From: s.Owner, To: to, State: demarc.InvitationPending, Sent: now,
	})
	return put(&s.Principals, string(to), demarc.ShareAssociating, now), nil
}

// Disassociate takes resources and accounts out of a share of the account by.
// An account that accepted a share may take itself out of it.
func Disassociate(tx *store.Tx, by demarc.AccountID, id demarc.ResourceShareID, members Members, now time.Time) (Changed, error) {
	s, err := own(tx, by, id)
	if err != nil && !leaves(s, by, members) {
		return Changed{}, err
	}
	changed := Changed{}
	for _, resource := range members.Resources {
		if a, there := find(s.Resources, string(resource)); !there || a.Over() {
			return changed, demarc.Errorf(demarc.NotFound, "Transit Gateway %s is not in the resource share", resource).In("resourceArns")
		}
		changed.Resources = append(changed.Resources, leave(tx, &s, string(resource), now))
	}
	for _, principal := range members.Principals {
		if a, there := find(s.Principals, string(principal)); !there || a.Over() {
			return changed, demarc.Errorf(demarc.NotFound, "account %s is not in the resource share", principal).In("principals")
		}
		changed.Principals = append(changed.Principals, leave(tx, &s, string(principal), now))
	}
	s.Updated = now
	store.ResourceShares.Put(tx, s)
	changed.Share = s
	return changed, nil
}

// leaves reports whether a call is an account's leave of a share it accepted.
func leaves(s demarc.ResourceShare, by demarc.AccountID, members Members) bool {
	return slices.Contains(s.Receivers(), by) && len(members.Resources) == 0 && slices.Equal(members.Principals, []demarc.AccountID{by})
}

// leave takes a member out of a share that the caller stores. An invitation
// that waits can no longer be accepted.
func leave(tx *store.Tx, s *demarc.ResourceShare, entity string, now time.Time) demarc.ShareAssociation {
	if _, resource := find(s.Resources, entity); resource {
		return put(&s.Resources, entity, demarc.ShareDisassociated, now)
	}
	for i := range store.ResourceShareInvitations.By(tx, "share", string(s.ID)) {
		i, there := store.ResourceShareInvitations.Get(tx, string(i.ID)) // guarded: somebody may be accepting it
		if there && string(i.To) == entity && i.State == demarc.InvitationPending {
			i.State, i.Ended = demarc.InvitationExpired, now
			store.ResourceShareInvitations.Put(tx, i)
		}
	}
	return put(&s.Principals, entity, demarc.ShareDisassociated, now)
}

func find(list []demarc.ShareAssociation, entity string) (demarc.ShareAssociation, bool) {
	for _, a := range list {
		if a.Entity == entity {
			return a, true
		}
	}
	return demarc.ShareAssociation{}, false
}

// put brings the one association of an entity to a state. One that had ended
// begins anew. The list is copied, since other readers share it.
func put(list *[]demarc.ShareAssociation, entity string, state demarc.ShareAssociationState, now time.Time) demarc.ShareAssociation {
	a, there := find(*list, entity)
	switch {
	case there && a.State == state:
		return a
	case !there, a.Over():
		a = demarc.ShareAssociation{Entity: entity, Created: now}
	}
	a.State, a.Updated = state, now
	rest := slices.DeleteFunc(slices.Clone(*list), func(b demarc.ShareAssociation) bool { return b.Entity == entity })
	*list = append(rest, a)
	return a
}
