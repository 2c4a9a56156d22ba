package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"demarc/store"
)

func claim(s *store.Store, t *testing.T, name, holder string) error {
	return s.Write(Context(t), func(tx *store.Tx) error { return tx.Claim(name, holder) })
}

func claimOnce(t *testing.T, here, there *store.Store) {
	if err := claim(here, t, "vlan/c1/101", "vif-1"); err != nil {
		t.Fatal(err)
	}
	if err := claim(there, t, "vlan/c1/101", "vif-1"); err != nil {
		t.Errorf("the same holder again: %v", err)
	}
	err := claim(there, t, "vlan/c1/101", "vif-2")
	var claimed *store.ClaimedError
	if !errors.As(err, &claimed) {
		t.Fatalf("another holder got %v", err)
	}
	same(t, "error", *claimed, store.ClaimedError{Name: "vlan/c1/101", Holder: "vif-1"})
}

func release(t *testing.T, here, there *store.Store) {
	write(t, here, func(tx *store.Tx) error {
		return errors.Join(tx.Claim("vlan/c1/1", "a"), tx.Claim("vlan/c1/2", "b"), tx.Claim("vlan/c10/1", "c"))
	})
	read(t, there) // so that the first attempt there sees them
	write(t, there, func(tx *store.Tx) error {
		tx.Release("vlan/c1/1")
		tx.Release("vlan/c1/1")
		same(t, "inside", claimsOf(tx, "vlan/c1/"), map[string]string{"vlan/c1/2": "b"})
		tx.Release("vlan/c1/2")
		return tx.Claim("vlan/c1/2", "d") // changes hands in one step
	})
	same(t, "one range", claimsOf(read(t, here), "vlan/c1/"), map[string]string{"vlan/c1/2": "d"})
	same(t, "all", claimsOf(read(t, here), ""), map[string]string{"vlan/c1/2": "d", "vlan/c10/1": "c"})
	if err := claim(here, t, "vlan/c1/1", "e"); err != nil {
		t.Errorf("claim a released name: %v", err)
	}
}

func racingClaims(t *testing.T, here, there *store.Store) {
	for round := range 20 {
		name := fmt.Sprintf("vlan/c1/%d", round)
		errs := together(8, func(i int) error {
			return claim([]*store.Store{here, there}[i%2], t, name, fmt.Sprint(i))
		})
		won := 0
		for i, err := range errs {
			var claimed *store.ClaimedError
			if err == nil {
				won++
				same(t, "holder", claimsOf(read(t, there), name)[name], fmt.Sprint(i))
			} else if !errors.As(err, &claimed) {
				t.Errorf("racer %d: %v", i, err)
			}
		}
		same(t, "winners of "+name, won, 1)
	}
}

func increments(t *testing.T, here, there *store.Store) {
	const writers, times = 64, 10
	put(t, here, Port{ID: "p1"})
	errs := together(writers, func(i int) error {
		s := []*store.Store{here, there}[i%2]
		for range times {
			err := s.Write(Context(t), func(tx *store.Tx) error {
				port, _ := Ports.Get(tx, "p1")
				port.Count++
				Ports.Put(tx, port)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	port, _ := Ports.Get(read(t, here), "p1")
	same(t, "count", port.Count, writers*times)
}

// together runs n functions at once and returns their errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// A guarded range is tested by a second transaction that slips in between the
// first one's reading and its commit.
func slipIn(t *testing.T, s *store.Store, prefix string, between func()) (seen []int) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		seen = append(seen, len(claimsOf(tx, prefix)))
		if len(seen) == 1 {
			between()
		}
		Ports.Put(tx, Port{ID: "p1", Count: seen[len(seen)-1]})
		return nil
	})
	return seen
}

func phantomAppears(t *testing.T, here, there *store.Store) {
	seen := slipIn(t, here, "vlan/c1/", func() {
		if err := claim(there, t, "vlan/c1/7", "late"); err != nil {
			t.Fatal(err)
		}
	})
	same(t, "claims seen by each attempt", seen, []int{0, 1})
	port, _ := Ports.Get(read(t, there), "p1")
	same(t, "what was committed", port.Count, 1)
}

func phantomVanishes(t *testing.T, here, there *store.Store) {
	if err := claim(here, t, "vlan/c1/7", "early"); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"vlan/c1/", "vl", ""} {
		read(t, here)
		seen := slipIn(t, here, prefix, func() {
			write(t, there, func(tx *store.Tx) error { tx.Release("vlan/c1/7"); return nil })
		})
		same(t, "claims seen by each attempt with prefix "+prefix, seen, []int{1, 0})
		if err := claim(here, t, "vlan/c1/7", "early"); err != nil {
			t.Fatal(err)
		}
	}
}

func claimsElsewhere(t *testing.T, here, there *store.Store) {
	seen := slipIn(t, here, "vlan/c1/", func() {
		write(t, there, func(tx *store.Tx) error {
			tx.Release("port/none")
			return errors.Join(tx.Claim("vlan/c10/7", "x"), tx.Claim("asn/c2/7", "x"))
		})
	})
	same(t, "claims seen by each attempt", seen, []int{0})
}
