package agent_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// both pings over both families.
func (b *publicBed) both(n *linux.Namespace, v4, v6 string) bool {
	return b.reaches(n, v4) && b.reaches(n, v6)
}

// crosses waits until packets go both ways between the i-th customer and the
// public network, over both families.
func (b *publicBed) crosses(i int) {
	b.t.Helper()
	h4, h6 := b.lines[i].hosts()
	eventually(b.t, b.lines[i].customer+" reaches the public network", func() bool { return b.both(b.customers[i].host, server4, server6) })
	eventually(b.t, "the public network reaches "+b.lines[i].customer, func() bool { return b.both(b.server, h4.String(), h6.String()) })
}

func TestAPublicInterfaceReachesThePublicNetworkAndNothingBeyond(t *testing.T) {
	l := newPublicLine(1, 65001)
	b := newPublicBed(t, l)
	b.bird(0, "", "")
	b.up(0)
	b.crosses(0)
	for prefix, want := range map[string]string{
		"203.0.113.0/24":    "7224 7224 7224 | (7224,8100) (65535,65281)",
		"203.0.112.0/24":    "7224 7224 7224 | (7224,8200) (65535,65281)",
		"203.0.111.0/24":    "7224 7224 7224 | (65535,65281)",
		"2001:db8:203::/48": "7224 7224 7224 | (7224,8100) (65535,65281)",
	} {
		if got := b.told(l.customer, b.customers[0].router, netip.MustParsePrefix(prefix)); got != want {
			t.Errorf("the customer hears of %s: %s; want %s", prefix, got, want)
		}
	}
	v, _ := b.device.vif(l.line)
	for r := range v.Advertised.All() {
		if r.Prefix == publicNetwork[0].Prefix && (!slices.Equal(r.ASPath, []demarc.ASN{7224, 7224, 7224}) || !slices.Equal(r.Communities, []string{"7224:8100", "no-export"})) {
			t.Errorf("the report says of %s: path %v, communities %v", r.Prefix, r.ASPath, r.Communities)
		}
	}
	// What is not of the public network: neither there nor from there.
	router, host := b.customers[0].router, b.customers[0].host
	h4, _ := l.hosts()
	b.run(router, "ip", "route", "add", "default", "via", l.vif.Peers[0].Local.Addr().String())
	if b.reaches(host, beyond) {
		t.Error("the customer reached the internet through a public virtual interface")
	}
	if ok := tryRun(b.fabric, "ping", "-c1", "-W1", "-I", beyond, h4.String()); ok {
		t.Error("the internet reached the customer through a public virtual interface")
	}
	b.crosses(0)
}

func TestSourcesThatTheCustomerDoesNotAnnounceAreDroppedAndCounted(t *testing.T) {
	l := newPublicLine(1, 65001)
	b := newPublicBed(t, l)
	b.bird(0, "", "")
	b.up(0)
	b.crosses(0)
	if v, _ := b.device.vif(l.line); v.Drops.RxSpoofed != 0 {
		t.Errorf("%d packets of the customer's own were dropped", v.Drops.RxSpoofed)
	}
	router := b.customers[0].router
	for _, stolen := range []string{"192.0.2.200/32", "203.0.113.99/32", "2001:db8:99::1/128"} {
		b.run(router, "ip", "addr", "add", stolen, "dev", "lo")
	}
	heard := arrivals(t, b.server)
	before := heard()
	for _, from := range []string{"192.0.2.200", "203.0.113.99"} {
		tryRun(router, "ping", "-c5", "-i0.05", "-W1", "-I", from, server4)
	}
	tryRun(router, "ping", "-c5", "-i0.05", "-W1", "-I", "2001:db8:99::1", server6)
	if after := heard(); after != before {
		t.Errorf("%d spoofed packets arrived at the server", after-before)
	}
	eventually(t, "they are counted, all fifteen", func() bool {
		v, _ := b.device.vif(l.line)
		return v.Drops.RxSpoofed == 15
	})
	b.crosses(0)
}

// arrivals counts the echo requests that a namespace has taken.
func arrivals(t *testing.T, n *linux.Namespace) func() int {
	t.Helper()
	for _, args := range [][]string{
		{"nft", "add", "table", "inet", "heard"},
		{"nft", "add", "chain", "inet", "heard", "in", "{ type filter hook input priority 0 ; }"},
		{"nft", "add", "rule", "inet", "heard", "in", "icmp", "type", "echo-request", "counter"},
		{"nft", "add", "rule", "inet", "heard", "in", "icmpv6", "type", "echo-request", "counter"},
	} {
		if !tryRun(n, args...) {
			t.Fatal(strings.Join(args, " "))
		}
	}
	return func() (packets int) {
		for _, m := range counterLine.FindAllStringSubmatch(output(t, n, "nft", "list", "table", "inet", "heard"), -1) {
			packets += atoi(t, m[1])
		}
		return packets
	}
}

func TestOnlyRouteFilterPrefixesAreAccepted(t *testing.T) {
	l := newPublicLine(1, 65001)
	b := newPublicBed(t, l)
	v4, v6 := l.own()
	b.bird(0, "route 192.0.2.48/28 blackhole; route 192.0.2.0/24 blackhole; route 198.51.100.0/24 blackhole; route 203.0.113.128/25 blackhole;", "")
	b.up(0)
	var accepted, refused []string
	eventually(t, "the prefixes have arrived", func() bool {
		v, _ := b.device.vif(l.line)
		accepted, refused = nil, nil
		for r := range v.Accepted.All() {
			accepted = append(accepted, r.Prefix.String())
		}
		for _, r := range v.Refused {
			if strings.Contains(r.Reason, "route filter prefixes") {
				refused = append(refused, r.Prefix.String())
			}
		}
		return len(accepted)+len(refused) == 6
	})
	slices.Sort(accepted)
	slices.Sort(refused)
	want := []string{v4.Masked().String(), "192.0.2.48/28", v6.Masked().String()}
	slices.Sort(want)
	if diff := cmp.Diff(accepted, want); diff != "" {
		t.Errorf("accepted (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(refused, []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.128/25"}); diff != "" {
		t.Errorf("refused (-got +want):\n%s", diff)
	}
	for _, p := range refused {
		if got := b.told("fabric", b.fabric, netip.MustParsePrefix(p)); strings.Contains(got, "7224") {
			t.Errorf("the public network learned %s: %s", p, got)
		}
	}
}

// What the public network learns of a customer's prefix.
func TestCustomersPrefixesInThePublicNetwork(t *testing.T) {
	for name, test := range map[string]struct {
		asn    demarc.ASN
		filter string
		want   string
	}{
		"a private ASN is ours":                {65001, "", "7224 | (7224,9300) (65535,65281)"},
		"however often":                        {65001, "bgp_path.prepend(65001); bgp_path.prepend(65001);", "7224 | (7224,9300) (65535,65281)"},
		"of four octets":                       {4200000001, "bgp_path.prepend(4200000001);", "7224 | (7224,9300) (65535,65281)"},
		"a public ASN stays":                   {64496, "bgp_path.prepend(64496);", "7224 64496 64496 | (7224,9300) (65535,65281)"},
		"the local Region":                     {65001, "bgp_community.add((7224,9100));", "7224 | (7224,9100) (65535,65281)"},
		"the continent, others stripped":       {65001, "bgp_community.add((7224,9200)); bgp_community.add((7224,8100)); bgp_community.add((65001,1));", "7224 | (7224,9200) (65535,65281)"},
		"contradictory: the narrowest":         {65001, "bgp_community.add((7224,9300)); bgp_community.add((7224,9100));", "7224 | (7224,9100) (65535,65281)"},
		"preference is of private interfaces'": {65001, "bgp_community.add((7224,7300));", "7224 | (7224,9300) (65535,65281)"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newPublicLine(1, test.asn)
			b := newPublicBed(t, l)
			b.bird(0, "", test.filter)
			b.up(0)
			v4, v6 := l.own()
			for _, own := range []netip.Prefix{v4, v6} {
				var got string
				eventually(t, "the public network learns "+own.String(), func() bool {
					got = b.told("fabric", b.fabric, own)
					return got != ""
				})
				if got != test.want {
					t.Errorf("of %s it learns %s; want %s", own.Masked(), got, test.want)
				}
			}
		})
	}
}

func TestPublicInterfacesAreNoWayFromCustomerToCustomer(t *testing.T) {
	first, second := newPublicLine(1, 65001), newPublicLine(2, 65002)
	b := newPublicBed(t, first, second)
	for i := range b.lines {
		b.bird(i, "", "")
	}
	for i := range b.lines {
		b.up(i)
		b.crosses(i)
	}
	v4, v6 := second.own()
	for _, own := range []netip.Prefix{v4, v6} {
		if got := b.told(first.customer, b.customers[0].router, own); got != "" {
			t.Errorf("one customer learned the other's %s: %s", own.Masked(), got)
		}
	}
	b.run(b.customers[0].router, "ip", "route", "add", v4.Masked().String(), "via", first.vif.Peers[0].Local.Addr().String())
	b.run(b.customers[0].router, "ip", "-6", "route", "add", v6.Masked().String(), "via", first.vif.Peers[1].Local.Addr().String())
	heard := arrivals(t, b.customers[1].host)
	before := heard()
	h4, h6 := second.hosts()
	for _, to := range []string{h4.String(), h6.String()} {
		if b.reaches(b.customers[0].host, to) {
			t.Errorf("one customer reached the other's %s", to)
		}
	}
	// Not with a route that somebody made by hand, either.
	namespace, err := linux.OpenNamespace(b.instance.VIF(device, first.vif.ID))
	must(t, err)
	defer namespace.Close()
	b.run(namespace, "ip", "route", "add", v4.Masked().String(), "via", "inet6", "fe80::1", "dev", "gw0")
	if b.reaches(b.customers[0].host, h4.String()) {
		t.Error("one customer reached the other by a route in its interface")
	}
	if after := heard(); after != before {
		t.Errorf("%d packets arrived", after-before)
	}
}

func TestADeviceWithoutUplinkSaysSo(t *testing.T) {
	l := newPublicLine(1, 65001)
	w := newWorld(t)
	b := &publicBed{world: w, lines: []publicLine{l}}
	b.customers = append(b.customers, b.publicCustomer(l))
	b.device = w.node(device)
	without := publicIntent(1, l)
	without.Device.Gateways[0].Public.Uplink = nil
	b.device.tell(without)
	b.customers[0].tag(l.vif.VLAN, l.vif.Peers[0].Remote, l.vif.Peers[1].Remote)
	b.bird(0, "", "")
	eventually(t, "it is built and its sessions say why they are not", func() bool {
		v, _ := b.device.vif(l.line)
		return v.Built && len(v.Session) == 2 && !slices.ContainsFunc(v.Session, func(s intent.SessionSeen) bool {
			return s.Reason != "the device has no uplink to the public network"
		})
	})
	// It gets one, and loses it again.
	b.buildFabric()
	b.device.tell(publicIntent(2, l))
	b.up(0)
	b.crosses(0)
	without.Version = 3
	b.device.tell(without)
	eventually(t, "the sessions and the cable are gone", func() bool {
		v, _ := b.device.vif(l.line)
		_, there, err := linux.LinkState(b.fabric, "d1")
		return err == nil && !there && len(v.Session) == 2 && !v.Session[0].Established() && !v.Session[1].Established() && b.device.done(3)
	})
}

// When the operator's router is silent, customers are told so, and again when
// it is back; and a restart of the agent loses nothing.
func TestThePublicNetworkComesAndGoes(t *testing.T) {
	l := newPublicLine(1, 65001)
	b := newPublicBed(t, l)
	b.bird(0, "", "")
	b.up(0)
	b.crosses(0)

	h4, _ := l.hosts()
	f := b.ping(b.server, h4.String())
	b.device.stop()
	b.device = b.node(device)
	b.up(0)
	if sent, lost := f.end(t); lost > 0 {
		t.Errorf("%d of %d packets were lost across a restart", lost, sent)
	}

	b.run(b.fabric, "birdc", "-s", b.dir+"/fabric/bird.ctl", "disable", "d4")
	eventually(t, "IPv4 is withdrawn and IPv6 is not", func() bool {
		v, _ := b.device.vif(l.line)
		return v.Advertised.Len() == 1 && v.Advertised.List()[0].Prefix.Addr().Is6()
	})
	b.run(b.fabric, "birdc", "-s", b.dir+"/fabric/bird.ctl", "enable", "d4")
	b.up(0)
	b.crosses(0)
}

// A customer with a public ASN announces the same over two interfaces: the
// shorter path carries what comes back, and packets may come in by either.
func TestAPublicPrefixOverTwoInterfaces(t *testing.T) {
	active, standby := newPublicLine(1, 64496), newPublicLine(2, 64496)
	standby.vif.Filters = active.vif.Filters
	b := newPublicBed(t, active, standby)
	v4, _ := active.own()
	b.bird(0, "", "")
	// The second router announces the first one's network, which it reaches
	// over a cable of their own.
	must(t, linux.EnsureVeth(
		linux.End{Namespace: b.customers[0].router, Name: "side", Addresses: []netip.Prefix{netip.MustParsePrefix("10.9.9.1/30")}},
		linux.End{Namespace: b.customers[1].router, Name: "side", Addresses: []netip.Prefix{netip.MustParsePrefix("10.9.9.2/30")}},
	))
	b.run(b.customers[1].router, "ip", "route", "add", v4.Masked().String(), "via", "10.9.9.1")
	b.bird(1, "route "+v4.Masked().String()+" via 10.9.9.1;", "bgp_path.prepend(64496);")
	b.up(0)
	b.crosses(0)
	eventually(t, "both have it accepted", func() bool {
		v, _ := b.device.vif(standby.line)
		return slices.ContainsFunc(v.Accepted.List(), func(r intent.RouteSeen) bool { return r.Prefix == v4.Masked() && len(r.ASPath) == 2 })
	})
	learned := func(path string) func() bool {
		return func() bool { return strings.HasPrefix(b.told("fabric", b.fabric, v4), path+" |") }
	}
	eventually(t, "the public network has the shorter path", learned("7224 64496"))

	// Out by the standby, back by the active.
	b.run(b.customers[0].router, "ip", "route", "add", server4, "via", "10.9.9.2", "metric", "1")
	eventually(t, "a packet that comes in by the longer path is answered", func() bool { return b.reaches(b.customers[0].host, server4) })
	if v, _ := b.device.vif(standby.line); v.Drops.RxSpoofed != 0 {
		t.Errorf("%d of its packets were dropped", v.Drops.RxSpoofed)
	}
	b.customers[0].daemon.Process.Kill()
	eventually(t, "the longer path is used when the other is gone", learned("7224 64496 64496"))
	eventually(t, "and carries", func() bool { h4, _ := active.hosts(); return b.reaches(b.server, h4.String()) })
}
