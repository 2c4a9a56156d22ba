package store_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"demarc/store"
	"demarc/store/storetest"
)

func TestPulse(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	opened := time.Now()
	pulse := store.NewPulse(st, slog.New(slog.DiscardHandler))
	if err := pulse.Check(opened.Add(time.Second)); err != nil {
		t.Errorf("just opened: %v", err)
	}
	if err := pulse.Check(opened.Add(time.Minute)); err == nil {
		t.Error("a minute without an answer is well")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- pulse.Run(ctx) }()
	// What an answer before it was opened would not satisfy.
	later := opened.Add(6 * time.Second)
	for deadline := time.Now().Add(10 * time.Second); pulse.Check(later) != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the store is not felt")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A closed store answers no more, and the pulse does not wait for it.
func TestPulseOfAClosedStore(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	pulse := store.NewPulse(st, slog.New(slog.DiscardHandler))
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- pulse.Run(ctx) }()
	if err := pulse.Check(time.Now().Add(6 * time.Second)); err == nil {
		t.Error("a closed store is well")
	}
	cancel()
	<-ended
}
