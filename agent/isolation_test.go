package agent_test

import (
	"encoding/json"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
)

// A siege is a site of three customers. Two have everything in common: tag,
// addresses, networks, ASN, key. The third, with the same addresses on a tag of
// its own, is hostile.
type siege struct {
	*world
	victims []line
	evil    line

	customers    map[string]*customer
	device, host *node
	watches      []*watch // of every namespace that is no business of the hostile one's
	own          *watch   // of its own app host
}

const evilTag = 202

// newSiege gives the port of the evil one a rate.
func newSiege(t *testing.T, rate demarc.Bandwidth) *siege {
	t.Helper()
	w := newWorld(t)
	s := &siege{world: w, victims: []line{newLine("acme-r1", "p1"), newLine("zeta-r1", "p2")}, evil: newLine("evil-r1", "p3"), customers: map[string]*customer{}}
	s.evil.vif.VLAN, s.evil.port.Rate = evilTag, rate
	s.victims[0].vif.Rate = 100 * demarc.Mbps // little enough for the machine to carry in any case
	lines := append(slices.Clone(s.victims), s.evil)
	for _, l := range lines {
		s.customers[l.customer] = w.customer(l.customer)
		w.place(l.customer + "-app")
	}
	s.host, s.device = w.node(host), w.node(device)
	s.host.tell(hostIntent(1, lines...))
	s.device.tell(deviceIntent(1, lines...))
	for _, l := range lines {
		s.customers[l.customer].tag(l.vif.VLAN, theirs)
		s.customers[l.customer].bird(theirs.Addr(), ours.Addr(), key)
	}
	for _, l := range lines {
		s.device.established(l)
		eventually(t, l.customer+" reaches its app host", func() bool { return w.reaches(s.customers[l.customer].host, appAddress) })
	}
	for _, l := range s.victims {
		for _, name := range s.places(l) {
			s.watches = append(s.watches, w.watch(name))
		}
	}
	s.own = w.watch(w.instance.Namespace(s.evil.customer + "-app"))
	return s
}

// places are the namespaces of one customer, from its host to its app host.
func (s *siege) places(l line) []string {
	i := s.instance
	return []string{
		i.Namespace(l.customer + "-host"), i.Namespace(l.customer), i.VIF(device, l.vif.ID),
		i.Gateway(device, l.gateway), i.Network(host, string(l.vpc.ID)), i.Namespace(l.customer + "-app"),
	}
}

// since is when each victim's session came up.
func (s *siege) since() (times []time.Time) {
	for _, l := range s.victims {
		v, ok := s.device.vif(l)
		if !ok || len(v.Session) != 1 || !v.Session[0].Established() {
			times = append(times, time.Time{})
			continue
		}
		times = append(times, v.Session[0].Since)
	}
	return times
}

// unmoved checks that nothing of the hostile one's has arrived at a victim and
// that the victims' sessions are the same ones.
func (s *siege) unmoved(what string, before []time.Time) {
	s.t.Helper()
	for _, eye := range s.watches {
		if n := eye.seen.Swap(0); n != 0 {
			s.t.Errorf("%s: %d packets arrived in %s", what, n, eye.namespace)
		}
	}
	for i, now := range s.since() {
		if now.IsZero() || !now.Equal(before[i]) {
			s.t.Errorf("%s: the session of %s came up at %v, and at %v before", what, s.victims[i].customer, now, before[i])
		}
		if c := s.customers[s.victims[i].customer]; !s.reaches(c.host, appAddress) {
			s.t.Errorf("%s: %s does not reach its app host any more", what, c.name)
		}
	}
}

// A raw is the hostile router's network card.
type raw struct {
	t    *testing.T
	card int
	// Its address, that of its interface's end at us, and a victim's.
	mac, gateway, victim net.HardwareAddr
}

func (s *siege) raw() raw {
	s.t.Helper()
	c := s.customers[s.evil.customer]
	vif, err := linux.OpenNamespace(s.instance.VIF(device, s.evil.vif.ID))
	must(s.t, err)
	defer vif.Close()
	return raw{
		t: s.t, card: packetSocket(s.t, c.router, "eth0"),
		mac: hardware(s.t, c.router, "eth0.202"), gateway: hardware(s.t, vif, naming.VIFCustomer),
		victim: hardware(s.t, s.customers["acme-r1"].router, "eth0.101"),
	}
}

var everybody = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// Frames are handed on in two ways, and neither leads to anybody else.
func TestACustomerReachesNobodyElse(t *testing.T) {
	t.Run("shaped", func(t *testing.T) { newSiege(t, demarc.Gbps).reachesNobody() })
	t.Run("not shaped", func(t *testing.T) { newSiege(t, fastest).reachesNobody() })
}

func (s *siege) reachesNobody() {
	t, r := s.t, s.raw()
	own, victims := [2]uint16{customerTag, evilTag}, [2]uint16{customerTag, 101}
	udp := packet{from: "192.168.50.2", to: appAddress, ttl: 64, protocol: 17, port: 7}
	toApp := udp.bytes()
	expiring := func(ttl byte) []byte { p := udp; p.ttl = ttl; return p.bytes() }
	fragment := func(word uint16) []byte { p := udp; p.fragment = word; return p.bytes() }
	open := packet{from: theirs.Addr().String(), to: ours.Addr().String(), ttl: 1, protocol: 6, port: 179, flags: 0x18}
	elsewhere := packet{from: "169.254.20.2", to: "169.254.20.1", ttl: 64, protocol: 6, port: 179, flags: 0x02}
	tagged := func(payload []byte, to net.HardwareAddr, tags ...[2]uint16) []byte {
		return ethernet(to, r.mac, 0x0800, payload, tags...)
	}

	before := s.since()
	eventually(t, "its own packet arrives at its own app host", func() bool {
		r.send(1, tagged(toApp, r.gateway, own))
		return s.own.seen.Load() > 0
	})
	for _, attack := range []struct {
		what   string
		times  int
		frames [][]byte
	}{
		{"the victims' tag", 50, [][]byte{tagged(toApp, r.gateway, victims), tagged(toApp, r.victim, victims), tagged(toApp, everybody, victims)}},
		{"no tag", 50, [][]byte{tagged(toApp, r.gateway), tagged(toApp, everybody)}},
		{"two tags", 50, [][]byte{
			tagged(toApp, r.gateway, own, victims), tagged(toApp, r.gateway, victims, own),
			tagged(toApp, r.gateway, [2]uint16{serviceTag, evilTag}, victims), tagged(toApp, r.gateway, [2]uint16{serviceTag, 101}),
		}},
		{"a foreign MAC", 50, [][]byte{tagged(toApp, r.victim, own), tagged(toApp, everybody, own)}},
		{"a victim's source address", 50, [][]byte{
			tagged(packet{from: theirs.Addr().String(), to: appAddress, ttl: 64, protocol: 17, port: 7}.bytes(), r.gateway, own),
			tagged(packet{from: appAddress, to: hostAddress, ttl: 64, protocol: 17, port: 7}.bytes(), r.gateway, own),
		}},
		{"a TTL that ends on the way", 50, [][]byte{tagged(expiring(1), r.gateway, own), tagged(expiring(2), r.gateway, own), tagged(expiring(3), r.gateway, own)}},
		{"fragments", 50, [][]byte{tagged(fragment(0x2000), r.gateway, own), tagged(fragment(0x2001), r.gateway, own), tagged(fragment(0x0005), r.gateway, own)}},
		{"BGP of a session that is not its own", 50, [][]byte{tagged(open.bytes(), r.gateway, own), tagged(open.bytes(), r.gateway, victims), tagged(elsewhere.bytes(), r.gateway, own)}},
		{"floods of ARP", 5000, [][]byte{
			ethernet(everybody, r.mac, 0x0806, arp(1, r.mac, "169.254.10.1", "169.254.10.2"), own),
			ethernet(everybody, r.mac, 0x0806, arp(2, r.mac, appAddress, "169.254.10.1"), own),
			ethernet(everybody, r.mac, 0x0806, arp(1, r.mac, "169.254.10.2", "169.254.10.1"), victims),
		}},
	} {
		r.send(attack.times, attack.frames...)
		s.unmoved(attack.what, before)
	}
	eventually(t, "the port says what was tried", func() bool {
		for _, p := range s.device.report().Ports {
			if p.ID == s.evil.port.ID {
				return p.UnknownVLAN > 0 && p.LastUnknownVLAN == 101 && p.Untagged > 0 && p.DoubleTagged > 0
			}
		}
		return false
	})
}

// send sends frames some times over.
func (r raw) send(times int, frames ...[]byte) {
	r.t.Helper()
	for range times {
		for _, f := range frames {
			if n, err := unix.Write(r.card, f); err != nil || n != len(f) {
				r.t.Fatalf("send a frame: %d of %d octets, %v", n, len(f), err)
			}
		}
	}
}

// A session that sends more than it may, or as fast as it can, costs the others
// neither their sessions nor their rate.
func TestAHostileSessionCostsOthersNothing(t *testing.T) {
	s := newSiege(t, demarc.Gbps)
	s.customers[s.evil.customer].kill()
	eventually(t, "the hostile router's own session is over", func() bool {
		v, _ := s.device.vif(s.evil)
		return len(v.Session) == 1 && !v.Session[0].Established()
	})
	before := s.since()
	quiet := s.rate(s.customers["acme-r1"])

	within, beyond := newBlast(many(50)), newBlast(many(10_000))
	s.flood("updates without end", before, quiet, within, func() {
		eventually(t, "the hostile router has 50 prefixes", func() bool {
			v, _ := s.device.vif(s.evil)
			return v.Accepted.Len() == 50
		})
	})
	if within.sessions != 1 {
		t.Errorf("the updates went through %d sessions; want one", within.sessions)
	}
	s.flood("10,000 prefixes", before, quiet, beyond, func() {})
	if v, _ := s.device.vif(s.evil); v.Accepted.Len() != 0 || v.Session[0].Established() {
		t.Errorf("over the limit %d prefixes are in use, and the session is %s", v.Accepted.Len(), v.Session[0].State)
	}
}

// flood blasts for as long as the victim's rate is measured, and meanwhile is looked
// at.
func (s *siege) flood(what string, before []time.Time, quiet float64, b *blast, meanwhile func()) {
	s.t.Helper()
	router := s.customers[s.evil.customer].router
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		b.run(router, stop)
	}()
	end := sync.OnceFunc(func() { close(stop); <-done })
	defer end()
	began := time.Now()
	under := s.rate(s.customers["acme-r1"])
	meanwhile()
	end()
	s.t.Logf("%s: %.0f UPDATEs a second were taken in %d sessions; the victim's rate is %.3f of what it was",
		what, float64(b.sent)/time.Since(began).Seconds(), b.sessions, under/quiet)
	if b.sent == 0 {
		s.t.Errorf("%s: nothing was sent", what)
	}
	if under < 0.9*quiet {
		s.t.Errorf("%s: the victim's rate fell from %.1f to %.1f Mbit/s", what, quiet/1e6, under/1e6)
	}
	s.unmoved(what, before)
}

// A blast writes UPDATEs as fast as TCP takes them, and connects again whenever
// it is thrown out.
type blast struct {
	writes   [][]byte // each of many UPDATEs
	each     int      // UPDATEs in a write
	sent     int      // UPDATEs that were taken
	sessions int
}

// newBlast announces each prefix by an UPDATE of its own.
func newBlast(prefixes []netip.Prefix) *blast {
	b := &blast{each: 50}
	for some := range slices.Chunk(prefixes, b.each) {
		var text []byte
		for _, p := range some {
			text = append(text, announcement(65001, theirs.Addr(), p)...)
		}
		b.writes = append(b.writes, text)
	}
	return b
}

func (b *blast) run(router *linux.Namespace, stop <-chan struct{}) {
	for {
		conn, err := dialBGP(router, theirs.Addr(), ours.Addr(), 65001)
		if err == nil {
			b.sessions++
			b.write(conn, stop)
			conn.Close()
		}
		select {
		case <-stop:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// write goes on until it is stopped or the connection ends.
func (b *blast) write(conn net.Conn, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
		if _, err := conn.Write(b.writes[i%len(b.writes)]); err != nil {
			return
		}
		b.sent += b.each
	}
}

// rate is what a customer's host gets from its app host by TCP, in bits a
// second.
func (s *siege) rate(c *customer) float64 {
	s.t.Helper()
	app := s.instance.Namespace(c.name + "-app")
	server := exec.Command("ip", "netns", "exec", app, "iperf3", "-s", "-1")
	must(s.t, server.Start())
	defer func() {
		server.Process.Kill()
		server.Wait()
	}()
	var result struct {
		End struct {
			Received struct {
				BitsPerSecond float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	eventually(s.t, "iperf3 measures", func() bool {
		out, err := exec.Command("ip", "netns", "exec", c.host.Name(), "iperf3", "-c", appAddress, "-t", "2", "-J").Output()
		return err == nil && json.Unmarshal(out, &result) == nil && result.End.Received.BitsPerSecond > 0
	})
	return result.End.Received.BitsPerSecond
}
