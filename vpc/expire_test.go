package vpc_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vpc"
)

const customer demarc.AccountID = "111111111111"

// TestWhatIsDeletedIsForgotten: it is described for an hour and then gone, and
// a client's token stands for a day.
func TestWhatIsDeletedIsForgotten(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	write := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := st.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	made := 0
	once := func(tx *store.Tx) error {
		id, err := vpc.Once(tx, customer, "Make", "token", "this", now, func() (string, error) { made++; return "thing-1", nil })
		if id != "thing-1" {
			t.Errorf("got %q", id)
		}
		return err
	}
	write(once)
	write(once)
	if made != 1 {
		t.Errorf("made %d times with one token", made)
	}
	write(func(tx *store.Tx) error {
		gw, err := vpc.CreateVPNGateway(tx, customer, "eu-west-1", 0, nil)
		if err != nil {
			return err
		}
		return vpc.DeleteVPNGateway(tx, customer, gw.ID, now)
	})
	for _, step := range []struct {
		after time.Duration
		left  int
	}{{59 * time.Minute, 1}, {time.Hour, 0}} {
		write(func(tx *store.Tx) error { return vpc.Expire(tx, now.Add(step.after)) })
		view, err := st.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := len(vpc.VPNGateways(view, customer)); got != step.left {
			t.Errorf("after %s: %d are described, want %d", step.after, got, step.left)
		}
	}
	write(func(tx *store.Tx) error { return vpc.Expire(tx, now.Add(25*time.Hour)) })
	write(once)
	if made != 2 {
		t.Errorf("made %d times, want a second time once the token is forgotten", made)
	}
}
