package resiliency

import (
	"errors"
	"slices"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

// MaxAtOnce is how many connections one call may name.
const MaxAtOnce = 50

// Members lists the connections of a group that are not gone, sorted.
func Members(r store.Reader, g demarc.ResiliencyGroup) []demarc.ConnectionID {
	return slices.DeleteFunc(slices.Clone(g.Connections), func(id demarc.ConnectionID) bool {
		c, ok := store.Connections.Get(r, string(id))
		return !ok || c.State.Gone()
	})
}

// Associate takes connections of the account by into its group: all of them,
// or none. One that is in the group already may be named again.
func Associate(tx *store.Tx, by demarc.AccountID, id demarc.ResiliencyGroupID, ids []demarc.ConnectionID, now time.Time) (demarc.ResiliencyGroup, error) {
	g, err := usable(tx, by, id, now)
	if err != nil {
		return demarc.ResiliencyGroup{}, err
	}
	g.Connections = slices.Clone(g.Connections)
	for _, member := range ids {
		if slices.Contains(g.Connections, member) {
			continue
		}
		if err := join(tx, g, member, now); err != nil {
			return demarc.ResiliencyGroup{}, err
		}
		g.Connections = append(g.Connections, member)
	}
	slices.Sort(g.Connections)
	store.ResiliencyGroups.Put(tx, g)
	return g, nil
}

// join claims a connection for a group that it fits.
func join(tx *store.Tx, g demarc.ResiliencyGroup, id demarc.ConnectionID, now time.Time) error {
	c, err := connection.Get(tx, g.Owner, id, now)
	if err != nil {
		return err
	}
	if c.State.Gone() || c.Kind != demarc.Dedicated {
		return demarc.Errorf(demarc.Conflict, "connection %s cannot be in a resiliency group: it must be dedicated and not deleted", id).
			Coded("E-GROUP-MEMBER", "").In("connectionIdentifiers")
	}
	for _, other := range Members(tx, g) {
		o, _ := store.Connections.Get(tx, string(other))
		if err := Apart(g.Model, c, o); err != nil {
			return err
		}
	}
	err = tx.Claim(memberClaim(id), string(g.ID))
	if claimed, taken := errors.AsType[*store.ClaimedError](err); taken {
		return demarc.Errorf(demarc.Conflict, "connection %s is in resiliency group %s", id, claimed.Holder).
			Coded("E-GROUP-MEMBER", "Disassociate it there first").In("connectionIdentifiers")
	}
	return err
}

// Apart refuses two connections that would share a fate which their group is
// meant to survive: a device in any model, a location in high resiliency,
// which has one connection at each. The members of one LAG are on one device
// and count as one connection.
func Apart(model demarc.ResiliencyModel, a, b demarc.Connection) error {
	switch {
	case a.LAG != "" && a.LAG == b.LAG:
		return nil
	case a.Port.Device() == b.Port.Device():
		return demarc.Errorf(demarc.Conflict, "connections %s and %s both end on device %s and would fail with it", a.ID, b.ID, a.Port.Device()).
			Coded("E-GROUP-DIVERSITY", "Choose connections on different devices").In("connectionIdentifiers")
	case model == demarc.HighResiliency && a.Location == b.Location:
		return demarc.Errorf(demarc.Conflict, "connections %s and %s are both at %s, and %s has one at each location", a.ID, b.ID, a.Location, model).
			Coded("E-GROUP-DIVERSITY", "Choose connections at different locations").In("connectionIdentifiers")
	}
	return nil
}

// Disassociate takes connections out of a group of the account by: all of
// them, or none.
func Disassociate(tx *store.Tx, by demarc.AccountID, id demarc.ResiliencyGroupID, ids []demarc.ConnectionID, now time.Time) (demarc.ResiliencyGroup, error) {
	g, err := usable(tx, by, id, now)
	if err != nil {
		return demarc.ResiliencyGroup{}, err
	}
	for _, member := range ids {
		if !slices.Contains(g.Connections, member) {
			return demarc.ResiliencyGroup{}, demarc.Errorf(demarc.NotFound, "connection %s is not in resiliency group %s", member, id).
				Coded("E-GROUP-MEMBER", "").In("connectionIdentifiers")
		}
		tx.Release(memberClaim(member))
	}
	g.Connections = slices.DeleteFunc(slices.Clone(g.Connections), func(c demarc.ConnectionID) bool { return slices.Contains(ids, c) })
	store.ResiliencyGroups.Put(tx, g)
	return g, nil
}

func memberClaim(id demarc.ConnectionID) string { return "resiliency/" + string(id) }

// Paired reports whether a connection at a flat rate has another of the same
// speed and tier in its group, on another device: the two are billed as a
// pair.
func Paired(r store.Reader, c demarc.Connection) bool {
	if c.Billing == "" || c.Billing == demarc.PayAsYouGo {
		return false
	}
	for g := range store.ResiliencyGroups.By(r, "connection", string(c.ID)) {
		for _, id := range Members(r, g) {
			o, _ := store.Connections.Get(r, string(id))
			if o.ID != c.ID && o.Billing == c.Billing && o.Bandwidth == c.Bandwidth && o.Port.Device() != c.Port.Device() {
				return true
			}
		}
	}
	return false
}
