package agent_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// The second family of a line: what newLine has over IPv4, over IPv6.
var (
	cidr6   = netip.MustParsePrefix("fd20:8:2::/56")
	ours6   = netip.MustParsePrefix("fdd6:6172:6d63:1::1/125")
	theirs6 = netip.MustParsePrefix("fdd6:6172:6d63:1::6/125")
	lan6    = netip.MustParsePrefix("fd50:50::/64")
	app6    = netip.MustParseAddr("fd20:8:2::10")
	next6   = netip.MustParseAddr("fd20:8:2::11")
)

const (
	hostAddress6 = "fd50:50::2"
	key6         = "0xAnotherKey.ForIPv6__"
)

// withIPv6 gives the line a session over IPv6, its VPC an IPv6 range and its
// app host an address, and a neighbour that has one as well.
func (l line) withIPv6() line {
	l.vif.Peers = append(l.vif.Peers, intent.Peer{
		ID: demarc.NewBGPPeerID(), LocalASN: 64512, PeerASN: 65001, Local: ours6, Remote: theirs6,
		Key: demarc.NewSecret(key6), PrefixLimit: 3, BFD: intent.DefaultBFD,
	})
	l.vpc.More = []netip.Prefix{cidr6}
	l.vpc.Hosts[0].IPv6 = app6
	second := l.vpc.Hosts[0]
	second.IPv6, second.Address = next6, app.Next()
	second.Jack.Namespace, second.Jack.Address = l.customer+"-app2", netip.PrefixFrom(app.Next(), 24)
	l.vpc.Hosts = append(l.vpc.Hosts, second)
	return l
}

// withoutIPv4 leaves the second session alone.
func (l line) withoutIPv4() line {
	l.vif.Peers = l.vif.Peers[1:]
	return l
}

// A dualBed is a bed whose customer has both families.
type dualBed struct {
	*bed
	second *linux.Namespace // the other app host
}

func newDualBed(t *testing.T, l line) *dualBed {
	t.Helper()
	b := dualIn(newWorld(t), l)
	b.customer.mtu = l.vif.MTU
	b.host, b.device = b.node(host), b.node(device)
	b.host.tell(hostIntent(1, l))
	b.device.tell(deviceIntent(1, l))
	b.customer.tag(l.vif.VLAN, theirs, theirs6)
	return b
}

// begin has BIRD bring both sessions up, and waits until packets of both families
// cross.
func (b *dualBed) begin() {
	b.t.Helper()
	b.customer.birdDual()
	b.sessions(true, true)
	b.crosses()
	b.crosses6()
}

// dualIn makes the places of a line, and a customer's network of both families.
func dualIn(w *world, l line) *dualBed {
	w.t.Helper()
	b := &dualBed{bed: &bed{world: w, line: l, customer: w.customer(l.customer), app: w.place(l.customer + "-app")}, second: w.place(l.customer + "-app2")}
	b.customer.lan6()
	return b
}

// twoDuals are two customers with all addresses in common, each on its line of one
// device, who take frames of so many octets: all is up, and packets cross.
func twoDuals(w *world, mtu int, first, second line) (a, z *dualBed) {
	w.t.Helper()
	a, z = dualIn(w, first), dualIn(w, second)
	h, d := w.node(host), w.node(device)
	h.tell(hostIntent(1, first, second))
	d.tell(deviceIntent(1, first, second))
	for _, b := range []*dualBed{a, z} {
		b.host, b.device = h, d
		b.customer.mtu = mtu
		b.customer.tag(b.line.vif.VLAN, theirs, theirs6)
		b.customer.birdDual()
		b.sessions(true, true)
		b.crosses()
		b.crosses6()
	}
	return a, z
}

// lan6 gives the customer's network IPv6 as well.
func (c *customer) lan6() {
	w := c.world
	w.t.Helper()
	must(w.t, c.router.Sysctl("net/ipv6/conf/all/forwarding", "1"))
	must(w.t, linux.EnsureVeth(
		linux.End{Namespace: c.router, Name: "lan0", MTU: 9001, LinkLocal: true, Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.50.1/24"), netip.MustParsePrefix("fd50:50::1/64")}},
		linux.End{Namespace: c.host, Name: "eth0", MTU: 9001, LinkLocal: true, Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.50.2/24"), netip.MustParsePrefix("fd50:50::2/64")}},
	))
	w.run(c.host, "ip", "-6", "route", "add", "default", "via", "fd50:50::1")
}

// birdDual starts BIRD with a session for each family, as an engineer would
// write it; more is announced over IPv6.
func (c *customer) birdDual(more ...string) {
	t := c.world.t
	t.Helper()
	dir := filepath.Join(c.world.dir, c.name)
	must(t, os.MkdirAll(dir, 0o755))
	config := fmt.Sprintf(`
router id 192.168.50.1;
protocol device { scan time 1; }
protocol direct { ipv4; ipv6; interface "lan0"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; }
protocol static { ipv6; %[7]s }
protocol bfd { interface "eth*" { min rx interval 300 ms; min tx interval 300 ms; multiplier 3; }; }
template bgp dx {
	local as 65001;
	bfd on;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
}
protocol bgp dx4 from dx {
	local %[1]s; neighbor %[2]s as 64512; password "%[3]s";
	ipv4 { import all; export where source != RTS_BGP; };
}
protocol bgp dx6 from dx {
	local %[4]s; neighbor %[5]s as 64512; password "%[6]s";
	ipv6 { import all; export where source != RTS_BGP; };
}
`, theirs.Addr(), ours.Addr(), key, theirs6.Addr(), ours6.Addr(), key6, strings.Join(more, " "))
	must(t, os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(config), 0o644))
	c.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
}

// frrDual starts FRR with the same intention.
func (c *customer) frrDual() {
	c.frrd(fmt.Sprintf(`
router bgp 65001
 bgp router-id 192.168.50.1
 no bgp ebgp-requires-policy
 neighbor %[1]s remote-as 64512
 neighbor %[1]s password %[2]s
 neighbor %[1]s timers connect 2
 neighbor %[3]s remote-as 64512
 neighbor %[3]s password %[4]s
 neighbor %[3]s timers connect 2
 address-family ipv4 unicast
  network 192.168.50.0/24
  no neighbor %[3]s activate
 exit-address-family
 address-family ipv6 unicast
  network fd50:50::/64
  neighbor %[3]s activate
 exit-address-family
`, ours.Addr(), key, ours6.Addr(), key6))
}

var dualRouters = map[string]func(*dualBed){
	"BIRD": func(b *dualBed) { b.customer.birdDual() },
	"FRR":  func(b *dualBed) { b.customer.frrDual() },
}

// sessions waits until as many sessions are established, and returns the VIF.
func (b *dualBed) sessions(up ...bool) intent.VIFSeen {
	b.t.Helper()
	var v intent.VIFSeen
	eventually(b.t, fmt.Sprintf("sessions are %v", up), func() bool {
		v, _ = b.device.vif(b.line)
		if len(v.Session) != len(up) {
			return false
		}
		for i, want := range up {
			if v.Session[i].Established() != want {
				return false
			}
		}
		return true
	})
	return v
}

// crosses6 waits until IPv6 packets go both ways.
func (b *dualBed) crosses6() {
	b.t.Helper()
	eventually(b.t, "the customer reaches the app host over IPv6", func() bool { return b.reaches(b.customer.host, app6.String()) })
	eventually(b.t, "the app host reaches the customer over IPv6", func() bool { return b.reaches(b.app, hostAddress6) })
}

// fetch6 gets so many octets over TCP from a port that to opens for it, and
// returns how many came.
func (b *dualBed) fetch6(from, to *linux.Namespace, address string, octets int) int {
	b.t.Helper()
	var listener net.Listener
	must(b.t, to.Do(func() (err error) {
		listener, err = net.Listen("tcp6", ":8")
		return err
	}))
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			conn.Write(make([]byte, octets))
			conn.Close()
		}
	}()
	var conn net.Conn
	must(b.t, from.Do(func() (err error) {
		conn, err = net.DialTimeout("tcp6", net.JoinHostPort(address, "8"), 3*time.Second)
		return err
	}))
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	total := 0
	for buffer := make([]byte, 65536); ; {
		n, err := conn.Read(buffer)
		total += n
		if err != nil {
			return total
		}
	}
}

// Both families on one interface, each with a session and a key of its own.
func TestBothFamiliesOnOneInterface(t *testing.T) {
	for name, start := range dualRouters {
		t.Run(name, func(t *testing.T) {
			b := newDualBed(t, newLine("acme-r1", "p1").withIPv6())
			start(b)
			b.sessions(true, true)
			b.crosses()
			b.crosses6()
			if got := b.fetch6(b.app, b.customer.host, hostAddress6, 1<<20); got != 1<<20 {
				t.Errorf("%d octets came over TCP", got)
			}
			for to, from := range map[string]string{hostAddress: ours.Addr().String(), hostAddress6: ours6.Addr().String()} {
				// The third hop is the interface's namespace.
				out, _ := exec.Command("ip", "netns", "exec", b.app.Name(), "ping", "-c1", "-W1", "-t3", to).CombinedOutput()
				if !strings.Contains(string(out), "From "+from) || !strings.Contains(string(out), "Time") {
					t.Errorf("a packet to %s that expires on the way is answered by %s", to, out)
				}
			}
			eventually(t, "app hosts reach each other over IPv6", func() bool { return b.reaches(b.app, next6.String()) })
			v := b.sessions(true, true)
			var accepted, advertised []string
			for r := range v.Accepted.All() {
				accepted = append(accepted, r.Prefix.String())
			}
			for r := range v.Advertised.All() {
				advertised = append(advertised, r.Prefix.String())
			}
			if got, want := fmt.Sprint(accepted, advertised), fmt.Sprint([]any{lan, lan6}, []any{cidr, cidr6}); got != want {
				t.Errorf("accepted and advertised %s, want %s", got, want)
			}
			eventually(t, "the VPC knows a prefix of each family", func() bool { return len(b.vpc().Propagated) == 2 })
			eventually(t, "both nodes have done all they were told", func() bool { return b.device.done(1) && b.host.done(1) })
		})
	}
}

func TestIPv6Alone(t *testing.T) {
	for name, start := range dualRouters {
		t.Run(name, func(t *testing.T) {
			b := newDualBed(t, newLine("acme-r1", "p1").withIPv6().withoutIPv4())
			start(b)
			b.sessions(true)
			b.crosses6()
			if b.reaches(b.customer.host, appAddress) {
				t.Error("IPv4 crosses without a session")
			}
		})
	}
}

// A session that leaves takes its family's routes and leaves the other alone.
func TestOneFamilyGoesWithoutTheOther(t *testing.T) {
	for name, test := range map[string]struct {
		kill     string // what the customer's engineer turns off
		up       []bool
		survives string
		gone     string
	}{
		"IPv6 goes": {"dx6", []bool{true, false}, hostAddress, hostAddress6},
		"IPv4 goes": {"dx4", []bool{false, true}, hostAddress6, hostAddress},
	} {
		t.Run(name, func(t *testing.T) {
			b := newDualBed(t, newLine("acme-r1", "p1").withIPv6())
			b.customer.birdDual()
			b.sessions(true, true)
			b.crosses()
			b.crosses6()
			f := b.ping(b.app, test.survives)
			b.run(b.customer.router, "birdc", "-s", filepath.Join(b.dir, b.customer.name, "bird.ctl"), "disable", test.kill)
			b.sessions(test.up...)
			eventually(t, "its family leads nowhere", func() bool { return !b.reaches(b.app, test.gone) })
			if sent, lost := f.end(t); lost > 0 {
				t.Errorf("%d of %d packets of the other family were lost", lost, sent)
			}
		})
	}
}

// The limit is each family's own.
func TestTooManyIPv6PrefixesLeaveIPv4(t *testing.T) {
	b := newDualBed(t, newLine("acme-r1", "p1").withIPv6())
	b.customer.birdDual("route fd60::/64 blackhole; route fd61::/64 blackhole; route fd62::/64 blackhole;")
	eventually(t, "the IPv6 session is held down and the other is not", func() bool {
		v, _ := b.device.vif(b.line)
		return len(v.Session) == 2 && v.Session[0].Established() && strings.Contains(v.Session[1].Reason, "too many prefixes") && v.Session[1].State == "Idle"
	})
	b.crosses()
	eventually(t, "IPv6 leads nowhere", func() bool { return !b.reaches(b.app, hostAddress6) })
}

// What each session says of the other's family, its own link and nobody's
// networks is not accepted. A translator from IPv6 to IPv4 is somebody's.
func TestForbiddenIPv6PrefixesAreRefusedWithAReason(t *testing.T) {
	l := newLine("acme-r1", "p1").withIPv6()
	l.vif.Peers[1].PrefixLimit = 100
	b := newDualBed(t, l)
	b.customer.birdDual("route fd20:8:2:1::/64 blackhole; route 0:1::/32 blackhole; route 64:ff9b::/95 blackhole; route 64:ff9b::/96 blackhole; route 64:ff9b:1:7::/96 blackhole; route fdd6:6172:6d63:1::/126 blackhole; route fd20::/16 blackhole;")
	want := map[string]string{
		"fd20:8:2:1::/64": "a network that the gateway leads to", "0:1::/32": "RFC 6890", "64:ff9b::/95": "RFC 6890", "fdd6:6172:6d63:1::/126": "subnet of the session",
	}
	eventually(t, "the forbidden ones are refused and the others accepted", func() bool {
		v, _ := b.device.vif(b.line)
		for _, r := range v.Refused {
			if !strings.Contains(r.Reason, want[r.Prefix.String()]) {
				t.Fatalf("%s is refused because %s", r.Prefix, r.Reason)
			}
		}
		return len(v.Refused) == len(want) && v.Accepted.Len() == 5
	})
}

// Both agents stop and start while packets of both families flow.
func TestARestartLosesNoPacketOfEitherFamily(t *testing.T) {
	for name, start := range dualRouters {
		t.Run(name, func(t *testing.T) {
			b := newDualBed(t, newLine("acme-r1", "p1").withIPv6())
			start(b)
			b.sessions(true, true)
			b.crosses()
			b.crosses6()
			floods := map[string]*flood{
				"IPv4 there": b.ping(b.customer.host, appAddress), "IPv4 back": b.ping(b.app, hostAddress),
				"IPv6 there": b.ping(b.customer.host, app6.String()), "IPv6 back": b.ping(b.app, hostAddress6),
			}
			b.device.stop()
			b.host.stop()
			b.packetsPass(100) // without any agent
			b.device, b.host = b.node(device), b.node(host)
			b.sessions(true, true)
			eventually(t, "the VPC host has learned both prefixes again", func() bool {
				p := b.vpc().Propagated
				return len(p) == 2 && p[0].Path.ASPathLength == 1 && p[1].Path.ASPathLength == 1
			})
			b.packetsPass(100)
			for name, f := range floods {
				if sent, lost := f.end(t); lost > 0 || sent < 50 {
					t.Errorf("%s: %d of %d packets were lost", name, lost, sent)
				}
			}
		})
	}
}

// A peer that is taken out is told so, its address goes, and the other session
// does not notice; put back, it comes up again.
func TestAPeerIsTakenOutAndPutBack(t *testing.T) {
	l := newLine("acme-r1", "p1").withIPv6()
	b := newDualBed(t, l)
	b.begin()
	f := b.ping(b.app, hostAddress)
	both := l.vif.Peers
	l.vif.Peers = both[:1]
	b.device.tell(deviceIntent(2, l))
	control := filepath.Join(b.dir, b.customer.name, "bird.ctl")
	eventually(t, "the customer's router hears of it, by BGP or by BFD", func() bool {
		return strings.Contains(b.run(b.customer.router, "birdc", "-s", control, "show", "protocols", "all", "dx6"), "Last error")
	})
	eventually(t, "the address is gone", func() bool {
		return !strings.Contains(b.run(b.home(l), "ip", "-6", "addr", "show", "dev", "vif0"), "inet6")
	})
	b.sessions(true)
	l.vif.Peers = both
	b.device.tell(deviceIntent(3, l))
	b.sessions(true, true)
	b.crosses6()
	if sent, lost := f.end(t); lost > 0 {
		t.Errorf("%d of %d packets of the other family were lost", lost, sent)
	}
}

// home is the namespace of the line's interface.
func (w *world) home(l line) *linux.Namespace {
	w.t.Helper()
	n, err := linux.OpenNamespace(w.instance.VIF(device, l.vif.ID))
	must(w.t, err)
	w.t.Cleanup(func() { n.Close() })
	return n
}
