package facility_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/facility"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
)

func patch(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.ConnectionID, now time.Time) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := facility.Patch(tx, by, id, now)
		return err
	})
}

func unpatch(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.ConnectionID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := facility.Unpatch(tx, by, id, noon)
		return err
	})
}

func TestPatchAndUnpatch(t *testing.T) {
	st := open(t)
	order(t, st, "dxcon-f0000001", acme)
	later := noon.Add(time.Hour)
	if err := patch(t, st, building, "dxcon-f0000001", later); err != nil {
		t.Fatal(err)
	}
	got, err := facility.CrossConnect(st.Local(), building, "dxcon-f0000001")
	if err != nil {
		t.Fatal(err)
	}
	want := demarc.CrossConnect{
		Connection: "dxcon-f0000001", Location: "LIS1", Port: "lis1-d1/p1",
		Cage: demarc.Cage{Account: acme, Router: "acme-r1", Interface: "eth0"}, Patched: true, Changed: later,
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("patched (-got +want):\n%s", diff)
	}
	refused(t, patch(t, st, building, "dxcon-f0000001", later), demarc.Conflict, "E-XC-PATCHED", "the cross-connect of dxcon-f0000001 is patched since 2026-03-01")
	if err := unpatch(t, st, building, "dxcon-f0000001"); err != nil {
		t.Fatal(err)
	}
	refused(t, unpatch(t, st, building, "dxcon-f0000001"), demarc.Conflict, "E-XC-NOT-PATCHED", "the cross-connect of dxcon-f0000001 is not patched")
	if err := patch(t, st, building, "dxcon-f0000001", later); err != nil {
		t.Errorf("patch again: %v", err)
	}
}

// To anybody but the owner of the building an order looks like none.
func TestOnlyTheBuilding(t *testing.T) {
	st := open(t)
	order(t, st, "dxcon-f0000001", acme)
	for _, by := range []demarc.AccountID{acme, mallory, ""} {
		refused(t, patch(t, st, by, "dxcon-f0000001", noon), demarc.NotFound, "", "there is no cross-connect for connection dxcon-f0000001")
		refused(t, unpatch(t, st, by, "dxcon-f0000001"), demarc.NotFound, "", "there is no cross-connect for connection dxcon-f0000001")
		if got := facility.CrossConnects(st.Local(), by); len(got) != 0 {
			t.Errorf("account %q is shown %v", by, got)
		}
	}
	refused(t, patch(t, st, building, "dxcon-f0000002", noon), demarc.NotFound, "", "there is no cross-connect for connection dxcon-f0000002")
	if got := facility.CrossConnects(st.Local(), building); len(got) != 1 || got[0].Patched {
		t.Errorf("the building is shown %v, want the one order, not patched", got)
	}
}

func TestPatchRefuses(t *testing.T) {
	at := func(issued time.Time) func(*demarc.Connection) {
		return func(c *demarc.Connection) { c.LOAIssued = issued }
	}
	for _, test := range []struct {
		name  string
		owner demarc.AccountID
		edit  func(*demarc.Connection)
		code  string
		text  string
	}{
		{"no letter", acme, at(time.Time{}), "E-LOA-MISSING", "no letter of authority was issued for dxcon-f0000001"},
		{"old letter", acme, at(noon.Add(-demarc.LOAValidity - time.Second)), "E-LOA-EXPIRED", "the letter of authority for dxcon-f0000001 expired on 2026-03-01"},
		{"deleted", acme, func(c *demarc.Connection) { c.State = demarc.ConnectionDeleted }, "E-XC-DELETED", "connection dxcon-f0000001 is deleted"},
		{"no cage", homeless, nil, "E-XC-NO-CAGE", "account 222222222222 has no free place in a cage at LIS1 to patch dxcon-f0000001 into"},
		{"letter of today", acme, at(noon), "", ""},
		{"letter on its last day", acme, at(noon.Add(-demarc.LOAValidity)), "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			st := open(t)
			c := order(t, st, "dxcon-f0000001", test.owner)
			if test.edit != nil {
				test.edit(&c)
				write(t, st, func(tx *store.Tx) error { store.Connections.Put(tx, c); return nil })
			}
			before := claims(st)
			err := patch(t, st, building, c.ID, noon)
			if test.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, demarc.Conflict, test.code, test.text)
			if xc, _ := store.CrossConnects.Get(st.Local(), string(c.ID)); xc.Patched {
				t.Error("it was patched all the same")
			}
			if diff := cmp.Diff(claims(st), before); diff != "" {
				t.Errorf("the refusal left claims (-got +want):\n%s", diff)
			}
		})
	}
}

// Two lines of one customer end in two sockets, and a cage that is rented
// after the order is found by the patch.
func TestCages(t *testing.T) {
	st := open(t)
	for i, id := range []demarc.ConnectionID{"dxcon-f0000001", "dxcon-f0000002"} {
		order(t, st, id, acme)
		xc, _ := store.CrossConnects.Get(st.Local(), string(id))
		if want := []string{"acme-r1", "acme-r2"}[i]; xc.Cage.Router != want {
			t.Errorf("%s ends at %q, want %s", id, xc.Cage.Router, want)
		}
	}
	order(t, st, "dxcon-f0000003", acme)
	refused(t, patch(t, st, building, "dxcon-f0000003", noon), demarc.Conflict, "E-XC-NO-CAGE",
		"account 111111111111 has no free place in a cage at LIS1 to patch dxcon-f0000003 into")
	write(t, st, func(tx *store.Tx) error { facility.Cancel(tx, "dxcon-f0000001"); return nil })
	if err := patch(t, st, building, "dxcon-f0000003", noon); err != nil {
		t.Fatal(err)
	}
	if xc, _ := store.CrossConnects.Get(st.Local(), "dxcon-f0000003"); xc.Cage.Router != "acme-r1" {
		t.Errorf("the third line ends at %q, want what the first freed", xc.Cage.Router)
	}
	if _, ok := store.CrossConnects.Get(st.Local(), "dxcon-f0000001"); ok {
		t.Error("a cancelled order is still there")
	}
}
