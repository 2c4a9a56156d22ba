package transit_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/transit"
	"demarc/vpc"
)

const (
	owner demarc.AccountID = "111111111111"
	guest demarc.AccountID = "222222222222"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A world is a store with a machine that carries VPCs.
type world struct {
	*testing.T
	*store.Store
}

func open(t *testing.T) world {
	w := world{t, storetest.Embedded(t, store.Tables()...)}
	w.must(func(tx *store.Tx) error {
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "host-1", Region: "eu-west-1"})
		return nil
	})
	return w
}

func (w world) must(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// refused is a write that must be refused for a reason.
func (w world) refused(kind demarc.Kind, fn func(*store.Tx) error) {
	w.Helper()
	if err := w.Write(w.Context(), fn); demarc.KindOf(err) != kind {
		w.Errorf("got %v, want kind %d", err, kind)
	}
}

// gateway makes a Transit Gateway with default tables that guest may attach to.
func (w world) gateway(autoAccept bool) (gw demarc.TransitGateway) {
	w.Helper()
	w.must(func(tx *store.Tx) (err error) {
		gw = demarc.TransitGateway{Region: "eu-west-1", Options: demarc.TransitGatewayOptions{AutoAccept: autoAccept}}
		gw, err = transit.Create(tx, owner, gw, transit.Defaults{Association: true, Propagation: true}, noon)
		store.ResourceShares.Put(tx, demarc.ResourceShare{
			ID: "share", Owner: owner, State: demarc.ShareActive,
			Resources:  []demarc.ShareAssociation{{Entity: string(gw.ID), State: demarc.ShareAssociated}},
			Principals: []demarc.ShareAssociation{{Entity: string(guest), State: demarc.ShareAssociated}},
		})
		return err
	})
	return gw
}

// attach puts a new VPC of an account onto a Transit Gateway.
func (w world) attach(by demarc.AccountID, gw demarc.TransitGatewayID, cidr string) (a demarc.TransitGatewayAttachment) {
	w.Helper()
	w.must(func(tx *store.Tx) error {
		v, err := vpc.Create(tx, by, "", netip.MustParsePrefix(cidr), nil)
		if err != nil {
			return err
		}
		s, err := vpc.CreateSubnet(tx, by, v.ID, v.CIDR, "", nil)
		if err != nil {
			return err
		}
		a, err = transit.AttachVPC(tx, by, demarc.TransitGatewayAttachment{TransitGateway: gw, VPC: v.ID, Subnets: []demarc.SubnetID{s.ID}}, noon)
		return err
	})
	return a
}

// routes are a table's as text: prefix, kind, and where it leads.
func (w world) routes(id demarc.TransitRouteTableID) map[string]string {
	w.Helper()
	t, ok := store.TransitRouteTables.Get(w.Local(), string(id))
	if !ok {
		w.Fatalf("no table %s", id)
	}
	all := map[string]string{}
	for _, r := range transit.Routes(w.Local(), t) {
		to := string(r.To.ID)
		if r.Blackhole() {
			to = "nowhere"
		}
		all[r.Prefix.String()] = string(r.Kind) + " " + to
	}
	return all
}

// TestAnotherAccountsVPC: it waits for the Transit Gateway's owner, who accepts
// or rejects it once; a gateway that takes everything does not ask.
func TestAnotherAccountsVPC(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	a := w.attach(guest, gw.ID, "10.1.0.0/16")
	if a.State != demarc.AttachmentPendingAcceptance || a.RouteTable != "" {
		t.Errorf("offered: %+v", a)
	}
	if got := w.routes(gw.PropagationTable); len(got) != 0 {
		t.Errorf("an attachment that nobody accepted propagates: %v", got)
	}
	offered := a.ID
	w.refused(demarc.Denied, func(tx *store.Tx) error { _, err := transit.Accept(tx, guest, offered); return err })
	w.refused(demarc.NotFound, func(tx *store.Tx) error { _, err := transit.Accept(tx, "333333333333", offered); return err })
	w.must(func(tx *store.Tx) (err error) { a, err = transit.Accept(tx, owner, offered); return err })
	if a.State != demarc.AttachmentAvailable || a.RouteTable != gw.AssociationTable {
		t.Errorf("accepted: %+v", a)
	}
	w.refused(demarc.Conflict, func(tx *store.Tx) error { _, err := transit.Accept(tx, owner, offered); return err })
	w.refused(demarc.Conflict, func(tx *store.Tx) error { _, err := transit.Reject(tx, owner, offered, noon); return err })
	if diff := cmp.Diff(w.routes(gw.PropagationTable), map[string]string{"10.1.0.0/16": "propagated " + string(a.ID)}); diff != "" {
		t.Error(diff)
	}

	b := w.attach(guest, gw.ID, "10.2.0.0/16")
	w.must(func(tx *store.Tx) (err error) { b, err = transit.Reject(tx, owner, b.ID, noon); return err })
	if b.State != demarc.AttachmentRejected {
		t.Errorf("rejected: %+v", b)
	}
	w.must(func(tx *store.Tx) error { // nothing holds the subnet any more
		if err := vpc.DeleteSubnet(tx, guest, b.Subnets[0]); err != nil {
			return err
		}
		return vpc.Delete(tx, guest, b.VPC)
	})
	if c := w.attach(guest, w.gateway(true).ID, "10.3.0.0/16"); c.State != demarc.AttachmentAvailable {
		t.Errorf("on a gateway that takes everything: %+v", c)
	}
}

// TestRoutesFollow: a table has what its attachments propagate, and what was
// written into it; that leads nowhere once the attachment is gone.
func TestRoutesFollow(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	table := gw.PropagationTable
	a, b := w.attach(owner, gw.ID, "10.1.0.0/16"), w.attach(owner, gw.ID, "10.2.0.0/16")
	write := func(prefix string, to demarc.TransitGatewayAttachmentID) {
		t.Helper()
		w.must(func(tx *store.Tx) error {
			_, err := transit.CreateRoute(tx, owner, table, demarc.TransitStaticRoute{Prefix: netip.MustParsePrefix(prefix), Attachment: to})
			return err
		})
	}
	write("0.0.0.0/0", b.ID)
	write("10.9.0.0/16", "")
	write("10.1.0.0/16", b.ID)
	if diff := cmp.Diff(w.routes(table), map[string]string{
		"0.0.0.0/0": "static " + string(b.ID), "10.9.0.0/16": "static nowhere",
		"10.1.0.0/16": "static " + string(b.ID), "10.2.0.0/16": "propagated " + string(b.ID),
	}); diff != "" {
		t.Error(diff)
	}
	w.must(func(tx *store.Tx) error { _, err := transit.DetachVPC(tx, owner, b.ID, noon); return err })
	w.must(func(tx *store.Tx) error {
		_, err := transit.DeleteRoute(tx, owner, table, netip.MustParsePrefix("10.1.0.0/16"))
		return err
	})
	if diff := cmp.Diff(w.routes(table), map[string]string{
		"0.0.0.0/0": "static nowhere", "10.9.0.0/16": "static nowhere", "10.1.0.0/16": "propagated " + string(a.ID),
	}); diff != "" {
		t.Error(diff)
	}
	w.must(func(tx *store.Tx) error { _, err := transit.Withhold(tx, owner, table, a.ID); return err })
	if _, there := w.routes(table)["10.1.0.0/16"]; there {
		t.Error("what is withheld is still in the table")
	}
}

// TestADirectConnectGateway: its attachment comes and goes with the
// association, and propagates what the interfaces of it accepted.
func TestADirectConnectGateway(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	association := demarc.GatewayAssociation{
		ID: "as-1", DirectConnectGateway: "dx-1", Owner: guest, State: demarc.GatewayAssociated,
		Gateway: demarc.AssociatedGateway{ID: string(gw.ID), Type: demarc.AssociatedTransitGateway, Owner: owner},
	}
	prefix := netip.MustParsePrefix("172.16.0.0/16")
	w.must(func(tx *store.Tx) error {
		store.GatewayAssociations.Put(tx, association)
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: "dxvif-1", Type: demarc.TransitVIF, DirectConnectGateway: "dx-1"})
		store.VIFSightings.Put(tx, intent.VIFSeen{ID: "dxvif-1", Accepted: intent.RoutesOf(intent.RouteSeen{Prefix: prefix})})
		return transit.Join(tx, association, noon)
	})
	all := transit.Attachments(w.Local(), owner)
	if len(all) != 1 || all[0].RouteTable != gw.AssociationTable || len(transit.Attachments(w.Local(), guest)) != 0 {
		t.Fatalf("attachments: %+v", all)
	}
	if diff := cmp.Diff(w.routes(gw.PropagationTable), map[string]string{prefix.String(): "propagated " + string(all[0].ID)}); diff != "" {
		t.Error(diff)
	}
	w.refused(demarc.NotFound, func(tx *store.Tx) error { _, err := transit.DetachVPC(tx, owner, all[0].ID, noon); return err })
	// Another one's path is longer, and preferred by its customer.
	other := association
	other.ID, other.DirectConnectGateway = "as-2", "dx-2"
	w.must(func(tx *store.Tx) error {
		store.GatewayAssociations.Put(tx, other)
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: "dxvif-2", Type: demarc.TransitVIF, DirectConnectGateway: "dx-2"})
		store.VIFSightings.Put(tx, intent.VIFSeen{ID: "dxvif-2", Accepted: intent.RoutesOf(intent.RouteSeen{Prefix: prefix, ASPath: []demarc.ASN{1, 2}, Preference: route.HighPreference})})
		return transit.Join(tx, other, noon)
	})
	if to := w.routes(gw.PropagationTable)[prefix.String()]; to == "propagated "+string(all[0].ID) {
		t.Errorf("the preferred path is not used, but %s", to)
	}
	w.must(func(tx *store.Tx) error {
		store.GatewayAssociations.Delete(tx, string(other.ID))
		transit.Leave(tx, other, noon)
		store.GatewayAssociations.Delete(tx, string(association.ID))
		transit.Leave(tx, association, noon)
		return nil
	})
	if got := w.routes(gw.PropagationTable); len(got) != 0 {
		t.Errorf("routes are left: %v", got)
	}
	w.must(func(tx *store.Tx) error { _, err := transit.Delete(tx, owner, gw.ID, noon); return err })
}

// TestWhatIsDeletedIsForgotten: a Transit Gateway, its table and an attachment
// are described for an hour and then gone.
func TestWhatIsDeletedIsForgotten(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	a := w.attach(owner, gw.ID, "10.1.0.0/16")
	remove := func(tx *store.Tx) error { _, err := transit.Delete(tx, owner, gw.ID, noon); return err }
	w.refused(demarc.Conflict, remove)
	w.refused(demarc.Conflict, func(tx *store.Tx) error {
		_, err := transit.DeleteRouteTable(tx, owner, gw.AssociationTable, noon)
		return err
	})
	w.must(func(tx *store.Tx) error { _, err := transit.DetachVPC(tx, owner, a.ID, noon); return err })
	w.must(remove)
	for _, step := range []struct {
		after time.Duration
		left  int
	}{{59 * time.Minute, 3}, {time.Hour, 0}} {
		w.must(func(tx *store.Tx) error { return transit.Expire(tx, noon.Add(step.after)) })
		if got := w.described(); got != step.left {
			t.Errorf("after %s: %d are described, want %d", step.after, got, step.left)
		}
	}
}

func (w world) described() int {
	return len(transit.Gateways(w.Local(), owner)) + len(transit.RouteTables(w.Local(), owner)) + len(transit.Attachments(w.Local(), owner))
}

// TestDefaults: they are switched off, and on again with a table; attachments
// keep what they have.
func TestDefaults(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	table, off, on := gw.AssociationTable, false, true
	modify := func(c transit.Changes) func(*store.Tx) error {
		return func(tx *store.Tx) (err error) {
			changed, err := transit.Modify(tx, owner, gw.ID, c)
			if err == nil {
				gw = changed
			}
			return err
		}
	}
	w.must(modify(transit.Changes{Association: transit.DefaultChange{On: &off}}))
	if gw.AssociationTable != "" || gw.PropagationTable != table {
		t.Errorf("after it was switched off: %+v", gw)
	}
	if a := w.attach(owner, gw.ID, "10.1.0.0/16"); a.RouteTable != "" || !cmp.Equal(a.Propagating, []demarc.TransitRouteTableID{table}, cmpopts.EquateEmpty()) {
		t.Errorf("attached without a default association: %+v", a)
	}
	w.refused(demarc.Invalid, modify(transit.Changes{Association: transit.DefaultChange{On: &on}}))
	w.must(modify(transit.Changes{Association: transit.DefaultChange{On: &on, Table: &table}}))
	w.refused(demarc.NotFound, modify(transit.Changes{Propagation: transit.DefaultChange{Table: new(demarc.TransitRouteTableID)}}))
	w.refused(demarc.Denied, func(tx *store.Tx) error { _, err := transit.Modify(tx, guest, gw.ID, transit.Changes{}); return err })
}

// TestOneTableAtATime: an attachment that is associated is not associated
// again, and its table is not deleted.
func TestOneTableAtATime(t *testing.T) {
	w := open(t)
	gw := w.gateway(false)
	a := w.attach(owner, gw.ID, "10.1.0.0/16")
	var second demarc.TransitRouteTable
	w.must(func(tx *store.Tx) (err error) {
		second, err = transit.CreateRouteTable(tx, owner, gw.ID, nil, noon)
		return err
	})
	associate := func(tx *store.Tx) error { _, err := transit.Associate(tx, owner, second.ID, a.ID); return err }
	w.refused(demarc.Conflict, associate)
	w.must(func(tx *store.Tx) error {
		_, err := transit.Disassociate(tx, owner, gw.AssociationTable, a.ID)
		return err
	})
	w.refused(demarc.NotFound, func(tx *store.Tx) error { _, err := transit.Disassociate(tx, owner, second.ID, a.ID); return err })
	w.must(associate)
	w.must(func(tx *store.Tx) error { _, err := transit.Propagate(tx, owner, second.ID, a.ID); return err })
	remove := func(tx *store.Tx) error { _, err := transit.DeleteRouteTable(tx, owner, second.ID, noon); return err }
	w.refused(demarc.Conflict, remove)
	w.must(func(tx *store.Tx) error { _, err := transit.Disassociate(tx, owner, second.ID, a.ID); return err })
	w.must(remove)
	if left, _ := store.TransitGatewayAttachments.Get(w.Local(), string(a.ID)); len(left.Propagating) != 1 {
		t.Errorf("it propagates to %v", left.Propagating)
	}
}
