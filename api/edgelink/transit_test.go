package edgelink_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/api/edgelink"
	"demarc/intent"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
)

// transitLink is a transit interface on d1 to a Transit Gateway on h2, whose
// VPC is on h1. The VPC is on table a, the Direct Connect gateway on table b,
// where a static route leads on to one that is gone; on table c is nothing.
func transitLink() []any {
	vif := accepted("101", demarc.VIFDown)
	vif.Type, vif.Gateway, vif.DirectConnectGateway = demarc.TransitVIF, "", "uuid-1"
	return append(link("101", demarc.VIFDown), vif,
		demarc.VPC{ID: "vpc-1", Host: "h1", CIDR: prefix("10.1.0.0/24"), More: []demarc.RangeAssociation{{ID: "six", Prefix: prefix("fd00:1::/56")}}},
		demarc.RouteTable{
			ID: "rtb-1", VPC: "vpc-1", Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-1"}},
			Static: []demarc.StaticRoute{{Prefix: prefix("192.168.0.0/16"), Target: "tgw-1"}},
		},
		demarc.VPCHost{ID: "h2", RouterID: addr("10.255.1.2")},
		demarc.DirectConnectGateway{ID: "uuid-1", ASN: 64600},
		demarc.TransitGateway{ID: "tgw-1", Host: "h2", ASN: 64999, State: demarc.TransitGatewayAvailable},
		association("1", "tgw-1", demarc.GatewayAssociating, "22.0.0.0/24"),
		demarc.TransitRouteTable{ID: "tgw-rtb-a", TransitGateway: "tgw-1"},
		demarc.TransitRouteTable{ID: "tgw-rtb-b", TransitGateway: "tgw-1", Static: []demarc.TransitStaticRoute{
			{Prefix: prefix("10.9.0.0/16"), Attachment: "tgw-attach-gone"}, {Prefix: prefix("10.8.0.0/16"), Attachment: "tgw-attach-vpc"},
		}},
		demarc.TransitRouteTable{ID: "tgw-rtb-c", TransitGateway: "tgw-1"},
		demarc.TransitRouteTable{ID: "tgw-rtb-d", TransitGateway: "tgw-1", Deleted: time.Unix(1, 0)},
		demarc.TransitGatewayAttachment{
			ID: "tgw-attach-vpc", TransitGateway: "tgw-1", VPC: "vpc-1", State: demarc.AttachmentAvailable,
			RouteTable: "tgw-rtb-a", Propagating: []demarc.TransitRouteTableID{"tgw-rtb-b"},
		},
		demarc.TransitGatewayAttachment{
			ID: "tgw-attach-dx", TransitGateway: "tgw-1", DirectConnectGateway: "uuid-1", Association: "1", State: demarc.AttachmentAvailable,
			RouteTable: "tgw-rtb-b", Propagating: []demarc.TransitRouteTableID{"tgw-rtb-a"},
		})
}

// A device meets every table that the attachment has to do with; the tables are
// on the Transit Gateway's host, and the VPC's host knows where the VPC sends.
func TestCompileTransit(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, transitLink()...)
	dev, _ := edgelink.Compile(st.Local(), "d1")
	want := []intent.Gateway{{
		ID: "dxgw-uuid-1", ASN: 64600, Transit: true, Allowed: prefixes("22.0.0.0/24"),
		Hosts: []intent.BackbonePeer{
			{Node: "h2", RouterID: addr("10.255.1.2"), Network: "tgw-rtb-a"},
			{Node: "h2", RouterID: addr("10.255.1.2"), Network: "tgw-rtb-b"},
		},
	}}
	if diff := cmp.Diff(dev.Device.Gateways, want, plain); diff != "" {
		t.Errorf("on the device: got - want +\n%s", diff)
	}
	there, _ := edgelink.Compile(st.Local(), "h2")
	on := []intent.DevicePeer{{Node: "d1", RouterID: addr("10.255.0.1")}}
	tables := []intent.TransitTable{
		{
			ID:       "tgw-rtb-a",
			VPCs:     []intent.AttachedVPC{{ID: "tgw-attach-vpc", VPC: "vpc-1", Node: "h1"}},
			Gateways: []intent.AttachedGateway{{ID: "tgw-attach-dx", Gateway: "dxgw-uuid-1", ASN: 64600, Propagating: true, Devices: on}},
		},
		{
			ID:       "tgw-rtb-b",
			Static:   []intent.TransitStatic{{Prefix: prefix("10.8.0.0/16"), Attachment: "tgw-attach-vpc"}, {Prefix: prefix("10.9.0.0/16")}},
			VPCs:     []intent.AttachedVPC{{ID: "tgw-attach-vpc", VPC: "vpc-1", Node: "h1", Propagated: prefixes("10.1.0.0/24")}},
			Gateways: []intent.AttachedGateway{{ID: "tgw-attach-dx", Gateway: "dxgw-uuid-1", ASN: 64600, Originated: prefixes("22.0.0.0/24"), Devices: on}},
		},
		{ID: "tgw-rtb-c"},
	}
	if diff := cmp.Diff(there.VPCHost.TransitTables, tables, plain); diff != "" {
		t.Errorf("on the Transit Gateway's host: got - want +\n%s", diff)
	}
	here, _ := edgelink.Compile(st.Local(), "h1")
	if len(here.VPCHost.TransitTables) != 0 || len(there.VPCHost.VPCs) != 0 {
		t.Error("a host has what is another's")
	}
	if diff := cmp.Diff(here.VPCHost.VPCs[0].Transits, []intent.VPCTransit{{Gateway: "tgw-1", Table: "tgw-rtb-a", Node: "h2"}}, plain); diff != "" {
		t.Errorf("on the VPC's host: got - want +\n%s", diff)
	}
}

// A table has what a prefix list has, with the list's name, and what becomes of
// the list. What leads nowhere has no link.
func TestCompileTransitPrefixList(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, transitLink()...)
	put(t, st,
		demarc.TransitRouteTable{ID: "tgw-rtb-c", TransitGateway: "tgw-1", Static: []demarc.TransitStaticRoute{
			{List: "pl-1", Attachment: "tgw-attach-vpc"}, {List: "pl-2"}, {Prefix: prefix("10.7.0.0/16")},
		}})
	list := func(id demarc.PrefixListID, all ...string) demarc.PrefixList {
		l := demarc.PrefixList{ID: id, MaxEntries: 5}
		for _, p := range all {
			l.Entries = append(l.Entries, demarc.PrefixListEntry{Prefix: prefix(p)})
		}
		return l
	}
	check := func(links int, want ...intent.TransitStatic) {
		t.Helper()
		there, _ := edgelink.Compile(st.Local(), "h2")
		got := there.VPCHost.TransitTables[2]
		if diff := cmp.Diff(got.Static, want, plain); diff != "" || len(got.VPCs) != links {
			t.Errorf("%d VPCs, want %d; got - want +\n%s", len(got.VPCs), links, diff)
		}
	}
	written := intent.TransitStatic{Prefix: prefix("10.7.0.0/16")}
	check(0, written)
	put(t, st, list("pl-1", "10.7.0.0/16", "fd00:7::/48"), list("pl-2", "10.6.0.0/16"))
	check(1, intent.TransitStatic{Prefix: prefix("10.6.0.0/16"), List: "pl-2"}, written,
		intent.TransitStatic{Prefix: prefix("10.7.0.0/16"), List: "pl-1", Attachment: "tgw-attach-vpc"},
		intent.TransitStatic{Prefix: prefix("fd00:7::/48"), List: "pl-1", Attachment: "tgw-attach-vpc"})
	put(t, st, list("pl-1", "10.5.0.0/16"), list("pl-2"))
	check(1, intent.TransitStatic{Prefix: prefix("10.5.0.0/16"), List: "pl-1", Attachment: "tgw-attach-vpc"}, written)
}

// What changes about a Transit Gateway changes what nodes are told.
func TestTransitChanges(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	attachment := func(change func(*demarc.TransitGatewayAttachment)) {
		write(t, st, func(tx *store.Tx) {
			a, _ := store.TransitGatewayAttachments.Get(tx, "tgw-attach-vpc")
			change(&a)
			store.TransitGatewayAttachments.Put(tx, a)
		})
	}
	for name, tt := range map[string]struct {
		change func()
		want   int // VPCs on tables a, b, c, and tables that the VPC sends to, as digits
	}{
		"nothing": {func() {}, 1101},
		"it waits": {func() {
			attachment(func(a *demarc.TransitGatewayAttachment) { a.State = demarc.AttachmentPendingAcceptance })
		}, 0},
		"it is on none":    {func() { attachment(func(a *demarc.TransitGatewayAttachment) { a.RouteTable = "" }) }, 100},
		"it is on another": {func() { attachment(func(a *demarc.TransitGatewayAttachment) { a.RouteTable = "tgw-rtb-c" }) }, 111},
	} {
		put(t, st, transitLink()...)
		tt.change()
		there, _ := edgelink.Compile(st.Local(), "h2")
		here, _ := edgelink.Compile(st.Local(), "h1")
		tables := there.VPCHost.TransitTables
		got := 1000*len(tables[0].VPCs) + 100*len(tables[1].VPCs) + 10*len(tables[2].VPCs) + len(here.VPCHost.VPCs[0].Transits)
		if got != tt.want {
			t.Errorf("%s: %04d, want %04d", name, got, tt.want)
		}
	}
	// An association that ends takes the Direct Connect gateway along.
	put(t, st, transitLink()...)
	put(t, st, association("1", "tgw-1", demarc.GatewayDisassociating, "22.0.0.0/24"))
	dev, _ := edgelink.Compile(st.Local(), "d1")
	there, _ := edgelink.Compile(st.Local(), "h2")
	if gw := dev.Device.Gateways[0]; len(gw.Hosts)+len(gw.Allowed) != 0 || len(there.VPCHost.TransitTables[0].Gateways) != 0 {
		t.Errorf("the device has %+v, the table %+v", gw, there.VPCHost.TransitTables[0])
	}
}
