package main

import (
	"testing"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
	"demarc/store/storetest"
)

// TestLastSeenIsOfTheWorld: what was noted last says how far the world has come, on
// a site that is ahead of it as on any other.
func TestLastSeenIsOfTheWorld(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	noted := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		store.NodeSightings.Put(tx, intent.NodeSeen{ID: "lis1-d1", At: noted})
		store.NodeSightings.Put(tx, intent.NodeSeen{ID: "vpc-a", At: noted.Add(-time.Hour)})
		store.Rehearsals.Put(tx, demarc.Rehearsal{Ahead: 24 * time.Hour})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := lastSeen(st.Local()); !got.Equal(noted) {
		t.Errorf("got %v, want %v", got, noted)
	}
}
