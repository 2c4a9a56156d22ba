package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"demarc"
	"demarc/agent"
	"demarc/agent/linux"
	"demarc/intent"
)

const (
	device = demarc.NodeID("d1")
	host   = demarc.NodeID("h1")
)

var (
	cidr     = netip.MustParsePrefix("10.8.2.0/24")
	ours     = netip.MustParsePrefix("169.254.10.1/30")
	theirs   = netip.MustParsePrefix("169.254.10.2/30")
	lan      = netip.MustParsePrefix("192.168.50.0/24")
	app      = netip.MustParseAddr("10.8.2.10")
	internet = netip.MustParseAddr("203.0.113.1")
)

const (
	appAddress  = "10.8.2.10"
	hostAddress = "192.168.50.2"
	webAddress  = "203.0.113.1"
	key         = "0xTheKeyOfThisSession."
)

// A line is one customer's way into one VPC: a port, a VIF, a gateway, a VPC.
type line struct {
	customer string
	port     intent.Port
	vif      intent.VIF
	gateway  demarc.GatewayID
	vpc      intent.VPC
}

// newLine has everything but the ids in common with every other line.
func newLine(customer, port string) line {
	l := line{
		customer: customer,
		port: intent.Port{
			ID: demarc.PortID(string(device) + "/" + port), Interface: port, Rate: demarc.Gbps,
			Cable: &intent.Jack{Namespace: customer, Interface: "eth0"},
		},
		gateway: demarc.NewGatewayID(),
	}
	l.vif = intent.VIF{
		ID: demarc.NewVirtualInterfaceID(), Port: l.port.ID, VLAN: 101, MTU: 1500, Gateway: l.gateway,
		Peers: []intent.Peer{{
			ID: demarc.NewBGPPeerID(), LocalASN: 64512, PeerASN: 65001, Local: ours, Remote: theirs,
			Key: demarc.NewSecret(key), PrefixLimit: 100, BFD: intent.DefaultBFD,
		}},
	}
	l.vpc = intent.VPC{
		ID: demarc.NewVPCID(), CIDR: cidr,
		Hosts: []intent.Host{{Address: app, Jack: intent.Jack{
			Namespace: customer + "-app", Interface: "eth0", Address: netip.PrefixFrom(app, 24), Router: cidr.Addr().Next(),
		}}},
		Gateways: []intent.VPCGateway{{
			ID: l.gateway, ASN: 64512, Target: l.gateway,
			Devices: []intent.DevicePeer{{Node: device, RouterID: netip.MustParseAddr("10.255.0.1")}},
		}},
		Tables: []intent.RouteTable{{ID: demarc.NewRouteTableID(), Propagating: []demarc.GatewayID{l.gateway}}},
	}
	return l
}

// withInternet gives the line's VPC a way out.
func (l line) withInternet() line {
	igw := string(demarc.NewInternetGatewayID())
	l.vpc.InternetGateway = &intent.InternetGateway{
		ID: igw, Address: netip.MustParsePrefix("203.0.113.10/24"), Next: internet,
		Uplink: intent.Jack{Namespace: "internet", Interface: "uplink", Address: netip.PrefixFrom(internet, 24)},
	}
	return l.static(intent.Static{Prefix: demarc.DefaultRoute, Target: igw})
}

// static gives the main route table of the line's VPC these routes by hand, and
// no others.
func (l line) static(routes ...intent.Static) line {
	main := l.vpc.Tables[0]
	main.Static = routes
	l.vpc.Tables = append([]intent.RouteTable{main}, l.vpc.Tables[1:]...)
	return l
}

// deviceIntent is the device's part of some lines.
func deviceIntent(version int64, lines ...line) intent.Node {
	d := &intent.Device{RouterID: netip.MustParseAddr("10.255.0.1")}
	for _, l := range lines {
		if !slices.ContainsFunc(d.Ports, func(p intent.Port) bool { return p.ID == l.port.ID }) {
			d.Ports = append(d.Ports, l.port)
		}
		d.VIFs = append(d.VIFs, &l.vif)
		d.Gateways = append(d.Gateways, intent.Gateway{
			ID: l.gateway, ASN: 64512, Networks: l.vpc.Ranges(), Allowed: l.vpc.Ranges(),
			Hosts: []intent.BackbonePeer{{Node: host, RouterID: netip.MustParseAddr("10.255.0.2"), Network: string(l.vpc.ID)}},
		})
	}
	return intent.Node{Node: device, Version: version, Device: d}
}

// hostIntent is the VPC host's part.
func hostIntent(version int64, lines ...line) intent.Node {
	h := &intent.VPCHost{RouterID: netip.MustParseAddr("10.255.0.2")}
	for _, l := range lines {
		h.VPCs = append(h.VPCs, l.vpc)
	}
	return intent.Node{Node: host, Version: version, VPCHost: h}
}

// A node is an agent at work.
type node struct {
	t       *testing.T
	intents chan intent.Node
	metrics *prometheus.Registry
	health  *agent.Health
	newest  atomic.Pointer[intent.Report]
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// dataDir is where a node of the test keeps its intent.
func (w *world) dataDir(id demarc.NodeID) string { return filepath.Join(w.dir, "data-"+string(id)) }

// node starts an agent, without a control plane until told something.
func (w *world) node(id demarc.NodeID) *node {
	w.t.Helper()
	return w.nodeOf(id, func(*agent.Config) {})
}

// onTheStack is an agent's that has no fast path.
func onTheStack(c *agent.Config) { c.Stack = true }

// nodeOf starts an agent that is set otherwise than usual.
func (w *world) nodeOf(id demarc.NodeID, set func(*agent.Config)) *node {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n := &node{t: w.t, intents: make(chan intent.Node), metrics: prometheus.NewRegistry(), health: &agent.Health{}, cancel: cancel}
	reports := make(chan intent.Report)
	config := agent.Config{
		Instance: w.instance, Node: id, DataDir: w.dataDir(id),
		Log:     slog.New(slog.NewTextHandler(testLog{w.t}, nil)),
		Intents: n.intents, Reports: reports, Registerer: n.metrics, Health: n.health, Round: 300 * time.Millisecond, EchoEvery: echoEvery,
	}
	set(&config)
	done := make(chan struct{})
	n.running.Go(func() {
		defer close(done)
		if err := runAgain(ctx, config); ctx.Err() == nil {
			w.t.Errorf("agent of %s ended: %v", id, err)
		}
	})
	n.running.Go(func() {
		for {
			select {
			case r := <-reports:
				n.newest.Store(&r)
			case <-done:
				return
			}
		}
	})
	w.t.Cleanup(n.stop)
	return n
}

// runAgain runs an agent once the one before has left the node: whatever program a
// test starts has a copy of that one's locks until it has begun, since agents are
// processes of their own and not parts of one elsewhere.
func runAgain(ctx context.Context, config agent.Config) error {
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := agent.Run(ctx, config)
		if !errors.Is(err, agent.ErrRunning) || time.Since(begun) > patience {
			return err
		}
	}
}

// stop ends the agent as SIGTERM does.
func (n *node) stop() {
	n.cancel()
	n.running.Wait()
}

func (n *node) tell(i intent.Node) {
	n.t.Helper()
	select {
	case n.intents <- i:
	case <-n.t.Context().Done():
	}
}

// report is the newest one, empty before the first.
func (n *node) report() intent.Report {
	if r := n.newest.Load(); r != nil {
		return *r
	}
	return intent.Report{}
}

// established waits for the VIF's session.
func (n *node) established(l line) {
	n.t.Helper()
	eventually(n.t, "the session of "+l.customer+" is established", func() bool {
		v, ok := n.vif(l)
		return ok && v.Built && len(v.Session) == 1 && v.Session[0].Established() && v.Accepted.Len() > 0 && v.Advertised.Len() > 0
	})
}

func (n *node) vif(l line) (intent.VIFSeen, bool) {
	r := n.report()
	i := slices.IndexFunc(r.VIFs, func(v *intent.VIFSeen) bool { return v.ID == l.vif.ID })
	if i < 0 {
		return intent.VIFSeen{}, false
	}
	return *r.VIFs[i], true
}

// done reports whether the node has heard of an intent, has its interfaces built,
// and knows of nothing wrong. What else there is to do it may not have come to
// yet: whoever needs that waits for it.
func (n *node) done(version int64) bool {
	r := n.report()
	return r.Applied == version && len(r.Problems) == 0 &&
		!slices.ContainsFunc(r.VIFs, func(v *intent.VIFSeen) bool { return !v.Built })
}

// testLog writes what agents log to the test, which shows it on failure.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	if strings.Contains(string(p), key) {
		l.t.Error("a BGP key was logged")
	}
	l.t.Log(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

// A bed is one customer with a line through one device into one VPC.
type bed struct {
	*world
	line         line
	customer     *customer
	app          *linux.Namespace
	device, host *node
}

// newBed builds it, up to the customer's router, which is the caller's.
func newBed(t *testing.T, l line) *bed {
	t.Helper()
	return newBedAt(t, l, theirs)
}

// newBedAt is one whose customer's router has another address than it should.
func newBedAt(t *testing.T, l line, address netip.Prefix) *bed {
	t.Helper()
	w := newWorld(t)
	b := &bed{world: w, line: l, customer: w.customer(l.customer), app: w.place(l.customer + "-app")}
	if l.vpc.InternetGateway != nil {
		w.place("internet")
	}
	b.host, b.device = w.node(host), w.node(device)
	b.host.tell(hostIntent(1, l))
	b.device.tell(deviceIntent(1, l))
	b.customer.tag(l.vif.VLAN, address)
	return b
}

// up starts the customer's BIRD and waits for packets to cross.
func (b *bed) up(more ...string) {
	b.t.Helper()
	b.customer.bird(theirs.Addr(), ours.Addr(), key, more...)
	b.device.established(b.line)
	b.crosses()
}

// crosses waits until packets go both ways.
func (b *bed) crosses() {
	b.t.Helper()
	eventually(b.t, "the customer reaches the app host", func() bool { return b.reaches(b.customer.host, appAddress) })
	eventually(b.t, "the app host reaches the customer", func() bool { return b.reaches(b.app, hostAddress) })
}
