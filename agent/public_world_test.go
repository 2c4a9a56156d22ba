package agent_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// The public network of these tests: its prefixes, a server in each, and what
// is on the internet beyond.
const (
	server4 = "203.0.113.80"
	server6 = "2001:db8:203::80"
	beyond  = "198.51.100.10"
)

var publicNetwork = []demarc.PublicPrefix{
	{Prefix: netip.MustParsePrefix("203.0.113.0/24"), Scope: demarc.LocalScope},
	{Prefix: netip.MustParsePrefix("203.0.112.0/24"), Scope: demarc.ContinentScope},
	{Prefix: netip.MustParsePrefix("203.0.111.0/24"), Scope: demarc.GlobalScope},
	{Prefix: netip.MustParsePrefix("2001:db8:203::/48"), Scope: demarc.LocalScope},
}

var uplinks = []intent.UplinkRouter{
	{Local: netip.MustParsePrefix("198.18.1.1/30"), Remote: netip.MustParsePrefix("198.18.1.2/30")},
	{Local: netip.MustParsePrefix("2001:db8:18:1::1/64"), Remote: netip.MustParsePrefix("2001:db8:18:1::2/64")},
}

// A publicLine is a customer with addresses of its own, on a port.
type publicLine struct {
	line
	n int // distinguishes its addresses
}

// own is the customer's n-th prefix of each family, as its router has it.
func (l publicLine) own() (v4, v6 netip.Prefix) {
	return netip.MustParsePrefix(fmt.Sprintf("192.0.2.%d/27", 32*l.n+1)), netip.MustParsePrefix(fmt.Sprintf("2001:db8:%d::1/64", l.n))
}

// hosts are what is behind the router.
func (l publicLine) hosts() (v4, v6 netip.Addr) {
	p4, p6 := l.own()
	return p4.Addr().Next(), p6.Addr().Next()
}

func newPublicLine(n int, asn demarc.ASN) publicLine {
	name := fmt.Sprintf("public%d", n)
	l := publicLine{line{customer: name, port: intent.Port{
		ID: demarc.PortID(fmt.Sprintf("%s/p%d", device, n)), Interface: fmt.Sprintf("p%d", n), Rate: demarc.Gbps,
		Cable: &intent.Jack{Namespace: name, Interface: "eth0"},
	}}, n}
	v4, v6 := l.own()
	l.vif = intent.VIF{
		ID: demarc.NewVirtualInterfaceID(), Port: l.port.ID, VLAN: 101, MTU: 1500, Gateway: intent.PublicNetwork,
		Filters: []netip.Prefix{v4.Masked(), v6.Masked()},
		Peers:   []intent.Peer{l.peer(4, asn), l.peer(6, asn)},
	}
	return l
}

func (l publicLine) peer(family int, asn demarc.ASN) intent.Peer {
	p := intent.Peer{
		ID: demarc.NewBGPPeerID(), LocalASN: demarc.PublicASN, PeerASN: asn, Key: demarc.NewSecret(key), PrefixLimit: intent.PublicPrefixLimit,
		Local: netip.MustParsePrefix(fmt.Sprintf("198.18.%d.1/30", 50+l.n)), Remote: netip.MustParsePrefix(fmt.Sprintf("198.18.%d.2/30", 50+l.n)),
	}
	if family == 6 {
		p.Local, p.Remote = netip.MustParsePrefix(fmt.Sprintf("2001:db8:18:%d::1/125", 50+l.n)), netip.MustParsePrefix(fmt.Sprintf("2001:db8:18:%d::6/125", 50+l.n))
	}
	return p
}

// publicIntent is a device with an uplink into the place "fabric", and public
// interfaces.
func publicIntent(version int64, lines ...publicLine) intent.Node {
	gw := intent.Gateway{ID: intent.PublicNetwork, ASN: demarc.PublicASN, Public: &intent.Public{Prefixes: publicNetwork, Uplink: &intent.Uplink{
		Jack: intent.Jack{Namespace: "fabric", Interface: "d1"}, ASN: 64500, Routers: uplinks,
	}}}
	for _, p := range publicNetwork {
		gw.Networks, gw.Allowed = append(gw.Networks, p.Prefix), append(gw.Allowed, p.Prefix)
	}
	d := &intent.Device{RouterID: netip.MustParseAddr("10.255.0.1"), Gateways: []intent.Gateway{gw}}
	for _, l := range lines {
		d.Ports, d.VIFs = append(d.Ports, l.port), append(d.VIFs, &l.vif)
	}
	return intent.Node{Node: device, Version: version, Device: d}
}

// A publicBed is customers with public interfaces on one device.
type publicBed struct {
	*world
	lines          []publicLine
	customers      []*customer
	device         *node
	fabric, server *linux.Namespace
}

func newPublicBed(t *testing.T, lines ...publicLine) *publicBed {
	t.Helper()
	b := &publicBed{world: newWorld(t), lines: lines}
	b.buildFabric()
	for _, l := range lines {
		b.customers = append(b.customers, b.publicCustomer(l))
	}
	b.device = b.node(device)
	b.device.tell(publicIntent(1, lines...))
	for i, l := range lines {
		b.customers[i].tag(l.vif.VLAN, l.vif.Peers[0].Remote, l.vif.Peers[1].Remote)
	}
	return b
}

// buildFabric makes the operator's router, which is BIRD, with a server behind
// it and the internet beyond.
func (b *publicBed) buildFabric() {
	t := b.t
	t.Helper()
	b.fabric, b.server = b.place("fabric"), b.place("server")
	for _, path := range []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"} {
		must(t, b.fabric.Sysctl(path, "1"))
	}
	must(t, linux.EnsureVeth(
		linux.End{Namespace: b.fabric, Name: "lan0", LinkLocal: true, Addresses: []netip.Prefix{netip.MustParsePrefix("203.0.113.1/24"), netip.MustParsePrefix("2001:db8:203::1/64")}},
		linux.End{Namespace: b.server, Name: "eth0", LinkLocal: true, Addresses: []netip.Prefix{netip.MustParsePrefix(server4 + "/24"), netip.MustParsePrefix(server6 + "/64")}},
	))
	b.run(b.server, "ip", "route", "add", "default", "via", "203.0.113.1")
	b.run(b.server, "ip", "-6", "route", "add", "default", "via", "2001:db8:203::1")
	must(t, linux.EnsureVeth(
		linux.End{Namespace: b.fabric, Name: "beyond0", Addresses: []netip.Prefix{netip.MustParsePrefix(beyond + "/32")}},
		linux.End{Namespace: b.fabric, Name: "beyond1"},
	))
	b.birdIn("fabric", b.fabric, `
router id 198.18.1.2;
protocol device { scan time 1; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; }
protocol static { ipv4; route 203.0.113.0/24 unreachable; route 203.0.112.0/24 unreachable; route 203.0.111.0/24 unreachable; route 198.51.100.0/24 unreachable; }
protocol static { ipv6; route 2001:db8:203::/48 unreachable; }
template bgp edge { local as 64500; connect delay time 1; connect retry time 1; error wait time 1, 2; }
protocol bgp d4 from edge { neighbor 198.18.1.1 as 7224; ipv4 { import all; export where source = RTS_STATIC; }; }
protocol bgp d6 from edge { neighbor 2001:db8:18:1::1 as 7224; ipv6 { import all; export where source = RTS_STATIC; }; }
`)
}

// birdIn starts BIRD in a place.
func (b *publicBed) birdIn(name string, n *linux.Namespace, config string) *customer {
	t := b.t
	t.Helper()
	dir := filepath.Join(b.dir, name)
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(config), 0o644))
	c := &customer{world: b.world, name: name, router: n}
	t.Cleanup(c.kill)
	c.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
	return c
}

// publicCustomer makes a router with its own prefixes behind it.
func (b *publicBed) publicCustomer(l publicLine) *customer {
	t := b.t
	t.Helper()
	c := &customer{world: b.world, name: l.customer, router: b.place(l.customer), host: b.place(l.customer + "-host")}
	for _, path := range []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"} {
		must(t, c.router.Sysctl(path, "1"))
	}
	v4, v6 := l.own()
	h4, h6 := l.hosts()
	must(t, linux.EnsureVeth(
		linux.End{Namespace: c.router, Name: "lan0", LinkLocal: true, Addresses: []netip.Prefix{v4, v6}},
		linux.End{Namespace: c.host, Name: "eth0", LinkLocal: true, Addresses: []netip.Prefix{netip.PrefixFrom(h4, v4.Bits()), netip.PrefixFrom(h6, v6.Bits())}},
	))
	b.run(c.host, "ip", "route", "add", "default", "via", v4.Addr().String())
	b.run(c.host, "ip", "-6", "route", "add", "default", "via", v6.Addr().String())
	return c
}

// bird starts the i-th customer's BIRD. What it announces besides its networks,
// and what it does to all, is said in BIRD's words.
func (b *publicBed) bird(i int, static, filter string) {
	l := b.lines[i]
	p4, p6 := l.vif.Peers[0], l.vif.Peers[1]
	b.customers[i].daemon = b.birdIn(l.customer, b.customers[i].router, fmt.Sprintf(`
router id 198.18.%[1]d.2;
protocol device { scan time 1; }
protocol direct { ipv4; ipv6; interface "lan0"; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; }
protocol static { ipv4; %[2]s }
filter ours { if source = RTS_BGP then reject; %[3]s accept; }
template bgp dx { local as %[4]d; password "%[5]s"; connect delay time 1; connect retry time 1; error wait time 1, 2; }
protocol bgp dx4 from dx { neighbor %[6]s as 7224; ipv4 { import all; export filter ours; }; }
protocol bgp dx6 from dx { neighbor %[7]s as 7224; ipv6 { import all; export filter ours; }; }
`, 50+l.n, static, filter, p4.PeerASN, key, p4.Local.Addr(), p6.Local.Addr())).daemon
}

// up waits until the i-th customer's sessions are established and it has heard
// of all of the public network.
func (b *publicBed) up(i int) intent.VIFSeen {
	b.t.Helper()
	var v intent.VIFSeen
	eventually(b.t, b.lines[i].customer+" hears of the public network", func() bool {
		v, _ = b.device.vif(b.lines[i].line)
		return len(v.Session) == 2 && v.Session[0].Established() && v.Session[1].Established() && v.Accepted.Len() >= 2 && v.Advertised.Len() == len(publicNetwork)
	})
	return v
}

var marks = regexp.MustCompile(`BGP\.(as_path|community): *(.*)`)

// told is the AS path and the communities that a place's BIRD has for a prefix,
// and empty if it has none.
func (b *publicBed) told(place string, n *linux.Namespace, prefix netip.Prefix) string {
	b.t.Helper()
	// It ends with an error when it has none.
	out, _ := exec.Command("ip", "netns", "exec", n.Name(), "birdc", "-s", filepath.Join(b.dir, place, "bird.ctl"), "show", "route", "all", prefix.Masked().String()).CombinedOutput()
	if !strings.Contains(string(out), "Table master") && !strings.Contains(string(out), "Network not found") {
		b.t.Fatalf("BIRD of %s says: %s", place, out)
	}
	var said []string
	for _, m := range marks.FindAllStringSubmatch(string(out), -1) {
		said = append(said, strings.TrimSpace(m[2]))
	}
	return strings.Join(said, " | ")
}

var counterLine = regexp.MustCompile(`counter packets (\d+)`)

// tryRun reports whether a command in a namespace succeeds.
func tryRun(n *linux.Namespace, args ...string) bool {
	return exec.Command("ip", append([]string{"netns", "exec", n.Name()}, args...)...).Run() == nil
}

func output(t *testing.T, n *linux.Namespace, args ...string) string {
	t.Helper()
	out, err := exec.Command("ip", append([]string{"netns", "exec", n.Name()}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s in %s: %v: %s", strings.Join(args, " "), n, err, out)
	}
	return string(out)
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	i, err := strconv.Atoi(text)
	must(t, err)
	return i
}
