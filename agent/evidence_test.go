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
		return p.ARP > 0 && p.UnknownVLAN >= p.ARP && p.LastUnknownVLAN == 102 && p.Line != nil && p.Line.RxPackets >= p.ARP
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
				return ok && v.MD5Failures > 0 && len(v.Session) == 1 && !v.Session[0].Established()
			})
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
