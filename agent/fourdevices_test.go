package agent_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"demarc"
	"demarc/agent"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/intent"
)

// A quad is one customer's router with a line to each of four devices, two in
// each of two locations, and one VPC behind them all. Every device's agent is a
// process that finds its intent on disk; there is no control plane.
type quad struct {
	*world
	names    []demarc.NodeID
	lines    []line
	agents   []*child
	host     *node
	customer *customer
	app      *linux.Namespace
}

func newQuad(t *testing.T) *quad {
	t.Helper()
	q := &quad{world: newWorld(t), names: []demarc.NodeID{"lis1-d1", "lis1-d2", "opo1-d1", "opo1-d2"}}
	q.customer, q.app = q.world.customer("acme-r1"), q.place("acme-r1-app")
	q.host = q.node(host)
	first := newLine("acme-r1", "p0")
	first.vpc.Gateways[0].Devices = nil
	for i, name := range q.names {
		first.vpc.Gateways[0].Devices = append(first.vpc.Gateways[0].Devices, intent.DevicePeer{Node: name, RouterID: q.routerID(i)})
	}
	q.host.tell(hostIntent(1, first))
	var ends [][2]netip.Prefix
	for i, name := range q.names {
		l := first
		ours, theirs := q.ends(i)
		l.port = intent.Port{
			ID: demarc.PortID(name + "/p0"), Interface: "p0", Rate: demarc.Gbps,
			Cable: &intent.Jack{Namespace: "acme-r1", Interface: fmt.Sprintf("eth%d", i)},
		}
		peer := first.vif.Peers[0]
		peer.ID, peer.Local, peer.Remote = demarc.NewBGPPeerID(), ours, theirs
		l.vif.ID, l.vif.Port, l.vif.Peers = demarc.NewVirtualInterfaceID(), l.port.ID, []intent.Peer{peer}
		n := deviceIntent(1, l)
		n.Node, n.Device.RouterID = name, q.routerID(i)
		(&machine{world: q.world}).keep(n)
		q.lines, q.agents = append(q.lines, l), append(q.agents, q.child(name))
		q.customer.tagOn(l.port.Cable.Interface, 101, theirs)
		ends = append(ends, [2]netip.Prefix{theirs, ours})
	}
	q.customer.birdBFD(ends...)
	return q
}

func (q *quad) routerID(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 255, 1, byte(i)}) }

func (q *quad) ends(i int) (ours, theirs netip.Prefix) {
	third := byte(10 * (i + 1))
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, third, 1}), 30), netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, third, 2}), 30)
}

// ways are over how many devices the VPC and the customer's router send.
func (q *quad) ways() (there, back int) {
	for _, v := range q.host.report().VPCs {
		for _, p := range v.Propagated {
			if p.Prefix == lan {
				back++
			}
		}
	}
	return strings.Count(q.run(q.customer.router, "ip", "route", "show", cidr.String()), "via "), back
}

// beats is how many lines BFD watches.
func (q *quad) beats() int {
	return strings.Count(q.run(q.customer.router, "birdc", "-s", q.dir+"/"+q.customer.name+"/bird.ctl", "show", "bfd", "sessions"), "Up")
}

// settles waits until both directions have so many ways.
func (q *quad) settles(there, back, beats int) {
	q.t.Helper()
	eventually(q.t, fmt.Sprintf("there are %d ways there, %d back, and BFD on %d", there, back, beats), func() bool {
		a, b := q.ways()
		return a == there && b == back && q.beats() == beats
	})
}

// flows is how many addresses ping and are pinged, so that each way is likely
// to have one of them.
const flows = 4

// loses has something happen under traffic, waits until it is over, and checks
// how many of the 100 packets a second any flow lost, either way.
func (q *quad) loses(what string, most int, happen, over func()) {
	q.t.Helper()
	var all []*flood
	for i := range flows {
		address := fmt.Sprintf("192.168.50.%d", 2+i)
		all = append(all, q.ping(q.customer.host, "-I", address, appAddress), q.ping(q.app, address))
	}
	q.run(q.customer.host, "ping", "-q", "-c50", "-i0.01", appAddress)
	happen()
	over()
	q.run(q.customer.host, "ping", "-q", "-c100", "-i0.01", appAddress)
	worst := 0
	for _, f := range all {
		_, lost := f.end(q.t)
		worst = max(worst, lost)
	}
	q.t.Logf("%s: the worst flow lost %d packets", what, worst)
	if worst > most {
		q.t.Errorf("%s: a flow lost %d packets, want %d at most", what, worst, most)
	}
}

// With control away, whatever is lost moves traffic by itself.
func TestFourDevices(t *testing.T) {
	q := newQuad(t)
	for i := 1; i < flows; i++ {
		q.run(q.customer.host, "ip", "address", "add", fmt.Sprintf("192.168.50.%d/24", 2+i), "dev", "eth0")
	}
	q.settles(4, 4, 4)

	// BFD takes up to 900 ms; the machine may be busy.
	q.loses("a cable", 250, func() { q.run(q.customer.router, "ip", "link", "set", "eth0", "down") }, func() { q.settles(3, 3, 3) })
	q.run(q.customer.router, "ip", "link", "set", "eth0", "up")
	q.settles(4, 4, 4)

	// What is forwarded goes on, also while the customer's router moves away.
	q.loses("an agent", 20, q.agents[1].kill, func() { q.settles(3, 4, 3) })
	q.agents[1] = q.child(q.names[1])
	q.settles(4, 4, 4)

	q.loses("a device", 250, func() {
		q.agents[2].kill()
		must(t, agent.Teardown(q.instance, q.names[2]))
	}, func() { q.settles(3, 3, 3) })

	// An agent mends its end, and nobody mends that of a dead one.
	link, space := naming.BackboneDevice(host, string(q.lines[3].vpc.ID)), q.space(3)
	gone := func() { q.run(space, "ip", "link", "delete", link) }
	q.loses("a backbone link", 100, gone, func() {
		eventually(t, "the link is mended", func() bool {
			l, _, err := linux.LinkState(space, link)
			return err == nil && l.Carrier
		})
		q.settles(3, 3, 3)
	})
	q.agents[3].kill()
	q.settles(2, 3, 2)
	q.loses("a dead agent's backbone link", 100, gone, func() { q.settles(2, 2, 2) })
}

// space is the gateway's namespace on a device.
func (q *quad) space(i int) *linux.Namespace {
	q.t.Helper()
	n, err := linux.OpenNamespace(q.instance.Gateway(q.names[i], q.lines[i].gateway))
	must(q.t, err)
	q.t.Cleanup(func() { n.Close() })
	return n
}
