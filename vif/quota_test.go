package vif_test

import (
	"sync"
	"testing"

	"demarc"
	"demarc/store"
)

func allow(t *testing.T, st *store.Store, q demarc.Quotas) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error {
		store.Quotas.Put(tx, q)
		return nil
	})
}

func TestInterfacesOfOneConnectionAreBounded(t *testing.T) {
	const fix = "dxcon-f0000001 carries 2 "
	for _, tt := range []struct {
		name string
		q    demarc.Quotas
		want string
	}{
		{"all", demarc.Quotas{Interfaces: 2, PrivatePublicInterfaces: 9}, "connection " + fix + "virtual interfaces, the most that it may"},
		{"private and public", demarc.Quotas{Interfaces: 9, PrivatePublicInterfaces: 2}, "connection " + fix + "private and public virtual interfaces, the most that it may"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := open(t)
			allow(t, st, tt.q)
			first := mustAllocate(t, st, conn, request(101))
			mustAllocate(t, st, conn, request(102))
			before := claims(st)
			_, err := allocate(t, st, conn, request(103))
			refused(t, err, demarc.Limit, "E-LIMIT-INTERFACES", tt.want)
			if got := claims(st); len(got) != len(before) {
				t.Errorf("claims are left: %v", got)
			}
			mustAllocate(t, st, other, request(103)) // another connection has room of its own
			if err := del(t, st, platform, first.ID); err != nil {
				t.Fatal(err)
			}
			mustAllocate(t, st, conn, request(103)) // what is gone does not count
		})
	}
}

// TestTheLastRoomIsGivenOnce races for it: what was counted must still hold
// when the transaction commits.
func TestTheLastRoomIsGivenOnce(t *testing.T) {
	st := open(t)
	allow(t, st, demarc.Quotas{Interfaces: 3, PrivatePublicInterfaces: 3})
	var racers sync.WaitGroup
	for vlan := 101; vlan <= 112; vlan++ {
		racers.Go(func() { _, _ = allocate(t, st, conn, request(vlan)) })
	}
	racers.Wait()
	count := 0
	for range store.VirtualInterfaces.By(st.Local(), "connection", string(conn)) {
		count++
	}
	if count != 3 {
		t.Errorf("got %d interfaces, want 3", count)
	}
}

func TestAHostedConnectionCarriesOne(t *testing.T) {
	st := open(t)
	write(t, st, func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, string(conn))
		c.Kind = demarc.Hosted
		store.Connections.Put(tx, c)
		return nil
	})
	mustAllocate(t, st, conn, request(101))
	_, err := allocate(t, st, conn, request(102))
	refused(t, err, demarc.Limit, "E-LIMIT-INTERFACES", "connection dxcon-f0000001 carries 1 virtual interfaces, the most that it may")
}
