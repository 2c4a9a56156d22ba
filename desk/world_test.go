package desk_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/intent"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vif"
)

const (
	customer = demarc.AccountID("111111111111")
	partner  = demarc.AccountID("222222222222")
	platform = demarc.AccountID("333333333333")
	building = demarc.AccountID("444444444444")
	stranger = demarc.AccountID("555555555555")

	vgw = demarc.GatewayID("vgw-00000000000000001")
	vpc = demarc.VPCID("vpc-00000000000000001")
	igw = "igw-00000000000000001"
)

// start is noon of a day in the lab; a world's clock is moved by hand.
var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// A world is a site in a store of its own, with a clock.
type world struct {
	*testing.T
	store *store.Store
	now   time.Time
	ports map[string]demarc.ConnectionID // the partner's, by what they are; see wire
}

func newWorld(t *testing.T) *world {
	t.Helper()
	st := storetest.Embedded(t, store.Tables()...)
	w := &world{T: t, store: st, now: start}
	w.write(populate)
	return w
}

func populate(tx *store.Tx) error {
	for id, party := range map[demarc.AccountID]demarc.Party{customer: demarc.Customer, partner: demarc.Partner, platform: demarc.Platform, building: demarc.Facility, stranger: demarc.Customer} {
		store.Accounts.Put(tx, demarc.Account{ID: id, Name: "account-" + string(id[:1]), Title: "Account " + string(id[:1]), Party: party})
	}
	store.SiteKeys.Put(tx, demarc.SiteKeys{LinkTokens: demarc.NewSecretKey()})
	store.Editions.Put(tx, demarc.Edition{Name: "Standard"})
	store.Editions.Put(tx, demarc.Edition{Name: "Enterprise", DirectConnect: true, MaxLinks: 2})
	for name, edition := range map[string]string{"acme-prod": "Enterprise", "acme-trial": "Standard"} {
		store.Environments.Put(tx, demarc.Environment{Name: name, Edition: edition, Region: "eu-west-1", Platform: platform, Customer: customer, VPC: vpc, Gateway: vgw})
	}
	store.VPCs.Put(tx, demarc.VPC{
		ID: vpc, Owner: platform, Region: "eu-west-1", CIDR: netip.MustParsePrefix("10.8.2.0/24"),
	})
	store.RouteTables.Put(tx, demarc.RouteTable{
		ID: "rtb-1", VPC: vpc, Owner: platform, Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-1"}},
		Static:      []demarc.StaticRoute{{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Target: igw}},
		Propagating: []demarc.GatewayID{vgw},
	})
	store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: vgw, Owner: platform, Region: "eu-west-1", ASN: 64512, VPC: vpc})
	places(tx)
	return nil
}

// places builds LIS1 with cages of both, LIS2 with a partner's only, and FRA1
// in another region.
func places(tx *store.Tx) {
	own := demarc.Cage{Account: customer, Router: "acme-r1", Interface: "eth0"}
	theirs := demarc.Cage{Account: partner, Router: "carrier-r1", Interface: "eth0"}
	for _, l := range []demarc.Location{
		{Code: "LIS1", Region: "eu-west-1", Facility: building, Cages: []demarc.Cage{own, theirs}},
		{Code: "LIS2", Region: "eu-west-1", Facility: building, Cages: []demarc.Cage{theirs}},
		{Code: "FRA1", Region: "eu-central-1", Facility: stranger},
	} {
		store.Locations.Put(tx, l)
	}
	for _, device := range []demarc.Device{{ID: "lis1-d1", Location: "LIS1"}, {ID: "lis1-d2", Location: "LIS1"}, {ID: "lis2-d1", Location: "LIS2"}} {
		store.Devices.Put(tx, device)
		store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(device.ID) + "/p1", Speed: demarc.Gbps, Interface: "p1"})
		store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(device.ID) + "/p2", Speed: 10 * demarc.Gbps, Interface: "p2"})
	}
}

// write runs fn as a transaction that must succeed.
func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.store.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// try runs fn as a transaction and returns its refusal.
func (w *world) try(fn func(*store.Tx) error) *demarc.Error {
	w.Helper()
	err := w.store.Write(w.Context(), fn)
	if err == nil {
		return nil
	}
	refusal, ok := errors.AsType[*demarc.Error](err)
	if !ok {
		w.Fatalf("not a refusal: %v", err)
	}
	return refusal
}

// request asks for a link that nothing is wrong with, but for change.
func (w *world) request(by demarc.AccountID, change func(*desk.Request)) (link demarc.Link, refusal *demarc.Error) {
	w.Helper()
	req := wanted()
	change(&req)
	refusal = w.try(func(tx *store.Tx) (err error) {
		link, err = desk.RequestLink(tx, by, req, w.now)
		return err
	})
	return link, refusal
}

func wanted() desk.Request {
	return desk.Request{
		Environment: "acme-prod", Topology: demarc.OwnCage,
		Legs: []desk.LegRequest{{Location: "LIS1", Bandwidth: "1Gbps"}}, Prefixes: []string{"192.168.50.0/24"},
	}
}

// link asks for a link that is granted.
func (w *world) link() demarc.Link {
	w.Helper()
	link, refusal := w.request(customer, func(*desk.Request) {})
	if refusal != nil {
		w.Fatal(refusal)
	}
	return link
}

// order is the customer ordering a connection at LIS1.
func (w *world) order(tags ...demarc.Tag) (c demarc.Connection) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		c, err = connection.Place(tx, customer, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "acme", Tags: tags}, w.now)
		return err
	})
	return c
}

// allocate is the customer allocating an interface to the platform.
func (w *world) allocate(conn demarc.ConnectionID) (v demarc.VirtualInterface) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		v, err = vif.Allocate(tx, customer, conn, platform, vif.New{Name: "acme", VLAN: 101, ASN: 65010}, w.now)
		return err
	})
	return v
}

// open is an account opening a case.
func (w *world) open(by demarc.AccountID, ask desk.New) (c demarc.Case, refusal *demarc.Error) {
	w.Helper()
	refusal = w.try(func(tx *store.Tx) (err error) {
		c, err = desk.OpenCase(tx, by, ask, w.now)
		return err
	})
	return c, refusal
}

// sees is the edge reporting an interface and its VPC.
func (w *world) sees(v intent.VIFSeen, propagated ...string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		vif.Observe(tx, v)
		store.VIFSightings.Put(tx, v)
		seen := intent.VPCSeen{ID: vpc, Paths: []intent.PathSeen{{Target: igw, OutPackets: 7}}}
		for _, p := range propagated {
			seen.Propagated = append(seen.Propagated, intent.PropagatedSeen{Prefix: netip.MustParsePrefix(p), Gateway: vgw, Device: "lis1-d1", ASPath: []demarc.ASN{65010}})
		}
		store.VPCSightings.Put(tx, seen)
		return nil
	})
}
