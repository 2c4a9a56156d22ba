package connection

import (
	"strconv"
	"strings"
	"time"

	"demarc"
	"demarc/facility"
	"demarc/store"
)

// Delete ends a connection for its owner, or a hosted one for its partner, and
// frees its tag on the partner's port; its own port and its place in the cage are
// free when nothing is plugged in any more, which the facility is asked for.
// It is refused while something is on it, and names that to who may know of it; and
// while its LAG needs it. Deleting it again is not an error.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	c, err := known(tx, by, id, now)
	if err != nil || c.State.Gone() {
		return c, err
	}
	if ids := carried(tx, id); len(ids) > 0 && c.Owner == by {
		return demarc.Connection{}, inUse("connection", string(id), ids)
	} else if len(ids) > 0 {
		return demarc.Connection{}, usedByOwner(c)
	}
	if c.LAG != "" {
		lag, members := membership(tx, c.LAG)
		if err := spareable(tx, lag, members); err != nil {
			return demarc.Connection{}, err
		}
		tx.Release(memberClaim(c.LAG, id))
	}
	free(tx, c, now)
	ended := Deleted(c, by, now)
	store.Connections.Put(tx, ended)
	relight(tx, c.LAG)
	return ended, nil
}

// free lets go of what a connection holds.
func free(tx *store.Tx, c demarc.Connection, now time.Time) {
	if c.Kind == demarc.Hosted {
		tx.Release(tagClaim(c.Parent, c.VLAN))
		return
	}
	facility.End(tx, c, now)
}

func inUse(kind, id string, ids []string) error {
	return demarc.Errorf(demarc.Conflict, "%s %s still carries %s", kind, id, strings.Join(ids, ", ")).
		Coded("E-CONNECTION-IN-USE", "Delete these first").In("connectionId")
}

// usedByOwner is for the partner of a hosted connection, who may not know of what
// is on it.
func usedByOwner(c demarc.Connection) error {
	return demarc.Errorf(demarc.Conflict, "connection %s still carries a virtual interface", c.ID).
		Coded("E-CONNECTION-IN-USE", "Have account "+string(c.Owner)+" delete it first").By(demarc.Customer).In("connectionId")
}

// carried lists what holds a tag of a connection or LAG: every interface and
// hosted connection on it that is not gone.
func carried(tx *store.Tx, id demarc.ConnectionID) []string {
	var ids []string
	for _, holder := range tx.Claims(tagClaims(id)) {
		ids = append(ids, holder)
	}
	return ids
}

func tagClaims(id demarc.ConnectionID) string { return "vlan/" + string(id) + "/" }

func tagClaim(id demarc.ConnectionID, vlan demarc.VLAN) string {
	return tagClaims(id) + strconv.Itoa(int(vlan))
}
