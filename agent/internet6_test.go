package agent_test

import (
	"net/netip"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// webAddress6 is the provider's end of the uplink over IPv6.
const webAddress6 = "2001:db8:0:1::1"

// withInternet6 gives the way out of [line.withInternet] IPv6 as well.
func (l line) withInternet6() line {
	igw := *l.vpc.InternetGateway
	igw.IPv6, igw.Next6 = netip.MustParsePrefix("2001:db8:0:1::2/64"), netip.MustParseAddr(webAddress6)
	l.vpc.InternetGateway = &igw
	return l.static(intent.Static{Prefix: demarc.DefaultRoute, Target: igw.ID}, intent.Static{Prefix: demarc.DefaultRoute6, Target: igw.ID})
}

// Over IPv6 nothing is translated: the internet sees the app host itself, and
// may begin. What the customer says of a default route is not used, and its
// pieces only where the platform takes them.
func TestIPv6ThroughTheInternetGateway(t *testing.T) {
	l := newLine("acme-r1", "p1").withIPv6().withInternet().withInternet6()
	l.vif.Peers[1].PrefixLimit, l.vif.NoSplit = 10, true
	w := newWorld(t)
	outside := w.place("internet")
	b := dualIn(w, l)
	b.customer.mtu = l.vif.MTU
	b.host, b.device = b.node(host), b.node(device)
	b.host.tell(hostIntent(1, l))
	b.device.tell(deviceIntent(1, l))
	b.customer.tag(l.vif.VLAN, theirs, theirs6)
	b.customer.birdDual("route ::/0 blackhole; route ::/1 blackhole; route 8000::/1 blackhole;")
	eventually(t, "the app host reaches the internet over IPv6", func() bool { return b.reaches(b.app, webAddress6) })
	eventually(t, "and the internet the app host, by its own address", func() bool { return b.reaches(outside, app6.String()) })
	eventually(t, "the pieces are refused and the whole is learned", func() bool {
		v, _ := b.device.vif(l)
		pieces := 0
		for _, r := range v.Refused {
			if r.Reason == intent.SplitRefused+": it is a piece of a default route, which the platform's policy does not take" {
				pieces++
			}
		}
		return pieces == 2 && learns(b.vpc(), demarc.DefaultRoute6)
	})
	igw := l.vpc.InternetGateway.ID
	before := b.paths()[igw].OutPackets
	for range 5 {
		if !b.reaches(b.app, webAddress6) { // which the customer does not
			t.Error("a packet to the internet went over the line")
		}
	}
	eventually(t, "they left by the internet gateway", func() bool { return b.paths()[igw].OutPackets >= before+5 })

	l.vif.NoSplit = false
	b.device.tell(deviceIntent(2, l))
	eventually(t, "where they are taken the pieces are learned", func() bool { return learns(b.vpc(), netip.MustParsePrefix("8000::/1")) })
	eventually(t, "and take the internet's traffic", func() bool { return !b.reaches(b.app, webAddress6) })

	l.vpc.InternetGateway = nil
	b.host.tell(hostIntent(2, l.static()))
	eventually(t, "without the gateway the internet has no way to the VPC", func() bool {
		routes, err := linux.Routes(outside)
		return err == nil && len(routes) == 0
	})
}

func learns(v intent.VPCSeen, prefix netip.Prefix) bool {
	for _, p := range v.Propagated {
		if p.Prefix == prefix {
			return true
		}
	}
	return false
}

// The pieces are taken, and refused again, while the session stays up: the
// router at the other end sees the packets, or it does not.
func TestPiecesOfADefaultRouteAreTakenOnlyWithLeave(t *testing.T) {
	l := newLine("acme-r1", "p1").withInternet()
	l.vif.NoSplit, l.vif.Peers[0].PrefixLimit = true, 10
	b := newBed(t, l)
	b.up("route 0.0.0.0/1 blackhole; route 128.0.0.0/1 blackhole;")
	const beyond = "198.51.100.10" // only the customer has it
	must(t, linux.EnsureVeth(
		linux.End{Namespace: b.customer.router, Name: "web0", Addresses: []netip.Prefix{netip.MustParsePrefix(beyond + "/32")}},
		linux.End{Namespace: b.customer.router, Name: "web1"},
	))
	for version, takes := range []bool{false, true, false, true} {
		l.vif.NoSplit = !takes
		b.device.tell(deviceIntent(int64(version+2), l))
		eventually(t, "the label follows", func() bool { return learns(b.vpc(), netip.MustParsePrefix("128.0.0.0/1")) == takes })
		eventually(t, "and the packets follow", func() bool { return b.reaches(b.app, beyond) == takes })
	}
}
