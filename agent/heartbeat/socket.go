package heartbeat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"demarc/bfd"
)

const (
	port = 3784 // single hop (RFC 5881, section 4)
	// Source ports are from here on (RFC 5881, section 4).
	firstSource = 49152
	// tos is CS6, network control: what routers send BFD with.
	tos = 0xc0
	// ipv6Freebind is IPV6_FREEBIND, which x/sys does not name.
	ipv6Freebind = 78
	// sourceTries is how many source ports are tried; one that is taken is rare.
	sourceTries = 8
)

// A line is the two sockets of a session: packets arrive at a port that all
// know, and must not be sent from it.
type line struct {
	in, out *net.UDPConn
	remote  netip.Addr
	to      netip.AddrPort
}

// open opens both sockets. Their addresses need not exist yet, their interface
// must.
func (p Peer) open() (*line, error) {
	l := &line{remote: p.Remote}
	err := p.Namespace.Do(func() (err error) {
		if l.in, err = p.socket(port); err != nil {
			return err
		}
		for range sourceTries {
			l.out, err = p.socket(firstSource + rand.IntN(1<<16-firstSource))
			if !errors.Is(err, unix.EADDRINUSE) {
				break
			}
		}
		return err
	})
	if err != nil {
		l.close()
		return nil, fmt.Errorf("open a BFD socket on %s: %w", p.Device, err)
	}
	zone := ""
	if p.Remote.Is6() && p.Remote.IsLinkLocalUnicast() {
		zone = p.Device
	}
	l.to = netip.AddrPortFrom(p.Remote.WithZone(zone), port)
	return l, nil
}

func (p Peer) socket(port int) (*net.UDPConn, error) {
	domain := unix.AF_INET6
	if p.Local.Is4() {
		domain = unix.AF_INET
	}
	fd, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "bfd")
	defer file.Close() // FilePacketConn makes a copy
	if err := p.prepare(fd); err != nil {
		return nil, err
	}
	if err := p.bind(fd, port); err != nil {
		return nil, err
	}
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

// prepare has packets sent with the TTL that they must arrive with, and that
// of arriving ones told (RFC 5881, section 5).
func (p Peer) prepare(fd int) error {
	for _, option := range []struct{ v4, v6, value int }{
		{unix.IP_TTL, unix.IPV6_UNICAST_HOPS, bfd.TTL},
		{unix.IP_TOS, unix.IPV6_TCLASS, tos},
		{unix.IP_RECVTTL, unix.IPV6_RECVHOPLIMIT, 1},
		{unix.IP_FREEBIND, ipv6Freebind, 1},
	} {
		level, name := unix.IPPROTO_IPV6, option.v6
		if p.Local.Is4() {
			level, name = unix.IPPROTO_IP, option.v4
		}
		if err := unix.SetsockoptInt(fd, level, name, option.value); err != nil {
			return err
		}
	}
	return unix.BindToDevice(fd, p.Device)
}

func (p Peer) bind(fd, port int) error {
	if p.Local.Is4() {
		return unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: p.Local.As4()})
	}
	sa := &unix.SockaddrInet6{Port: port, Addr: p.Local.As16()}
	if p.Local.IsLinkLocalUnicast() {
		link, err := net.InterfaceByName(p.Device)
		if err != nil {
			return err
		}
		sa.ZoneId = uint32(link.Index)
	}
	return unix.Bind(fd, sa)
}

// read waits for a packet from the neighbour. One from anybody else is nil.
func (l *line) read(buffer []byte) (octets []byte, ttl int, err error) {
	var control [64]byte
	n, oobn, _, from, err := l.in.ReadMsgUDPAddrPort(buffer, control[:])
	if err != nil {
		return nil, 0, err
	}
	if from.Addr().Unmap().WithZone("") != l.remote {
		return nil, 0, nil
	}
	return buffer[:n], hopLimit(control[:oobn]), nil
}

// hopLimit finds the TTL that a packet arrived with; 0 if it is not told.
func hopLimit(control []byte) int {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0
	}
	for _, m := range messages {
		v4 := m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_TTL
		v6 := m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_HOPLIMIT
		if (v4 || v6) && len(m.Data) >= 4 {
			return int(binary.NativeEndian.Uint32(m.Data))
		}
	}
	return 0
}

func (l *line) send(octets []byte) { _, _ = l.out.WriteToUDPAddrPort(octets, l.to) }

// wakeAt has read return at a time; never by itself for the zero time.
func (l *line) wakeAt(t time.Time) { _ = l.in.SetReadDeadline(t) }

func (l *line) close() {
	for _, conn := range []*net.UDPConn{l.in, l.out} {
		if conn != nil {
			_ = conn.Close()
		}
	}
}
