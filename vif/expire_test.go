package vif_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

func expire(t *testing.T, st *store.Store, now time.Time) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error { return vif.Expire(tx, now) })
}

func TestNobodyAccepts(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for _, tt := range []struct {
		name  string
		days  int
		after time.Duration
		want  demarc.VirtualInterfaceState
	}{
		{"a moment too early", 7, week - time.Second, demarc.VIFConfirming},
		{"a week", 7, week, demarc.VIFRejected},
		{"a shorter deadline", 1, 24 * time.Hour, demarc.VIFRejected},
		{"never", 0, 100 * week, demarc.VIFConfirming},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := open(t)
			write(t, st, func(tx *store.Tx) error {
				store.Deadlines.Put(tx, demarc.Deadlines{AcceptanceDays: tt.days})
				return nil
			})
			v := mustAllocate(t, st, conn, request(101))
			expire(t, st, noon.Add(tt.after))
			if got := get(t, st, v.ID).State; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if left := len(claims(st)); (left == 0) != (tt.want == demarc.VIFRejected) {
				t.Errorf("%d claims are left", left)
			}
		})
	}
}

// TestAcceptedInTime is never rejected, however old it grows.
func TestAcceptedInTime(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	expire(t, st, noon.AddDate(1, 0, 0))
	if got := get(t, st, v.ID).State; got != demarc.VIFPending {
		t.Errorf("got %s, want pending", got)
	}
}

func TestWhatIsGoneIsForgotten(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	if err := del(t, st, platform, v.ID); err != nil {
		t.Fatal(err)
	}
	expire(t, st, noon.Add(demarc.ListedAfterEnd-time.Second))
	get(t, st, v.ID)
	expire(t, st, noon.Add(demarc.ListedAfterEnd))
	empty(t, st)
}
