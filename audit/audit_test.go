package audit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/audit"
	"demarc/store"
	"demarc/store/storetest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWhoDidWhat(t *testing.T) {
	const acme, other = demarc.AccountID("111111111111"), demarc.AccountID("222222222222")
	st := storetest.Embedded(t, store.Tables()...)
	write := func(fn func(*store.Tx)) {
		t.Helper()
		err := st.Write(t.Context(), func(tx *store.Tx) error {
			fn(tx)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *store.Tx) {
		store.Editions.Put(tx, demarc.Edition{Name: "gold"})
		store.Editions.Put(tx, demarc.Edition{Name: "tin"})
		audit.Note(t.Context(), tx, acme, "Make", noon)
	})
	write(func(tx *store.Tx) {
		store.Editions.Put(tx, demarc.Edition{Name: "gold", MaxLinks: 1})
		store.Editions.Delete(tx, "tin")
		audit.Note(t.Context(), tx, other, "Melt", noon.Add(time.Second))
	})
	write(func(tx *store.Tx) { audit.Note(t.Context(), tx, acme, "Look", noon.Add(time.Minute)) })

	made := demarc.AuditRecord{At: noon, Account: acme, Operation: "Make", After: []string{"edition/gold", "edition/tin"}}
	melted := demarc.AuditRecord{
		At: noon.Add(time.Second), Account: other, Operation: "Melt",
		Before: []string{"edition/gold", "edition/tin"}, After: []string{"edition/gold"},
	}
	for _, tt := range []struct {
		name string
		by   demarc.Account
		want []demarc.AuditRecord
	}{
		{"its own", demarc.Account{ID: acme}, []demarc.AuditRecord{made}},
		{"none", demarc.Account{ID: "333333333333"}, nil},
		{"everybody's", demarc.Account{ID: "333333333333", Operator: true}, []demarc.AuditRecord{melted, made}},
	} {
		got := audit.List(st.Local(), tt.by, 9)
		if diff := cmp.Diff(got, tt.want, cmpopts.IgnoreFields(demarc.AuditRecord{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}

	expire := func(now time.Time) int {
		write(func(tx *store.Tx) {
			if err := audit.Expire(tx, now); err != nil {
				t.Error(err)
			}
		})
		return len(audit.List(st.Local(), demarc.Account{Operator: true}, 9))
	}
	if got := expire(noon.Add(demarc.AuditKept - time.Second)); got != 2 {
		t.Errorf("before their time: %d records are left, want 2", got)
	}
	if got := expire(noon.Add(demarc.AuditKept)); got != 1 {
		t.Errorf("after ninety days of the first: %d records are left, want 1", got)
	}
}
