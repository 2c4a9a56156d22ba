package agent_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// elsewhere says that the VPC is in another Region than some of the devices'
// locations.
func (p *pair) elsewhere(devices ...demarc.NodeID) {
	p.t.Helper()
	p.away = devices
	p.tell(second)
}

// What the VPC sends prefers lines at locations of its own Region, before the
// length of the path, and where only the other Region's are left, goes there; the
// customer may say otherwise. Of several lines that are all in the Region, or all
// outside, none is preferred.
func TestTheRegionsOwnLineIsPreferred(t *testing.T) {
	p := newPair(t, second)
	dir := p.configure([2]string{})
	p.customer.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
	for i := range p.lines {
		eventually(t, "BGP is up", func() bool { return p.session(i).Established() })
	}
	carry := func(what string, lines ...bool) {
		t.Helper()
		eventually(t, fmt.Sprintf("%s: lines %v carry what the VPC sends", what, lines), func() bool { used := p.used(); return slices.Equal(used[:], lines) })
	}
	say := func(what string, filters [2]string, lines ...bool) {
		t.Helper()
		p.configure(filters)
		p.run(p.customer.router, "birdc", "-s", dir+"/bird.ctl", "configure")
		carry(what, lines...)
	}
	carry("all in the Region", true, true)
	p.elsewhere(device, second)
	carry("all outside it", true, true)
	say("all outside it, and one longer", [2]string{prepended, ""}, false, true)

	p.elsewhere(second)
	carry("one outside it, though shorter", true, false)
	p.run(p.customer.router, "ip", "link", "set", "eth0", "down")
	carry("the Region's line is gone", false, true)
	p.run(p.customer.router, "ip", "link", "set", "eth0", "up")
	carry("and there again", true, false)

	say("equal tags everywhere", [2]string{tagMedium, tagMedium}, true, true)
	say("medium outside, none inside", [2]string{"", tagMedium}, true, true)
	say("low inside, none outside", [2]string{tagLow, ""}, false, true)
	say("high outside", [2]string{"", tagHigh + prepended}, false, true)

	for i := range p.lines {
		p.lines[i].vif.SiteLink = intent.Segment("one")
	}
	p.tell(second)
	say("SiteLink, the shorter path outside", [2]string{prepended, ""}, false, true)
}

// A gateway that leads to VPCs of two Regions sends what each has to say by the
// line in its own.
func TestEachRegionHasItsOwnLine(t *testing.T) {
	p := newPair(t, second)
	dir := p.configure([2]string{})
	p.customer.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
	for i := range p.lines {
		eventually(t, "BGP is up", func() bool { return p.session(i).Established() })
	}
	apps := [2]*linux.Namespace{p.app, p.place("app-there")}
	p.tellBoth()
	for i, there := range [2]bool{false, true} {
		p.app = apps[i]
		eventually(t, "the customer's network is known", func() bool { return p.reaches(p.app, hostAddress) })
		eventually(t, fmt.Sprintf("what VPC %d sends leaves by its own Region's line", i+1), func() bool { return p.used() == [2]bool{!there, there} })
	}
}

// tellBoth adds a VPC in the Region of the second device's location; the other one
// is in the first's.
func (p *pair) tellBoth() {
	p.t.Helper()
	p.version++
	routerIDs := map[demarc.NodeID]netip.Addr{device: netip.MustParseAddr("10.255.0.1"), second: netip.MustParseAddr("10.255.0.3")}
	here := p.lines[0]
	here.vpc.Gateways = slices.Clone(here.vpc.Gateways)
	here.vpc.Gateways[0].Devices = []intent.DevicePeer{{Node: device, RouterID: routerIDs[device]}, {Node: second, RouterID: routerIDs[second]}}
	there := here
	there.vpc.ID, there.vpc.CIDR = demarc.NewVPCID(), netip.MustParsePrefix("10.8.3.0/24")
	address := netip.MustParseAddr("10.8.3.10")
	there.vpc.Hosts = []intent.Host{{Address: address, Jack: intent.Jack{
		Namespace: "app-there", Interface: "eth0", Address: netip.PrefixFrom(address, 24), Router: netip.MustParseAddr("10.8.3.1"),
	}}}
	p.host.tell(hostIntent(p.version, here, there))
	for i, node := range []demarc.NodeID{device, second} {
		n := deviceIntent(p.version, p.lines[i])
		gw := &n.Device.Gateways[0]
		gw.Networks = append(gw.Networks, there.vpc.CIDR)
		gw.Allowed = gw.Networks
		gw.Hosts = append(gw.Hosts, intent.BackbonePeer{Node: host, RouterID: gw.Hosts[0].RouterID, Network: string(there.vpc.ID), Elsewhere: node == device})
		gw.Hosts[0].Elsewhere = node == second
		n.Node, n.Device.RouterID = node, routerIDs[node]
		p.devices[i].tell(n)
	}
}
