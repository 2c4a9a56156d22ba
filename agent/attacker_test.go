package agent_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// mark is in every packet of the attacker.
var mark = []byte("mallory-was-here")

// A watch counts the packets with the mark that pass any link of a namespace,
// in either direction.
type watch struct {
	namespace string
	seen      atomic.Int64
}

// watch begins to watch a namespace.
func (w *world) watch(name string) *watch {
	w.t.Helper()
	n, err := linux.OpenNamespace(name)
	must(w.t, err)
	w.t.Cleanup(func() { n.Close() })
	fd := packetSocket(w.t, n, "")
	eye := &watch{namespace: name}
	done := make(chan struct{})
	stopping := atomic.Bool{}
	go func() {
		defer close(done)
		buffer := make([]byte, 70<<10)
		for !stopping.Load() {
			size, _, err := unix.Recvfrom(fd, buffer, 0)
			if err == nil && bytes.Contains(buffer[:size], mark) {
				eye.seen.Add(1)
			}
		}
		unix.Close(fd)
	}()
	w.t.Cleanup(func() {
		stopping.Store(true)
		<-done
	})
	return eye
}

// packetSocket sees and sends frames on a link, or sees those of all links. A
// read ends after 50 ms.
func packetSocket(t *testing.T, n *linux.Namespace, link string) (fd int) {
	t.Helper()
	must(t, n.Do(func() (err error) {
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return os.NewSyscallError("socket", err)
		}
		address := &unix.SockaddrLinklayer{Protocol: uint16(unix.ETH_P_ALL)<<8 | uint16(unix.ETH_P_ALL)>>8}
		if link != "" {
			device, err := net.InterfaceByName(link)
			if err != nil {
				return err
			}
			address.Ifindex = device.Index
		}
		timeout := unix.NsecToTimeval((50 * time.Millisecond).Nanoseconds())
		return errors.Join(unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout), unix.Bind(fd, address))
	}))
	return fd
}

// hardware is the address of a link of a namespace.
func hardware(t *testing.T, n *linux.Namespace, link string) (mac net.HardwareAddr) {
	t.Helper()
	must(t, n.Do(func() error {
		device, err := net.InterfaceByName(link)
		if err == nil {
			mac = device.HardwareAddr
		}
		return err
	}))
	return mac
}

const (
	customerTag = 0x8100 // IEEE 802.1Q
	serviceTag  = 0x88a8 // IEEE 802.1ad
)

// ethernet is a frame behind tags, each an EtherType and a VLAN.
func ethernet(to, from net.HardwareAddr, etherType uint16, payload []byte, tags ...[2]uint16) []byte {
	b := append(append([]byte{}, to...), from...)
	for _, tag := range tags {
		b = binary.BigEndian.AppendUint16(b, tag[0])
		b = binary.BigEndian.AppendUint16(b, tag[1])
	}
	b = binary.BigEndian.AppendUint16(b, etherType)
	return append(b, payload...)
}

// A packet is an IPv4 packet with the mark in it.
type packet struct {
	from, to string
	ttl      byte
	protocol byte   // 6 TCP, 17 UDP
	fragment uint16 // flags and offset, RFC 791
	flags    byte   // of TCP
	port     uint16
}

func (p packet) bytes() []byte {
	var body []byte
	switch p.protocol {
	case unix.IPPROTO_TCP: // a segment with the mark as its data
		body = binary.BigEndian.AppendUint16(nil, 40000)
		body = binary.BigEndian.AppendUint16(body, p.port)
		body = append(body, 0, 0, 0, 1, 0, 0, 0, 1, 5<<4, p.flags, 0xff, 0xff, 0, 0, 0, 0)
	default:
		body = binary.BigEndian.AppendUint16(nil, 40000)
		body = binary.BigEndian.AppendUint16(body, p.port)
		body = binary.BigEndian.AppendUint16(body, uint16(8+len(mark)))
		body = append(body, 0, 0) // no checksum, RFC 768
	}
	body = append(body, mark...)
	from, to := netip.MustParseAddr(p.from).As4(), netip.MustParseAddr(p.to).As4()
	head := []byte{0x45, 0}
	head = binary.BigEndian.AppendUint16(head, uint16(20+len(body)))
	head = append(head, 0, 7)
	head = binary.BigEndian.AppendUint16(head, p.fragment)
	head = append(head, p.ttl, p.protocol, 0, 0)
	head = append(append(head, from[:]...), to[:]...)
	binary.BigEndian.PutUint16(head[10:], checksum(head))
	return append(head, body...)
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// arp is a claim that an address is at a MAC, with the mark behind it.
func arp(operation uint16, mac net.HardwareAddr, claims, asks string) []byte {
	b := []byte{0, 1, 8, 0, 6, 4}
	b = binary.BigEndian.AppendUint16(b, operation)
	claimed, asked := netip.MustParseAddr(claims).As4(), netip.MustParseAddr(asks).As4()
	b = append(append(b, mac...), claimed[:]...)
	b = append(append(b, make([]byte, 6)...), asked[:]...)
	return append(b, mark...)
}

// dialBGP opens a session from a customer's router, without waiting for it to
// come up.
func dialBGP(n *linux.Namespace, from, to netip.Addr, asn uint32) (conn net.Conn, err error) {
	err = n.Do(func() (err error) {
		dialer := net.Dialer{
			Timeout: time.Second, LocalAddr: &net.TCPAddr{IP: from.AsSlice()},
			Control: func(_, _ string, raw syscall.RawConn) error { return sign(raw, to) },
		}
		dialer.SetMultipathTCP(false)
		conn, err = dialer.Dial("tcp4", net.JoinHostPort(to.String(), "179"))
		return err
	})
	if err != nil {
		return nil, err
	}
	go io.Copy(io.Discard, conn) // what the other end says does not matter
	_, err = conn.Write(append(bgpMessage(1, openBody(asn, from)), bgpMessage(4, nil)...))
	return conn, err
}

// sign sets the key for the segments to and from an address (RFC 2385).
func sign(raw syscall.RawConn, peer netip.Addr) (err error) {
	sig := unix.TCPMD5Sig{Keylen: uint16(len(key)), Addr: unix.SockaddrStorage{Family: unix.AF_INET}}
	copy(sig.Key[:], key)
	four := peer.As4()
	copy(sig.Addr.Data[2:], four[:]) // after the port, as in sockaddr_in
	opened := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptTCPMD5Sig(int(fd), unix.IPPROTO_TCP, unix.TCP_MD5SIG, &sig)
	})
	return errors.Join(err, opened)
}

// bgpMessage is RFC 4271, section 4.1.
func bgpMessage(kind byte, body []byte) []byte {
	b := bytes.Repeat([]byte{0xff}, 16)
	b = binary.BigEndian.AppendUint16(b, uint16(19+len(body)))
	return append(append(b, kind), body...)
}

// openBody is RFC 4271, section 4.2, with the capability of four-octet numbers.
func openBody(asn uint32, id netip.Addr) []byte {
	b := []byte{4}
	b = binary.BigEndian.AppendUint16(b, uint16(asn))
	b = binary.BigEndian.AppendUint16(b, 90)
	four := id.As4()
	b = append(b, four[:]...)
	b = append(b, 8, 2, 6, 65, 4)
	return binary.BigEndian.AppendUint32(b, asn)
}

// announcement is an UPDATE for prefixes of length 24, RFC 4271, section 4.3.
func announcement(asn uint32, nextHop netip.Addr, prefixes ...netip.Prefix) []byte {
	hop := nextHop.As4()
	attributes := []byte{0x40, 1, 1, 0, 0x40, 2, 6, 2, 1}
	attributes = binary.BigEndian.AppendUint32(attributes, asn)
	attributes = append(append(attributes, 0x40, 3, 4), hop[:]...)
	b := []byte{0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(attributes)))
	b = append(b, attributes...)
	for _, p := range prefixes {
		a := p.Addr().As4()
		b = append(append(b, 24), a[:3]...)
	}
	return bgpMessage(2, b)
}

// many are different networks of length 24.
func many(count int) (all []netip.Prefix) {
	for i := range count {
		all = append(all, netip.MustParsePrefix(fmt.Sprintf("20.%d.%d.0/24", i/256, i%256)))
	}
	return all
}
