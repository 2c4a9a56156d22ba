package agent_test

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// Octets of the headers of an echo request.
const echo4, echo6 = 28, 48

// largest pings once with a packet of so many octets that must not be
// fragmented, and returns whether it was answered and what limit was named.
func (w *world) largest(n *linux.Namespace, to string, octets, headers int) (answered bool, mtu string) {
	w.t.Helper()
	out, err := exec.Command("ip", "netns", "exec", n.Name(), "ping", "-c1", "-W1", "-M", "do", "-s", strconv.Itoa(octets-headers), to).CombinedOutput()
	if m := namedMTU.FindSubmatch(out); m != nil {
		mtu = string(m[1])
	}
	return err == nil, mtu
}

var namedMTU = regexp.MustCompile(`mtu ?[=:] ?(\d+)`)

// forget drops what a namespace has learned of paths, so that the line is
// asked again and not the memory of it.
func (w *world) forget(n *linux.Namespace) {
	w.run(n, "ip", "route", "flush", "cache")
	w.run(n, "ip", "-6", "route", "flush", "cache")
}

// exactly checks that packets of the MTU pass both ways and that one octet
// more is answered with the MTU where the line begins.
func (b *dualBed) exactly(mtu int) {
	b.t.Helper()
	for _, family := range []struct {
		app, host string
		headers   int
	}{{appAddress, hostAddress, echo4}, {app6.String(), hostAddress6, echo6}} {
		for _, way := range []struct {
			from *linux.Namespace
			to   string
		}{{b.app, family.host}, {b.customer.host, family.app}} {
			b.forget(way.from)
			if ok, _ := b.largest(way.from, way.to, mtu, family.headers); !ok {
				b.t.Errorf("%d octets from %s to %s are lost", mtu, way.from, way.to)
			}
			if ok, limit := b.largest(way.from, way.to, mtu+1, family.headers); ok || limit != strconv.Itoa(mtu) {
				b.t.Errorf("%d octets from %s to %s: answered %v, limit %q", mtu+1, way.from, way.to, ok, limit)
			}
		}
	}
}

func TestPacketsOfTheMTUPassAndNoLarger(t *testing.T) {
	for _, mtu := range []int{1500, 8500, 9001} {
		t.Run(strconv.Itoa(mtu), func(t *testing.T) {
			l := newLine("acme-r1", "p1").withIPv6()
			l.vif.MTU = mtu
			b := newDualBed(t, l)
			b.customer.birdDual()
			b.sessions(true, true)
			b.crosses()
			b.crosses6()
			b.exactly(mtu)
		})
	}
}

// A route to a virtual private gateway that was written by hand carries no
// jumbo frames, whatever the interface does.
func TestRoutesWrittenByHandCarryNoJumboFrames(t *testing.T) {
	l := newLine("acme-r1", "p1").withIPv6()
	l.vif.MTU = 8500
	l = l.static(intent.Static{Prefix: lan, Target: string(l.gateway)}, intent.Static{Prefix: lan6, Target: string(l.gateway)})
	b := newDualBed(t, l)
	b.begin()
	check := func(from *linux.Namespace, want int) {
		t.Helper()
		for to, headers := range map[string]int{hostAddress: echo4, hostAddress6: echo6} {
			if ok, _ := b.largest(from, to, want, headers); !ok {
				t.Errorf("%d octets to %s are lost", want, to)
			}
			if ok, limit := b.largest(from, to, want+1, headers); ok || limit != strconv.Itoa(want) {
				t.Errorf("%d octets to %s: answered %v, limit %q", want+1, to, ok, limit)
			}
		}
	}
	check(b.app, 1500)
	l = l.static()
	b.host.tell(hostIntent(2, l))
	eventually(t, "the host has done all it was told", func() bool { return b.host.done(2) })
	eventually(t, "no route is bounded", func() bool {
		in := b.instance.Network(host, string(l.vpc.ID))
		four, _ := exec.Command("ip", "-n", in, "route", "show", "table", "all").Output()
		six, _ := exec.Command("ip", "-n", in, "-6", "route", "show", "table", "all").Output()
		return len(four) > 0 && !strings.Contains(string(four)+string(six), "mtu")
	})
	check(b.second, 8500)
}

// A new MTU reaches its interface while packets flow, and no other: sessions
// stay, and nothing is lost on either.
func TestANewMTUTouchesOneInterface(t *testing.T) {
	first, second := newLine("acme-r1", "p1").withIPv6(), newLine("zeta-r1", "p2").withIPv6()
	w := newWorld(t)
	a, z := twoDuals(w, 9001, first, second) // the customers are ready for anything
	d := a.device
	before := [][]any{since(a), since(z)}
	floods := []*flood{w.ping(a.app, hostAddress), w.ping(a.app, hostAddress6), w.ping(z.app, hostAddress), w.ping(z.app, hostAddress6)}
	first.vif.MTU = 8500
	d.tell(deviceIntent(2, first, second))
	eventually(t, "the first carries 8500 octets", func() bool {
		w.forget(a.app) // the limit that it was told before
		ok, _ := w.largest(a.app, hostAddress, 8500, echo4)
		return ok
	})
	eventually(t, "the device has done all it was told, and says so", func() bool {
		one, _ := d.vif(first)
		other, _ := d.vif(second)
		return d.done(2) && one.MTU == 8500 && other.MTU == 1500
	})
	for _, f := range floods {
		if sent, lost := f.end(t); lost > 0 {
			t.Errorf("%d of %d packets were lost", lost, sent)
		}
	}
	for i, b := range []*dualBed{a, z} {
		for j, at := range since(b) {
			if at != before[i][j] {
				t.Errorf("session %d of %s began anew", j, b.line.customer)
			}
		}
	}
	// Each tenant hears of its own line, though all addresses are equal.
	for b, want := range map[*dualBed]string{a: "8500", z: "1500"} {
		for address, headers := range map[string]int{hostAddress: echo4, hostAddress6: echo6} {
			w.forget(b.app)
			if ok, limit := w.largest(b.app, address, 9001, headers); ok || limit != want {
				t.Errorf("9001 octets to %s of %s: answered %v, limit %q, want %s", address, b.line.customer, ok, limit, want)
			}
		}
	}
}

// since is when each session of the bed's line came up.
func since(b *dualBed) (times []any) {
	for _, s := range b.sessions(true, true).Session {
		times = append(times, s.Since)
	}
	return times
}

// What two lines of different MTUs lead to carries no jumbo frames, whichever of
// them is used and on whatever device they are, until one of them does not lead
// there any more.
func TestLinesOfDifferentMTUsCarryNoJumboFrames(t *testing.T) {
	for name, other := range map[string]demarc.NodeID{"one device": device, "two devices": second} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, other)
			p.lines[0].vif.MTU = 8500
			p.tell(other)
			for _, link := range []string{"eth0.101", "teth0.101"} {
				p.run(p.customer.router, "ip", "link", "set", link, "mtu", "8500")
			}
			dir := p.configure([2]string{tagHigh, tagLow})
			p.customer.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
			for i := range p.lines {
				eventually(t, "BGP is up", func() bool { return p.session(i).Established() })
			}
			const router = "192.168.50.1"
			eventually(t, "the app host reaches the customer", func() bool { return p.reaches(p.app, router) })
			limit := func() (octets string) {
				p.forget(p.app)
				if ok, _ := p.largest(p.app, router, 1500, echo4); !ok {
					return ""
				}
				if ok, _ := p.largest(p.app, router, 8500, echo4); ok {
					return "8500"
				}
				_, octets = p.largest(p.app, router, 1501, echo4)
				return octets
			}
			eventually(t, "the line that is used has jumbo frames, and carries none", func() bool { return p.used() == [2]bool{true, false} && limit() == "1500" })
			p.configure([2]string{tagHigh, "reject; "})
			p.run(p.customer.router, "birdc", "-s", dir+"/bird.ctl", "configure")
			eventually(t, "alone it carries them", func() bool { return limit() == "8500" })
			p.configure([2]string{tagHigh, tagLow})
			p.run(p.customer.router, "birdc", "-s", dir+"/bird.ctl", "configure")
			eventually(t, "with the other none again", func() bool { return limit() == "1500" })
		})
	}
}
