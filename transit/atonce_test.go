package transit_test

import (
	"net/netip"
	"sync"
	"testing"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/transit"
	"demarc/vpc"
)

func (w world) quota(most int) {
	w.Helper()
	w.must(func(tx *store.Tx) error {
		q := demarc.DefaultQuotas()
		q.TransitGatewayRoutes = most
		store.Quotas.Put(tx, q)
		return nil
	})
}

// table makes another route table of a gateway.
func (w world) table(gw demarc.TransitGatewayID) (t demarc.TransitRouteTable) {
	w.Helper()
	w.must(func(tx *store.Tx) (err error) {
		t, err = transit.CreateRouteTable(tx, owner, gw, nil, noon)
		return err
	})
	return t
}

// drop writes a blackhole into a table.
func drop(table demarc.TransitRouteTableID, prefix netip.Prefix) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := transit.CreateRoute(tx, owner, table, demarc.TransitStaticRoute{Prefix: prefix})
		return err
	}
}

// TestRoutesAreCountedOnce: routes that are written at once, each into another
// table, are together no more than the Transit Gateway may have.
func TestRoutesAreCountedOnce(t *testing.T) {
	const most, tables, each = 20, 4, 10
	w := open(t)
	gw := w.gateway(false)
	w.quota(most)
	var wait sync.WaitGroup
	for i := range tables {
		table := w.table(gw.ID)
		wait.Go(func() {
			for j := range each {
				err := w.Write(w.Context(), drop(table.ID, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), byte(j), 0}), 24)))
				if err != nil && demarc.KindOf(err) != demarc.Limit {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	written := 0
	for _, table := range transit.RouteTables(w.Local(), owner) {
		written += len(table.Static)
	}
	if written != most {
		t.Errorf("%d routes were written, and %d may be", written, most)
	}
}

// TestARouteBesideAnother: of two that take the last place, the later one is
// refused, be it a route, a reference, or the growth of a list.
func TestARouteBesideAnother(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	w.quota(3)
	one, other, third := w.table(gw.ID).ID, w.table(gw.ID).ID, w.table(gw.ID).ID
	listed, grows := w.list(owner, 2), w.list(owner, 1)
	w.must(refer(one, grows.ID, ""))
	grow := func(tx *store.Tx) error {
		size := 3
		_, err := vpc.EditPrefixList(tx, owner, grows.ID, vpc.PrefixListEdit{MaxEntries: &size})
		return err
	}
	unrefer := func(table demarc.TransitRouteTableID, list demarc.PrefixListID) {
		w.must(func(tx *store.Tx) error { _, err := transit.Unrefer(tx, owner, table, list); return err })
	}
	for name, late := range map[string]func(*store.Tx) error{
		"a route": func(tx *store.Tx) error {
			if err := drop(other, netip.MustParsePrefix("10.1.0.0/16"))(tx); err != nil {
				return err
			}
			return drop(other, netip.MustParsePrefix("10.2.0.0/16"))(tx)
		},
		"a reference": refer(other, listed.ID, ""),
		"a list":      grow,
	} {
		if err := storetest.Beside(w.T, w.Store, late, refer(third, listed.ID, "")); demarc.KindOf(err) != demarc.Limit {
			t.Errorf("%s beside a reference that took the last place: %v", name, err)
		}
		unrefer(third, listed.ID)
	}
	unrefer(one, grows.ID)
	if err := storetest.Beside(w.T, w.Store, grow, refer(one, grows.ID, "")); err != nil {
		t.Error(err)
	}
	unrefer(one, grows.ID)
	w.quota(2)
	if err := storetest.Beside(w.T, w.Store, func(tx *store.Tx) error {
		size := 3
		_, err := vpc.EditPrefixList(tx, owner, listed.ID, vpc.PrefixListEdit{MaxEntries: &size})
		return err
	}, refer(one, listed.ID, "")); demarc.KindOf(err) != demarc.Limit {
		t.Errorf("a list grew while a table came to lead to it: %v", err)
	}
}

// TestATableIsDeletedBesideAnother: what another call does to the table, to the
// gateway and to its attachments meanwhile is neither lost nor undone.
func TestATableIsDeletedBesideAnother(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	a := w.attach(owner, gw.ID, "10.1.0.0/16")
	propagate := func(table demarc.TransitRouteTableID) func(*store.Tx) error {
		return func(tx *store.Tx) error { _, err := transit.Propagate(tx, owner, table, a.ID); return err }
	}
	remove := func(table demarc.TransitRouteTableID) func(*store.Tx) error {
		return func(tx *store.Tx) error { _, err := transit.DeleteRouteTable(tx, owner, table, noon); return err }
	}
	attachment := func() demarc.TransitGatewayAttachment {
		now, _ := store.TransitGatewayAttachments.Get(w.Local(), string(a.ID))
		return now
	}
	first, second := w.table(gw.ID).ID, w.table(gw.ID).ID
	if err := storetest.Beside(w.T, w.Store, remove(first), propagate(first)); err != nil {
		t.Fatal(err)
	}
	if got := attachment().Propagating; len(got) != 1 || got[0] != gw.PropagationTable {
		t.Errorf("it propagates to %v, of which %s is deleted", got, first)
	}
	w.must(propagate(second))
	detach := func(tx *store.Tx) error { _, err := transit.DetachVPC(tx, owner, a.ID, noon); return err }
	if err := storetest.Beside(w.T, w.Store, remove(second), detach); err != nil {
		t.Fatal(err)
	}
	if got := attachment().State; got != demarc.AttachmentDeleted {
		t.Errorf("the deleted attachment is %s again", got)
	}
}

// TestAGatewayIsDeletedBesideAnother: of its tables none is left, and no list
// is led to any more.
func TestAGatewayIsDeletedBesideAnother(t *testing.T) {
	w := open(t)
	l := w.list(owner, 1)
	remove := func(gw demarc.TransitGateway) func(*store.Tx) error {
		return func(tx *store.Tx) error { _, err := transit.Delete(tx, owner, gw.ID, noon); return err }
	}
	gw := w.gateway(false)
	if err := storetest.Beside(w.T, w.Store, remove(gw), refer(gw.AssociationTable, l.ID, "")); err != nil {
		t.Fatal(err)
	}
	w.must(func(tx *store.Tx) error { _, err := vpc.DeletePrefixList(tx, owner, l.ID); return err })
	gw = w.gateway(false)
	add := func(tx *store.Tx) error { _, err := transit.CreateRouteTable(tx, owner, gw.ID, nil, noon); return err }
	if err := storetest.Beside(w.T, w.Store, remove(gw), add); err != nil {
		t.Fatal(err)
	}
	for _, table := range transit.RouteTables(w.Local(), owner) {
		if !table.Gone() {
			t.Errorf("%s outlives its gateway", table.ID)
		}
	}
}
