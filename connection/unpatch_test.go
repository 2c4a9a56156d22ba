package connection_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/connection"
	"demarc/facility"
	"demarc/store"
)

// plugged is a connection whose fibre is in.
func plugged(t *testing.T, st *store.Store) demarc.Connection {
	t.Helper()
	c := place(t, st, acme)
	write(t, st, func(tx *store.Tx) error {
		if _, err := connection.IssueLetter(tx, acme, c.ID, "", noon); err != nil {
			return err
		}
		_, err := connection.Patch(tx, building, c.ID, noon)
		return err
	})
	return c
}

func unpatch(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.ConnectionID, now time.Time) error {
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := facility.Unpatch(tx, by, id, now)
		return err
	})
}

// TestADeletedConnectionsFibre is pulled by the facility: until it says so it has
// an order for it, and the port and the place in the cage are nobody else's.
func TestADeletedConnectionsFibre(t *testing.T) {
	st := open(t)
	c := plugged(t, st)
	held := claims(st)
	for range 2 { // the answer of the first may have been lost
		if err := del(t, st, c.ID, noon); err != nil {
			t.Fatal(err)
		}
	}
	if got := get(t, st, c.ID); got.State != demarc.ConnectionDeleted {
		t.Errorf("the connection is %s", got.State)
	}
	if diff := cmp.Diff(claims(st), held); diff != "" {
		t.Errorf("claims, with the fibre in (-got +want):\n%s", diff)
	}
	var taken []demarc.PortID
	for range 3 { // all other ports of the building
		taken = append(taken, place(t, st, carrier).Port)
	}
	if _, err := try(t, st, "LIS1"); err == nil {
		t.Errorf("another got a port with a fibre in it: %v, then %s", taken, c.Port)
	}

	later := noon.Add(connection.ListedAfterDeletion + time.Hour)
	write(t, st, func(tx *store.Tx) error { return connection.Expire(tx, later) }) // the connection is forgotten
	orders := facility.CrossConnects(st.Local(), building)
	i := 0
	for orders[i].Connection != c.ID {
		i++
	}
	if xc := orders[i]; !xc.Patched || !xc.Unpatch.Equal(noon) || !xc.UnpatchBy.Equal(noon.Add(72*time.Hour)) || xc.Owner != acme {
		t.Errorf("the order is %+v", xc)
	}
	refused(t, st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Patch(tx, building, c.ID, later)
		return err
	}), demarc.Conflict, "E-XC-DELETED", "connection "+string(c.ID)+" is deleted")
	for _, by := range []demarc.AccountID{acme, mallory, ""} {
		refused(t, unpatch(t, st, by, c.ID, later), demarc.NotFound, "", "there is no cross-connect for connection "+string(c.ID))
	}

	overdue := func(at time.Time) bool {
		write(t, st, func(tx *store.Tx) error { return facility.Expire(tx, at) })
		xc, _ := store.CrossConnects.Get(st.Local(), string(c.ID))
		return xc.Overdue
	}
	if overdue(noon.Add(72*time.Hour - time.Second)) {
		t.Error("overdue before its time")
	}
	if !overdue(noon.Add(72 * time.Hour)) {
		t.Error("not overdue when it is")
	}

	if err := unpatch(t, st, building, c.ID, later); err != nil {
		t.Fatal(err)
	}
	if _, there := store.CrossConnects.Get(st.Local(), string(c.ID)); there {
		t.Error("the order is still there")
	}
	if got, err := try(t, st, "LIS1"); err != nil || got.Port != c.Port {
		t.Errorf("the port is not free: %v, %v", got.Port, err)
	}
	if err := unpatch(t, st, building, c.ID, later); err == nil {
		t.Error("unpatched twice")
	}
}

// try orders a connection of acme's.
func try(t *testing.T, st *store.Store, at demarc.LocationCode) (c demarc.Connection, err error) {
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		c, err = connection.Place(tx, acme, connection.Order{Location: at, Bandwidth: demarc.Gbps, Name: "next"}, noon)
		return err
	})
	return c, err
}

// TestASiteWithoutATime to pull fibres in has none overdue.
func TestASiteWithoutATime(t *testing.T) {
	st := open(t)
	c := plugged(t, st)
	write(t, st, func(tx *store.Tx) error {
		store.Deadlines.Put(tx, demarc.Deadlines{})
		_, err := connection.Delete(tx, acme, c.ID, noon)
		return err
	})
	write(t, st, func(tx *store.Tx) error { return facility.Expire(tx, noon.Add(1000*time.Hour)) })
	if xc, _ := store.CrossConnects.Get(st.Local(), string(c.ID)); xc.Unpatch.IsZero() || !xc.UnpatchBy.IsZero() || xc.Overdue {
		t.Errorf("the order is %+v", xc)
	}
}
