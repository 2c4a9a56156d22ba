package linux_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// However many addresses ask, by ARP or by ICMPv6 or for an echo, the kernel
// learns of a handful, and of who is known in any case, though it comes last.
func TestNoCrowd(t *testing.T) {
	host, gw := fresh(t), fresh(t)
	networks := prefixes("10.1.0.1/16", "2001:db8::1/64")
	must(t, linux.EnsureVeth(
		linux.End{Namespace: host, Name: "eth0", LinkLocal: true, Addresses: prefixes("10.1.0.2/16", "2001:db8::2/64")},
		linux.End{Namespace: gw, Name: "in", LinkLocal: true, Addresses: networks}))
	ping := func(to string) error {
		_, err := try(host, "ping", "-c1", "-W1", to)
		return err
	}
	neighbours := func() int { return len(strings.Split(run(t, gw, "ip", "neigh", "show", "dev", "in"), "\n")) }
	const most = 40 // two sets of sixteen, and a little

	crowd(t, host, "eth0", "10.1.0.1", "2001:db8::1")
	if got := neighbours(); got < 3*most {
		t.Fatalf("without bounds there are %d neighbours only: what is tested is not so", got)
	}
	run(t, gw, "ip", "neigh", "flush", "dev", "in")
	known := []netip.Addr{netip.MustParseAddr("10.1.0.2"), netip.MustParseAddr("2001:db8::2")}
	must(t, linux.EnsureNoCrowd(gw, "crowd", "in", networks, known...))
	crowd(t, host, "eth0", "10.1.0.1", "2001:db8::1")
	if got := neighbours(); got > most {
		t.Errorf("%d neighbours were learned", got)
	}
	for _, to := range []string{"10.1.0.1", "2001:db8::1"} {
		if err := ping(to); err != nil {
			t.Errorf("who is known is not answered by %s: %v", to, err)
		}
	}
	before := run(t, gw, "nft", "-a", "list", "chains")
	must(t, linux.EnsureNoCrowd(gw, "crowd", "in", networks, known...))
	if diff := cmp.Diff(before, run(t, gw, "nft", "-a", "list", "chains")); diff != "" {
		t.Errorf("repeating changed the tables (-before +after):\n%s", diff)
	}
	for range 2 {
		must(t, linux.RemoveNoCrowd(gw, "crowd"))
	}
	if left := run(t, gw, "nft", "list", "tables"); strings.Contains(left, "crowd") {
		t.Errorf("left of them: %s", left)
	}
	must(t, linux.EnsureNoCrowd(gw, "crowd", "in", networks, known...))
	if diff := cmp.Diff(strings.Count(before, "input"), strings.Count(run(t, gw, "nft", "-a", "list", "chains"), "input")); diff != "" {
		t.Errorf("what was removed does not come back: %s", diff)
	}
}

// crowd asks by ARP from addresses of no network here, and by ICMPv6 from such,
// from link-local ones and from those of the link's own network.
func crowd(t *testing.T, from *linux.Namespace, link, four, six string) {
	t.Helper()
	var card int
	var ours net.HardwareAddr
	must(t, from.Do(func() (err error) {
		if card, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		device, err := net.InterfaceByName(link)
		if err != nil {
			return err
		}
		ours = device.HardwareAddr
		return unix.Bind(card, &unix.SockaddrLinklayer{Ifindex: device.Index})
	}))
	defer unix.Close(card)
	to4, to6 := netip.MustParseAddr(four).As4(), netip.MustParseAddr(six).As16()
	send := func(etherType uint16, body []byte) {
		frame := append(append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, ours...), byte(etherType>>8), byte(etherType))
		if _, err := unix.Write(card, append(frame, body...)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range uint16(300) {
		as4 := [4]byte{11, 7, byte(i >> 8), byte(i)}
		send(0x0806, append(append(append(append([]byte{0, 1, 8, 0, 6, 4, 0, 1}, ours...), as4[:]...), make([]byte, 6)...), to4[:]...))
		for _, network := range []string{"fe80::", "2001:db8::", "2001:db8:bad::"} {
			as6 := netip.MustParseAddr(network).As16()
			binary.BigEndian.PutUint16(as6[14:], 0x1000+i)
			body := append([]byte{135, 0, 0, 0, 0, 0, 0, 0}, to6[:]...) // RFC 4861, section 4.3
			body = append(append(body, 1, 1), ours...)
			binary.BigEndian.PutUint16(body[2:], checksum6(as6, to6, body))
			head := []byte{0x60, 0, 0, 0, 0, byte(len(body)), unix.IPPROTO_ICMPV6, 255}
			send(0x86dd, append(append(append(head, as6[:]...), to6[:]...), body...))
		}
	}
}

// checksum6 is that of ICMPv6 (RFC 4443, section 2.3).
func checksum6(from, to [16]byte, body []byte) uint16 {
	text := append(append(append([]byte{}, from[:]...), to[:]...), 0, 0, 0, byte(len(body)), 0, 0, 0, unix.IPPROTO_ICMPV6)
	text = append(text, body...)
	var sum uint32
	for i := 0; i+1 < len(text); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(text[i:]))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
