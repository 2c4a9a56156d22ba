package agent_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/intent"
)

// An office is a customer's site with an interface of its own, as nodes are
// told of it.
type office struct {
	*customer
	number int // its network is 192.168.<number>.0/24, its AS 65000 more
	device demarc.NodeID
	port   intent.Port
	vif    intent.VIF
	// also are prefixes that it announces besides, each with what BIRD says of it.
	also map[string]string
}

func (o *office) lan() string { return fmt.Sprintf("192.168.%d.0/24", o.number) }

func (o *office) address() string { return fmt.Sprintf("192.168.%d.2", o.number) }

// office makes one, up to its BGP.
func (w *world) office(number int, on demarc.NodeID, gateway demarc.DirectConnectGatewayID, sitelink bool) *office {
	w.t.Helper()
	name := fmt.Sprintf("office%d", number)
	o := &office{customer: w.customerOf(name, fmt.Sprintf("192.168.%d", number)), number: number, device: on}
	l := newLine(name, fmt.Sprintf("p%d", number))
	o.port, o.vif = l.port, l.vif
	o.port.ID = demarc.PortID(fmt.Sprintf("%s/p%d", on, number))
	o.vif.Port, o.vif.Gateway, o.vif.Peers[0].PeerASN = o.port.ID, intent.Presence(gateway), demarc.ASN(65000+number)
	if sitelink {
		o.vif.SiteLink = intent.Segment(gateway)
	}
	return o
}

// run starts the office's BIRD, which announces its network. If it has a share
// of 192.168.99.0/24 it announces that too, behind so many of its own AS number
// more.
func (o *office) run(shares bool, prepend int) {
	t := o.world.t
	t.Helper()
	dir := filepath.Join(o.world.dir, o.name)
	must(t, os.MkdirAll(dir, 0o755))
	shared := ""
	if shares {
		shared = fmt.Sprintf("protocol static { ipv4; route 192.168.99.0/24 via %s; }", o.address())
	}
	for prefix, said := range o.also {
		shared += fmt.Sprintf("\nprotocol static { ipv4; route %s via %s { %s }; }", prefix, o.address(), said)
	}
	config := fmt.Sprintf(`
router id 192.168.%[1]d.1;
protocol device { scan time 1; }
protocol direct { ipv4; interface "lan0"; }
protocol kernel { ipv4 { export where source != RTS_DEVICE; }; }
%[2]s
protocol bgp dx {
	local %[3]s as %[4]d;
	neighbor %[5]s as 64512;
	password "%[6]s";
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export filter {
		if source = RTS_BGP then reject;
		if net = 192.168.99.0/24 then { %[7]s }
		accept;
	}; };
}
`, o.number, shared, theirs.Addr(), 65000+o.number, ours.Addr(), key, strings.Repeat(fmt.Sprintf("bgp_path.prepend(%d); ", 65000+o.number), prepend))
	must(t, os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(config), 0o644))
	o.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
}

// officeIntent is one device's part of all offices.
func officeIntent(version int64, on demarc.NodeID, offices ...*office) intent.Node {
	routerID := map[demarc.NodeID]netip.Addr{device: netip.MustParseAddr("10.255.0.1"), second: netip.MustParseAddr("10.255.0.3")}
	d := &intent.Device{RouterID: routerID[on]}
	gateways := map[demarc.GatewayID]*intent.Gateway{}
	for _, o := range offices {
		for _, id := range []demarc.GatewayID{o.vif.Gateway, o.vif.SiteLink} {
			if id != "" && gateways[id] == nil && slices.ContainsFunc(offices, func(p *office) bool { return p.device == on && (p.vif.Gateway == id || p.vif.SiteLink == id) }) {
				gateways[id] = &intent.Gateway{ID: id, ASN: 64512}
			}
		}
		gw := gateways[o.vif.SiteLink]
		if gw != nil && o.device != on && !slices.ContainsFunc(gw.Sites, func(p intent.DevicePeer) bool { return p.Node == o.device }) {
			gw.Sites = append(gw.Sites, intent.DevicePeer{Node: o.device, RouterID: routerID[o.device]})
		}
		if o.device == on {
			vif := o.vif
			d.Ports, d.VIFs = append(d.Ports, o.port), append(d.VIFs, &vif)
		}
	}
	for _, gw := range gateways {
		d.Gateways = append(d.Gateways, *gw)
	}
	return intent.Node{Node: on, Version: version, Device: d}
}

// has reports whether the office's router was told of another's network.
func (o *office) has(other *office) bool {
	return strings.Contains(o.world.run(o.router, "ip", "route"), other.lan())
}

// Interfaces of one gateway that all have SiteLink exchange prefixes and
// traffic, on one device and between two; one without it, and those of another
// gateway, neither hear of them nor reach them.
func TestSiteLink(t *testing.T) {
	w := newWorld(t)
	one, other := demarc.NewDirectConnectGatewayID(), demarc.NewDirectConnectGatewayID()
	offices := []*office{
		w.office(51, device, one, true), w.office(52, second, one, true), w.office(53, device, one, true),
		w.office(54, device, one, false), w.office(55, second, other, true),
	}
	linked, apart := offices[:3], offices[3:]
	first, last := w.node(device), w.node(second)
	tell := func(version int64) {
		first.tell(officeIntent(version, device, offices...))
		last.tell(officeIntent(version, second, offices...))
	}
	tell(1)
	for i, o := range offices {
		o.tag(o.vif.VLAN, theirs)
		// Two offices share a network, and one of them says that it is farther.
		shares := i == 1 || i == 2
		o.run(shares, max(2*(i-1), 0))
		if shares {
			w.run(o.host, "ip", "address", "add", "192.168.99.1/32", "dev", "eth0")
			w.answer(o.host)
		}
	}
	for _, from := range linked {
		for _, to := range linked {
			if from != to {
				eventually(t, fmt.Sprintf("%s reaches %s", from.name, to.name), func() bool { return w.reaches(from.host, to.address()) })
			}
		}
	}
	for from, path := range map[*office]string{linked[0]: "64512 65052", linked[2]: "64512 65052"} {
		if got := from.path(linked[1].lan()); got != path {
			t.Errorf("%s sees the path %q, want %q", from.name, got, path)
		}
	}
	eventually(t, "the device says what it told the customer", func() bool {
		v, _ := first.vif(line{vif: linked[0].vif})
		return slices.ContainsFunc(v.Advertised.List(), func(r intent.RouteSeen) bool {
			return r.Prefix.String() == linked[1].lan() && slices.Equal(r.ASPath, []demarc.ASN{64512, 65052})
		})
	})
	for i, n := range []*node{first, last} {
		eventually(t, apart[i].name+" is connected", func() bool {
			v, _ := n.vif(line{vif: apart[i].vif})
			return v.Accepted.Len() == 1
		})
	}
	for _, from := range apart {
		for _, to := range offices {
			if from != to {
				w.separate(from, to)
				w.separate(to, from)
			}
		}
	}
	w.shorterWins(linked)

	// Without SiteLink at its end an office is out, and the others stay in.
	linked[1].vif.SiteLink = ""
	tell(2)
	eventually(t, "nobody hears of the office that left", func() bool { return !linked[0].has(linked[1]) && !linked[1].has(linked[0]) })
	w.separate(linked[0], linked[1])
	w.separate(linked[1], linked[0])
	if !w.reaches(linked[0].host, linked[2].address()) {
		t.Error("the others do not reach each other any more")
	}
	eventually(t, "both devices have done all they were told", func() bool { return first.done(2) && last.done(2) })
}

// separate checks that one office neither hears of another nor reaches it, even
// by a route that was written by hand.
func (w *world) separate(from, to *office) {
	w.t.Helper()
	if from.has(to) {
		w.t.Errorf("%s was told of %s", from.name, to.name)
	}
	w.run(from.router, "ip", "route", "replace", to.lan(), "via", ours.Addr().String(), "metric", "1000")
	if w.reaches(from.host, to.address()) {
		w.t.Errorf("%s reaches %s", from.name, to.name)
	}
	w.run(from.router, "ip", "route", "delete", to.lan(), "metric", "1000")
}

// shorterWins checks where the shared network is, which the second office
// announces from another device with a shorter path than the third does from
// the same.
func (w *world) shorterWins(linked []*office) {
	w.t.Helper()
	from, near, far := linked[0], linked[2], linked[1]
	eventually(w.t, "the shorter path wins", func() bool { return w.ask(from.host, "192.168.99.1") == far.host.Name() })
	if got := from.path("192.168.99.0/24"); got != "64512 65052" {
		w.t.Errorf("%s sees the path %q to the shared network", from.name, got)
	}
	far.kill()
	eventually(w.t, "the other path takes over", func() bool { return w.ask(from.host, "192.168.99.1") == near.host.Name() })
	far.run(true, 0)
	eventually(w.t, "the shorter path is back", func() bool { return w.ask(from.host, "192.168.99.1") == far.host.Name() })
}

// A prefix that its customer marks to be kept is told to no other site, neither on
// the same device nor on another.
func TestSiteLinkTellsNothingThatIsToBeKept(t *testing.T) {
	w := newWorld(t)
	gateway := demarc.NewDirectConnectGatewayID()
	from, near, far := w.office(51, device, gateway, true), w.office(52, device, gateway, true), w.office(53, second, gateway, true)
	from.also = map[string]string{
		"10.51.1.0/24": "bgp_community.add((65535, 65281));", // NO_EXPORT
		"10.51.2.0/24": "bgp_community.add((65535, 65282));", // NO_ADVERTISE
		"10.51.3.0/24": "bgp_community.add((65535, 65283));", // NO_EXPORT_SUBCONFED
		"10.51.4.0/24": "bgp_community.add((65001, 1));",
	}
	offices := []*office{from, near, far}
	first, last := w.node(device), w.node(second)
	first.tell(officeIntent(1, device, offices...))
	last.tell(officeIntent(1, second, offices...))
	for _, o := range offices {
		o.tag(o.vif.VLAN, theirs)
		o.run(false, 0)
	}
	eventually(t, "all of them are accepted", func() bool {
		v, _ := first.vif(line{vif: from.vif})
		return v.Accepted.Len() == 5
	})
	for _, to := range []*office{near, far} {
		told := func() string { return w.run(to.router, "ip", "route") }
		eventually(t, to.name+" is told of what is not marked", func() bool { return strings.Contains(told(), "10.51.4.0/24") && to.has(from) })
		for i := 1; i <= 3; i++ {
			if prefix := fmt.Sprintf("10.51.%d.0/24", i); strings.Contains(told(), prefix) {
				t.Errorf("%s is told of %s, which is marked %s", to.name, prefix, from.also[prefix])
			}
		}
	}
}
