package fastpath_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
	"demarc/agent/router"
)

// Errors come from the router's address, whichever way other packets go.
func TestErrorsAreTheKernels(t *testing.T) {
	s := newSite(t, 1)
	for _, family := range []struct{ to, nowhere, own string }{{behind, "10.9.0.1", own}, {behind6, "fd00:9::1", own6}} {
		out, _ := try(s.app, "ping", "-c1", "-W5", "-t1", family.to)
		contains(t, strings.ToLower(out), "from "+family.own)
		contains(t, strings.ToLower(out), "time") // to live exceeded, or: Time exceeded
		out, _ = try(s.app, "ping", "-c1", "-W5", family.nowhere)
		contains(t, strings.ToLower(out), "from "+family.own)
		contains(t, strings.ToLower(out), "unreachable")
	}
	// An app host that does not answer is told of as well, once asked in vain.
	out, _ := try(s.gateways[0], "ping", "-c1", "-W9", "-I", behind, "10.1.0.50")
	contains(t, out, "Destination Host Unreachable")
}

func TestRoutesThatChangeAreFollowedAtOnce(t *testing.T) {
	s := newSite(t, 2)
	for i := range 20 {
		hop := i % 2
		s.lead(t, s.hops()[hop:hop+1], nil)
		for _, to := range []string{behind, behind6} {
			if n := s.stacked(t, func() { ping(t, s.app, to, "-c1") }); n != 0 {
				t.Fatalf("the stack forwarded %d packets to %s", n, to)
			}
			if n := s.arrived(t, hop, func() { ping(t, s.app, to, "-c3") }); n < 3 {
				t.Fatalf("%d of 3 packets to %s went by gateway %d", n, to, hop)
			}
		}
	}
	s.lead(t, nil, nil) // blackhole
	for i := range 2 {
		n := s.arrived(t, i, func() {
			if out, err := try(s.app, "ping", "-c3", "-i0.01", "-W1", behind); err == nil || strings.Contains(out, "rom "+own) {
				t.Errorf("where a route drops, the answer is:\n%s", out)
			}
		})
		if n > 2 { // neighbours talk
			t.Errorf("gateway %d got %d packets", i, n)
		}
	}
}

// A path whose link is lost is left without anybody's doing.
func TestALostLinkIsLeftAtOnce(t *testing.T) {
	s := newSite(t, 2)
	for i := range 2 {
		run(t, s.gateways[i], "ip", "link", "set", "dev", "b", "down")
		for _, to := range []string{behind, behind6} {
			for port := range 8 {
				s.asked(t, to, 21000+port, nil)
			}
		}
		run(t, s.gateways[i], "ip", "link", "set", "dev", "b", "up")
		run(t, s.gateways[i], "ip", "address", "replace", "fe80::1/64", "dev", "b", "nodad")
		back := router.Hop{Link: "b", Gateway: netip.MustParseAddr("fe80::2")}
		must(t, router.Apply(s.gateways[i], router.Routes{netip.MustParsePrefix("10.1.0.0/24"): back, netip.MustParsePrefix("fd00:1::/64"): back}))
		run(t, s.router, "ip", "address", "replace", "fe80::2/64", "dev", link(i), "nodad")
		s.lead(t, s.hops(), nil)
		s.meet(t)
	}
}

// asked sends a datagram from a port to one where nobody listens, and returns
// which gateway got it.
func (s *site) asked(t *testing.T, to string, from int, prepare func(fd int) error) (gateway int) {
	t.Helper()
	before := s.arrivals(t)
	must(t, s.app.Do(func() error {
		conn, err := net.DialUDP("udp", &net.UDPAddr{Port: from}, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(to), 7000)))
		if err != nil {
			return err
		}
		defer conn.Close()
		if prepare != nil {
			raw, err := conn.SyscallConn()
			if err != nil {
				return err
			}
			var refused error
			if err := raw.Control(func(fd uintptr) { refused = prepare(int(fd)) }); err != nil || refused != nil {
				return fmt.Errorf("%v %v", err, refused)
			}
		}
		_, err = conn.Write([]byte("are you there?"))
		return err
	}))
	eventually(t, "the datagram arrives", func() bool {
		for i, n := range s.arrivals(t) {
			if n > before[i] {
				gateway = i
				return true
			}
		}
		return false
	})
	return gateway
}

// arrivals are how many datagrams for closed ports each gateway got.
func (s *site) arrivals(t *testing.T) (all []int) {
	t.Helper()
	for _, g := range s.gateways {
		out := run(t, g, "cat", "/proc/net/snmp", "/proc/net/snmp6")
		var four, six int
		lines := strings.Split(out, "\n")
		for i, line := range lines {
			if strings.HasPrefix(line, "Udp: ") && i > 0 && strings.HasPrefix(lines[i-1], "Udp: InDatagrams NoPorts") {
				fmt.Sscanf(line, "Udp: %d %d", new(int), &four)
			}
			if strings.HasPrefix(line, "Udp6NoPorts") {
				fmt.Sscanf(line, "Udp6NoPorts %d", &six)
			}
		}
		all = append(all, four+six)
	}
	return all
}

// Flows are shared among equal paths, each keeps to one, and those of its packets
// that the kernel forwards take the same.
func TestFlowsAreSharedAndKeepToTheirPath(t *testing.T) {
	s := newSite(t, 2)
	options := func(fd int) error { // which the program leaves to the kernel
		return unix.SetsockoptString(fd, unix.IPPROTO_IP, unix.IP_OPTIONS, "\x01\x01\x01\x01")
	}
	for _, to := range []string{behind, behind6} {
		used := [2]int{}
		for port := range 40 {
			first := s.asked(t, to, 20000+port, nil)
			used[first]++
			for range 2 {
				if again := s.asked(t, to, 20000+port, nil); again != first {
					t.Fatalf("a flow to %s went by gateway %d, then %d", to, first, again)
				}
			}
			if to == behind {
				if n := s.stacked(t, func() {
					if slow := s.asked(t, to, 20000+port, options); slow != first {
						t.Fatalf("a flow to %s went by gateway %d, and with options by %d", to, first, slow)
					}
				}); n == 0 {
					t.Fatal("the program took a packet with options")
				}
			}
		}
		if min(used[0], used[1]) < 5 {
			t.Errorf("of 40 flows to %s the gateways got %v", to, used)
		}
	}
}

// A route may carry less than its link does: what is longer is answered with what
// it carries, and TCP, which hands over more at once than any link takes, is cut
// as the route wants it.
func TestRoutesWithAnMTUCarryNoMore(t *testing.T) {
	s := newSite(t, 1)
	bound := router.Bounds{}
	for _, p := range behindBoth {
		bound[p] = 1500
	}
	for _, family := range []struct {
		to      string
		headers int
	}{{behind, 28}, {behind6, 48}} {
		for _, want := range []int{mtu, 1500} {
			limits := router.Bounds{}
			if want == 1500 {
				limits = bound
			}
			s.lead(t, s.hops(), limits)
			run(t, s.app, "ip", "route", "flush", "cache")
			run(t, s.app, "ip", "-6", "route", "flush", "cache")
			ping(t, s.app, family.to, "-Mdo", "-s", fmt.Sprint(want-family.headers))
			if want == 1500 {
				out, err := try(s.app, "ping", "-c1", "-W5", "-Mdo", "-s", fmt.Sprint(want+1-family.headers), family.to)
				if err == nil || !strings.Contains(strings.ToLower(strings.ReplaceAll(out, " ", "")), "mtu=1500") && !strings.Contains(out, "mtu: 1500") {
					t.Errorf("a packet of 1501 octets is answered:\n%s", out)
				}
				run(t, s.app, "ip", "route", "flush", "cache")
				run(t, s.app, "ip", "-6", "route", "flush", "cache")
			}
			if longest := s.transfer(t, family.to); longest > want+14 || longest < want*9/10 {
				t.Errorf("TCP to %s, where %d octets pass, came in frames of %d", family.to, want, longest)
			}
		}
	}
}

// listen takes TCP behind the gateway, at an address of its there.
func (s *site) listen(t *testing.T, at string) (listener net.Listener) {
	t.Helper()
	must(t, s.gateways[0].Do(func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(at, "0"))
		return err
	}))
	return listener
}

// transfer sends some megabytes by TCP from the app host, and returns how long the
// frames were, on average, that the gateway counted: those of the wire, since its
// link takes nothing that is yet to be cut.
func (s *site) transfer(t *testing.T, to string) (longest int) {
	t.Helper()
	listener := s.listen(t, to)
	defer listener.Close()
	const octets = 8 << 20
	received := make(chan int64, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			received <- 0
			return
		}
		defer conn.Close()
		n, _ := io.Copy(io.Discard, conn)
		received <- n
	}()
	run(t, s.router, "ip", "link", "set", "dev", link(0), "gso_max_segs", "1")
	before, _, err := linux.LinkState(s.gateways[0], "b")
	must(t, err)
	must(t, s.app.Do(func() error {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write(make([]byte, octets))
		return err
	}))
	if n := <-received; n != octets {
		t.Errorf("%d of %d octets arrived", n, octets)
	}
	after, _, err := linux.LinkState(s.gateways[0], "b")
	must(t, err)
	return int((after.RxBytes - before.RxBytes) / (after.RxPackets - before.RxPackets))
}
