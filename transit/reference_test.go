package transit_test

import (
	"net/netip"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/store"
	"demarc/transit"
	"demarc/vpc"
)

// list makes a prefix list of an account for so many entries.
func (w world) list(by demarc.AccountID, most int, prefixes ...string) (l demarc.PrefixList) {
	w.Helper()
	l.Name, l.MaxEntries = "list", most
	for _, p := range prefixes {
		l.Entries = append(l.Entries, demarc.PrefixListEntry{Prefix: netip.MustParsePrefix(p)})
	}
	w.must(func(tx *store.Tx) (err error) { l, err = vpc.CreatePrefixList(tx, by, l); return err })
	return l
}

// refer leads a list to an attachment.
func refer(table demarc.TransitRouteTableID, l demarc.PrefixListID, to demarc.TransitGatewayAttachmentID) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := transit.Refer(tx, owner, table, demarc.TransitStaticRoute{List: l, Attachment: to})
		return err
	}
}

// TestAReferenceFollowsItsList: what a list has enters the table, until the
// reference or the attachment is gone; a route by hand stays before it.
func TestAReferenceFollowsItsList(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	table := gw.PropagationTable
	a, b := w.attach(owner, gw.ID, "10.1.0.0/16"), w.attach(owner, gw.ID, "10.2.0.0/16")
	l := w.list(owner, 3, "10.1.0.0/16", "10.7.0.0/16")
	w.must(refer(table, l.ID, b.ID))
	w.must(func(tx *store.Tx) error {
		_, err := transit.CreateRoute(tx, owner, table, demarc.TransitStaticRoute{Prefix: netip.MustParsePrefix("10.7.0.0/16"), Attachment: a.ID})
		return err
	})
	check := func(want map[string]string) {
		t.Helper()
		if diff := cmp.Diff(w.routes(table), want); diff != "" {
			t.Error(diff)
		}
	}
	own := "propagated " + string(b.ID)
	check(map[string]string{"10.1.0.0/16": "prefix-list " + string(b.ID), "10.7.0.0/16": "static " + string(a.ID), "10.2.0.0/16": own})
	w.must(func(tx *store.Tx) error {
		_, err := vpc.EditPrefixList(tx, owner, l.ID, vpc.PrefixListEdit{
			Add: []demarc.PrefixListEntry{{Prefix: netip.MustParsePrefix("10.8.0.0/16")}}, Remove: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")},
		})
		return err
	})
	check(map[string]string{"10.1.0.0/16": "propagated " + string(a.ID), "10.7.0.0/16": "static " + string(a.ID), "10.8.0.0/16": "prefix-list " + string(b.ID), "10.2.0.0/16": own})
	w.must(func(tx *store.Tx) error { _, err := transit.DetachVPC(tx, owner, b.ID, noon); return err })
	check(map[string]string{"10.1.0.0/16": "propagated " + string(a.ID), "10.7.0.0/16": "static " + string(a.ID), "10.8.0.0/16": "prefix-list nowhere"})
	w.refused(demarc.Conflict, func(tx *store.Tx) error { _, err := vpc.DeletePrefixList(tx, owner, l.ID); return err })
	w.must(func(tx *store.Tx) error { _, err := transit.Unrefer(tx, owner, table, l.ID); return err })
	w.must(func(tx *store.Tx) error { _, err := vpc.DeletePrefixList(tx, owner, l.ID); return err })
}

// TestReferencesCount: a list counts as many routes as it may have entries, also
// when it grows, in all tables of its Transit Gateway.
func TestReferencesCount(t *testing.T) {
	w := open(t)
	quotas := demarc.DefaultQuotas()
	quotas.TransitGatewayRoutes = 4
	w.must(func(tx *store.Tx) error { store.Quotas.Put(tx, quotas); return nil })
	gw := w.gateway(false)
	var second demarc.TransitRouteTable
	w.must(func(tx *store.Tx) (err error) {
		second, err = transit.CreateRouteTable(tx, owner, gw.ID, nil, noon)
		return err
	})
	small, large := w.list(owner, 2, "10.7.0.0/16"), w.list(owner, 3)
	w.must(refer(gw.PropagationTable, small.ID, ""))
	w.refused(demarc.Limit, refer(second.ID, large.ID, ""))
	w.must(refer(second.ID, small.ID, ""))
	w.refused(demarc.Limit, func(tx *store.Tx) error {
		_, err := transit.CreateRoute(tx, owner, second.ID, demarc.TransitStaticRoute{Prefix: netip.MustParsePrefix("10.9.0.0/16")})
		return err
	})
	three := 3
	grow := func(tx *store.Tx) error {
		_, err := vpc.EditPrefixList(tx, owner, small.ID, vpc.PrefixListEdit{MaxEntries: &three})
		return err
	}
	w.refused(demarc.Limit, grow)
	w.must(func(tx *store.Tx) error { _, err := transit.DeleteRouteTable(tx, owner, second.ID, noon); return err })
	w.must(grow)
	w.refused(demarc.Conflict, func(tx *store.Tx) error { _, err := vpc.DeletePrefixList(tx, owner, small.ID); return err })
	w.must(func(tx *store.Tx) error { _, err := transit.Delete(tx, owner, gw.ID, noon); return err })
	w.must(func(tx *store.Tx) error { _, err := vpc.DeletePrefixList(tx, owner, small.ID); return err })
}

// TestNoListGoesWhileItIsLedTo: of a list's deletion and references to it at
// once, some come first, and nothing leads to a list that is gone.
func TestNoListGoesWhileItIsLedTo(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	for range 20 {
		l := w.list(owner, 1, "10.7.0.0/16")
		calls := []func(*store.Tx) error{
			refer(gw.PropagationTable, l.ID, ""),
			func(tx *store.Tx) error { _, err := vpc.DeletePrefixList(tx, owner, l.ID); return err },
		}
		var done sync.WaitGroup
		for _, call := range calls {
			done.Go(func() { w.Write(t.Context(), call) })
		}
		done.Wait()
		view, err := w.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		table, _ := store.TransitRouteTables.Get(view, string(gw.PropagationTable))
		_, there := store.PrefixLists.Get(view, string(l.ID))
		if there != (len(table.Static) > 0) {
			t.Fatalf("the list is there %t, and the table leads to %v", there, table.Static)
		}
		if there {
			w.must(func(tx *store.Tx) error { _, err := transit.Unrefer(tx, owner, table.ID, l.ID); return err })
		}
	}
}
