package desk_test

import (
	"testing"

	"demarc"
	"demarc/api/desk"
	"demarc/store"
)

// operated makes the platform the site's operator.
func (w *world) operated() {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		a, _ := store.Accounts.Get(tx, string(platform))
		a.Operator = true
		store.Accounts.Put(tx, a)
		return nil
	})
}

func TestMaintenanceIsTheOperators(t *testing.T) {
	w := newWorld(t)
	w.operated()
	const path = "/desk/v1/platform/maintenance"
	for by := range parties {
		if by == platform {
			continue
		}
		if status, _ := w.refused(by, "GET", path, ""); status != 404 {
			t.Errorf("%s may list it: %d", by, status)
		}
		if status, _ := w.refused(by, "POST", path, `{"device":"lis1-d1","start":"2026-05-20T22:00:00Z","hours":4}`); status != 404 {
			t.Errorf("%s may plan it: %d", by, status)
		}
	}
	var m desk.Maintenance
	w.get(platform, "POST", path, `{"location":"LIS1","start":"2026-05-20T22:00:00Z","hours":4,"reason":"new line cards"}`, &m)
	if m.State != demarc.MaintenancePlanned || len(m.Devices) != 1 || m.End.Sub(m.Start).Hours() != 4 {
		t.Errorf("got %+v", m)
	}
}
