package agent_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/vlan"
	"demarc/intent"
)

// frame is what a datagram of 1,472 octets is on the line, as rates count it.
const frame = 1514

// An order is the nouns that a line is compiled from, so that a rate is tested
// from where it was ordered to where packets wait.
type order struct {
	connections []demarc.Connection
	lags        []demarc.LAG
	on          demarc.ConnectionID // where the interface is
	limit       demarc.Bandwidth    // its rate limiter; 0 for none
}

// connectionOn is a connection with its port, patched to a socket of acme-r1.
func connectionOn(id demarc.ConnectionID, port string, rate demarc.Bandwidth) demarc.Connection {
	return demarc.Connection{ID: id, Port: demarc.PortID(string(device) + "/" + port), Bandwidth: rate, State: demarc.ConnectionAvailable}
}

// intent is the device's, with the line's gateway and its interface on what was
// ordered. The ports p1, p2 … are patched to the customer's eth0, eth1 ….
func (o order) intent(version int64, l line) intent.Node {
	in := intent.DeviceInputs{
		Device:      demarc.Device{ID: device, RouterID: netip.MustParseAddr("10.255.0.1")},
		Connections: o.connections, LAGs: o.lags,
		Interfaces: []*demarc.VirtualInterface{{
			ID: l.vif.ID, Connection: o.on, VLAN: l.vif.VLAN, MTU: l.vif.MTU, State: demarc.VIFAvailable,
			Gateway: l.gateway, GatewayASN: 64512, RateLimit: o.limit,
			Peers: []demarc.BGPPeer{{
				ID: l.vif.Peers[0].ID, Family: demarc.IPv4, ASN: 65001, AmazonAddress: ours, CustomerAddress: theirs, Key: demarc.NewSecret(key),
			}},
		}},
	}
	for i, name := range []string{"p1", "p2"} {
		id := demarc.PortID(string(device) + "/" + name)
		in.Ports = append(in.Ports, demarc.Port{ID: id, Interface: name})
		for _, c := range o.connections {
			if c.Port == id {
				jack := demarc.Cage{Router: l.customer, Interface: []string{"eth0", "eth1"}[i]}
				in.CrossConnects = append(in.CrossConnects, demarc.CrossConnect{Connection: c.ID, Port: id, Patched: true, Cage: jack})
			}
		}
	}
	n := intent.CompileDevice(in)
	n.Version, n.Device.Gateways = version, deviceIntent(version, l).Device.Gateways
	return n
}

// orderedBed is a bed whose device has what was ordered.
func orderedBed(t *testing.T, o order) *bed {
	t.Helper()
	w, l := newWorld(t), newLine("acme-r1", "p1")
	b := &bed{world: w, line: l, customer: w.customer(l.customer), app: w.place(l.customer + "-app")}
	b.host, b.device = w.node(host), w.node(device)
	b.host.tell(hostIntent(1, l))
	b.device.tell(o.intent(1, l))
	b.customer.tag(l.vif.VLAN, theirs)
	b.up()
	return b
}

// TestRates fills a line both ways with twice as much as it may carry.
func TestRates(t *testing.T) {
	const port, interconnect, hosted = "dxcon-fport000", "dxcon-fparent0", "dxcon-fhosted0"
	for name, tt := range map[string]struct {
		order order
		want  demarc.Bandwidth
	}{
		"the port's speed": {order{
			connections: []demarc.Connection{connectionOn(port, "p1", 200*demarc.Mbps)}, on: port,
		}, 200 * demarc.Mbps},
		"a hosted connection's": {order{
			connections: []demarc.Connection{
				connectionOn(interconnect, "p1", 200*demarc.Mbps),
				{ID: hosted, Kind: demarc.Hosted, Parent: interconnect, VLAN: 101, Bandwidth: 50 * demarc.Mbps, State: demarc.ConnectionAvailable},
			}, on: hosted,
		}, 50 * demarc.Mbps},
		"the interface's limit": {order{
			connections: []demarc.Connection{connectionOn(port, "p1", 200*demarc.Mbps)}, on: port, limit: 100 * demarc.Mbps,
		}, 100 * demarc.Mbps},
	} {
		t.Run(name, func(t *testing.T) {
			b := orderedBed(t, tt.order)
			for way, ends := range map[string][2]*linux.Namespace{"from": {b.customer.host, b.app}, "to": {b.app, b.customer.host}} {
				to := map[string]string{"from": appAddress, "to": hostAddress}[way]
				if part := b.fill(ends[0], ends[1], to, tt.want); part < 0.95 || part > 1.05 {
					t.Errorf("%s the customer: %.3f of %s went through", way, part, tt.want)
				}
			}
		})
	}
}

// fastest is the speed of a port that no cable here reaches.
const fastest = 100 * demarc.Gbps

// Where a line cannot exceed its rate no queue is in the way of packets, in
// either direction. A limit of the interface comes and goes with its queues, and
// touches no session.
func TestOnlyWhatCouldBeFasterIsShaped(t *testing.T) {
	const port = "dxcon-fport000"
	o := order{connections: []demarc.Connection{connectionOn(port, "p1", fastest)}, on: port}
	b := orderedBed(t, o)
	b.crosses()
	before, _ := b.device.vif(b.line)
	for version, limit := range []demarc.Bandwidth{0, 100 * demarc.Mbps, 0} {
		o.limit = limit
		told := int64(version + 2)
		b.device.tell(o.intent(told, b.line))
		eventually(t, "the device has heard of it", func() bool { return b.device.done(told) })
		eventually(t, "the port is not limited, and both ways are to "+limit.String(), func() bool {
			return slices.Equal(b.shapers(), []uint64{0, uint64(limit), uint64(limit)})
		})
		eventually(t, "frames pass the queue only if there is no limit", func() bool { return b.straight() == (limit == 0) })
		if limit != 0 {
			if part := b.fill(b.customer.host, b.app, appAddress, limit); part < 0.95 || part > 1.05 {
				t.Errorf("from the customer: %.3f of %s went through", part, limit)
			}
		}
	}
	if after, _ := b.device.vif(b.line); after.Session[0].Flaps != before.Session[0].Flaps || !after.Session[0].Established() {
		t.Errorf("the session was touched: %+v", after.Session[0])
	}
}

// shapers are the rates of the bed's port, and of its interface in and out.
func (b *bed) shapers() (rates []uint64) {
	b.t.Helper()
	home, err := linux.OpenNamespace(b.instance.Home(device))
	must(b.t, err)
	defer home.Close()
	inner, err := linux.OpenNamespace(b.instance.VIF(device, b.line.vif.ID))
	must(b.t, err)
	defer inner.Close()
	for _, at := range []struct {
		n    *linux.Namespace
		link string
	}{{home, "p1"}, {home, naming.VIFPort(b.line.vif.ID)}, {inner, naming.VIFCustomer}} {
		rate, err := linux.Rate(at.n, at.link)
		must(b.t, err)
		rates = append(rates, rate)
	}
	return rates
}

// straight reports whether a datagram from the customer passes its interface's
// link to the port by.
func (b *bed) straight() bool {
	b.t.Helper()
	home, err := linux.OpenNamespace(b.instance.Home(device))
	must(b.t, err)
	defer home.Close()
	sent := func() uint64 {
		link, _, err := linux.LinkState(home, naming.VIFPort(b.line.vif.ID))
		must(b.t, err)
		return link.TxBytes
	}
	const octets, times = 1400, 20
	before := sent()
	b.run(b.customer.host, "ping", "-q", "-c"+strconv.Itoa(times), "-i0.01", "-s"+strconv.Itoa(octets), appAddress)
	return sent()-before < octets*times
}

// fill offers twice a rate, and returns what part of it arrived. It is never
// more on the whole; less only while somebody else uses the machine, so it is
// looked for a while in which nobody does.
func (w *world) fill(from, to *linux.Namespace, address string, rate demarc.Bandwidth) (part float64) {
	w.t.Helper()
	var sink net.PacketConn
	must(w.t, to.Do(func() (err error) {
		sink, err = net.ListenPacket("udp4", ":9") // nobody reads: the kernel counts and drops
		return err
	}))
	defer sink.Close()
	var gun net.Conn
	must(w.t, from.Do(func() (err error) {
		gun, err = net.Dial("udp4", net.JoinHostPort(address, "9"))
		return err
	}))
	defer gun.Close()
	w.offer(gun, 2*rate, 50*time.Millisecond) // until packets wait
	begin, at := w.received(to), time.Now()
	for time.Since(at) < patience && (part < 0.95 || part > 1.05) {
		before := w.received(to)
		took := w.offer(gun, 2*rate, 300*time.Millisecond)
		part = float64(w.received(to)-before) * 8 / took.Seconds() / float64(rate)
	}
	if whole := float64(w.received(to)-begin) * 8 / time.Since(at).Seconds() / float64(rate); whole > 1.05 {
		return whole
	}
	return part
}

func (w *world) received(at *linux.Namespace) uint64 {
	w.t.Helper()
	link, _, err := linux.LinkState(at, "eth0")
	must(w.t, err)
	return link.RxBytes
}

// offer sends at a rate for so long, and returns how long it really was.
func (w *world) offer(gun net.Conn, rate demarc.Bandwidth, long time.Duration) time.Duration {
	w.t.Helper()
	payload := make([]byte, frame-42)
	begin, sent := time.Now(), 0.0
	for elapsed := time.Duration(0); elapsed < long; elapsed = time.Since(begin) {
		for ; sent < elapsed.Seconds()*float64(rate)/8; sent += frame {
			if _, err := gun.Write(payload); err != nil {
				w.t.Fatal(err)
			}
		}
		time.Sleep(time.Millisecond) // the pace of what is sent
	}
	return time.Since(begin)
}

// TestALAGCarriesOverOneMember: its first member with light has the interface,
// the other nothing; and when the light goes there, the next one has it.
func TestALAGCarriesOverOneMember(t *testing.T) {
	group := demarc.LAGID("dxlag-fgroup00")
	o := order{
		connections: []demarc.Connection{connectionOn("dxcon-fmember1", "p1", demarc.Gbps), connectionOn("dxcon-fmember2", "p2", demarc.Gbps)},
		lags:        []demarc.LAG{{ID: group, Device: device, Bandwidth: demarc.Gbps}},
		on:          demarc.ConnectionID(group),
	}
	for i := range o.connections {
		o.connections[i].LAG = group
	}
	b := orderedBed(t, o)
	b.crosses()
	if got := b.vlans(); !slices.Equal(got, []string{"p1/101"}) {
		t.Errorf("the tag is on %v, want the first member", got)
	}
	b.run(b.customer.router, "ip", "link", "set", "eth0", "down")
	b.run(b.customer.router, "ip", "link", "delete", "eth0.101")
	eventually(t, "the light is seen to be gone", func() bool {
		ports := b.device.report().Ports
		return len(ports) == 2 && !ports[0].Carrier && ports[1].Carrier
	})
	o.connections = slices.Clone(o.connections)
	o.connections[0].State = demarc.ConnectionDown
	b.device.tell(o.intent(2, b.line))
	b.customer.tagOn("eth1", b.line.vif.VLAN, theirs)
	b.device.established(b.line)
	b.crosses()
	if got := b.vlans(); !slices.Equal(got, []string{"p2/101"}) {
		t.Errorf("the tag is on %v, want the member that has light", got)
	}
}

// vlans lists the tags that lead anywhere on the device.
func (b *bed) vlans() (tags []string) {
	b.t.Helper()
	home, err := linux.OpenNamespace(b.instance.Home(device))
	must(b.t, err)
	defer home.Close()
	demux, err := vlan.Open(home)
	must(b.t, err)
	defer demux.Close()
	vifs, err := demux.VIFs()
	must(b.t, err)
	for key := range vifs {
		tags = append(tags, fmt.Sprintf("%s/%d", key.Port, key.VLAN))
	}
	return tags
}
