package vpc_test

import (
	"net/netip"
	"testing"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vpc"
)

// A world is a store with a VPC in it.
type world struct {
	*testing.T
	*store.Store
	demarc.VPC
}

func open(t *testing.T) *world {
	w := &world{T: t, Store: storetest.Embedded(t, store.Tables()...)}
	w.must(func(tx *store.Tx) (err error) {
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "host-1", Region: "eu-west-1"})
		w.VPC, err = vpc.Create(tx, customer, "eu-west-1", netip.MustParsePrefix("10.0.0.0/16"), nil)
		return err
	})
	return w
}

func (w *world) must(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.Store.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// gateway makes a virtual private gateway on the VPC.
func (w *world) gateway() (gw demarc.VirtualGateway) {
	w.Helper()
	w.must(func(tx *store.Tx) (err error) {
		if gw, err = vpc.CreateVPNGateway(tx, customer, "eu-west-1", 0, nil); err != nil {
			return err
		}
		gw, err = vpc.AttachVPNGateway(tx, customer, gw.ID, w.VPC.ID)
		return err
	})
	return gw
}

func (w *world) table() demarc.RouteTable { return vpc.RouteTables(w.Local(), customer)[0] }

func (w *world) list(most int) (l demarc.PrefixList) {
	w.Helper()
	w.must(func(tx *store.Tx) (err error) {
		l, err = vpc.CreatePrefixList(tx, customer, demarc.PrefixList{Name: "list", MaxEntries: most})
		return err
	})
	return l
}

func (w *world) quota(most int) {
	w.Helper()
	w.must(func(tx *store.Tx) error {
		q := demarc.DefaultQuotas()
		q.RouteTableRoutes = most
		store.Quotas.Put(tx, q)
		return nil
	})
}

// TestAListGrowsBesideARoute: the table has no more routes than it may,
// whether the route leads to the list or stands beside it.
func TestAListGrowsBesideARoute(t *testing.T) {
	w := open(t)
	gw, l := w.gateway(), w.list(1)
	w.quota(2)
	route := func(r demarc.StaticRoute) func(*store.Tx) error {
		r.Target = string(gw.ID)
		return func(tx *store.Tx) error { return vpc.CreateRoute(tx, customer, w.table().ID, r) }
	}
	grow := func(to int) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			_, err := vpc.EditPrefixList(tx, customer, l.ID, vpc.PrefixListEdit{MaxEntries: &to})
			return err
		}
	}
	if err := storetest.Beside(w.T, w.Store, grow(3), route(demarc.StaticRoute{List: l.ID})); demarc.KindOf(err) != demarc.Limit {
		t.Errorf("beside a route that came to lead to it: %v", err)
	}
	if err := storetest.Beside(w.T, w.Store, grow(2), route(demarc.StaticRoute{Prefix: netip.MustParsePrefix("172.16.0.0/16")})); demarc.KindOf(err) != demarc.Limit {
		t.Errorf("beside a route in the same table: %v", err)
	}
}

// TestARangeComesBesideARoute: the VPC gets no range that a route has.
func TestARangeComesBesideARoute(t *testing.T) {
	w := open(t)
	gw, p := w.gateway(), netip.MustParsePrefix("10.1.0.0/16")
	add := func(tx *store.Tx) error { _, err := vpc.AddIPv4(tx, customer, w.VPC.ID, p); return err }
	route := func(tx *store.Tx) error {
		return vpc.CreateRoute(tx, customer, w.table().ID, demarc.StaticRoute{Prefix: p, Target: string(gw.ID)})
	}
	if err := storetest.Beside(w.T, w.Store, add, route); demarc.KindOf(err) != demarc.Conflict {
		t.Errorf("got %v", err)
	}
}

// TestAGroupIsDeletedBesideARule: no rule names a group that is gone.
func TestAGroupIsDeletedBesideARule(t *testing.T) {
	w := open(t)
	group := func(name string) (g demarc.SecurityGroup) {
		w.must(func(tx *store.Tx) (err error) {
			g, err = vpc.CreateSecurityGroup(tx, customer, demarc.SecurityGroup{VPC: w.VPC.ID, Name: name, Description: name})
			return err
		})
		return g
	}
	named, names := group("named"), group("names")
	remove := func(tx *store.Tx) error { return vpc.DeleteSecurityGroup(tx, customer, named.ID) }
	rule := func(tx *store.Tx) error {
		_, err := vpc.Authorize(tx, customer, names.ID, []demarc.SecurityRule{{Protocol: demarc.AllProtocols, FromPort: -1, ToPort: -1, Group: named.ID}})
		return err
	}
	if err := storetest.Beside(w.T, w.Store, remove, rule); demarc.KindOf(err) != demarc.Conflict {
		t.Errorf("got %v", err)
	}
}

// TestAVPCIsDeletedBesideARoute: a route that its main table got meanwhile holds
// on to no list.
func TestAVPCIsDeletedBesideARoute(t *testing.T) {
	w := open(t)
	l := w.list(1)
	var gw demarc.InternetGateway
	w.must(func(tx *store.Tx) (err error) {
		if gw, err = vpc.CreateInternetGateway(tx, customer, "eu-west-1", nil); err != nil {
			return err
		}
		return vpc.AttachInternetGateway(tx, customer, gw.ID, w.VPC.ID)
	})
	remove := func(tx *store.Tx) error {
		if err := vpc.DetachInternetGateway(tx, customer, gw.ID, w.VPC.ID); err != nil {
			return err
		}
		return vpc.Delete(tx, customer, w.VPC.ID)
	}
	route := func(tx *store.Tx) error {
		return vpc.CreateRoute(tx, customer, w.table().ID, demarc.StaticRoute{List: l.ID, Target: string(gw.ID)})
	}
	if err := storetest.Beside(w.T, w.Store, remove, route); err != nil {
		t.Fatal(err)
	}
	w.must(func(tx *store.Tx) error { _, err := vpc.DeletePrefixList(tx, customer, l.ID); return err })
}

// TestAGatewayLeavesBesideATable: a table that was made meanwhile does not
// propagate what is no longer attached.
func TestAGatewayLeavesBesideATable(t *testing.T) {
	w := open(t)
	gw := w.gateway()
	detach := func(tx *store.Tx) error { return vpc.DetachVPNGateway(tx, customer, gw.ID, w.VPC.ID) }
	propagate := func(tx *store.Tx) error {
		made, err := vpc.CreateRouteTable(tx, customer, w.VPC.ID, nil)
		if err != nil {
			return err
		}
		return vpc.Propagate(tx, customer, made.ID, gw.ID, true)
	}
	if err := storetest.Beside(w.T, w.Store, detach, propagate); err != nil {
		t.Fatal(err)
	}
	for _, table := range vpc.RouteTables(w.Local(), customer) {
		if len(table.Propagating) > 0 {
			t.Errorf("%s propagates %v", table.ID, table.Propagating)
		}
	}
}
