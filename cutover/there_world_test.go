package cutover_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"demarc"
	"demarc/cutover"
	"demarc/desk"
	"demarc/store"
)

const (
	thereAccount = demarc.AccountID("999999999999") // the platform's there
	theirAccount = demarc.AccountID("888888888888") // the customer's there
	thereTGW     = demarc.TransitGatewayID("tgw-1")
	hostedThere  = demarc.VirtualInterfaceID("dxvif-there1")
)

var (
	envRange = netip.MustParsePrefix("10.8.2.0/24")
	asked    = map[string]netip.Addr{"192.168.50.0/24": netip.MustParseAddr("192.168.50.10"), "192.168.51.0/24": netip.MustParseAddr("192.168.51.10")}
	app      = netip.MustParseAddr("10.8.2.10")

	// The same of IPv6.
	envRange6 = netip.MustParsePrefix("fd20:8:2::/56")
	prefix6   = netip.MustParsePrefix("fd50:50::/64")
	probe6    = netip.MustParseAddr("fd50:50::10")
	app6      = netip.MustParseAddr("fd20:8:2::10")
)

// A machine is a party's, which does there what it is told.
type machine struct {
	dead     bool
	term     int
	number   uint64
	did      int
	counts   map[netip.Addr]cutover.Echoed
	trouble  string
	refuses  bool // the other service refuses what it asks for
	next     time.Time
	orders   cutover.Orders
	lastSent cutover.Word
}

// A distance is a desk and another Direct Connect: what is there is plain data
// here, which the machines alone see and change.
type distance struct {
	room
	now   time.Time
	awake time.Time
	of    demarc.Case
	asked map[string]netip.Addr // of each prefix, the address that asks

	// There.
	ranges       []netip.Prefix // of the environment, as far as the prefixes are of their family
	led, allowed map[netip.Prefix]bool
	hosted       bool
	wall         bool // what the Transit Gateway carries is lost
	dark         bool // everything is lost
	wall6        bool // what it carries of IPv6
	sameTTL      bool // both ways leave as much
	mute         bool // no Amazon end answers
	inTheWay     []demarc.StaticRoute

	platform, customer machine
	deskDead           bool
	pace               time.Duration // of a step; zero is a tick
}

func newDistance(t *testing.T) *distance {
	t.Helper()
	return newDistanceOf(t, asked, envRange)
}

// newDistanceOf is one whose case is about these prefixes.
func newDistanceOf(t *testing.T, asked map[string]netip.Addr, ranges ...netip.Prefix) *distance {
	t.Helper()
	d := &distance{room: newRoom(t), now: start, awake: start, asked: asked, ranges: ranges, led: map[netip.Prefix]bool{}, allowed: map[netip.Prefix]bool{}, hosted: true}
	for _, p := range ranges {
		d.allowed[p] = true
	}
	d.write(environment)
	d.write(func(tx *store.Tx) (err error) {
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Elsewhere = demarc.Elsewhere{At: "aws", Region: "us-east-1", Account: thereAccount, Gateway: "vgw-there"}
		store.Environments.Put(tx, env)
		var prefixes []string
		for p := range asked {
			prefixes = append(prefixes, p)
		}
		slices.Sort(prefixes)
		d.of, err = desk.OpenCase(tx, customer, desk.New{Kind: demarc.CaseTransit, Environment: "acme-prod", Fields: demarc.CaseFields{Prefixes: prefixes}}, d.now)
		return err
	})
	return d
}

// built has both parties say that the way is built.
func (d *distance) built() *distance {
	d.Helper()
	d.write(func(tx *store.Tx) error {
		d.of.Transit = &demarc.TransitWord{
			Gateway: thereTGW, Owner: theirAccount, Share: "arn:aws:ram:us-east-1:888888888888:resource-share/1", Routed: d.now, Attachment: "tgw-attach-1", VPC: "vpc-there", Attached: d.now, Available: d.now,
		}
		store.Cases.Put(tx, d.of)
		return nil
	})
	return d
}

func (d *distance) latest() (c demarc.Cutover) {
	for _, found := range cutover.List(d.store.Local(), customer) {
		return found
	}
	return c
}

// seen is what a party sees there.
func (d *distance) seen(by demarc.AccountID) *demarc.TransitSightings {
	gw := demarc.TransitGatewaySighted{ID: thereTGW, Owner: theirAccount, Region: "us-east-1", ASN: 64900, State: demarc.TransitGatewayAvailable}
	s := &demarc.TransitSightings{Gateway: gw, Share: demarc.ShareSighted{
		ARN: "arn:aws:ram:us-east-1:888888888888:resource-share/1", Name: desk.TransitShareName(d.of.ID), Owner: theirAccount,
		Gateways: []demarc.TransitGatewayID{thereTGW}, To: thereAccount, State: demarc.ShareAssociated,
	}}
	attached := demarc.TransitAttachmentSighted{ID: "tgw-attach-1", Gateway: thereTGW, GatewayOwner: theirAccount, Owner: thereAccount, VPC: "vpc-there", State: demarc.AttachmentAvailable, RouteTable: "tgw-rtb-1"}
	s.Attachments = append(s.Attachments, attached)
	if d.hosted {
		s.Interfaces = []demarc.InterfaceSighted{{ID: hostedThere, Connection: "dxcon-there1", State: demarc.VIFAvailable, Owner: thereAccount, VLAN: 101, Gateway: "vgw-there"}}
	}
	if by == platform {
		s.VPC = demarc.VPCSighted{ID: "vpc-there", Ranges: d.ranges}
		table := demarc.RouteTableSighted{ID: "rtb-1", Routes: slices.Clone(d.inTheWay)}
		for p := range d.led {
			table.Routes = append(table.Routes, demarc.StaticRoute{Prefix: p, Target: string(thereTGW)})
		}
		s.Tables = []demarc.RouteTableSighted{table}
		return s
	}
	s.Attachments = append(s.Attachments, demarc.TransitAttachmentSighted{ID: "tgw-attach-2", Gateway: thereTGW, GatewayOwner: theirAccount, Owner: theirAccount, Resource: "dxgw-1", State: demarc.AttachmentAvailable, RouteTable: "tgw-rtb-1"})
	for _, p := range d.ranges {
		s.Routes = append(s.Routes, demarc.TransitRouteSighted{Table: "tgw-rtb-1", Prefix: p, Attachment: "tgw-attach-1"})
	}
	for _, p := range d.of.Prefixes {
		s.Routes = append(s.Routes, demarc.TransitRouteSighted{Table: "tgw-rtb-1", Prefix: netip.MustParsePrefix(p), Attachment: "tgw-attach-2"})
	}
	a := demarc.GatewayAssociationSighted{ID: "a-1", DirectConnectGateway: "dxgw-1", Owner: theirAccount, State: demarc.GatewayAssociated}
	for p := range d.allowed {
		a.Allowed = append(a.Allowed, p)
	}
	s.Associations = []demarc.GatewayAssociationSighted{a}
	return s
}

// path is which way packets of a prefix's address go out of the environment and
// in: the longest prefix decides.
func (d *distance) path(probe netip.Addr) (out, in demarc.CutoverPath) {
	out, in = demarc.CutoverOldPath, demarc.CutoverOldPath
	for p := range d.led {
		if p.Contains(probe) {
			out = demarc.CutoverNewPath
		}
	}
	for p := range d.allowed {
		if asked := map[bool]netip.Addr{true: app, false: app6}[probe.Is4()]; !slices.Contains(d.ranges, p) && p.Contains(asked) {
			in = demarc.CutoverNewPath
		}
	}
	if !d.hosted {
		in = demarc.CutoverNewPath
	}
	return out, in
}

// echo is a tick of a hundred requests a second from each prefix.
func (d *distance) echo() {
	m := &d.customer
	if m.dead {
		return
	}
	for _, probe := range d.asked {
		e := m.counts[probe]
		e.Probe = probe
		e.Sent += 10
		out, in := d.path(probe)
		if d.dark || (d.wall || d.wall6 && probe.Is6()) && (out == demarc.CutoverNewPath || in == demarc.CutoverNewPath) {
			e.Lost, e.SilentFor = e.Lost+10, e.SilentFor+tick
			e.Silent, e.In = e.SilentFor >= time.Second, ""
		} else {
			e.Answered, e.Silent, e.In = e.Answered+10, false, in
			e.TTL = map[demarc.CutoverPath]uint8{demarc.CutoverOldPath: 61, demarc.CutoverNewPath: 60}[out]
			if probe.Is6() {
				e.TTL = map[demarc.CutoverPath]uint8{demarc.CutoverOldPath: 60, demarc.CutoverNewPath: 61}[out]
			}
			if d.sameTTL {
				e.TTL = 61
			}
			if d.mute {
				e.In = ""
			}
		}
		m.counts[probe] = e
	}
}

// turn has a party's machine say what it sees, and do what it is told.
func (d *distance) turn(by demarc.AccountID, m *machine) {
	d.Helper()
	if m.dead || d.deskDead || d.now.Before(m.next) {
		return
	}
	m.next = d.now.Add(300 * time.Millisecond)
	word := cutover.Word{Hand: m.term, Number: m.number + 1, Revision: m.did, Seen: d.seen(by), Trouble: m.trouble}
	if by == customer && m.term > 0 {
		for _, e := range m.counts {
			word.Echoes = append(word.Echoes, e)
		}
	}
	m.number++
	m.lastSent = word
	d.write(func(tx *store.Tx) (err error) {
		m.orders, err = cutover.Tell(tx, by, d.latest().ID, word, d.now)
		return err
	})
	m.term = m.orders.Hand
	if m.refuses {
		m.trouble = "RouteLimitExceeded"
		return
	}
	m.did, m.trouble = m.orders.Revision, ""
	there := map[demarc.Party]map[netip.Prefix]bool{demarc.Platform: d.led, demarc.Customer: d.allowed}[m.orders.Party]
	for _, r := range m.orders.Routes {
		delete(there, r.Prefix)
		if r.There {
			there[r.Prefix] = true
		}
	}
	if len(m.orders.Delete) > 0 {
		d.hosted = false
	}
}

func (d *distance) step() {
	d.Helper()
	d.now = d.now.Add(max(d.pace, tick))
	d.echo()
	d.turn(platform, &d.platform)
	d.turn(customer, &d.customer)
	if d.deskDead {
		return
	}
	ids, _ := cutover.Conducted(d.store.Local())
	for _, id := range ids {
		d.write(func(tx *store.Tx) error {
			acts, err := cutover.Conduct(tx, id, d.now, d.awake)
			if len(acts) > 0 {
				d.Errorf("the desk did %v by itself", acts)
			}
			return err
		})
	}
}

func (d *distance) pass(span time.Duration) {
	d.Helper()
	for end := d.now.Add(span); d.now.Before(end); {
		d.step()
	}
}

func (d *distance) until(what string, patience time.Duration, so func() bool) {
	d.Helper()
	for end := d.now.Add(patience); !so(); d.step() {
		if d.now.After(end) {
			c := d.latest()
			d.Fatalf("%s: not within %s; it is %+v, %+v", what, patience, c, *c.There)
		}
	}
}

func (d *distance) state(s demarc.CutoverState) func() bool {
	return func() bool { return d.latest().State == s }
}

func (d *distance) do(act func(*store.Tx, demarc.AccountID, demarc.CutoverID, time.Time) (demarc.Cutover, error), by demarc.AccountID) {
	d.Helper()
	id := d.latest().ID
	d.write(func(tx *store.Tx) error {
		_, err := act(tx, by, id, d.now)
		return err
	})
}

// begun are machines that begin anew.
func (d *distance) begun() {
	d.platform, d.customer = machine{}, machine{counts: map[netip.Addr]cutover.Echoed{}}
}

// wish is what a plan asks for there.
func (d *distance) wish() cutover.Wish {
	w := cutover.Wish{Case: d.of.ID, Probes: d.asked}
	if slices.Contains(d.ranges, envRange) {
		w.App = app
	}
	if slices.Contains(d.ranges, envRange6) {
		w.App6 = app6
	}
	return w
}

// planned is a cut-over that both have agreed to, and whose machines run.
func (d *distance) planned() *distance {
	d.Helper()
	d.write(func(tx *store.Tx) error {
		c, err := cutover.Plan(tx, customer, d.wish(), d.now)
		if err != nil {
			return err
		}
		_, err = cutover.Agree(tx, platform, c.ID, d.now)
		return err
	})
	d.begun()
	d.pass(time.Second)
	return d
}

// rehearsed was rehearsed well.
func (d *distance) rehearsed() *distance {
	d.Helper()
	d.planned()
	d.do(cutover.Rehearse, platform)
	d.until("the rehearsal is over", 2*time.Minute, d.state(demarc.CutoverPlanned))
	if c := d.latest(); c.Rehearsed.IsZero() {
		d.Fatalf("it was not rehearsed: %s", c.Why)
	}
	d.asBefore()
	return d
}

// carrying is one whose new path carries.
func (d *distance) carrying() *distance {
	d.Helper()
	d.rehearsed()
	d.do(cutover.Start, customer)
	d.until("it carries", time.Minute, d.state(demarc.CutoverCarrying))
	return d
}

// asBefore checks that nothing is left there.
func (d *distance) asBefore() {
	d.Helper()
	if len(d.led) != 0 || len(d.allowed) != len(d.ranges) {
		d.Errorf("left are routes %v and allowed prefixes %v", d.led, d.allowed)
	}
}
