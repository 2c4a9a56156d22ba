package agent_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/agent/linux"
)

// blackhole is a static route that drops.
func blackhole(prefix string) demarc.TransitStaticRoute {
	return demarc.TransitStaticRoute{Prefix: netip.MustParsePrefix(prefix)}
}

// app opens an app host's namespace.
func (b *yardBed) app(name string) *linux.Namespace {
	b.t.Helper()
	n, err := linux.OpenNamespace(b.instance.Namespace(name))
	must(b.t, err)
	b.t.Cleanup(func() { n.Close() })
	return n
}

// routesOf lists the routes of a transit route table's namespace.
func (b *yardBed) routesOf(id demarc.TransitRouteTableID) string {
	b.t.Helper()
	n, err := linux.OpenNamespace(b.instance.Network(b.yard.transit.Gateways[0].Host, string(id)))
	must(b.t, err)
	defer n.Close()
	return b.run(n, "ip", "route")
}

// reach checks who reaches whom: from namespaces to addresses.
func (b *yardBed) reach(from map[*linux.Namespace][]string) {
	b.t.Helper()
	for n, addresses := range from {
		for _, address := range addresses {
			eventually(b.t, address+" is reached from "+n.Name(), func() bool { return b.reaches(n, address) })
		}
	}
}

// A customer's transit interface leads to VPCs by the route tables of a Transit
// Gateway, first by one table, then by several that keep the VPCs apart.
func TestATransitGatewayLeadsToItsVPCs(t *testing.T) {
	y := newYard(host, alpha, "10.2.0.0/15", "22.0.0.0/24")
	dx, a, b := 0, y.vpc(host, "app1", alpha), y.vpc(host, "app2", beta)
	all := []int{dx, a, b}
	one := y.table(all, all)
	bed := y.build(t)
	bed.customer.bird(theirs.Addr(), ours.Addr(), key)
	app1, app2 := bed.app("app1"), bed.app("app2")
	bed.reach(map[*linux.Namespace][]string{
		bed.customer.host: {"10.1.0.10", "10.2.0.10"}, app1: {hostAddress, "10.2.0.10"}, app2: {hostAddress, "10.1.0.10"},
	})
	// Just the allowed prefixes are advertised, as they are written, whatever is
	// behind them, by the Direct Connect gateway's AS alone.
	for _, p := range []string{alpha, "10.2.0.0/15", "22.0.0.0/24"} {
		eventually(t, p+" is advertised", func() bool { return bed.customer.path(p) == "64512" })
	}
	if routes := bed.run(bed.customer.router, "ip", "route"); strings.Contains(routes, beta) {
		t.Errorf("the VPC's own range is advertised: %s", routes)
	}
	if routes := bed.routesOf(one); strings.Contains(routes, "169.254") {
		t.Errorf("the network between the routers came along: %s", routes)
	}
	bed.settled(1)

	// Two tables: both VPCs reach the customer, and not each other.
	y.transit.Tables = nil
	for i := range y.transit.Attachments {
		y.transit.Attachments[i].Propagating = nil
	}
	y.table([]int{dx}, []int{a, b})
	y.table([]int{a}, []int{dx})
	y.table([]int{b}, []int{dx}, blackhole("192.168.50.128/25"))
	bed.tell(2)
	bed.settled(2)
	bed.reach(map[*linux.Namespace][]string{bed.customer.host: {"10.1.0.10", "10.2.0.10"}, app1: {hostAddress}, app2: {hostAddress}})
	for address, from := range map[string]*linux.Namespace{"10.2.0.10": app1, "10.1.0.10": app2} {
		eventually(t, address+" is not reached by a table that has no route to it", func() bool { return !bed.reaches(from, address) })
	}
	eventually(t, "the first table's namespace is gone", func() bool {
		n, err := linux.OpenNamespace(bed.instance.Network(host, string(one)))
		if err == nil {
			n.Close()
		}
		return err != nil
	})

	// A blackhole takes a part of what is reached, and comes off again.
	bed.run(bed.customer.host, "ip", "address", "add", "192.168.50.130/24", "dev", "eth0")
	bed.reach(map[*linux.Namespace][]string{app1: {"192.168.50.130"}})
	if bed.reaches(app2, "192.168.50.130") {
		t.Error("the blackhole lets packets pass")
	}
	y.transit.Tables[2].Static = nil
	bed.tell(3)
	bed.reach(map[*linux.Namespace][]string{app2: {"192.168.50.130"}})

	// Without its association the Direct Connect gateway advertises nothing.
	y.transit.Attachments[dx].RouteTable = ""
	bed.tell(4)
	eventually(t, "all is withdrawn", func() bool { return !strings.Contains(bed.run(bed.customer.router, "ip", "route"), "proto bird") })
	bed.removed(t)
}

// removed takes the Transit Gateway away and checks that nothing is left.
func (b *yardBed) removed(t *testing.T) {
	t.Helper()
	tables := b.yard.transit.Tables
	b.yard.transit.Gateways[0].State, b.yard.transit.Tables, b.yard.transit.Attachments = demarc.TransitGatewayDeleted, nil, nil
	b.yard.association.State = demarc.GatewayDisassociating
	b.tell(9)
	for _, table := range tables {
		eventually(t, "the namespace of "+string(table.ID)+" is gone", func() bool {
			n, err := linux.OpenNamespace(b.instance.Network(b.yard.transit.Gateways[0].Host, string(table.ID)))
			if err == nil {
				n.Close()
			}
			return err != nil
		})
	}
	for _, v := range b.yard.vpcs {
		n, err := linux.OpenNamespace(b.instance.Network(v.Host, string(v.ID)))
		must(t, err)
		defer n.Close()
		var left map[string]linux.Link
		for deadline := time.Now().Add(patience); len(left) != 2 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			left, err = linux.Links(n)
			must(t, err)
		}
		if len(left) != 2 {
			t.Errorf("%s has the links %v, want its app host's and the loopback", v.ID, left)
		}
	}
	b.settled(9)
}

// What a prefix list has comes before what is learned, and after what was
// written for the very same prefix, whichever way the list leads.
func TestAPrefixListOfATransitGatewayBeatsWhatIsLearned(t *testing.T) {
	y := newYard(host, alpha, beta)
	all := []int{0, y.vpc(host, "app1", alpha), y.vpc(host, "app2", beta)}
	one := y.table(all, all)
	bed := y.build(t)
	bed.customer.bird(theirs.Addr(), ours.Addr(), key)
	app1 := bed.app("app1")
	bed.reach(map[*linux.Namespace][]string{app1: {hostAddress, "10.2.0.10"}})
	list, version := demarc.NewPrefixListID(), int64(1)
	listed := func(prefix string, attachment int) demarc.TransitStaticRoute {
		s := blackhole(prefix)
		s.List = list
		if attachment >= 0 {
			s.Attachment = y.transit.Attachments[attachment].ID
		}
		return s
	}
	tell := func(static ...demarc.TransitStaticRoute) {
		version++
		y.transit.Tables[0].Static = static
		bed.tell(version)
		bed.settled(version)
	}
	reached := func(what, address string, want bool) {
		t.Helper()
		eventually(t, what, func() bool { return bed.reaches(app1, address) == want })
	}
	tell(listed(lan.String(), -1))
	eventually(t, "the kernel drops what the list has", func() bool {
		return strings.Contains(bed.routesOf(one), "blackhole "+lan.String()) || strings.Contains(bed.routesOf(one), "unreachable "+lan.String())
	})
	reached("what the list drops is not reached, though it is learned", hostAddress, false)
	reached("the list has nothing to do with the rest", "10.2.0.10", true)

	dx := listed(lan.String(), 0)
	dx.List = ""
	tell(listed(lan.String(), -1), dx)
	reached("a route written to the prefix comes before the list", hostAddress, true)

	tell(listed(beta, 0))
	reached("a list leads a VPC's own range to the Direct Connect gateway, and not to the VPC", "10.2.0.10", false)
	reached("what the list has no more is led by what is learned", hostAddress, true)

	tell()
	reached("without the list the VPC is reached", "10.2.0.10", true)
}

// A customer's wide prefix leads VPCs of different tables to each other by way
// of the Direct Connect gateway, unless a blackhole forbids it, as in AWS.
func TestAWidePrefixLeadsBackToTheTransitGateway(t *testing.T) {
	y := newYard(host, alpha, beta, "22.0.0.0/24")
	dx, a, b := 0, y.vpc(host, "app1", alpha), y.vpc(host, "app2", beta)
	y.table([]int{dx}, []int{a, b})
	y.table([]int{a}, []int{dx})
	y.table([]int{b}, []int{dx})
	bed := y.build(t)
	bed.customer.bird(theirs.Addr(), ours.Addr(), key, "route 10.0.0.0/8 blackhole; route 22.0.0.0/24 blackhole;")
	app1, app2 := bed.app("app1"), bed.app("app2")
	bed.reach(map[*linux.Namespace][]string{app1: {"10.2.0.10"}, app2: {"10.1.0.10"}, bed.customer.host: {"10.1.0.10"}})
	eventually(t, "what the gateway itself advertises is not taken from a customer", func() bool {
		for _, v := range bed.nodes[device].report().VIFs {
			if len(v.Refused) == 1 && v.Refused[0].Prefix.String() == "22.0.0.0/24" {
				return true
			}
		}
		return false
	})
	y.transit.Tables[1].Static = []demarc.TransitStaticRoute{blackhole(beta)}
	bed.tell(2)
	bed.settled(2)
	eventually(t, "the blackhole lets no packets pass", func() bool { return !bed.reaches(app1, "10.2.0.10") })
	bed.reach(map[*linux.Namespace][]string{app1: {hostAddress}})
}

// A Transit Gateway on one host, VPCs on that and on another.
func TestATransitGatewayReachesVPCsOfOtherHosts(t *testing.T) {
	y := newYard(otherHost, alpha, beta)
	all := []int{0, y.vpc(host, "app1", alpha), y.vpc(otherHost, "app2", beta)}
	y.table(all, all)
	bed := y.build(t)
	bed.customer.bird(theirs.Addr(), ours.Addr(), key)
	app1, app2 := bed.app("app1"), bed.app("app2")
	bed.reach(map[*linux.Namespace][]string{
		bed.customer.host: {"10.1.0.10", "10.2.0.10"}, app1: {hostAddress, "10.2.0.10"}, app2: {hostAddress, "10.1.0.10"},
	})
	// 8500 bytes cross, and no more are tried.
	answered, _ := bed.largest(app1, "10.2.0.10", 8500, 28)
	if !answered {
		t.Error("a packet of 8500 bytes does not cross from VPC to VPC")
	}
	if answered, mtu := bed.largest(app1, "10.2.0.10", 8501, 28); answered || mtu != "8500" {
		t.Errorf("of a packet of 8501 bytes the VPC says answered %v, mtu %q", answered, mtu)
	}
	bed.removed(t)
}

// A Transit Gateway carries both families on one interface.
func TestATransitGatewayCarriesIPv6(t *testing.T) {
	y := newYard(host, alpha, cidr6.String())
	all := []int{0, y.vpc(host, "app1", alpha)}
	y.table(all, all)
	y.transit.Attachments[1].Options.IPv6 = true
	y.vpcs[0].More, y.vpcs[0].Hosts[0].IPv6 = []demarc.RangeAssociation{{ID: "six", Prefix: cidr6}}, app6
	y.vpcTables[0].Static = append(y.vpcTables[0].Static, demarc.StaticRoute{Prefix: demarc.DefaultRoute6, Target: string(y.transit.Gateways[0].ID)})
	y.interfaces[0].Peers = append(y.interfaces[0].Peers, demarc.BGPPeer{
		ID: demarc.NewBGPPeerID(), Family: demarc.IPv6, ASN: 65001, AmazonAddress: ours6, CustomerAddress: theirs6, Key: demarc.NewSecret(key6),
	})
	bed := y.build(t)
	bed.customer.lan6()
	bed.customer.birdDual()
	bed.reach(map[*linux.Namespace][]string{bed.customer.host: {app6.String(), "10.1.0.10"}, bed.app("app1"): {hostAddress6, hostAddress}})
}

// packetsPass waits until so many more packets have reached the host behind the
// customer's router.
func (b *yardBed) packetsPass(n uint64) {
	b.t.Helper()
	(&bed{world: b.world, customer: b.customer}).packetsPass(n)
}

// Two devices with equal paths share a table's traffic, and either alone takes
// all of it; agents come and go without a packet lost.
func TestTwoDevicesCarryOneTransitGateway(t *testing.T) {
	y := newYard(host, alpha)
	y.line(second, "p2", "eth1", ours2, theirs2)
	all := []int{0, y.vpc(host, "app1", alpha)}
	table := y.table(all, all)
	bed := y.build(t)
	bed.customer.birdBFD([2]netip.Prefix{theirs, ours}, [2]netip.Prefix{theirs2, ours2})
	bed.reach(map[*linux.Namespace][]string{bed.customer.host: {"10.1.0.10"}})
	ways := func() int { return strings.Count(bed.routesOf(table), "nexthop") }
	eventually(t, "the table uses both devices", func() bool { return ways() == 2 })
	bed.settled(1)

	there, back := bed.ping(bed.customer.host, "10.1.0.10"), bed.ping(bed.app("app1"), hostAddress)
	bed.packetsPass(50)
	for id, n := range bed.nodes {
		n.stop()
		bed.nodes[id] = bed.node(id)
	}
	for id, n := range bed.nodes {
		eventually(t, string(id)+" found all in place", func() bool { return n.done(1) })
	}
	eventually(t, "the table uses both devices", func() bool { return ways() == 2 })
	bed.packetsPass(100)
	for name, f := range map[string]*flood{"there": there, "back": back} {
		if sent, lost := f.end(t); lost != 0 || sent < 20 {
			t.Errorf("%s: %d of %d packets were lost while the agents restarted", name, lost, sent)
		}
	}
	for _, id := range []demarc.NodeID{device, second} {
		eventually(t, "BFD watches the line again, or the customer would not see it cut", func() bool {
			v := bed.nodes[id].report().VIFs
			return len(v) == 1 && len(v[0].Session) == 1 && v[0].Session[0].BFD.Up()
		})
	}
	bed.run(bed.customer.router, "ip", "link", "set", "eth0", "down")
	eventually(t, "the table uses the other device alone", func() bool { return ways() == 0 && strings.Contains(bed.routesOf(table), "192.168.50.0/24") })
	bed.reach(map[*linux.Namespace][]string{bed.customer.host: {"10.1.0.10"}, bed.app("app1"): {hostAddress}})
}
