package agent_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/intent"
)

// withSubnets gives the line's VPC a second app host, in a subnet whose table
// takes nothing from the gateway and leads nowhere else.
func (l line) withSubnets() line {
	l = l.withInternet()
	second := l.vpc.Hosts[0]
	second.Address = app.Next()
	second.Jack.Namespace, second.Jack.Address = l.customer+"-app2", netip.PrefixFrom(app.Next(), 24)
	closed := intent.RouteTable{ID: demarc.NewRouteTableID()}
	second.Table = closed.ID
	l.vpc.Hosts = append(l.vpc.Hosts, second)
	l.vpc.Tables = append(l.vpc.Tables, closed)
	return l
}

// Each app host's packets are judged by the route table of its own subnet: of
// two in one VPC one reaches the customer and the internet and the other only
// its neighbour, until its subnet gets the other table. What comes in by the
// gateway reaches both, and nothing outside the VPC.
func TestEverySubnetHasItsOwnRouteTable(t *testing.T) {
	l := newLine("acme-r1", "p1").withSubnets()
	w := newWorld(t)
	b := &bed{world: w, line: l, customer: w.customer(l.customer), app: w.place(l.customer + "-app")}
	second, internet := w.place(l.customer+"-app2"), w.place("internet")
	b.host, b.device = w.node(host), w.node(device)
	b.host.tell(hostIntent(1, l))
	b.device.tell(deviceIntent(1, l))
	b.customer.tag(l.vif.VLAN, theirs)
	b.up()
	eventually(t, "the internet is reached from the open subnet", func() bool { return w.reaches(b.app, "203.0.113.1") })
	eventually(t, "neighbours of two subnets reach each other", func() bool { return w.reaches(second, app.String()) })
	for _, far := range []string{hostAddress, "203.0.113.1"} {
		if w.reaches(second, far) {
			t.Errorf("%s is reached from a subnet whose table does not lead there", far)
		}
	}
	// The customer's packets arrive, though no answer comes back.
	w.answer(second)
	before := packets(t, w, second.Name())
	w.ask(b.customer.host, app.Next().String())
	if after := packets(t, w, second.Name()); after == before {
		t.Error("what comes in by the gateway does not reach the closed subnet")
	}
	// No way through the VPC to its internet gateway.
	w.run(b.customer.router, "ip", "route", "add", "203.0.113.0/24", "via", ours.Addr().String())
	w.run(internet, "ip", "route", "add", "192.168.50.0/24", "via", "203.0.113.10")
	if w.reaches(b.customer.host, "203.0.113.1") {
		t.Error("the customer reaches the internet by the VPC's internet gateway")
	}

	// A restart keeps both as they are, and loses nothing.
	flood := w.ping(b.app, hostAddress)
	b.host.stop()
	b.host = w.node(host)
	b.host.tell(hostIntent(1, l))
	eventually(t, "the host has done all it was told", func() bool { return b.host.done(1) && len(b.host.report().VPCs[0].Propagated) > 0 })
	if w.reaches(second, hostAddress) {
		t.Error("after a restart the closed subnet leads to the customer")
	}
	if sent, lost := flood.end(t); sent == 0 || lost > 0 {
		t.Errorf("%d of %d packets were lost while the agent restarted", lost, sent)
	}

	// The subnet gets the main table, and the open one loses its internet.
	l = l.static()
	l.vpc.Hosts = slices.Clone(l.vpc.Hosts)
	l.vpc.Hosts[1].Table = l.vpc.Tables[0].ID
	l.vpc.Tables = l.vpc.Tables[:1]
	b.host.tell(hostIntent(2, l))
	eventually(t, "the second subnet leads to the customer", func() bool { return w.reaches(second, hostAddress) })
	eventually(t, "nothing leads to the internet", func() bool { return !w.reaches(b.app, "203.0.113.1") })
}

// What a prefix list leads elsewhere goes there, though the gateway has learned
// the same prefix, until the list has it no more.
func TestAPrefixListBeatsWhatIsLearned(t *testing.T) {
	l := newLine("acme-r1", "p1").withInternet()
	w := newWorld(t)
	b := &bed{world: w, line: l, customer: w.customer(l.customer), app: w.place(l.customer + "-app")}
	w.place("internet")
	b.host, b.device = w.node(host), w.node(device)
	b.host.tell(hostIntent(1, l))
	b.device.tell(deviceIntent(1, l))
	b.customer.tag(l.vif.VLAN, theirs)
	b.up()
	eventually(t, "the customer is reached", func() bool { return w.reaches(b.app, hostAddress) })
	written := l.vpc.Tables[0].Static
	listed := intent.Static{Prefix: lan, List: demarc.NewPrefixListID(), Target: l.vpc.InternetGateway.ID}
	b.host.tell(hostIntent(2, l.static(append(slices.Clone(written), listed)...)))
	eventually(t, "the list leads to the internet", func() bool { return !w.reaches(b.app, hostAddress) })
	b.host.tell(hostIntent(3, l))
	eventually(t, "the customer is reached again", func() bool { return w.reaches(b.app, hostAddress) })
}

// packets counts what a place's cable received.
func packets(t *testing.T, w *world, name string) (n uint64) {
	t.Helper()
	for line := range strings.Lines(w.runIn(name, "cat", "/proc/net/dev")) {
		if _, rest, ok := strings.Cut(line, "eth0:"); ok {
			var octets uint64
			fmt.Sscan(rest, &octets, &n)
		}
	}
	return n
}

// Of more prefixes than a table takes the longest are left out, and reported.
func TestATableTakesAHundredPropagatedPrefixes(t *testing.T) {
	l := newLine("acme-r1", "p1")
	l.vif.Peers[0].PrefixLimit = 200
	b := newBed(t, l)
	var more []string
	for i := range 110 {
		more = append(more, fmt.Sprintf("route 10.9.%d.0/28 blackhole;", i))
	}
	b.up(more...)
	eventually(t, "the report says what is left out", func() bool {
		vpcs := b.host.report().VPCs
		return len(vpcs) == 1 && len(vpcs[0].Tables) == 1 && vpcs[0].Tables[0] == intent.TableSeen{ID: l.vpc.Tables[0].ID, Propagated: 100, LeftOut: 11}
	})
	routes := b.runIn(b.instance.Network(host, string(l.vpc.ID)), "ip", "route", "show", "table", "all", "proto", "220")
	if n := strings.Count(routes, " via inet6"); n != 100 || !strings.Contains(routes, lan.String()) || strings.Contains(routes, "10.9.109.0/28") {
		t.Errorf("the kernel has %d routes to the gateway, want 100, with %v and without 10.9.109.0/28:\n%s", n, lan, routes)
	}
}
