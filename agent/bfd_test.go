package agent_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

const second = demarc.NodeID("d2")

// The second line's addresses.
var (
	ours2   = netip.MustParsePrefix("169.254.20.1/30")
	theirs2 = netip.MustParsePrefix("169.254.20.2/30")
)

// A pair is one customer's router with two lines to one VPC, on two devices.
type pair struct {
	*world
	lines    [2]line
	devices  [2]*node
	host     *node
	customer *customer
	app      *linux.Namespace
	version  int64 // of what the nodes were told last
	// away are devices whose locations are in another Region than the VPC.
	away []demarc.NodeID
}

// newPair builds it, up to the customer's router. The second line is on the
// device that is named.
func newPair(t *testing.T, other demarc.NodeID) *pair {
	t.Helper()
	p := &pair{world: newWorld(t)}
	one := newLine("acme-r1", "p1")
	two := one
	two.vif.ID, two.port.ID, two.port.Interface = demarc.NewVirtualInterfaceID(), demarc.PortID(other+"/p2"), "p2"
	two.port.Cable = &intent.Jack{Namespace: "acme-r1", Interface: "eth1"}
	two.vif.Port = two.port.ID
	peer := one.vif.Peers[0]
	peer.ID, peer.Local, peer.Remote = demarc.NewBGPPeerID(), ours2, theirs2
	two.vif.Peers = []intent.Peer{peer}
	p.lines = [2]line{one, two}
	p.customer, p.app = p.world.customer("acme-r1"), p.place("acme-r1-app")
	p.host = p.node(host)
	p.devices[0] = p.node(device)
	p.devices[1] = p.devices[0]
	if other != device {
		p.devices[1] = p.node(other)
	}
	p.tell(other)
	p.customer.tagOn("eth0", 101, theirs)
	p.customer.tagOn("eth1", 101, theirs2)
	return p
}

// tell tells the nodes what to be.
func (p *pair) tell(other demarc.NodeID) {
	p.version++
	one := p.lines[0]
	if other == device {
		n := deviceIntent(p.version, p.lines[:]...)
		n.Device.Gateways = n.Device.Gateways[:1]
		p.host.tell(hostIntent(p.version, one))
		p.devices[0].tell(n)
		return
	}
	routerID := netip.MustParseAddr("10.255.0.3")
	one.vpc.Gateways = slices.Clone(one.vpc.Gateways)
	one.vpc.Gateways[0].Devices = append(slices.Clip(one.vpc.Gateways[0].Devices), intent.DevicePeer{Node: other, RouterID: routerID})
	p.host.tell(hostIntent(p.version, one))
	n := deviceIntent(p.version, one)
	n.Device.Gateways[0].Hosts[0].Elsewhere = slices.Contains(p.away, n.Node)
	p.devices[0].tell(n)
	n = deviceIntent(p.version, p.lines[1])
	n.Node, n.Device.RouterID = other, routerID
	n.Device.Gateways[0].Hosts[0].Elsewhere = slices.Contains(p.away, other)
	p.devices[1].tell(n)
}

// birdBFD starts BIRD with BFD on each line, given by its two ends, the
// customer's first.
func (c *customer) birdBFD(lines ...[2]netip.Prefix) {
	t := c.world.t
	t.Helper()
	dir := filepath.Join(c.world.dir, c.name)
	must(t, os.MkdirAll(dir, 0o755))
	config := `
router id 192.168.50.1;
protocol device { scan time 1; }
protocol direct { ipv4; interface "lan0"; }
protocol kernel { merge paths on; ipv4 { export where source = RTS_BGP; }; }
protocol bfd { interface "eth*" { min rx interval 300 ms; min tx interval 300 ms; multiplier 3; }; }
`
	for i, ends := range lines {
		config += fmt.Sprintf(`
protocol bgp dx%d {
	local %s as 65001;
	neighbor %s as 64512;
	password "%s";
	bfd on;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source != RTS_BGP; };
}
`, i+1, ends[0].Addr(), ends[1].Addr(), key)
	}
	must(t, os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(config), 0o644))
	c.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
}

// frrBFD starts FRR with the same intention.
func (c *customer) frrBFD(lines ...[2]netip.Prefix) {
	c.world.t.Helper()
	config := `
bfd
 profile dx
  receive-interval 300
  transmit-interval 300
  detect-multiplier 3
router bgp 65001
 bgp router-id 192.168.50.1
 no bgp ebgp-requires-policy
`
	for _, ends := range lines {
		config += fmt.Sprintf(` neighbor %[1]s remote-as 64512
 neighbor %[1]s password %[2]s
 neighbor %[1]s timers connect 2
 neighbor %[1]s bfd profile dx
`, ends[1].Addr(), key)
	}
	c.frrd(config + ` address-family ipv4 unicast
  network 192.168.50.0/24
`)
}

// withBFD are routers with BFD, and what they say of it that changes with its
// state only.
var withBFD = map[string]struct {
	start func(*customer, ...[2]netip.Prefix)
	say   func(*customer) string
}{
	"BIRD": {(*customer).birdBFD, func(c *customer) string {
		return c.world.run(c.router, "birdc", "-s", c.world.dir+"/"+c.name+"/bird.ctl", "show", "bfd", "sessions")
	}},
	"FRR": {(*customer).frrBFD, func(c *customer) string {
		out := c.world.run(c.router, "vtysh", "--vty_socket", c.world.dir+"/"+c.name, "-c", "show bfd peers counters")
		return strings.Join(slices.DeleteFunc(strings.Split(out, "\n"), func(line string) bool { return !strings.Contains(line, "events") }), "\n")
	}},
}

// sameSince reports whether two texts are the same but for how BIRD puts one
// time: it keeps it by one clock and tells it by another, each time anew, and is
// a few milliseconds off, or as many as it waits for a processor between the two.
// A session that went down would be younger by seconds.
func sameSince(before, after string) bool {
	was, is := clockTime.FindAllString(before, -1), clockTime.FindAllString(after, -1)
	if clockTime.ReplaceAllString(before, "") != clockTime.ReplaceAllString(after, "") {
		return false
	}
	for i := range was {
		then, err := time.Parse(clockLayout, was[i])
		now, failed := time.Parse(clockLayout, is[i])
		if err != nil || failed != nil || now.Sub(then).Abs() > 500*time.Millisecond {
			return false
		}
	}
	return true
}

const clockLayout = "15:04:05.000"

var clockTime = regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`)

// cut drops everything on one of the customer's tags, both ways. No carrier is
// lost, and nobody but BFD sees it.
func (p *pair) cut(i int) {
	p.t.Helper()
	link := fmt.Sprintf("eth%d.101", i)
	cmd := exec.Command("ip", "netns", "exec", p.customer.router.Name(), "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf(`table netdev cut%d {
	chain in { type filter hook ingress device "%s" priority 0; policy drop; }
	chain out { type filter hook egress device "%s" priority 0; policy drop; }
}`, i, link, link))
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("cut: %v: %s", err, out)
	}
}

func (p *pair) mend(i int) {
	p.t.Helper()
	p.run(p.customer.router, "nft", "delete", "table", "netdev", fmt.Sprintf("cut%d", i))
}

func (p *pair) session(i int) intent.SessionSeen {
	v, _ := p.devices[i].vif(p.lines[i])
	if len(v.Session) == 0 {
		return intent.SessionSeen{}
	}
	return v.Session[0]
}

func (p *pair) isUp(i int) bool {
	s := p.session(i)
	return s.Established() && s.BFD.Up()
}

// soon is how long a cut may go unnoticed: detection takes 900 ms.
const soon = 1200 * time.Millisecond

func TestACutThatOnlyBFDSees(t *testing.T) {
	for name, router := range withBFD {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, second)
			router.start(p.customer, [2]netip.Prefix{theirs, ours}, [2]netip.Prefix{theirs2, ours2})
			for i := range p.lines {
				eventually(t, "BGP and BFD are up", func() bool { return p.isUp(i) })
			}
			for _, b := range []intent.BFDSeen{p.session(0).BFD, p.session(1).BFD} {
				if b.Detection != 900*time.Millisecond || b.Transmit != 300*time.Millisecond || b.Remote != "Up" {
					t.Errorf("BFD is %+v, want 300 ms times 3", b)
				}
			}
			eventually(t, "the app host reaches the customer", func() bool { return p.reaches(p.app, hostAddress) })
			for i := range p.lines {
				p.failover(i)
			}
		})
	}
}

// endOf is when a session that was established last ended, by its own history:
// when a report tells of it is another matter on a busy machine. One whose history
// does not say ends in the far future.
func endOf(s intent.SessionSeen) time.Time {
	for i := len(s.History) - 1; i > 0; i-- {
		if s.History[i-1].State == "Established" {
			return s.History[i].At
		}
	}
	return time.Now().AddDate(1, 0, 0)
}

// failover cuts one line under traffic, and mends it.
func (p *pair) failover(i int) {
	t := p.t
	t.Helper()
	there, back := p.ping(p.customer.host, appAddress), p.ping(p.app, hostAddress)
	p.cut(i)
	at := time.Now() // what nft's process took is nobody's; what was lost is counted by the packets below
	eventually(t, "the session ends", func() bool { return !p.session(i).Established() })
	s := p.session(i)
	if took := endOf(s).Sub(at); took > soon {
		t.Errorf("line %d: the session ended after %v, want %v", i, took, soon)
	}
	if !strings.Contains(s.Reason, "6/10") || s.BFD.Up() || s.BFD.Reason == "" {
		t.Errorf("line %d ended for %q, BFD %+v", i, s.Reason, s.BFD)
	}
	if v, _ := p.devices[i].vif(p.lines[i]); v.Accepted.Len() != 0 {
		t.Errorf("line %d still has routes: %+v", i, v.Accepted)
	}
	eventually(t, "traffic goes on", func() bool { return p.reaches(p.app, hostAddress) && p.reaches(p.customer.host, appAddress) })
	for name, f := range map[string]*flood{"there": there, "back": back} {
		sent, lost := f.end(t)
		t.Logf("line %d, %s: %d packets, %d lost", i, name, sent, lost)
		if lost > int(soon/(10*time.Millisecond)) {
			t.Errorf("line %d, %s: %d of %d packets were lost", i, name, lost, sent)
		}
	}
	if !p.session(1 - i).Established() {
		t.Errorf("the other line went down, too")
	}
	p.mend(i)
	eventually(t, "the line is back", func() bool { return p.isUp(i) })
}

// An agent that is stopped and started again later than a detection time, and
// one that is killed and started again at once.
func TestBFDOutlivesTheAgent(t *testing.T) {
	for name, router := range withBFD {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, newLine("acme-r1", "p1"))
			router.start(b.customer, [2]netip.Prefix{theirs, ours})
			b.device.established(b.line)
			up := func() bool { v, _ := b.device.vif(b.line); return len(v.Session) == 1 && v.Session[0].BFD.Up() }
			eventually(t, "BFD is up", up)
			b.crosses()
			before := router.say(b.customer)
			there, back := b.ping(b.customer.host, appAddress), b.ping(b.app, hostAddress)
			b.device.stop()
			b.packetsPass(200) // for longer than a detection time
			child := b.child(device)
			select {
			case <-child.sessions:
			case <-time.After(patience):
				t.Fatal("the new agent's session does not come up")
			}
			b.packetsPass(untilRepeated)
			child.kill()
			b.device = b.node(device)
			b.device.established(b.line)
			eventually(t, "BFD is up again", up)
			b.packetsPass(100)
			if after := router.say(b.customer); !sameSince(before, after) {
				t.Errorf("the customer's BFD was:\n%s\nand is:\n%s", before, after)
			}
			for name, f := range map[string]*flood{"there": there, "back": back} {
				sent, lost := f.end(t)
				t.Logf("%s: %d packets, %d lost", name, sent, lost)
				if lost != 0 || sent < 150 {
					t.Errorf("%s: %d of %d packets were lost", name, lost, sent)
				}
			}
		})
	}
}

// A customer that takes BFD out of service keeps its BGP session.
func TestAdminDownIsNoFailure(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.customer.frrBFD([2]netip.Prefix{theirs, ours})
	b.device.established(b.line)
	session := func() intent.SessionSeen { v, _ := b.device.vif(b.line); return v.Session[0] }
	eventually(t, "BFD is up", func() bool { return session().BFD.Up() })
	since := session().Since
	configure := func(shutdown string) {
		b.run(b.customer.router, "vtysh", "--vty_socket", filepath.Join(b.dir, b.customer.name), "-c", "configure terminal", "-c", "bfd", "-c", "profile dx", "-c", shutdown)
	}
	configure("shutdown")
	eventually(t, "BFD is seen to be out of service", func() bool { s := session().BFD; return s.State == "Down" && s.Remote == "AdminDown" })
	b.crosses()
	configure("no shutdown")
	eventually(t, "BFD is up again", func() bool { return session().BFD.Up() })
	if s := session(); !s.Established() || !s.Since.Equal(since) {
		t.Errorf("BGP is %s since %v, was up since %v", s.State, s.Since, since)
	}
}

// Each family has a session of its own, and only the one whose packets are
// lost ends.
func TestBFDOfBothFamilies(t *testing.T) {
	b := newDualBed(t, newLine("acme-r1", "p1").withIPv6())
	b.customer.birdDual()
	both := func() bool {
		v, _ := b.device.vif(b.line)
		return len(v.Session) == 2 && v.Session[0].BFD.Up() && v.Session[1].BFD.Up() && v.Session[0].Established() && v.Session[1].Established()
	}
	eventually(t, "BGP and BFD of both families are up", both)
	b.crosses6()
	nft := func(rules ...string) { b.run(b.customer.router, append([]string{"nft"}, rules...)...) }
	nft(`table netdev cut { chain in { type filter hook ingress device "eth0.101" priority 0; ether type ip6 drop; };
		chain out { type filter hook egress device "eth0.101" priority 0; ether type ip6 drop; }; }`)
	at := time.Now()
	v := b.sessions(true, false)
	if took := endOf(v.Session[1]).Sub(at); took > soon {
		t.Errorf("the session ended after %v", took)
	}
	if s := v.Session[1]; !strings.Contains(s.Reason, "6/10") || s.BFD.Up() || !v.Session[0].BFD.Up() {
		t.Errorf("sessions are %+v", v.Session)
	}
	b.crosses()
	nft("delete table netdev cut")
	eventually(t, "both are up again", both)
}
