package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
)

func TestChangesOfATransaction(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	var got []store.Change
	write := func(fn func(*store.Tx)) {
		t.Helper()
		err := st.Write(t.Context(), func(tx *store.Tx) error {
			fn(tx)
			got = tx.Changes()
			return tx.Claim("name/a", "b")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *store.Tx) {
		store.Editions.Put(tx, demarc.Edition{Name: "old"})
		store.Editions.Put(tx, demarc.Edition{Name: "kept"})
	})
	write(func(tx *store.Tx) {
		tx.Release("name/a")
		store.Editions.Get(tx, "old")
		store.Editions.Delete(tx, "old")
		store.Editions.Put(tx, demarc.Edition{Name: "kept", MaxLinks: 2})
		store.Editions.Put(tx, demarc.Edition{Name: "new"})
		store.Editions.Put(tx, demarc.Edition{Name: "passing"})
		store.Editions.Delete(tx, "passing")
		store.Locations.Put(tx, demarc.Location{Code: "LIS1"})
	})
	want := []store.Change{
		{Table: "edition", Key: "kept", Before: &demarc.Edition{Name: "kept"}, After: &demarc.Edition{Name: "kept", MaxLinks: 2}},
		{Table: "edition", Key: "new", After: &demarc.Edition{Name: "new"}},
		{Table: "edition", Key: "old", Before: &demarc.Edition{Name: "old"}},
		{Table: "location", Key: "LIS1", After: &demarc.Location{Code: "LIS1"}},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}
