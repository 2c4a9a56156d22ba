package desk_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

func TestRequestLink(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	got, err := desk.Link(w.store.Local(), customer, link.ID)
	if diff := cmp.Diff(got, link, cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})); err != nil || diff != "" {
		t.Errorf("link as stored: %v (-got +want):\n%s", err, diff)
	}
	want := demarc.Link{
		ID: link.ID, Environment: "acme-prod", Customer: customer, Topology: demarc.OwnCage, Resiliency: demarc.SingleLeg,
		Legs:     []demarc.Leg{{ID: "a", Location: "LIS1", Bandwidth: demarc.Gbps, MTU: 1500}},
		Prefixes: []string{"192.168.50.0/24"}, DefaultRoute: demarc.DefaultNever, Created: start,
	}
	if diff := cmp.Diff(link, want, cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})); diff != "" {
		t.Errorf("link (-got +want):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	prefixes := func(p ...string) func(*desk.Request) { return func(r *desk.Request) { r.Prefixes = p } }
	leg := func(change func(*desk.LegRequest)) func(*desk.Request) {
		return func(r *desk.Request) { change(&r.Legs[0]) }
	}
	legs := func(model demarc.Resiliency, places ...demarc.LocationCode) func(*desk.Request) {
		return func(r *desk.Request) {
			r.Topology, r.Resiliency, r.Legs = demarc.PartnerCage, model, nil
			for _, p := range places {
				r.Legs = append(r.Legs, desk.LegRequest{Location: p, Bandwidth: "1Gbps"})
			}
		}
	}
	w.write(func(tx *store.Tx) error { // a route by hand that is no default
		table, _ := store.RouteTables.Get(tx, "rtb-1")
		table.Static = append(table.Static, demarc.StaticRoute{Prefix: netip.MustParsePrefix("10.77.0.0/16"), Target: "tgw-00000000000000001"})
		store.RouteTables.Put(tx, table)
		return nil
	})
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf("172.16.%d.0/24", i))
	}
	tests := []struct {
		name   string
		change func(*desk.Request)
		code   string
		field  string
		says   string
		kind   demarc.Kind
	}{
		{"no Direct Connect in the edition", func(r *desk.Request) { r.Environment = "acme-trial" }, "E-EDITION-NODX", "environment", "edition Standard, which does not include Direct Connect. Move the environment to an edition that includes it: Enterprise", demarc.Denied},
		{"unknown environment", func(r *desk.Request) { r.Environment = "nosuch" }, "", "environment", `no environment "nosuch"`, demarc.NotFound},
		{"unknown topology", func(r *desk.Request) { r.Topology = "ring" }, "E-TOPOLOGY", "topology", "own-cage", demarc.Invalid},
		{"unknown location", leg(func(l *desk.LegRequest) { l.Location = "XXX9" }), "E-LOCATION-UNKNOWN", "legs[0].location", "Choose LIS1 or LIS2", demarc.Invalid},
		{"a location of another region", leg(func(l *desk.LegRequest) { l.Location = "FRA1" }), "E-LOCATION-UNKNOWN", "legs[0].location", "Choose LIS1 or LIS2", demarc.Invalid},
		{"unsupported speed", leg(func(l *desk.LegRequest) { l.Bandwidth = "100Gbps" }), "E-LOCATION-SPEED", "legs[0].bandwidth", "no ports of 100Gbps. Choose 1Gbps or 10Gbps", demarc.Invalid},
		{"no cage there", leg(func(l *desk.LegRequest) { l.Location = "LIS2" }), "E-LOCATION-CAGE", "legs[0].location", "no cage in location LIS2", demarc.Invalid},
		{"no bandwidth", leg(func(l *desk.LegRequest) { l.Bandwidth = "fast" }), "E-BANDWIDTH", "legs[0].bandwidth", `"fast" is no bandwidth`, demarc.Invalid},
		{"part of a port in a cage of one's own", leg(func(l *desk.LegRequest) { l.Bandwidth = "500Mbps" }), "E-LOCATION-SPEED", "legs[0].bandwidth", "no ports of 500Mbps", demarc.Invalid},
		{"unknown device", leg(func(l *desk.LegRequest) { l.Device = "lis2-d1" }), "E-DEVICE-UNKNOWN", "legs[0].device", "Choose lis1-d1 or lis1-d2", demarc.Invalid},
		{"VLAN 4095", leg(func(l *desk.LegRequest) { l.VLAN = 4095 }), "E-VLAN-RANGE", "legs[0].vlan", "not between 1 and 4094", demarc.Invalid},
		{"a huge ASN", leg(func(l *desk.LegRequest) { l.ASN = 1 << 33 }), "E-ASN-RANGE", "legs[0].customerAsn", "4294967294", demarc.Invalid},
		{"AS_TRANS", leg(func(l *desk.LegRequest) { l.ASN = 23456 }), "E-ASN-RESERVED", "legs[0].customerAsn", "RFC 6793", demarc.Invalid},
		{"Amazon's ASN", leg(func(l *desk.LegRequest) { l.ASN = 7224 }), "E-ASN-RESERVED", "legs[0].customerAsn", "7224 is Amazon's own", demarc.Invalid},
		{"the gateway's ASN", leg(func(l *desk.LegRequest) { l.ASN = 64512 }), "E-ASN-EQUAL", "legs[0].customerAsn", "64512 is the environment's gateway's", demarc.Conflict},
		{"another MTU", leg(func(l *desk.LegRequest) { l.MTU = 9000 }), "E-MTU", "legs[0].mtu", "MTU 9000", demarc.Invalid},
		{"one end of a session", leg(func(l *desk.LegRequest) { l.AmazonAddress = "169.254.10.1/30" }), "E-PEER-IP", "legs[0].amazonAddress", "both, or neither", demarc.Invalid},
		{"ends apart", leg(func(l *desk.LegRequest) {
			l.AmazonAddress, l.CustomerAddress = "169.254.10.1/30", "169.254.10.6/30"
		}), "E-PEER-IP", "legs[0].customerAddress", "same CIDR", demarc.Invalid},
		{"no leg", func(r *desk.Request) { r.Legs = nil }, "E-LEGS", "legs", "0 legs", demarc.Invalid},
		{"two legs at one end", func(r *desk.Request) {
			end := desk.LegRequest{Location: "LIS1", Bandwidth: "1Gbps", Device: "lis1-d1", VLAN: 101}
			r.Resiliency, r.Legs = demarc.SingleLeg, []desk.LegRequest{end, end}
		}, "E-LEG-DUPLICATE", "legs[1]", "leg b ends where leg a does", demarc.Invalid},
		{"an unknown model", func(r *desk.Request) { r.Resiliency = "best" }, "E-RESILIENCY", "resiliency", `"best"`, demarc.Invalid},
		{"several legs without a model", legs("", "LIS1", "LIS2"), "E-RESILIENCY", "resiliency", "Say single, dev-test, high or maximum", demarc.Invalid},
		{"two devices wanted, one leg", legs(demarc.TwoDevices, "LIS1"), "E-DIVERSITY", "resiliency", "legs on two devices, and the legs make 0 such", demarc.Invalid},
		{"two locations wanted, one had", legs(demarc.TwoLocations, "LIS1", "LIS1"), "E-DIVERSITY", "resiliency", "wants two locations, and the legs make 1", demarc.Invalid},
		{"more legs than devices", legs(demarc.TwoLocations, "LIS1", "LIS2", "LIS2"), "E-DIVERSITY", "legs", "2 legs share 1 devices with ports of 1Gbps at LIS2", demarc.Invalid},
		{"two legs that name one device", func(r *desk.Request) {
			l := desk.LegRequest{Location: "LIS1", Bandwidth: "1Gbps", Device: "lis1-d1"}
			r.Resiliency, r.Legs = demarc.TwoDevices, []desk.LegRequest{l, l}
		}, "E-DIVERSITY", "legs", "two legs name device lis1-d1", demarc.Invalid},
		{"a router that nothing is written for", func(r *desk.Request) { r.Router.Vendor = "Acme" }, "E-ROUTER-TYPE", "router.vendor", "FRRouting, CZ.NIC", demarc.Invalid},
		{"no mail address", func(r *desk.Request) { r.Contacts = []demarc.Contact{{Email: "noc@"}} }, "E-CONTACT", "contacts[0].email", `"noc@"`, demarc.Invalid},
		{"no day", func(r *desk.Request) { r.GoLive = "soon" }, "E-DATE", "goLive", "2026-05-04", demarc.Invalid},
		{"a day that is over", func(r *desk.Request) { r.GoLive = "2026-05-03" }, "E-DATE", "goLive", "is over", demarc.Invalid},
		{"a probe elsewhere", func(r *desk.Request) { r.Probe = "198.51.100.1" }, "E-PROBE", "probe", "is no address in a prefix that is listed", demarc.Invalid},
		{"a probe of IPv6 that nobody can ask", func(r *desk.Request) { r.Prefixes, r.Probe = []string{"2001:db8:50::/48"}, "2001:db8:50::10" }, "E-PROBE", "probe", "no app host there has an IPv6 address", demarc.Invalid},
		{"the only leg to be drained", func(r *desk.Request) { r.DrainLossy = true }, "E-DRAIN-ALONE", "drainLossy", "no other to carry", demarc.Invalid},
		{"lossy legs to be drained, without leave", func(r *desk.Request) { legs(demarc.TwoDevices, "LIS1", "LIS1")(r); r.DrainLossy = true }, "E-DRAIN-DELEGATED", "drainLossy", "drains: true", demarc.Denied},
		{"an unknown wish", func(r *desk.Request) { r.DefaultRoute = "maybe" }, "E-DEFAULT-WISH", "defaultRoute", "never, shadow-ok or wanted", demarc.Invalid},
		{"a default route where there is one", func(r *desk.Request) { r.DefaultRoute = demarc.DefaultWanted }, "W-DEFAULT-SHADOWED", "defaultRoute", "static beats propagated", demarc.Conflict},
		{"a route by hand", prefixes("10.77.1.0/24"), "E-ROUTE-OVERLAP", "prefixes[0]", "overlaps 10.77.0.0/16", demarc.Conflict},
		{"no prefix", prefixes("10.1.0.0/16", "nonsense"), "E-CIDR-INVALID", "prefixes[1]", `"nonsense" is no prefix`, demarc.Invalid},
		{"host bits", prefixes("192.168.50.1/24"), "E-CIDR-INVALID", "prefixes[0]", "Write 192.168.50.0/24", demarc.Invalid},
		{"twice", prefixes("10.1.0.0/16", "10.1.0.0/16"), "E-CIDR-INVALID", "prefixes[1]", "listed twice", demarc.Invalid},
		{"multicast", prefixes("239.1.0.0/16"), "E-CIDR-INVALID", "prefixes[0]", "cannot be routed", demarc.Invalid},
		{"the environment's range", prefixes("10.8.2.128/25"), "E-CIDR-OVERLAP", "prefixes[0]", "overlaps 10.8.2.0/24", demarc.Conflict},
		{"around the environment's range", prefixes("10.0.0.0/8"), "E-CIDR-OVERLAP", "prefixes[0]", "overlaps 10.8.2.0/24", demarc.Conflict},
		{"a default route", prefixes("0.0.0.0/0"), "W-DEFAULT-SHADOWED", "prefixes[0]", "static beats propagated at equal length. List the specific subnets", demarc.Invalid},
		{"a default route of IPv6", prefixes("::/0"), "W-DEFAULT-SHADOWED", "prefixes[0]", "::/0", demarc.Invalid},
		{"a split default", prefixes("0.0.0.0/1", "128.0.0.0/1"), "W-DEFAULT-SPLIT", "prefixes", "0.0.0.0/1, 128.0.0.0/1", demarc.Invalid},
		{"half a default", prefixes("192.168.0.0/16", "128.0.0.0/2"), "W-DEFAULT-SPLIT", "prefixes", "128.0.0.0/2: pieces", demarc.Invalid},
		{"a split default of IPv6", prefixes("2000::/3"), "W-DEFAULT-SPLIT", "prefixes", "2000::/3", demarc.Invalid},
		{"too many prefixes", prefixes(many...), "E-PREFIX-LIMIT", "prefixes", "101 prefixes", demarc.Limit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := wanted()
			test.change(&req)
			_, refusal := w.request(customer, test.change)
			if refusal == nil {
				t.Fatal("the request was granted")
			}
			if refusal.Code != test.code || refusal.Field != test.field || refusal.Kind != test.kind || !strings.Contains(refusal.Error(), test.says) {
				t.Errorf("refusal: got %+v, want %+v", refusal, test)
			}
			findings, err := desk.Preflight(w.store.Local(), customer, req, start)
			if err == nil && (len(findings) == 0 || *findings[0] != *refusal) {
				t.Errorf("preflight: got %v, want %v first", findings, refusal)
			}
		})
	}
	if got := desk.Links(w.store.Local(), customer); len(got) != 0 {
		t.Errorf("refused requests left %v", got)
	}
}

func TestPreflightNamesEverything(t *testing.T) {
	w := newWorld(t)
	req := desk.Request{
		Environment: "acme-prod", Topology: "ring", Legs: []desk.LegRequest{
			{Location: "LIS1", Bandwidth: "5Gbps", VLAN: -1, ASN: 7224}, {Location: "LIS1", Bandwidth: "1Gbps", ASN: -5, MTU: 9000, AmazonAddress: "169.254.10.1/30"}},
		Prefixes: []string{"10.8.2.0/24", "x"}, GoLive: "x",
	}
	findings, err := desk.Preflight(w.store.Local(), customer, req, start)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.Code+" "+f.Field)
		if f.Text == "" || f.Fix == "" {
			t.Errorf("%s of %s: %q, and what to do is %q", f.Code, f.Field, f.Text, f.Fix)
		}
	}
	want := []string{
		"E-TOPOLOGY topology", "E-LOCATION-SPEED legs[0].bandwidth", "E-VLAN-RANGE legs[0].vlan", "E-ASN-RESERVED legs[0].customerAsn",
		"E-ASN-RANGE legs[1].customerAsn", "E-MTU legs[1].mtu", "E-PEER-IP legs[1].amazonAddress", "E-RESILIENCY resiliency",
		"E-CIDR-OVERLAP prefixes[0]", "E-CIDR-INVALID prefixes[1]", "E-DATE goLive",
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("findings (-got +want):\n%s", diff)
	}
	if findings, err := desk.Preflight(w.store.Local(), customer, wanted(), start); err != nil || len(findings) > 0 {
		t.Errorf("a good request: got %v, %v", findings, err)
	}
}

// TestTheLastLinkIsGivenOnce has more customers' hands than links, all at once.
func TestTheLastLinkIsGivenOnce(t *testing.T) {
	w := newWorld(t)
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		refusals []string // guarded by mu
	)
	for range 6 {
		group.Go(func() {
			err := w.store.Write(t.Context(), func(tx *store.Tx) error {
				_, err := desk.RequestLink(tx, customer, wanted(), start)
				return err
			})
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				refusals = append(refusals, err.Error())
			}
		})
	}
	group.Wait()
	if got := len(desk.Links(w.store.Local(), customer)); got != 2 || len(refusals) != 4 {
		t.Errorf("got %d links and %d refusals, want 2 and 4: %v", got, len(refusals), refusals)
	}
	_, refusal := w.request(customer, func(*desk.Request) {})
	if refusal == nil || refusal.Code != "E-LIMIT-LINKS" || refusal.Kind != demarc.Limit || refusal.Fixer != demarc.Platform {
		t.Errorf("one more: got %+v, want E-LIMIT-LINKS", refusal)
	}
	findings, err := desk.Preflight(w.store.Local(), customer, wanted(), start)
	if err != nil || len(findings) != 1 || findings[0].Code != "E-LIMIT-LINKS" {
		t.Errorf("preflight: got %v, %v", findings, err)
	}
}

// TestWhoSeesALink compares what others are told with what they are told of a
// link that does not exist.
func TestWhoSeesALink(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	for by, sees := range map[demarc.AccountID]bool{customer: true, platform: true, partner: false, building: false, stranger: false} {
		_, err := desk.Link(w.store.Local(), by, link.ID)
		_, absent := desk.Link(w.store.Local(), by, "lk-absent00")
		if got := err == nil; got != sees {
			t.Errorf("account %s sees the link: got %v, want %v", by, got, sees)
		}
		if !sees && strings.ReplaceAll(err.Error(), string(link.ID), "lk-absent00") != absent.Error() {
			t.Errorf("account %s: got %q, and of an absent link %q", by, err, absent)
		}
		if got := len(desk.Links(w.store.Local(), by)) > 0; got != sees {
			t.Errorf("account %s lists the link: got %v, want %v", by, got, sees)
		}
		_, refusal := w.request(by, func(*desk.Request) {})
		_, nosuch := w.request(by, func(r *desk.Request) { r.Environment = "nosuch" })
		switch {
		case by == customer && refusal != nil:
			t.Errorf("the customer is refused: %v", refusal)
		case by == platform && (refusal == nil || refusal.Code != "E-NOT-CUSTOMER"):
			t.Errorf("the platform asks: got %v, want E-NOT-CUSTOMER", refusal)
		case !sees && strings.ReplaceAll(refusal.Error(), "acme-prod", "nosuch") != nosuch.Error():
			t.Errorf("account %s asks: got %q, and for an absent environment %q", by, refusal, nosuch)
		}
	}
}

func TestEnvironments(t *testing.T) {
	w := newWorld(t)
	w.link()
	for by, want := range map[demarc.AccountID][]string{customer: {"acme-prod 1/2", "acme-trial no"}, platform: {"acme-prod 1/2", "acme-trial no"}, stranger: nil} {
		var got []string
		for _, s := range desk.Environments(w.store.Local(), by) {
			text := s.Name + " no"
			if s.Entitled {
				text = s.Name + " " + string(rune('0'+s.Links)) + "/" + string(rune('0'+s.MaxLinks))
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("environments of %s (-got +want):\n%s", by, diff)
		}
	}
}

// What each resiliency model takes is granted.
func TestModels(t *testing.T) {
	w := newWorld(t)
	for model, places := range map[demarc.Resiliency][]demarc.LocationCode{
		demarc.SingleLeg: {"LIS1"}, demarc.TwoDevices: {"LIS1", "LIS1"}, demarc.TwoLocations: {"LIS1", "LIS2"},
	} {
		req := wanted()
		req.Topology, req.Resiliency, req.Legs = demarc.PartnerCage, model, nil
		for _, p := range places {
			req.Legs = append(req.Legs, desk.LegRequest{Location: p, Bandwidth: "50Mbps", VLAN: 101, ASN: 65010, MTU: 9001, BFD: true})
		}
		req.Router = demarc.RouterChoice{Vendor: "frrouting", Platform: "linux"}
		req.Contacts = []demarc.Contact{{Role: "network", Name: "NOC", Email: "noc@acme.example"}}
		req.GoLive, req.DefaultRoute, req.Prefixes = "2026-05-04", demarc.DefaultShadowed, []string{"0.0.0.0/0", "192.168.50.0/24"}
		findings, err := desk.Preflight(w.store.Local(), customer, req, start)
		if err != nil || len(findings) > 0 {
			t.Errorf("%s: got %v, %v", model, findings, err)
		}
	}
}

// A second link may have what is left of the route table.
func TestPrefixesOfOtherLinksCount(t *testing.T) {
	w := newWorld(t)
	w.link()
	req := wanted()
	req.Prefixes = nil
	for i := range 100 {
		req.Prefixes = append(req.Prefixes, fmt.Sprintf("172.16.%d.0/24", i))
	}
	findings, err := desk.Preflight(w.store.Local(), customer, req, start)
	if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Text, "of which 99 are left") {
		t.Errorf("a hundred others: got %v, %v", findings, err)
	}
	req.Prefixes[0] = "192.168.50.0/24" // the same one, from the other leg of the pair
	if findings, err := desk.Preflight(w.store.Local(), customer, req, start); err != nil || len(findings) > 0 {
		t.Errorf("ninety-nine others and a common one: got %v, %v", findings, err)
	}
}

// What an environment with IPv6 can ask over it may be named, and lossy legs may
// be drained where the platform lets it.
func TestProbesOverIPv6AndDrainsByLeave(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		v, _ := store.VPCs.Get(tx, string(vpc))
		v.More = []demarc.RangeAssociation{{ID: "vpc-cidr-assoc-6", Prefix: netip.MustParsePrefix("fd20:8:2::/56")}}
		v.Hosts = []demarc.HostInterface{{Host: "app1", Address: netip.MustParseAddr("10.8.2.10"), IPv6: netip.MustParseAddr("fd20:8:2::10")}}
		store.VPCs.Put(tx, v)
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Drains = true
		store.Environments.Put(tx, env)
		return nil
	})
	link, refusal := w.request(customer, func(r *desk.Request) {
		r.Resiliency, r.Legs = demarc.TwoDevices, append(r.Legs, r.Legs[0])
		r.Prefixes, r.Probe, r.DrainLossy = []string{"2001:db8:50::/48"}, "2001:db8:50::10", true
	})
	if refusal != nil || link.Probe.String() != "2001:db8:50::10" || !link.DrainLossy {
		t.Errorf("got %+v, %v", link, refusal)
	}
}
