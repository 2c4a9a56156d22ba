package connection_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

// Every event in every state of the two kinds: what it leads to, and which are
// refused. A state that is left out of want is one that it keeps.
func TestStates(t *testing.T) {
	const (
		ordering  = demarc.ConnectionOrdering
		requested = demarc.ConnectionRequested
		pending   = demarc.ConnectionPending
		available = demarc.ConnectionAvailable
		down      = demarc.ConnectionDown
		deleted   = demarc.ConnectionDeleted
		rejected  = demarc.ConnectionRejected
		no        = demarc.ConnectionState("refused")
	)
	type to = map[demarc.ConnectionState]demarc.ConnectionState
	type event func(demarc.Connection) (demarc.Connection, error)
	always := func(happen func(demarc.Connection) demarc.Connection) event {
		return func(c demarc.Connection) (demarc.Connection, error) { return happen(c), nil }
	}
	seen := func(carrier bool) event {
		return always(func(c demarc.Connection) demarc.Connection { return connection.Seen(c, carrier) })
	}
	accepted := func(by demarc.AccountID) event {
		return func(c demarc.Connection) (demarc.Connection, error) { return connection.Accepted(c, by) }
	}
	removed := func(by demarc.AccountID) event {
		return always(func(c demarc.Connection) demarc.Connection { return connection.Deleted(c, by, noon) })
	}
	lapsed := func(age time.Duration) event {
		return always(func(c demarc.Connection) demarc.Connection {
			return connection.Lapsed(c, demarc.DefaultDeadlines(), noon.Add(age))
		})
	}
	letter := func(c demarc.Connection) (demarc.Connection, error) { return connection.LetterIssued(c, noon) }
	joined := func(c demarc.Connection) (demarc.Connection, error) {
		return connection.Joined(c, demarc.LAG{ID: "dxlag-f0000001"})
	}
	moved := func(c demarc.Connection) (demarc.Connection, error) { return connection.Moved(c, "dxcon-f0000009") }
	never := to{requested: no, ordering: no, pending: no, available: no, down: no, deleted: no, rejected: no}
	for _, test := range []struct {
		name          string
		happen        event
		own, onParent to // with a port of its own, and hosted
	}{
		{"patched", connection.Patched, to{requested: pending, deleted: no}, never},
		{"letter", letter, to{deleted: no}, never},
		{"light", seen(true), to{pending: available, down: available}, to{pending: available, down: available}},
		{"no light", seen(false), to{available: down}, to{available: down}},
		{"accepted", accepted(acme), never, to{ordering: pending, pending: no, available: no, down: no, deleted: no, rejected: no}},
		{"accepted by the partner", accepted(carrier), never, never},
		{"joined", joined, to{available: down, deleted: no}, never},
		{"left", always(connection.Left), to{available: down}, to{available: down}},
		{"moved", moved, never, to{available: down, deleted: no, rejected: no}},
		{"deleted by its owner", removed(acme),
			to{requested: deleted, pending: deleted, available: deleted, down: deleted},
			to{ordering: rejected, pending: deleted, available: deleted, down: deleted}},
		{"deleted by another", removed(carrier), // who may is Delete's to say
			to{requested: deleted, pending: deleted, available: deleted, down: deleted},
			to{ordering: deleted, pending: deleted, available: deleted, down: deleted}},
		{"seven days", lapsed(offerKept), nil, to{ordering: deleted}},
		{"not yet seven days", lapsed(offerKept - time.Second), nil, nil},
	} {
		check := func(kind demarc.ConnectionKind, want to, states ...demarc.ConnectionState) {
			for _, from := range states {
				next, err := test.happen(demarc.Connection{ID: "dxcon-f0000001", Kind: kind, Owner: acme, Partner: carrier, State: from, Created: noon})
				got, expected := next.State, want[from]
				if err != nil {
					got = no
				}
				if expected == "" {
					expected = from
				}
				if got != expected {
					t.Errorf("%s, kind %q, when %s: got %s (%v), want %s", test.name, kind, from, got, err, expected)
				}
				if err != nil && next.State != from {
					t.Errorf("%s, kind %q, when %s: refused, and yet %s", test.name, kind, from, next.State)
				}
			}
		}
		check(demarc.Dedicated, test.own, requested, pending, available, down, deleted)
		check(demarc.Interconnect, test.own, requested, pending, available, down, deleted)
		check(demarc.Hosted, test.onParent, ordering, pending, available, down, deleted, rejected)
	}
}

// The state of a LAG, by the states of its members and how many it needs.
func TestLAGStates(t *testing.T) {
	const (
		requested = demarc.ConnectionRequested
		pending   = demarc.ConnectionPending
		available = demarc.ConnectionAvailable
		down      = demarc.ConnectionDown
	)
	type states = []demarc.ConnectionState
	for _, test := range []struct {
		minimum int
		members states
		want    demarc.LAGState
	}{
		{0, nil, demarc.LAGPending},
		{0, states{requested, pending}, demarc.LAGPending},
		{0, states{requested, available}, demarc.LAGAvailable},
		{0, states{down, available}, demarc.LAGAvailable},
		{0, states{pending, down}, demarc.LAGDown},
		{1, states{available}, demarc.LAGAvailable},
		{1, states{requested}, demarc.LAGPending},
		{2, states{available, requested}, demarc.LAGDown},
		{2, states{available, down, available}, demarc.LAGAvailable},
		{3, states{available, down, available}, demarc.LAGDown},
	} {
		var members []demarc.Connection
		for _, s := range test.members {
			members = append(members, demarc.Connection{State: s})
		}
		lag := demarc.LAG{MinimumLinks: test.minimum}
		if got := lag.State(members); got != test.want {
			t.Errorf("%v with %d needed: got %s, want %s", test.members, test.minimum, got, test.want)
		}
		lag.Deleted = noon
		if got := lag.State(members); got != demarc.LAGDeleted {
			t.Errorf("%v when deleted: got %s", test.members, got)
		}
	}
}

func TestDeletedKeepsItsTime(t *testing.T) {
	once := connection.Deleted(demarc.Connection{State: demarc.ConnectionDown}, acme, noon)
	if twice := connection.Deleted(once, acme, noon.Add(time.Hour)); !twice.Deleted.Equal(noon) {
		t.Errorf("deleted at %v, want %v", twice.Deleted, noon)
	}
}

// A LAG that was deleted takes nothing up, and is deleted again without harm.
func TestDeletedLAGTakesNothingUp(t *testing.T) {
	st := open(t)
	lag := mustOrderLAG(t, st, acme, 1)
	member := connection.Members(st.Local(), lag.ID)[0].ID
	for range 2 {
		if err := deleteLAG(t, st, acme, lag.ID); err != nil {
			t.Fatal(err)
		}
	}
	name := "x"
	for what, do := range map[string]func(*store.Tx) error{
		"update": func(tx *store.Tx) error {
			_, err := connection.UpdateLAG(tx, acme, lag.ID, connection.LAGChange{Name: &name}, noon)
			return err
		},
		"join":  func(tx *store.Tx) error { _, err := connection.Join(tx, acme, member, lag.ID, noon); return err },
		"leave": func(tx *store.Tx) error { _, err := connection.Leave(tx, acme, member, lag.ID, noon); return err },
		"order a member": func(tx *store.Tx) error {
			_, err := connection.Place(tx, acme, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "m", LAG: lag.ID}, noon)
			return err
		},
	} {
		err := st.Write(t.Context(), do)
		if kind := demarc.KindOf(err); kind != demarc.Conflict {
			t.Errorf("%s: got %v", what, err)
		}
	}
}
