package connection

import (
	"strings"
	"time"

	"demarc"
	"demarc/facility"
	"demarc/store"
)

// Delete ends a connection of the account by and frees its port and its place
// in the cage. It is refused while there are virtual interfaces on it, and
// names them. Deleting it again is not an error.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	c, err := Get(tx, by, id, now)
	if err != nil || c.State == demarc.ConnectionDeleted {
		return c, err
	}
	if ids := interfaces(tx, id); len(ids) > 0 {
		return demarc.Connection{}, demarc.Errorf(demarc.Conflict, "connection %s still carries %s", id, strings.Join(ids, ", ")).
			Coded("E-CONNECTION-IN-USE", "Delete these virtual interfaces first").In("connectionId")
	}
	facility.Release(tx, c.Port)
	facility.Cancel(tx, id)
	c = Deleted(c, now)
	store.Connections.Put(tx, c)
	return c, nil
}

// interfaces lists what holds a tag of the connection: every interface that is
// not gone.
func interfaces(tx *store.Tx, id demarc.ConnectionID) []string {
	var ids []string
	for _, vif := range tx.Claims("vlan/" + string(id) + "/") {
		ids = append(ids, vif)
	}
	return ids
}
