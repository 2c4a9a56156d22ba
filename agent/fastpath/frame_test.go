package fastpath_test

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// A wire is a packet socket on a link: it sends frames as they are, and hears
// what comes in.
type wire struct {
	t  *testing.T
	fd int
}

func newWire(t *testing.T, n *linux.Namespace, link string) *wire {
	t.Helper()
	const all = uint16(unix.ETH_P_ALL)<<8 | uint16(unix.ETH_P_ALL)>>8
	w := &wire{t: t, fd: -1}
	must(t, n.Do(func() error {
		device, err := net.InterfaceByName(link)
		if err != nil {
			return err
		}
		w.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("socket", err)
		}
		return errors.Join(
			unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}),
			unix.SetsockoptInt(w.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1),
			unix.Bind(w.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: device.Index}))
	}))
	t.Cleanup(func() { unix.Close(w.fd) })
	return w
}

func (w *wire) send(frame []byte) {
	w.t.Helper()
	if _, err := unix.Write(w.fd, frame); err != nil {
		w.t.Fatal(os.NewSyscallError("write", err))
	}
}

// until hears what our frames are until one with the mark comes: the marks before
// it, and the frame itself.
func (w *wire) until(mark uint16) (before []uint16, frame []byte) {
	w.t.Helper()
	buffer := make([]byte, 1<<16)
	for {
		n, err := unix.Read(w.fd, buffer)
		if err != nil {
			w.t.Fatalf("frame %d did not arrive: %v", mark, err)
		}
		switch found, ours := markOf(buffer[:n]); {
		case ours && found == mark:
			return before, buffer[:n]
		case ours:
			before = append(before, found)
		}
	}
}

// sourcePort is that of all our frames, and the destination's their mark.
const sourcePort = 40999

func markOf(frame []byte) (mark uint16, ours bool) {
	at := 14 + 40
	if len(frame) > 14 && frame[12] == 8 {
		at = 14 + 4*int(frame[14]&0xf)
	}
	if len(frame) < at+4 || binary.BigEndian.Uint16(frame[at:]) != sourcePort {
		return 0, false
	}
	return binary.BigEndian.Uint16(frame[at+2:]), true
}

// A datagram is what a frame is made of, and what is odd about it.
type datagram struct {
	from, to         string
	mark             uint16
	ttl, protocol    byte // 0 is 64, and UDP
	class            byte
	options, padding int // octets
	fragment         uint16
	spoilt           bool   // its checksum is wrong
	toMAC            string // else the router's
	octets           int    // of the payload
	short            int    // octets that are missing at the end
	tagged           bool
}

// frame is the datagram from the app host to its router.
func (s *site) frame(t *testing.T, d datagram) []byte {
	t.Helper()
	state := func(n *linux.Namespace, link string) net.HardwareAddr {
		l, _, err := linux.LinkState(n, link)
		must(t, err)
		return l.MAC
	}
	to := state(s.router, "h")
	if d.toMAC != "" {
		to, _ = net.ParseMAC(d.toMAC)
	}
	if d.ttl == 0 {
		d.ttl = 64
	}
	if d.protocol == 0 {
		d.protocol = unix.IPPROTO_UDP
	}
	load := binary.BigEndian.AppendUint16(nil, sourcePort)
	load = binary.BigEndian.AppendUint16(load, d.mark)
	load = binary.BigEndian.AppendUint16(load, uint16(8+d.octets))
	load = append(load, make([]byte, 2+d.octets)...)
	frame := append(append([]byte{}, to...), state(s.app, "eth0")...)
	if d.tagged {
		frame = append(frame, 0x81, 0, 0, 5)
	}
	from, at := netip.MustParseAddr(d.from), netip.MustParseAddr(d.to)
	if from.Is4() {
		frame = append(append(frame, 8, 0), header4(d, from, at, len(load))...)
	} else {
		frame = append(append(frame, 0x86, 0xdd), header6(d, from, at, len(load))...)
	}
	frame = append(frame, load...)
	return append(frame, make([]byte, d.padding)...)[:len(frame)+d.padding-d.short]
}

func header4(d datagram, from, to netip.Addr, load int) []byte {
	h := make([]byte, 20+d.options)
	h[0], h[1] = 0x40|byte(len(h)/4), d.class
	binary.BigEndian.PutUint16(h[2:], uint16(len(h)+load))
	binary.BigEndian.PutUint16(h[6:], d.fragment)
	h[8], h[9] = d.ttl, d.protocol
	copy(h[12:], from.AsSlice())
	copy(h[16:], to.AsSlice())
	for i := 20; i < len(h); i++ {
		h[i] = 1 // no operation
	}
	binary.BigEndian.PutUint16(h[10:], ^sum(h))
	if d.spoilt {
		h[10] ^= 0x55
	}
	return h
}

func header6(d datagram, from, to netip.Addr, load int) []byte {
	h := make([]byte, 40)
	h[0], h[1] = 0x60|d.class>>4, d.class<<4
	binary.BigEndian.PutUint16(h[4:], uint16(load))
	h[6], h[7] = d.protocol, d.ttl
	copy(h[8:], from.AsSlice())
	copy(h[24:], to.AsSlice())
	return h
}

func sum(h []byte) uint16 {
	var s uint32
	for i := 0; i < len(h); i += 2 {
		s += uint32(binary.BigEndian.Uint16(h[i:]))
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
