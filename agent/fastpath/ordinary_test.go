package fastpath_test

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// What arrives, and who forwarded it. Whatever is odd, the kernel decides.
func TestWhatIsNotOrdinaryIsLeftToTheKernel(t *testing.T) {
	s := newSite(t, 1)
	app, gateway := newWire(t, s.app, "eth0"), newWire(t, s.gateways[0], "b")
	run(t, s.router, "ip", "neighbour", "add", "10.1.0.77", "lladdr", "02:00:00:00:00:77", "dev", "h") // which is told that the port is closed
	const dropped, byProgram, byKernel = 0, 1, 2
	for i, test := range []struct {
		name string
		datagram
		want int
	}{
		{"ordinary", datagram{from: host, to: behind}, byProgram},
		{"of another host", datagram{from: "10.1.0.77", to: behind}, byProgram},
		{"with a class", datagram{from: host, to: behind, class: 0xb8}, byProgram},
		{"ESP", datagram{from: host, to: behind, protocol: unix.IPPROTO_ESP}, byProgram},
		{"GRE", datagram{from: host, to: behind, protocol: unix.IPPROTO_GRE}, byKernel},
		{"with options", datagram{from: host, to: behind, options: 4}, byKernel},
		{"first fragment", datagram{from: host, to: behind, fragment: 0x2000}, byKernel},
		{"later fragment", datagram{from: host, to: behind, fragment: 3}, byKernel},
		{"not to be fragmented", datagram{from: host, to: behind, fragment: 0x4000}, byProgram},
		{"padded", datagram{from: host, to: behind, padding: 6}, byKernel},
		{"cut", datagram{from: host, to: behind, octets: 20, short: 4}, dropped},
		{"wrong checksum", datagram{from: host, to: behind, spoilt: true}, dropped},
		{"last hop", datagram{from: host, to: behind, ttl: 1}, dropped},
		{"last hop but one", datagram{from: host, to: behind, ttl: 2}, byProgram},
		{"from the router's own address", datagram{from: own, to: behind}, dropped},
		{"from this host", datagram{from: "127.0.0.1", to: behind}, dropped},
		{"from nobody", datagram{from: "0.0.0.0", to: behind}, dropped},
		{"from a group", datagram{from: "224.0.0.5", to: behind}, dropped},
		{"from everybody", datagram{from: "255.255.255.255", to: behind}, dropped},
		{"to the router", datagram{from: host, to: own}, dropped},
		{"to a group", datagram{from: host, to: "224.0.0.5"}, dropped},
		{"to where no route leads", datagram{from: host, to: "10.9.0.1"}, dropped},
		{"for another MAC address", datagram{from: host, to: behind, toMAC: "02:00:00:00:00:77"}, dropped},
		{"for all MAC addresses", datagram{from: host, to: behind, toMAC: "ff:ff:ff:ff:ff:ff"}, dropped},
		{"tagged", datagram{from: host, to: behind, tagged: true}, dropped},
		{"IPv6", datagram{from: host6, to: behind6}, byProgram},
		{"IPv6, unknown protocol", datagram{from: host6, to: behind6, protocol: 253}, byKernel},
		{"IPv6, padded", datagram{from: host6, to: behind6, padding: 6}, byKernel},
		{"IPv6, cut", datagram{from: host6, to: behind6, octets: 20, short: 4}, dropped},
		{"IPv6, last hop", datagram{from: host6, to: behind6, ttl: 1}, dropped},
		{"IPv6, from this link", datagram{from: "fe80::77", to: behind6}, dropped},
		{"IPv6, from this host", datagram{from: "::1", to: behind6}, dropped},
		{"IPv6, from nobody", datagram{from: "::", to: behind6}, dropped},
		{"IPv6, from an IPv4 address", datagram{from: "::ffff:10.1.0.10", to: behind6}, byKernel},
		{"IPv6, from the router's own address, as it has always been", datagram{from: own6, to: behind6}, byKernel},
		{"IPv6, to the router", datagram{from: host6, to: own6}, dropped},
		{"IPv6, to this link", datagram{from: host6, to: "fe80::1"}, dropped},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.mark = uint16(1000 + 2*i)
			var arrived bool
			stacked := s.stacked(t, func() {
				app.send(s.frame(t, test.datagram))
				if arrived = test.want != dropped; arrived {
					gateway.until(test.mark)
				}
				app.send(s.frame(t, datagram{from: host, to: behind, mark: test.mark + 1}))
				before, _ := gateway.until(test.mark + 1)
				if arrived = arrived || len(before) > 0; arrived != (test.want != dropped) {
					t.Errorf("it arrived, which should have been dropped")
				}
			})
			if byStack := stacked > 0; byStack != (test.want == byKernel) {
				t.Errorf("the stack forwarded %d packets", stacked)
			}
		})
	}
}

// What the program hands on is what the kernel would: one hop older, for the
// neighbour's MAC address, with a right checksum, and nothing else changed.
func TestWhatIsHandedOnIsAsTheKernelHandsItOn(t *testing.T) {
	s := newSite(t, 1)
	app, gateway := newWire(t, s.app, "eth0"), newWire(t, s.gateways[0], "b")
	mark := uint16(2000)
	for _, d := range []datagram{
		{from: host, to: behind, class: 0xb9, octets: 9},
		{from: host, to: behind, ttl: 255},
		{from: host, to: behind, ttl: 2, fragment: 0x4000},
		{from: host6, to: behind6, octets: 9},
		{from: host6, to: behind6, ttl: 255},
	} {
		// All checksums there are come by, with those that the addition wraps at.
		for last := range 300 {
			if d.from == host6 && last > 3 {
				break
			}
			d.mark = mark
			mark++
			frame := s.frame(t, d)
			if d.from == host {
				frame[18], frame[19] = byte(last), byte(mark) // the identification
				frame[24], frame[25] = 0, 0
				check := ^sum(frame[14:34])
				frame[24], frame[25] = byte(check>>8), byte(check)
			}
			app.send(frame)
			_, got := gateway.until(d.mark)
			s.isHandedOn(t, frame, got)
		}
	}
}

func (s *site) isHandedOn(t *testing.T, sent, got []byte) {
	t.Helper()
	want := append([]byte{}, sent...)
	copy(want, mac(t, s.gateways[0], "b"))
	copy(want[6:], mac(t, s.router, link(0)))
	if sent[12] == 8 {
		want[22]--
		want[24], want[25] = 0, 0
		check := ^sum(want[14:34])
		want[24], want[25] = byte(check>>8), byte(check)
		if sum(got[14:34]) != 0xffff {
			t.Fatalf("the checksum of what was handed on is wrong: %x", got)
		}
		got[24], got[25] = want[24], want[25] // 0 and 0xffff are the same
	} else {
		want[21]--
	}
	if string(want) != string(got) {
		t.Fatalf("handed on is\n%x, want\n%x", got, want)
	}
}

func mac(t *testing.T, n *linux.Namespace, link string) net.HardwareAddr {
	t.Helper()
	state, _, err := linux.LinkState(n, link)
	must(t, err)
	return state.MAC
}
