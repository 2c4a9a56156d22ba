package vpc_test

import (
	"net/netip"
	"testing"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vpc"
)

// TestRoutesAreCountedByFamily: a table takes so many of IPv4, and as many of IPv6
// beside them; a list counts in its own family.
func TestRoutesAreCountedByFamily(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	write := func(fn func(*store.Tx) error) error { return st.Write(t.Context(), fn) }
	must := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := write(fn); err != nil {
			t.Fatal(err)
		}
	}
	var v demarc.VPC
	var gw demarc.VirtualGateway
	var list demarc.PrefixList
	must(func(tx *store.Tx) (err error) {
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "host-1", Region: "eu-west-1"})
		quotas := demarc.DefaultQuotas()
		quotas.RouteTableRoutes = 2
		store.Quotas.Put(tx, quotas)
		if v, err = vpc.Create(tx, customer, "eu-west-1", netip.MustParsePrefix("10.0.0.0/16"), nil); err != nil {
			return err
		}
		if gw, err = vpc.CreateVPNGateway(tx, customer, "eu-west-1", 0, nil); err != nil {
			return err
		}
		if list, err = vpc.CreatePrefixList(tx, customer, demarc.PrefixList{Name: "six", IPv6: true, MaxEntries: 1}); err != nil {
			return err
		}
		_, err = vpc.AttachVPNGateway(tx, customer, gw.ID, v.ID)
		return err
	})
	table := vpc.RouteTables(st.Local(), customer)[0].ID
	route := func(r demarc.StaticRoute) error {
		r.Target = string(gw.ID)
		return write(func(tx *store.Tx) error { return vpc.CreateRoute(tx, customer, table, r) })
	}
	to := func(prefix string) demarc.StaticRoute {
		return demarc.StaticRoute{Prefix: netip.MustParsePrefix(prefix)}
	}
	for _, r := range []demarc.StaticRoute{to("172.16.0.0/16"), to("172.17.0.0/16"), to("fd00:1::/48"), {List: list.ID}} {
		if err := route(r); err != nil {
			t.Errorf("%s: %v", r.Destination(), err)
		}
	}
	for _, r := range []demarc.StaticRoute{to("172.18.0.0/16"), to("fd00:2::/48")} {
		if err := route(r); demarc.KindOf(err) != demarc.Limit {
			t.Errorf("one route more, %s: %v", r.Destination(), err)
		}
	}
}
