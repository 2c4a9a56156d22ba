package cutover_test

import (
	"errors"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"demarc"
	"demarc/cutover"
	"demarc/desk"
	"demarc/gateway"
	"demarc/intent"
	"demarc/share"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/transit"
)

const (
	customer = demarc.AccountID("111111111111")
	platform = demarc.AccountID("333333333333")
	stranger = demarc.AccountID("555555555555")

	vgw    = demarc.GatewayID("vgw-00000000000000001")
	vpcID  = demarc.VPCID("vpc-00000000000000001")
	table  = demarc.RouteTableID("rtb-00000000000000001")
	hosted = demarc.VirtualInterfaceID("dxvif-fhosted0")
	behind = demarc.VirtualInterfaceID("dxvif-ftransit")
)

var (
	start   = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	sources = []netip.Addr{netip.MustParseAddr("10.8.2.1"), netip.MustParseAddr("fd20:8:2::1")}
	probes  = map[string]netip.Addr{
		"192.168.50.0/24": netip.MustParseAddr("192.168.50.10"),
		"192.168.51.0/24": netip.MustParseAddr("192.168.51.10"),
		"fd50:50::/64":    netip.MustParseAddr("fd50:50::10"),
	}
)

// A room is a store, and a test that may write to it.
type room struct {
	*testing.T
	store *store.Store
}

func newRoom(t *testing.T) room { return room{t, storetest.Embedded(t, store.Tables()...)} }

func (r room) write(fn func(*store.Tx) error) {
	r.Helper()
	if err := r.store.Write(r.Context(), fn); err != nil {
		r.Fatal(err)
	}
}

// code runs fn as a transaction and returns the code of its refusal; empty if
// it is granted.
func (r room) code(fn func(*store.Tx) error) string {
	r.Helper()
	err := r.store.Write(r.Context(), fn)
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*demarc.Error](err)
	if !ok {
		r.Fatalf("not a refusal: %v", err)
	}
	return refusal.Code
}

// A world is an environment with a hosted interface and a Transit Gateway of
// its customer's, with a clock, and a wire that does what the store says.
type world struct {
	room
	now         time.Time
	awake       time.Time // since when its conductor looks
	tgw         demarc.TransitGatewayID
	association demarc.GatewayAssociationID
	of          demarc.Case
	acts        []cutover.Act

	// wall drops what would take the new path back; deaf has the host of the VPC
	// report nothing.
	wall, deaf bool
	terms      demarc.CutoverTerms
	lost       bool   // the hosted interface's device is not heard of
	idle       bool   // users are away, and probes alone pass
	turned     bool   // the customer has turned its routers itself
	stray      func() // called each tick
	counts     map[netip.Addr]demarc.CutoverCount
	old        uint64 // packets on the hosted interface
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{room: newRoom(t), now: start, awake: start, counts: map[netip.Addr]demarc.CutoverCount{}}
	w.write(environment)
	w.write(w.connect)
	w.pass(3 * time.Second)
	return w
}

// environment is what there is before: the customer's line, and a host.
func environment(tx *store.Tx) error {
	for id, party := range map[demarc.AccountID]demarc.Party{customer: demarc.Customer, platform: demarc.Platform, stranger: demarc.Customer} {
		store.Accounts.Put(tx, demarc.Account{ID: id, Name: "account-" + string(id[:1]), Party: party})
	}
	store.Editions.Put(tx, demarc.Edition{Name: "Enterprise", DirectConnect: true, MaxLinks: 2})
	store.Environments.Put(tx, demarc.Environment{Name: "acme-prod", Edition: "Enterprise", Region: "eu-west-1", Platform: platform, Customer: customer, VPC: vpcID, Gateway: vgw, Drills: true})
	store.VPCHosts.Put(tx, demarc.VPCHost{ID: "vpc-a", Region: "eu-west-1"})
	store.VPCs.Put(tx, demarc.VPC{
		ID: vpcID, Owner: platform, Region: "eu-west-1", Host: "vpc-a", CIDR: netip.MustParsePrefix("10.8.2.0/24"),
		More:  []demarc.RangeAssociation{{ID: "range-1", Prefix: netip.MustParsePrefix("fd20:8:2::/56")}},
		Hosts: []demarc.HostInterface{{Host: "app1", Address: netip.MustParseAddr("10.8.2.10"), IPv6: netip.MustParseAddr("fd20:8:2::10")}},
	})
	store.Subnets.Put(tx, demarc.Subnet{ID: "subnet-1", VPC: vpcID, Owner: platform, Zone: "eu-west-1a", CIDR: netip.MustParsePrefix("10.8.2.0/24")})
	store.RouteTables.Put(tx, demarc.RouteTable{
		ID: table, VPC: vpcID, Owner: platform, Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-1"}}, Propagating: []demarc.GatewayID{vgw},
		Static: []demarc.StaticRoute{{Prefix: demarc.DefaultRoute, Target: "igw-1"}},
	})
	store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: vgw, Owner: platform, Region: "eu-west-1", ASN: 64512, VPC: vpcID})
	store.Connections.Put(tx, demarc.Connection{ID: "dxcon-f0000001", Owner: customer, Location: "LIS1", State: demarc.ConnectionAvailable})
	store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{
		ID: hosted, Type: demarc.PrivateVIF, Owner: platform, ConnectionOwner: customer, Connection: "dxcon-f0000001", Device: "d1", VLAN: 101, State: demarc.VIFAvailable, Gateway: vgw,
	})
	return nil
}

// connect is the procedure up to the customer's routes.
func (w *world) connect(tx *store.Tx) (err error) {
	gw, err := transit.Create(tx, customer, demarc.TransitGateway{ASN: 64900, Region: "eu-west-1"}, transit.Defaults{Association: true, Propagation: true}, w.now)
	if err != nil {
		return err
	}
	w.tgw = gw.ID
	w.of, err = desk.OpenCase(tx, customer, desk.New{Kind: demarc.CaseTransit, Environment: "acme-prod", Fields: demarc.CaseFields{Prefixes: []string{"192.168.50.0/24", "192.168.51.0/24", "fd50:50::/64"}}}, w.now)
	if err != nil {
		return err
	}
	if _, err = share.Create(tx, customer, demarc.ResourceShare{Name: "hub", Region: "eu-west-1", External: true},
		share.Members{Resources: []demarc.TransitGatewayID{gw.ID}, Principals: []demarc.AccountID{platform}}, w.now); err != nil {
		return err
	}
	if w.of, err = desk.Accept(tx, demarc.Actor{Account: platform}, w.of.ID, w.now); err != nil {
		return err
	}
	for a := range store.TransitGatewayAttachments.By(tx, "vpc", string(vpcID)) {
		if _, err := transit.Accept(tx, customer, a.ID); err != nil {
			return err
		}
	}
	return w.line(tx)
}

// line is the customer's transit interface behind its Transit Gateway.
func (w *world) line(tx *store.Tx) error {
	dx, err := gateway.Create(tx, customer, gateway.New{Name: "hub", ASN: new(int64(64600))}, w.now)
	if err != nil {
		return err
	}
	a, err := gateway.Associate(tx, customer, dx.ID, string(w.tgw), []string{"10.8.2.0/24", "fd20:8:2::/56"}, w.now)
	if err != nil {
		return err
	}
	w.association = a.ID
	store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{
		ID: behind, Type: demarc.TransitVIF, Owner: customer, ConnectionOwner: customer, Connection: "dxcon-f0000001", VLAN: 202, State: demarc.VIFAvailable, DirectConnectGateway: dx.ID,
	})
	seen := intent.VIFSeen{ID: behind, Built: true}
	for _, p := range w.of.Prefixes {
		seen.Accepted = seen.Accepted.With(intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix(p), ASPath: []demarc.ASN{65010}}))
	}
	store.VIFSightings.Put(tx, seen)
	return nil
}

// tick is how often the wire and the conductor are looked at.
const tick = 100 * time.Millisecond

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	w.Helper()
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(tick)
		w.step()
	}
}

// rest lets much time go by, looked at every ten seconds: while the new path
// carries nothing moves faster.
func (w *world) rest(d time.Duration) {
	w.Helper()
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(10 * time.Second)
		w.step()
	}
}

// until lets time go by until something is so.
func (w *world) until(what string, patience time.Duration, so func() bool) {
	w.Helper()
	for end := w.now.Add(patience); !so(); {
		if w.now.After(end) {
			w.Fatalf("%s: not within %s; it is %+v", what, patience, w.latest())
		}
		w.pass(tick)
	}
}

// step is one tick: the wire, and the conductor.
func (w *world) step() {
	w.Helper()
	w.write(w.carry)
	ids, _ := cutover.Conducted(w.store.Local())
	for _, id := range ids {
		w.write(func(tx *store.Tx) error {
			acts, err := cutover.Conduct(tx, id, w.now, w.awake)
			w.acts = append(w.acts, acts...)
			return err
		})
	}
}

// carry is the wire: probes and a user's packets take the routes that are.
func (w *world) carry(tx *store.Tx) error {
	if w.deaf {
		return nil
	}
	if w.stray != nil {
		w.stray()
	}
	seen := intent.VPCSeen{ID: vpcID}
	paths := map[string]*intent.PathSeen{string(vgw): {Target: string(vgw)}, string(w.tgw): {Target: string(w.tgw)}}
	before, _ := store.VPCSightings.Get(tx, string(vpcID))
	for _, p := range before.Paths {
		*paths[p.Target] = p
	}
	for _, target := range slices.SortedFunc(maps.Values(probes), netip.Addr.Compare) {
		out, in := w.path(tx, target)
		count := w.counts[target]
		count.Sent += 5
		last, _ := before.ProbeOf(target)
		if silent := w.wall && in == string(w.tgw); silent {
			count.Lost, count.Silent = count.Lost+5, count.Silent+tick
			seen.Probes = append(seen.Probes, intent.ProbeSeen{Target: target, Out: last.Out, In: last.In, Silent: true, Count: count})
		} else {
			count.Answered += 5
			if out != in {
				count.Asymmetric += tick
			}
			seen.Probes = append(seen.Probes, intent.ProbeSeen{Target: target, Out: out, In: in, Count: count})
			if out == string(vgw) || in == string(vgw) {
				w.old++
			}
			users := uint64(1)
			if w.idle {
				users = 0
			}
			paths[out].OutPackets += 5 + users
			paths[in].InPackets += 5 + users
		}
		w.counts[target] = count
	}
	for _, id := range []string{string(w.tgw), string(vgw)} {
		seen.Paths = append(seen.Paths, *paths[id])
	}
	slices.SortFunc(seen.Paths, func(a, b intent.PathSeen) int { return map[bool]int{true: -1, false: 1}[a.Target < b.Target] })
	store.VPCSightings.Put(tx, seen)
	if w.lost {
		return nil
	}
	store.NodeSightings.Put(tx, intent.NodeSeen{ID: "d1", At: w.now})
	if v, _ := store.VirtualInterfaces.Get(tx, string(hosted)); v.State == demarc.VIFAvailable {
		store.VIFSightings.Put(tx, intent.VIFSeen{ID: hosted, Built: true, Forwarded: w.old})
	}
	return nil
}

// path is which way requests to an address leave and answers come back: the
// longest prefix decides both.
func (w *world) path(r store.Reader, target netip.Addr) (out, in string) {
	out, in = string(vgw), string(vgw)
	t, _ := store.RouteTables.Get(r, string(table))
	for _, s := range t.Static {
		if s.Prefix.Contains(target) && s.Target == string(w.tgw) {
			out = s.Target
		}
	}
	if w.turned {
		in = string(w.tgw)
	}
	a, _ := store.GatewayAssociations.Get(r, string(w.association))
	for _, p := range a.Allowed {
		for _, source := range sources {
			longer := p.Bits() > 56 || source.Is4() && p.Bits() > 24
			if longer && p.Contains(source) && source.Is4() == target.Is4() {
				in = string(w.tgw)
			}
		}
	}
	return out, in
}

func (w *world) latest() (c demarc.Cutover) {
	for _, found := range cutover.List(w.store.Local(), customer) {
		return found
	}
	return c
}

// plan is a cut-over that both have agreed to.
func (w *world) plan() (c demarc.Cutover) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if c, err = cutover.Plan(tx, customer, cutover.Wish{Case: w.of.ID, Probes: probes, Terms: w.terms}, w.now); err != nil {
			return err
		}
		c, err = cutover.Agree(tx, platform, c.ID, w.now)
		return err
	})
	return c
}

// rehearsed is one that was rehearsed well besides.
func (w *world) rehearsed() demarc.Cutover {
	w.Helper()
	c := w.plan()
	w.do(cutover.Rehearse, customer)
	w.until("the rehearsal is over", time.Minute, func() bool { return w.latest().State == demarc.CutoverPlanned })
	if w.latest().Rehearsed.IsZero() {
		w.Fatalf("it was not rehearsed: %s", w.latest().Why)
	}
	return c
}

// do is a party's word to the latest cut-over, which is taken.
func (w *world) do(act func(*store.Tx, demarc.AccountID, demarc.CutoverID, time.Time) (demarc.Cutover, error), by demarc.AccountID) {
	w.Helper()
	id := w.latest().ID
	w.write(func(tx *store.Tx) error {
		_, err := act(tx, by, id, w.now)
		return err
	})
}

// asBefore checks that nothing is left of a cut-over in routes and prefixes.
func (w *world) asBefore() {
	w.Helper()
	t, _ := store.RouteTables.Get(w.store.Local(), string(table))
	a, _ := store.GatewayAssociations.Get(w.store.Local(), string(w.association))
	if len(t.Static) != 1 || len(a.Allowed) != 2 {
		w.Errorf("left are routes %v and allowed prefixes %v", t.Static, a.Allowed)
	}
}
