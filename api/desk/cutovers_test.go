package desk_test

import (
	"net/netip"
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
	"demarc/intent"
	"demarc/store"
)

const (
	ownTGW   = demarc.TransitGatewayID("tgw-00000000000000001")
	moving   = demarc.CutoverID("co-moving00")
	planCase = demarc.CaseID("case-transit0")
)

// brought is a customer's Transit Gateway with the way to an environment of its
// own built, and probes that are answered.
func (w *world) brought() {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		const v, prefix = demarc.VPCID("vpc-00000000000000002"), "192.168.70.0/24"
		probe := netip.MustParseAddr("192.168.70.10")
		store.Environments.Put(tx, demarc.Environment{Name: "acme-own", Edition: "Enterprise", Region: "eu-west-1", Platform: platform, Customer: customer, VPC: v, Gateway: "vgw-00000000000000002"})
		store.VPCs.Put(tx, demarc.VPC{ID: v, Owner: platform, Region: "eu-west-1", CIDR: netip.MustParsePrefix("10.9.2.0/24"), Hosts: []demarc.HostInterface{{Host: "own-app1", Address: netip.MustParseAddr("10.9.2.10")}}})
		store.RouteTables.Put(tx, demarc.RouteTable{ID: "rtb-2", VPC: v, Owner: platform, Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-2"}}})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: "vgw-00000000000000002", Owner: platform, Region: "eu-west-1", ASN: 64513, VPC: v})
		store.TransitGateways.Put(tx, demarc.TransitGateway{ID: ownTGW, Owner: customer, Region: "eu-west-1", ASN: 64900, State: demarc.TransitGatewayAvailable, AssociationTable: "tgw-rtb-1", PropagationTable: "tgw-rtb-1"})
		store.TransitRouteTables.Put(tx, demarc.TransitRouteTable{ID: "tgw-rtb-1", TransitGateway: ownTGW, Owner: customer})
		both := []demarc.TransitRouteTableID{"tgw-rtb-1"}
		store.TransitGatewayAttachments.Put(tx, demarc.TransitGatewayAttachment{ID: "tgw-attach-1", TransitGateway: ownTGW, GatewayOwner: customer, Owner: platform, VPC: v, State: demarc.AttachmentAvailable, RouteTable: "tgw-rtb-1", Propagating: both})
		store.TransitGatewayAttachments.Put(tx, demarc.TransitGatewayAttachment{ID: "tgw-attach-2", TransitGateway: ownTGW, GatewayOwner: customer, Owner: customer, DirectConnectGateway: "dxgw-1", Association: "association-1", State: demarc.AttachmentAvailable, RouteTable: "tgw-rtb-1", Propagating: both})
		store.GatewayAssociations.Put(tx, demarc.GatewayAssociation{ID: "association-1", DirectConnectGateway: "dxgw-1", Owner: customer, State: demarc.GatewayAssociated, Allowed: []netip.Prefix{netip.MustParsePrefix("10.9.2.0/24")},
			Gateway: demarc.AssociatedGateway{ID: string(ownTGW), Type: demarc.AssociatedTransitGateway, Owner: customer, Region: "eu-west-1"}})
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: "dxvif-ftransit", Type: demarc.TransitVIF, Owner: customer, ConnectionOwner: customer, DirectConnectGateway: "dxgw-1", State: demarc.VIFAvailable})
		store.VIFSightings.Put(tx, intent.VIFSeen{ID: "dxvif-ftransit", Built: true, Accepted: intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix(prefix)})})
		store.VPCSightings.Put(tx, intent.VPCSeen{ID: v, Probes: []intent.ProbeSeen{{Target: probe, Out: "vgw-00000000000000002", In: "vgw-00000000000000002", Count: demarc.CutoverCount{Sent: 9, Answered: 9}}}})
		store.Cases.Put(tx, demarc.Case{ID: planCase, Kind: demarc.CaseTransit, Environment: "acme-own", Opener: customer, Assignee: platform, CaseFields: demarc.CaseFields{Prefixes: []string{prefix}}, State: demarc.CaseWaitingAssignee, Created: start})
		store.Cutovers.Put(tx, demarc.Cutover{
			ID: moving, Case: planCase, Environment: "acme-other", Platform: platform, Customer: customer, VPC: v, Gateway: "vgw-00000000000000002", TransitGateway: ownTGW, State: demarc.CutoverCarrying,
			Prefixes: []demarc.CutoverPrefix{{Prefix: netip.MustParsePrefix(prefix), Probe: probe, State: demarc.PrefixNew}}, Since: start, Created: start,
			Interfaces: []demarc.CutoverInterface{{ID: "dxvif-fhosted0", VLAN: 7}},
		})
		return nil
	})
}

const plan = `{"case":"case-transit0","probes":[{"prefix":"192.168.70.0/24","address":"192.168.70.10"}]}`

// TestACutoverIsBothParties goes as far as a plan does without an edge.
func TestACutoverIsBothParties(t *testing.T) {
	w := newWorld(t)
	w.brought()
	var of desk.Case
	w.get(customer, "GET", "/desk/v1/cases/"+string(planCase), "", &of)
	if of.Next == nil || of.Next.ID != "platform-routes" || len(of.Steps) != 10 || of.Cutover != "" {
		t.Errorf("the case shows %+v", of)
	}
	var c desk.Cutover
	w.get(platform, "POST", "/desk/v1/cutovers", plan, &c)
	if c.State != demarc.CutoverPlanned || c.PlatformAgreed.IsZero() || !c.CustomerAgreed.IsZero() || len(c.Prefixes) != 1 || !c.Prefixes[0].Answers {
		t.Errorf("planned is %+v", c)
	}
	path := "/desk/v1/cutovers/" + string(c.ID)
	if status, answer := w.call(platform, "POST", path+"/rehearse", ""); status != 409 || !strings.Contains(answer, "E-CUTOVER-AGREED") {
		t.Errorf("alone: got %d %s", status, answer)
	}
	w.get(customer, "POST", path+"/agree", "", &c)
	w.get(customer, "POST", path+"/rehearse", "", &c)
	if c.State != demarc.CutoverRehearsing {
		t.Errorf("got %s", c.State)
	}
	var list desk.Cutovers
	w.get(platform, "GET", "/desk/v1/cutovers", "", &list)
	if len(list.Cutovers) != 2 {
		t.Errorf("got %d cut-overs", len(list.Cutovers))
	}
	w.get(stranger, "GET", "/desk/v1/cutovers", "", &list)
	if len(list.Cutovers) != 0 {
		t.Errorf("a stranger sees %+v", list.Cutovers)
	}
	for _, address := range []string{"host", "192.168.71.10", "2001:db8::1"} {
		if status, answer := w.call(customer, "POST", "/desk/v1/cutovers", strings.Replace(plan, "192.168.70.10", address, 1)); status < 400 || strings.Contains(answer, "E-INTERNAL") {
			t.Errorf("%s: got %d %s", address, status, answer)
		}
	}
}

// movingThere is a cut-over like the other, of an environment at another Direct
// Connect.
func (w *world) movingThere() {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		c, _ := store.Cutovers.Get(tx, string(moving))
		c = c.Clone()
		c.ID, c.VPC = "co-there00000", ""
		c.There = &demarc.CutoverThere{App: netip.MustParseAddr("10.9.2.10"), Apart: demarc.CutoverMostAsymmetry, Tells: make([]demarc.CutoverTell, 1)}
		store.Cutovers.Put(tx, c)
		return nil
	})
}

// TestAWordFromThere is counted for the customer, shown to both parties, and
// leaves no record: what its machine does, the other service records.
func TestAWordFromThere(t *testing.T) {
	w := newWorld(t)
	w.brought()
	w.movingThere()
	const path = "/desk/v1/cutovers/co-there00000"
	records := func() (n int) {
		for range store.AuditRecords.All(w.store.Local()) {
			n++
		}
		return n
	}
	var orders desk.CutoverOrders
	w.get(customer, "POST", path+"/hand", `{"hand":0}`, &orders)
	begun := records()
	if orders.Hand != 1 || orders.Party != demarc.Customer || orders.App.String() != "10.9.2.10" || len(orders.Probes) != 1 || len(orders.Routes) != 0 || begun != 1 {
		t.Errorf("at first: got %+v, %d records", orders, begun)
	}
	const counted = `{"hand":1,"number":1,"echoes":[{"probe":"192.168.70.10","sent":9,"answered":8,"lost":1,"silentMilliseconds":20,"ttl":61,"in":"old"}]}`
	w.get(customer, "POST", path+"/hand", counted, &orders)
	if records() != begun {
		t.Errorf("a word is a record")
	}
	var c desk.Cutover
	w.get(platform, "GET", path, "", &c)
	if c.There == nil || c.There.Customer.Heard.IsZero() || !c.There.Platform.Heard.IsZero() || !c.Prefixes[0].Answers || c.Prefixes[0].In != "vgw-00000000000000002" || c.Manual {
		t.Errorf("it shows %+v, %+v", c, c.There)
	}
	w.get(platform, "POST", path+"/hand", `{"hand":0}`, &orders)
	for by, body := range map[demarc.AccountID]string{platform: counted, stranger: counted, customer: strings.Replace(counted, `"hand":1`, `"hand":7`, 1)} {
		want := map[demarc.AccountID]string{platform: "E-SIGHTING", stranger: "no cut-over", customer: "E-CUTOVER-HAND"}[by]
		if status, answer := w.call(by, "POST", path+"/hand", body); status < 400 || !strings.Contains(answer, want) {
			t.Errorf("%s: got %d %s, want %s", by, status, answer, want)
		}
	}
}
