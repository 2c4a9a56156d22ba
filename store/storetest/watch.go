package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"demarc/store"
)

// atomicVisibility moves a count between two ports, and looks at every revision
// on the other side whether the sum holds.
func atomicVisibility(t *testing.T, here, there *store.Store) {
	put(t, here, Port{ID: "a", Count: 100}, Port{ID: "b"})
	last := read(t, there).Revision() + 100
	var mover sync.WaitGroup
	mover.Go(func() {
		for range 100 {
			if err := here.Write(Context(t), moveOne); err != nil {
				t.Errorf("move: %v", err)
				return
			}
		}
	})
	for revision := last - 101; revision < last; {
		next, err := there.Changed(Context(t), revision)
		if err != nil {
			t.Fatalf("wait for a change: %v", err)
		}
		v := there.Local()
		a, _ := Ports.Get(v, "a")
		b, _ := Ports.Get(v, "b")
		if a.Count+b.Count != 100 {
			t.Fatalf("at revision %d the ports show %d and %d", v.Revision(), a.Count, b.Count)
		}
		revision = next
	}
	mover.Wait()
}

func moveOne(tx *store.Tx) error {
	a, _ := Ports.Get(tx, "a")
	b, _ := Ports.Get(tx, "b")
	a.Count, b.Count = a.Count-1, b.Count+1
	Ports.Put(tx, a)
	Ports.Put(tx, b)
	return nil
}

func viewsAreImmutable(t *testing.T, here, there *store.Store) {
	put(t, here, Port{ID: "p1", Count: 1})
	before := read(t, there)
	revision := before.Revision()
	put(t, here, Port{ID: "p1", Count: 2}, Port{ID: "p2"})
	after := read(t, there)
	port, _ := Ports.Get(before, "p1")
	same(t, "count in the old view", port.Count, 1)
	same(t, "ports in the old view", allIDs(before), []string{"p1"})
	same(t, "revision of the old view", before.Revision(), revision)
	same(t, "ports in the new view", allIDs(after), []string{"p1", "p2"})
}

func watchTable(t *testing.T, here, there *store.Store) {
	put(t, here, Port{ID: "p1"})
	v := read(t, there)
	ports, cages := Ports.Watch(v), Cages.Watch(v)
	same(t, "fired before a change", fired(ports), false)
	put(t, here, Port{ID: "p2"})
	select {
	case <-ports:
	case <-Context(t).Done():
		t.Fatal("the watch did not fire")
	}
	read(t, there)
	same(t, "the other table's watch fired", fired(cages), false)
	same(t, "a watch on an old view has fired", fired(Ports.Watch(v)), true)
	same(t, "a watch on a new view has fired", fired(Ports.Watch(there.Local())), false)
}

func fired(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func changed(t *testing.T, here, there *store.Store) {
	now := read(t, there).Revision()
	got, err := there.Changed(Context(t), now-1)
	same(t, "changed since before", got, now)
	same(t, "error", err, nil)
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := there.Changed(impatient, now); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait returned %v", err)
	}
	put(t, here, Port{ID: "p1"})
	got, err = there.Changed(Context(t), now)
	if err != nil || got <= now {
		t.Errorf("changed returned revision %d, error %v after revision %d", got, err, now)
	}
}

func closing(t *testing.T, here, there *store.Store) {
	put(t, here, Port{ID: "p1"})
	v := read(t, there)
	waiting := make(chan error, 1)
	go func() {
		_, err := there.Changed(Context(t), v.Revision())
		waiting <- err
	}()
	if err := there.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	same(t, "the waiting call got ErrClosed", errors.Is(<-waiting, store.ErrClosed), true)
	_, err := there.Read(Context(t))
	same(t, "a later read got ErrClosed", errors.Is(err, store.ErrClosed), true)
	err = there.Write(Context(t), func(tx *store.Tx) error { Ports.Put(tx, Port{ID: "p2"}); return nil })
	same(t, "a later write got ErrClosed", errors.Is(err, store.ErrClosed), true)
	same(t, "an old view is readable", allIDs(v), []string{"p1"})
}
