package storetest

import (
	"errors"
	"math"
	"testing"

	"demarc/store"
)

func readsWrites(t *testing.T, here, there *store.Store) {
	want := Port{ID: "p1", Device: "d1", VLANs: []string{"101", "102"}, Count: 3}
	put(t, here, want)
	for name, r := range map[string]*store.View{
		"local here": here.Local(), "read here": read(t, here), "read there": read(t, there),
	} {
		got, ok := Ports.Get(r, "p1")
		same(t, name, got, want)
		same(t, name+" found", ok, true)
	}
	write(t, there, func(tx *store.Tx) error { Ports.Delete(tx, "p1"); return nil })
	if _, ok := Ports.Get(read(t, here), "p1"); ok {
		t.Error("a port deleted there is still here")
	}
}

func refusedWrite(t *testing.T, here, _ *store.Store) {
	no := errors.New("no")
	err := here.Write(Context(t), func(tx *store.Tx) error {
		Ports.Put(tx, Port{ID: "p1"})
		if err := tx.Claim("vlan/p1/1", "x"); err != nil {
			return err
		}
		return no
	})
	same(t, "the function's own error", err == no, true)
	v := read(t, here)
	same(t, "ports", allIDs(v), []string{})
	same(t, "claims", claimsOf(v, ""), map[string]string{})
}

func writesNothing(t *testing.T, here, _ *store.Store) {
	put(t, here, Port{ID: "p1"})
	before := read(t, here).Revision()
	write(t, here, func(tx *store.Tx) error {
		Ports.Get(tx, "p1")
		tx.Release("vlan/none/1")
		return nil
	})
	same(t, "revision", read(t, here).Revision(), before)
}

// currentAnswers refuses on one store what another has just made possible, the
// way a client does that orders here and asks there.
func currentAnswers(t *testing.T, here, there *store.Store) {
	missing := errors.New("no such port")
	for range 50 {
		put(t, here, Port{ID: "p1"})
		err := there.Write(Context(t), func(tx *store.Tx) error {
			if _, ok := Ports.Get(tx, "p1"); !ok {
				return missing
			}
			Ports.Delete(tx, "p1")
			return nil
		})
		if err != nil {
			t.Fatalf("delete there what was put here: %v", err)
		}
	}
}

func indexes(t *testing.T, here, there *store.Store) {
	put(t, here,
		Port{ID: "p3", Device: "d1", VLANs: []string{"1", "11"}},
		Port{ID: "p1", Device: "d1", VLANs: []string{"11"}},
		Port{ID: "p2", Device: "d1a"},
		Port{ID: "p4", Device: "d", VLANs: []string{"1\x00"}},
	)
	put(t, here, Port{ID: "p1", Device: "d1", VLANs: []string{"12", "1"}}) // moves between values
	v := read(t, there)
	for _, c := range []struct {
		index, value string
		want         []string
	}{
		{"device", "d1", []string{"p1", "p3"}},
		{"device", "d", []string{"p4"}},
		{"device", "d1a", []string{"p2"}},
		{"device", "", []string{}},
		{"vlan", "1", []string{"p1", "p3"}},
		{"vlan", "11", []string{"p3"}},
		{"vlan", "12", []string{"p1"}},
		{"vlan", "1\x00", []string{"p4"}},
	} {
		same(t, c.index+" "+c.value, idsBy(v, c.index, c.value), c.want)
	}
	same(t, "all, in order", allIDs(v), []string{"p1", "p2", "p3", "p4"})
}

func oddKeys(t *testing.T, here, there *store.Store) {
	want := []string{"a", "a\x00", "a\x00b", "a/", "a/b", "ab", "é", "\U0001f50c"}
	for _, key := range want {
		put(t, here, Port{ID: key})
	}
	v := read(t, there)
	same(t, "keys", allIDs(v), want)
	for _, key := range want {
		if _, ok := Ports.Get(v, key); !ok {
			t.Errorf("no port %q", key)
		}
	}
	write(t, there, func(tx *store.Tx) error { Ports.Delete(tx, "a"); return nil })
	same(t, "keys after a deletion", allIDs(read(t, here)), want[1:])
}

func ownWrites(t *testing.T, here, _ *store.Store) {
	put(t, here, Port{ID: "p1", Device: "d1"}, Port{ID: "p2", Device: "d1"})
	write(t, here, func(tx *store.Tx) error {
		Ports.Put(tx, Port{ID: "p3", Device: "d1"})
		Ports.Put(tx, Port{ID: "p2", Device: "d2"})
		Ports.Delete(tx, "p1")
		_, gone := Ports.Get(tx, "p1")
		same(t, "deleted port found", gone, false)
		same(t, "all inside", allIDs(tx), []string{"p2", "p3"})
		same(t, "by device inside", idsBy(tx, "device", "d1"), []string{"p3"})
		same(t, "local outside", allIDs(here.Local()), []string{"p1", "p2"})
		return nil
	})
	same(t, "all after", allIDs(here.Local()), []string{"p2", "p3"})
}

func writesInLoop(t *testing.T, here, _ *store.Store) {
	put(t, here, Port{ID: "p1"}, Port{ID: "p2"}, Port{ID: "p3"})
	write(t, here, func(tx *store.Tx) error {
		for port := range Ports.All(tx) {
			Ports.Delete(tx, port.ID)
			Ports.Put(tx, Port{ID: "q" + port.ID})
		}
		return nil
	})
	same(t, "all", allIDs(here.Local()), []string{"qp1", "qp2", "qp3"})
}

func unwritable(t *testing.T, here, _ *store.Store) {
	for name, fn := range map[string]func(*store.Tx) error{
		"no key":     func(tx *store.Tx) error { Ports.Put(tx, Port{}); return nil },
		"no JSON":    func(tx *store.Tx) error { notANumber.Put(tx, math.NaN()); return nil },
		"no name":    func(tx *store.Tx) error { return tx.Claim("", "h") },
		"no holder":  func(tx *store.Tx) error { return tx.Claim("n", "") },
		"after good": func(tx *store.Tx) error { Ports.Put(tx, Port{ID: "p"}); Ports.Put(tx, Port{}); return nil },
	} {
		if err := here.Write(Context(t), fn); err == nil {
			t.Errorf("%s: the write was accepted", name)
		}
	}
	same(t, "ports", allIDs(read(t, here)), []string{})
}

// notANumber is not registered; a noun that JSON cannot carry fails before that
// matters.
var notANumber = store.NewTable("numbers", func(float64) string { return "n" })
