package agent_test

import (
	"net/netip"
	"strings"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// byHand has the VPC's table lead a prefix to the gateway by hand, and take
// nothing from it.
func (p *pair) byHand(prefix string) {
	p.t.Helper()
	l := p.lines[0].static(intent.Static{Prefix: netip.MustParsePrefix(prefix), Target: string(p.lines[0].gateway)})
	l.vpc.Tables[0].Propagating = nil
	p.lines[0] = l
	p.tell(second)
	eventually(p.t, "the host has done all it was told", func() bool { return p.host.done(p.version) })
}

// What a route that is written by hand leads to a gateway goes the way that the
// gateway has learned, on whatever device: as the customer prefers it, and by the
// lines that are left. The gateway knows it by a longer prefix, by the same or by a
// shorter one.
func TestARouteByHandGoesAsTheGatewayKnows(t *testing.T) {
	p := newPair(t, second)
	dir := p.configure([2]string{})
	p.customer.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
	for i := range p.lines {
		eventually(t, "BGP is up", func() bool { return p.session(i).Established() })
	}
	for _, written := range []string{"192.168.0.0/16", "192.168.50.0/24", "192.168.50.0/28"} {
		p.byHand(written)
		for _, tt := range []struct {
			filters [2]string
			used    [2]bool
		}{
			{[2]string{}, [2]bool{true, true}},
			{[2]string{tagHigh, tagLow}, [2]bool{true, false}},
			{[2]string{tagLow, tagHigh}, [2]bool{false, true}},
			{[2]string{"", "reject; "}, [2]bool{true, false}},
			{[2]string{"reject; ", ""}, [2]bool{false, true}},
		} {
			p.configure(tt.filters)
			p.run(p.customer.router, "birdc", "-s", dir+"/bird.ctl", "configure")
			eventually(t, written+": what the customer says decides", func() bool { return p.used() == tt.used })
		}
	}
}

// A route of a Transit Gateway that leads to a Direct Connect gateway by hand does
// so too: here a wide one, for a network that both devices have learned and no
// table takes from them. A restart of the host loses nothing.
func TestATransitRouteByHandGoesAsTheGatewayKnows(t *testing.T) {
	y := newYard(host, alpha)
	y.line(second, "p2", "eth1", ours2, theirs2)
	dx, vpc := 0, y.vpc(host, "app1", alpha)
	wide := demarc.TransitStaticRoute{Prefix: netip.MustParsePrefix("192.168.0.0/16"), Attachment: y.transit.Attachments[dx].ID}
	table := y.table([]int{dx, vpc}, []int{vpc}, wide)
	bed := y.build(t)
	bed.customer.birdBFD([2]netip.Prefix{theirs, ours}, [2]netip.Prefix{theirs2, ours2})
	app := bed.app("app1")
	bed.reach(map[*linux.Namespace][]string{app: {hostAddress}})
	ways := func() int { return strings.Count(bed.routesOf(table), "nexthop") }
	eventually(t, "the table uses both devices", func() bool { return ways() == 2 })
	bed.settled(1)

	flood := bed.ping(app, hostAddress)
	bed.nodes[host].stop()
	bed.nodes[host] = bed.node(host)
	eventually(t, "the host found all in place", func() bool { return bed.nodes[host].done(1) })
	bed.packetsPass(100)
	if sent, lost := flood.end(t); lost != 0 || sent < 20 {
		t.Errorf("%d of %d packets were lost while the agent restarted", lost, sent)
	}

	for _, cable := range []string{"eth0", "eth1"} {
		eventually(t, "the table uses both devices", func() bool { return ways() == 2 })
		bed.run(bed.customer.router, "ip", "link", "set", cable, "down")
		eventually(t, "the table uses the other device alone", func() bool { return ways() == 0 })
		bed.reach(map[*linux.Namespace][]string{app: {hostAddress}})
		bed.run(bed.customer.router, "ip", "link", "set", cable, "up")
	}
}
