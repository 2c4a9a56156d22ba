package connection_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/intent"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
)

// Another's connection looks exactly like none, whatever is asked of it.
func TestOfAnother(t *testing.T) {
	st := open(t)
	c := place(t, st, acme)
	before := claims(st)
	for name, ask := range map[string]func(*store.Tx, demarc.AccountID, demarc.ConnectionID) error{
		"get": func(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID) error {
			_, err := connection.Get(tx, by, id, noon)
			return err
		},
		"rename": func(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID) error {
			_, err := connection.Update(tx, by, id, connection.Change{Name: new("mine")}, noon)
			return err
		},
		"letter": func(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID) error {
			_, err := connection.IssueLetter(tx, by, id, "", noon)
			return err
		},
		"delete": func(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID) error {
			_, err := connection.Delete(tx, by, id, noon)
			return err
		},
	} {
		for _, test := range []struct {
			id   demarc.ConnectionID
			kind demarc.Kind
			text string
		}{
			{c.ID, demarc.NotFound, "Could not find Connection with ID " + string(c.ID)},
			{"dxcon-fzzzzzzz", demarc.NotFound, "Could not find Connection with ID dxcon-fzzzzzzz"},
			{"foobar", demarc.Invalid, "Connection ID foobar has an invalid format."},
			{"", demarc.Invalid, "Connection ID  has an invalid format."},
		} {
			t.Run(name+" "+string(test.id), func(t *testing.T) {
				refused(t, st.Write(t.Context(), func(tx *store.Tx) error { return ask(tx, mallory, test.id) }), test.kind, "", test.text)
			})
		}
	}
	if got := connection.List(st.Local(), mallory, noon); len(got) != 0 {
		t.Errorf("another account is shown %v", got)
	}
	if diff := cmp.Diff(get(t, st, c.ID), c); diff != "" {
		t.Errorf("it was changed (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("claims were changed (-got +want):\n%s", diff)
	}
}

func observe(t *testing.T, st *store.Store, port demarc.PortID, carrier bool) (changed bool) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error {
		changed = connection.Observe(tx, intent.PortSeen{ID: port, Carrier: carrier})
		return nil
	})
	return changed
}

func TestFromOrderToLight(t *testing.T) {
	st := open(t)
	c := place(t, st, acme)
	patch := func(by demarc.AccountID) error {
		return st.Write(t.Context(), func(tx *store.Tx) error {
			_, err := connection.Patch(tx, by, c.ID, noon)
			return err
		})
	}
	refused(t, patch(building), demarc.Conflict, "E-LOA-MISSING", "no letter of authority was issued for "+string(c.ID))
	write(t, st, func(tx *store.Tx) error {
		_, err := connection.IssueLetter(tx, acme, c.ID, "", noon)
		return err
	})
	refused(t, patch(acme), demarc.NotFound, "", "there is no cross-connect for connection "+string(c.ID))
	if observe(t, st, c.Port, true) || get(t, st, c.ID).State != demarc.ConnectionRequested {
		t.Error("light before the patch changed something")
	}
	if err := patch(building); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		carrier, changed bool
		want             demarc.ConnectionState
	}{
		{false, false, demarc.ConnectionPending},
		{true, true, demarc.ConnectionAvailable},
		{true, false, demarc.ConnectionAvailable},
		{false, true, demarc.ConnectionDown},
		{true, true, demarc.ConnectionAvailable},
	} {
		if changed := observe(t, st, c.Port, step.carrier); changed != step.changed {
			t.Errorf("carrier %v: changed %v, want %v", step.carrier, changed, step.changed)
		}
		if got := get(t, st, c.ID).State; got != step.want {
			t.Errorf("carrier %v: got %s, want %s", step.carrier, got, step.want)
		}
	}
	if observe(t, st, "lis1-d2/p2", true) {
		t.Error("a port of nobody's changed something")
	}
}

func del(t *testing.T, st *store.Store, id demarc.ConnectionID, now time.Time) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Delete(tx, acme, id, now)
		return err
	})
}

func TestDelete(t *testing.T) {
	st := open(t)
	c := place(t, st, acme)
	write(t, st, func(tx *store.Tx) error { return tx.Claim("vlan/"+string(c.ID)+"/101", "dxvif-f0000001") })
	write(t, st, func(tx *store.Tx) error { return tx.Claim("vlan/"+string(c.ID)+"/102", "dxvif-f0000002") })
	refused(t, del(t, st, c.ID, noon), demarc.Conflict, "E-CONNECTION-IN-USE", "connection "+string(c.ID)+" still carries dxvif-f0000001, dxvif-f0000002")
	if got := get(t, st, c.ID); got.State != demarc.ConnectionRequested {
		t.Errorf("after the refusal it is %s", got.State)
	}
	write(t, st, func(tx *store.Tx) error {
		tx.Release("vlan/" + string(c.ID) + "/101")
		tx.Release("vlan/" + string(c.ID) + "/102")
		return nil
	})
	for range 2 { // the answer of the first may have been lost
		if err := del(t, st, c.ID, noon); err != nil {
			t.Fatal(err)
		}
	}
	if got := claims(st); len(got) != 0 {
		t.Errorf("claims are left: %v", got)
	}
	if _, ok := store.CrossConnects.Get(st.Local(), string(c.ID)); ok {
		t.Error("the cross-connect is left")
	}
	refused(t, st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Update(tx, acme, c.ID, connection.Change{Name: new("x")}, noon)
		return err
	}), demarc.Conflict, "E-CONNECTION-DELETED", "connection "+string(c.ID)+" is deleted")
	if observe(t, st, c.Port, true) {
		t.Error("light on its old port changed a deleted connection")
	}
	if place(t, st, acme).Port != c.Port {
		t.Error("the port was not freed")
	}
}

func TestDeletedIsListedForAWhile(t *testing.T) {
	st := open(t)
	c := place(t, st, acme)
	if err := del(t, st, c.ID, noon); err != nil {
		t.Fatal(err)
	}
	soon, later := noon.Add(connection.ListedAfterDeletion-time.Second), noon.Add(connection.ListedAfterDeletion)
	if got := connection.List(st.Local(), acme, soon); len(got) != 1 || got[0].State != demarc.ConnectionDeleted {
		t.Errorf("soon after: %v", got)
	}
	if got := connection.List(st.Local(), acme, later); len(got) != 0 {
		t.Errorf("a quarter of an hour after: %v", got)
	}
	refused(t, del(t, st, c.ID, later), demarc.NotFound, "", "Could not find Connection with ID "+string(c.ID))
}
