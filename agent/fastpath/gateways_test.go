package fastpath_test

import (
	"net/netip"
	"testing"

	"demarc/agent/fastpath"
	"demarc/agent/linux"
	"demarc/agent/router"
)

// newGateway is a site whose router has the main table alone, as a gateway's
// namespace does, and no program yet.
func newGateway(t *testing.T) (*site, *fastpath.Gateways) {
	t.Helper()
	s := newSite(t, 1)
	must(t, linux.ApplyRules(s.router, nil))
	routes := router.Routes{}
	for _, p := range behindBoth {
		routes[p] = s.hops()[0]
	}
	must(t, router.Apply(s.router, routes))
	must(t, fastpath.Remove(s.router))
	return s, openGateways(t)
}

func openGateways(t *testing.T) *fastpath.Gateways {
	t.Helper()
	g, err := fastpath.OpenGateways()
	must(t, err)
	t.Cleanup(func() { g.Close() })
	return g
}

// sent is how many packets a link of the router has sent while something is done.
func (s *site) sent(t *testing.T, link string, do func()) uint64 {
	t.Helper()
	count := func() uint64 {
		state, _, err := linux.LinkState(s.router, link)
		must(t, err)
		return state.TxPackets
	}
	before := count()
	do()
	return count() - before
}

func TestGatewaysHandAcross(t *testing.T) {
	s, g := newGateway(t)
	got(g.Put(s.router, "h"))(t)
	got(g.Put(s.router, link(0)))(t)
	for _, to := range []string{behind, behind6} {
		pass := func() { contains(t, ping(t, s.app, to), "ttl=63") }
		ping(t, s.app, to) // neighbours have no more to say
		if n := s.stacked(t, pass); n != 0 {
			t.Errorf("the stack forwarded %d of 10 packets", n)
		}
		if n := s.arrived(t, 0, func() {
			if n := s.sent(t, link(0), pass); n > 1 {
				t.Errorf("%d of 5 packets went by the queue of the link", n)
			}
		}); n < 5 {
			t.Errorf("the far end counts %d of 5 packets", n)
		}
	}
	app, gateway := newWire(t, s.app, "eth0"), newWire(t, s.gateways[0], "b")
	for i, d := range []datagram{{from: host, to: behind}, {from: host6, to: behind6}} {
		d.mark = uint16(5000 + i)
		frame := s.frame(t, d)
		app.send(frame)
		_, got := gateway.until(d.mark)
		s.isHandedOn(t, frame, got)
	}
}

// What is no veth, or has not been put, has its packets from the queue.
func TestGatewaysHandAcrossOnlyWhatTheyKnow(t *testing.T) {
	s, g := newGateway(t)
	got(g.Put(s.router, "h"))(t)
	if n := s.sent(t, link(0), func() { ping(t, s.app, behind) }); n < 5 {
		t.Errorf("%d of 5 packets went by the queue of a link that was not put", n)
	}
	s.tunnelled(t)
	got(g.Put(s.router, "tunnel"))(t)
	for _, to := range []string{behind, behind6} {
		ping(t, s.app, to)
		var n uint64
		if stack := s.stacked(t, func() { n = s.sent(t, "tunnel", func() { ping(t, s.app, to) }) }); n < 5 || stack != 0 {
			t.Errorf("%d of 5 packets to %s went through the tunnel, and the stack forwarded %d of 10", n, to, stack)
		}
	}
}

// tunnelled has the gateway behind a tunnel.
func (s *site) tunnelled(t *testing.T) {
	t.Helper()
	underlays := [2]*linux.Namespace{fresh(t, false), fresh(t, false)}
	addresses := [2]netip.Prefix{netip.MustParsePrefix("192.0.2.1/30"), netip.MustParsePrefix("192.0.2.2/30")}
	must(t, linux.EnsureVeth(
		linux.End{Namespace: underlays[0], Name: "u", MTU: 9100, Addresses: addresses[:1]},
		linux.End{Namespace: underlays[1], Name: "u", MTU: 9100, Addresses: addresses[1:]}))
	for i, end := range []linux.End{
		{Namespace: s.router, Name: "tunnel", MTU: mtu, Addresses: []netip.Prefix{netip.MustParsePrefix("fe80::2/64")}},
		{Namespace: s.gateways[0], Name: "tunnel", MTU: mtu, Addresses: []netip.Prefix{netip.MustParsePrefix("fe80::1/64")}},
	} {
		must(t, linux.EnsureVXLAN(underlays[i], end, linux.VXLAN{VNI: 77, Local: addresses[i].Addr(), Remote: addresses[1-i].Addr()}))
	}
	there := router.Hop{Link: "tunnel", Gateway: netip.MustParseAddr("fe80::1")}
	back := router.Hop{Link: "tunnel", Gateway: netip.MustParseAddr("fe80::2")}
	must(t, router.Apply(s.router, router.Routes{behindBoth[0]: there, behindBoth[1]: there}))
	must(t, router.Apply(s.gateways[0], router.Routes{netip.MustParsePrefix("10.1.0.0/24"): back, netip.MustParsePrefix("fd00:1::/64"): back}))
	eventually(t, "the tunnel carries", func() bool {
		_, err := try(s.router, "ping", "-c1", "-W1", "fe80::1%tunnel")
		return err == nil
	})
}

func TestGatewaysAreTakenOverByTheNextAgent(t *testing.T) {
	s, first := newGateway(t)
	got(first.Put(s.router, "h"))(t)
	got(first.Put(s.router, link(0)))(t)
	before := s.programs(t)
	got(first.Put(s.router, "h"))(t)
	if after := s.programs(t); after["h"] != before["h"] {
		t.Error("a program was attached anew without need")
	}
	must(t, first.Close())
	if n := s.stacked(t, func() { ping(t, s.app, behind) }); n != 0 {
		t.Errorf("without an agent the stack forwarded %d packets", n)
	}
	second := openGateways(t)
	for _, link := range []string{"h", link(0), "gone"} {
		got(second.Put(s.router, link))(t) // between the two, one knows of no far end
		if n := s.stacked(t, func() { ping(t, s.app, behind) }); n != 0 {
			t.Errorf("while programs were replaced the stack forwarded %d packets", n)
		}
	}
	run(t, s.router, "nft", "add table ip somebody; add chain ip somebody some { type filter hook forward priority 0; }")
	got(second.Put(s.router, "h"))(t)
	got(second.Put(s.router, link(0)))(t)
	if left := s.programs(t); len(left) != 0 {
		t.Errorf("there are programs beside nftables: %v", left)
	}
}
