package agent_test

import (
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"demarc"
	"demarc/intent"
)

// A router with the right configuration under the wrong tag is seen on the port
// before anything works.
func TestTheWrongTagIsSeen(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.customer.tag(102, netip.MustParsePrefix("10.9.9.1/24"))
	eventually(t, "ARP under tag 102 is seen, and counted on the line", func() bool {
		b.reaches(b.customer.router, "10.9.9.2")
		p := b.device.report().Ports[0]
		strays := slices.ContainsFunc(p.Strays, func(s intent.StraySeen) bool {
			return s.VLAN == 102 && !s.Double && s.Sender == netip.MustParseAddr("10.9.9.1")
		})
		return strays && p.ARP > 0 && p.UnknownVLAN >= p.ARP && p.LastUnknownVLAN == 102 && p.Line != nil && p.Line.RxPackets >= p.ARP
	})
	sums := b.device.scrape()
	if sums["demarc_port_refused_arp_total"] == 0 || sums["demarc_port_receive_bytes_total"] == 0 {
		t.Errorf("the metrics do not have it: %v", sums)
	}
}

func TestADifferentKeyIsSeen(t *testing.T) {
	for name, start := range map[string]func(*bed){
		"BIRD": func(b *bed) { b.customer.bird(theirs.Addr(), ours.Addr(), "another key") },
		"FRR":  func(b *bed) { b.customer.frr(theirs.Addr(), ours.Addr(), "anotherkey") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, newLine("acme-r1", "p1"))
			start(b)
			eventually(t, "refused signatures are counted", func() bool {
				v, ok := b.device.vif(b.line)
				return ok && v.MD5Failures > 0 && len(v.Session) == 1 && !v.Session[0].Established() &&
					v.Heard != nil && v.Heard.Missigned > 0 && v.Heard.Unsigned == 0
			})
			b.hears("it calls, and signs", func(h *intent.HeardSeen) bool { c := callerOf(h, theirs.Addr()); return c.Calls && c.Signed })
		})
	}
}

func TestAWrongASNIsSeen(t *testing.T) {
	l := newLine("acme-r1", "p1")
	l.vif.Peers[0].PeerASN = 65009
	b := newBed(t, l)
	b.customer.bird(theirs.Addr(), ours.Addr(), key)
	eventually(t, "OPEN errors are counted, and one line of history says which", func() bool {
		v, ok := b.device.vif(b.line)
		if !ok || len(v.Session) != 1 || v.Session[0].OpenErrors < 2 {
			return false
		}
		return slices.ContainsFunc(v.Session[0].History, func(c intent.SessionChange) bool {
			n := c.Notification // bad peer AS: RFC 4271, section 6.2
			return n != nil && n.Sent && n.Code == 2 && n.Subcode == 2 && c.Times > 0 && c.Reason != ""
		})
	})
}

func TestASessionHasAHistory(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	pid := b.run(b.customer.router, "cat", b.dir+"/acme-r1/bird.pid")
	b.run(b.customer.router, "kill", "-TERM", string(pid[:len(pid)-1]))
	eventually(t, "it came up, and went down by a NOTIFICATION of the customer's router", func() bool {
		v, _ := b.device.vif(b.line)
		if len(v.Session) != 1 || v.Session[0].Flaps != 1 || v.Session[0].NotificationsReceived != 1 {
			return false
		}
		h := v.Session[0].History
		up := slices.IndexFunc(h, func(c intent.SessionChange) bool { return c.State == "Established" })
		if up < 0 || len(h) < up+2 {
			return false
		}
		n := h[up+1].Notification
		return n != nil && !n.Sent && n.Code == 6 && !h[up+1].At.Before(h[up].At) // Cease
	})
}

func TestAConnectionFromNoPeerIsSeen(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	err := b.customer.router.Do(func() error {
		// TCP to the BGP port, from an address behind the router.
		dialer := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(192, 168, 50, 1)}}
		conn, err := dialer.Dial("tcp4", netip.AddrPortFrom(ours.Addr(), 179).String())
		if err == nil {
			conn.Close()
		}
		return err
	})
	must(t, err)
	eventually(t, "it is counted", func() bool {
		v, _ := b.device.vif(b.line)
		return v.Strangers > 0 && v.Session[0].Established()
	})
}

func TestDropsOfTheShaperAreSeen(t *testing.T) {
	l := newLine("acme-r1", "p1")
	l.vif.Rate = demarc.Mbps
	b := newBed(t, l)
	b.up()
	flood := exec.Command("ip", "netns", "exec", b.customer.host.Name(), "ping", "-f", "-q", "-s", "1400", "-l", "200", appAddress)
	must(t, flood.Start())
	defer func() {
		flood.Process.Signal(syscall.SIGINT)
		flood.Wait()
	}()
	eventually(t, "packets beyond the rate are counted as dropped", func() bool {
		v, _ := b.device.vif(b.line)
		return v.Drops.RxShaped > 0
	})
	if sum := b.device.scrape()["demarc_vif_receive_drop_total"]; sum == 0 {
		t.Error("the metrics do not have the drops")
	}
}

// hears waits until the far end of the bed's line was heard doing something.
func (b *bed) hears(what string, is func(*intent.HeardSeen) bool) {
	b.t.Helper()
	eventually(b.t, what, func() bool {
		v, ok := b.device.vif(b.line)
		return ok && v.Heard != nil && is(v.Heard)
	})
}

func callerOf(h *intent.HeardSeen, from netip.Addr) (c intent.CallerSeen) {
	for _, c := range h.Callers {
		if c.From == from {
			return c
		}
	}
	return c
}

func spokeARP(h *intent.HeardSeen, from netip.Addr) bool {
	return slices.ContainsFunc(h.ARP, func(a intent.ARPSeen) bool { return a.From == from && len(a.MAC) == 17 })
}

func TestAMissingKeyIsSeen(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.customer.frrd(`
router bgp 65001
 no bgp ebgp-requires-policy
 neighbor 169.254.10.1 remote-as 64512
 neighbor 169.254.10.1 timers connect 2
`)
	b.hears("it calls without a signature", func(h *intent.HeardSeen) bool {
		c := callerOf(h, theirs.Addr())
		return c.Calls && !c.Signed && h.Unsigned > 0 && h.Missigned == 0
	})
}

func TestSwappedEndsAreSeen(t *testing.T) {
	b := newBedAt(t, newLine("acme-r1", "p1"), ours)
	b.customer.bird(ours.Addr(), theirs.Addr(), key)
	b.hears("ARP from our own address", func(h *intent.HeardSeen) bool { return spokeARP(h, ours.Addr()) && !spokeARP(h, theirs.Addr()) })
}

// What nobody sends is not heard, and what was heard long ago is forgotten with
// the session's coming up.
func TestABlockedPortIsSeen(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.run(b.customer.router, "nft", "table inet block { chain in { type filter hook input priority 0; tcp dport 179 drop; tcp sport 179 drop; }; chain out { type filter hook output priority 0; tcp dport 179 drop; tcp sport 179 drop; }; }")
	b.customer.bird(theirs.Addr(), ours.Addr(), key)
	b.hears("it speaks ARP, and no TCP", func(h *intent.HeardSeen) bool {
		return spokeARP(h, theirs.Addr()) && h.For >= 3*time.Second && len(h.Callers) == 0
	})
	b.run(b.customer.router, "nft", "delete", "table", "inet", "block")
	b.device.established(b.line)
	eventually(t, "nothing is listened for any more", func() bool { v, _ := b.device.vif(b.line); return v.Heard == nil })
}

func TestATTLIsSeen(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.customer.frrd(`
router bgp 65001
 no bgp ebgp-requires-policy
 neighbor 169.254.10.1 remote-as 64512
 neighbor 169.254.10.1 password ` + key + `
 neighbor 169.254.10.1 ttl-security hops 1
 neighbor 169.254.10.1 timers connect 2
`)
	b.hears("it speaks with TTL 255", func(h *intent.HeardSeen) bool {
		c := callerOf(h, theirs.Addr())
		return (c.Calls || c.Answers) && c.Signed && c.TTL == 255
	})
}

func TestAnMTUOfItsOwnIsSeen(t *testing.T) {
	larger := func(p intent.SoundingSeen) bool {
		return p == intent.SoundingSeen{Octets: 1500, Answered: true, Whole: true, Larger: true}
	}
	for name, tt := range map[string]struct {
		ours, theirs int
		rate         demarc.Bandwidth
		is           func(intent.SoundingSeen) bool
	}{
		"equal": {9001, 9001, demarc.Gbps, func(p intent.SoundingSeen) bool {
			return p == intent.SoundingSeen{Octets: 9001, Answered: true, Whole: true}
		}},
		"smaller":                       {9001, 1500, demarc.Gbps, func(p intent.SoundingSeen) bool { return p == intent.SoundingSeen{Octets: 9001, Answered: true} }},
		"larger":                        {1500, 9001, demarc.Gbps, larger},
		"larger, and nothing is shaped": {1500, 9001, fastest, larger},
	} {
		t.Run(name, func(t *testing.T) {
			w, l := newWorld(t), newLine("acme-r1", "p1")
			l.vif.MTU, l.port.Rate = tt.ours, tt.rate
			b := &bed{world: w, line: l, customer: w.customer(l.customer), app: w.place(l.customer + "-app")}
			b.customer.mtu = tt.theirs
			b.host, b.device = w.node(host), w.node(device)
			b.host.tell(hostIntent(1, l))
			b.device.tell(deviceIntent(1, l))
			b.customer.tag(l.vif.VLAN, theirs)
			b.up()
			eventually(t, "it is seen what the line takes", func() bool {
				w.largest(b.customer.router, ours.Addr().String(), tt.theirs, echo4)
				v, _ := b.device.vif(b.line)
				return v.Sounding != nil && tt.is(*v.Sounding)
			})
		})
	}
}
