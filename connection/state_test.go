package connection_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/connection"
)

// Every event in every state: what it leads to, and which are refused.
func TestStates(t *testing.T) {
	const (
		requested = demarc.ConnectionRequested
		pending   = demarc.ConnectionPending
		available = demarc.ConnectionAvailable
		down      = demarc.ConnectionDown
		deleted   = demarc.ConnectionDeleted
		no        = demarc.ConnectionState("refused")
	)
	seen := func(carrier bool) func(demarc.Connection) (demarc.Connection, error) {
		return func(c demarc.Connection) (demarc.Connection, error) { return connection.Seen(c, carrier), nil }
	}
	for name, event := range map[string]struct {
		happen func(demarc.Connection) (demarc.Connection, error)
		want   map[demarc.ConnectionState]demarc.ConnectionState
	}{
		"patched":  {connection.Patched, map[demarc.ConnectionState]demarc.ConnectionState{requested: pending, pending: pending, available: available, down: down, deleted: no}},
		"light":    {seen(true), map[demarc.ConnectionState]demarc.ConnectionState{requested: requested, pending: available, available: available, down: available, deleted: deleted}},
		"no light": {seen(false), map[demarc.ConnectionState]demarc.ConnectionState{requested: requested, pending: pending, available: down, down: down, deleted: deleted}},
		"letter": {
			func(c demarc.Connection) (demarc.Connection, error) { return connection.LetterIssued(c, noon) },
			map[demarc.ConnectionState]demarc.ConnectionState{requested: requested, pending: pending, available: available, down: down, deleted: no},
		},
		"deleted": {
			func(c demarc.Connection) (demarc.Connection, error) { return connection.Deleted(c, mallory, noon), nil },
			map[demarc.ConnectionState]demarc.ConnectionState{requested: deleted, pending: deleted, available: deleted, down: deleted, deleted: deleted},
		},
	} {
		for from, want := range event.want {
			next, err := event.happen(demarc.Connection{ID: "dxcon-f0000001", State: from})
			got := next.State
			if err != nil {
				refused(t, err, demarc.Conflict, "E-CONNECTION-DELETED", "connection dxcon-f0000001 is deleted")
				got = no
			}
			if got != want {
				t.Errorf("%s when %s: got %s, want %s", name, from, got, want)
			}
		}
	}
}

func TestDeletedKeepsItsTime(t *testing.T) {
	once := connection.Deleted(demarc.Connection{State: demarc.ConnectionDown}, acme, noon)
	if twice := connection.Deleted(once, acme, noon.Add(time.Hour)); !twice.Deleted.Equal(noon) {
		t.Errorf("deleted at %v, want %v", twice.Deleted, noon)
	}
}
