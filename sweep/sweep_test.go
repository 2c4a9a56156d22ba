package sweep_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/sweep"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestEveryRoomIsLetIn has one room that fails and one that takes three calls.
func TestEveryRoomIsLetIn(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		for _, name := range []string{"a", "b", "c"} {
			store.Editions.Put(tx, demarc.Edition{Name: name})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	now := noon
	s := &sweep.Sweeper{Store: st, Clock: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil)), Rooms: []sweep.Room{
		{Name: "broken", Expire: func(tx *store.Tx, _ time.Time) error {
			store.Editions.Put(tx, demarc.Edition{Name: "half"})
			return errors.New("the roof fell in")
		}},
		{Name: "sound", Expire: func(tx *store.Tx, now time.Time) error {
			for e := range store.Editions.All(tx) {
				if now.After(noon) {
					store.Editions.Delete(tx, e.Name)
					return nil
				}
			}
			return nil
		}},
	}}
	count := func() (n int) {
		for range store.Editions.All(st.Local()) {
			n++
		}
		return n
	}
	s.Sweep(t.Context())
	if got := count(); got != 3 {
		t.Errorf("before the deadline: got %d editions, want 3", got)
	}
	now = noon.Add(time.Second)
	s.Sweep(t.Context())
	if got := count(); got != 0 {
		t.Errorf("after it: got %d editions, want none", got)
	}
	if want := `room=broken err="the roof fell in"`; strings.Count(log.String(), want) != 2 {
		t.Errorf("got the log %s, want %s twice", log.String(), want)
	}
}
