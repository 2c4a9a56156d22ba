package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// An Echo sends echo requests from an address of a namespace and hears their
// answers (RFC 792 and RFC 4443). It needs no privilege beyond the namespace's:
// its sockets are the kernel's own for ping(8). One may send while another
// receives.
type Echo struct {
	namespace *Namespace
	source    netip.Addr
	conn      *net.UDPConn
}

// An EchoReply is an answer to a request, by the number that it was sent with.
type EchoReply struct {
	From netip.Addr
	// Number is the request's.
	Number uint16
	// Link is the index of the one that the answer came in by.
	Link int
}

// OpenEcho makes the socket. The namespace must stay open as long as the Echo,
// and have the address. The caller closes it.
func OpenEcho(n *Namespace, source netip.Addr) (*Echo, error) {
	if err := n.Sysctl("net/ipv4/ping_group_range", "0 2147483647"); err != nil {
		return nil, fmt.Errorf("allow echo requests in namespace %s: %w", n, err)
	}
	e := &Echo{namespace: n, source: source}
	err := n.Do(func() error {
		conn, err := echoSocket(source)
		e.conn = conn
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open a socket for echo requests from %s in namespace %s: %w", source, n, err)
	}
	return e, nil
}

func echoSocket(source netip.Addr) (*net.UDPConn, error) {
	family, protocol, level, option := unix.AF_INET, unix.IPPROTO_ICMP, unix.IPPROTO_IP, unix.IP_PKTINFO
	var address unix.Sockaddr
	if source.Is4() {
		address = &unix.SockaddrInet4{Addr: source.As4()}
	} else {
		family, protocol, level, option = unix.AF_INET6, unix.IPPROTO_ICMPV6, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO
		address = &unix.SockaddrInet6{Addr: source.As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "echo")
	defer file.Close()
	if err := errors.Join(unix.SetsockoptInt(fd, level, option, 1), unix.Bind(fd, address)); err != nil {
		return nil, err
	}
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

// Close ends the socket, and whoever receives.
func (e *Echo) Close() error { return e.conn.Close() }

// Types of messages (RFC 792, RFC 4443).
const (
	echoRequest4, echoReply4 = 8, 0
	echoRequest6, echoReply6 = 128, 129
	echoHeader               = 8
)

// Send sends a request with a number. The kernel puts in what tells the socket
// from others, and the checksum.
func (e *Echo) Send(to netip.Addr, number uint16) error {
	message := make([]byte, echoHeader+8)
	message[0] = echoRequest4
	if to.Is6() {
		message[0] = echoRequest6
	}
	binary.BigEndian.PutUint16(message[6:], number)
	_, err := e.conn.WriteToUDPAddrPort(message, netip.AddrPortFrom(to, 0))
	return err
}

// Receive waits for an answer until a time; then the error is
// os.ErrDeadlineExceeded (by errors.Is). Messages that are no answers are
// passed over.
func (e *Echo) Receive(until time.Time) (EchoReply, error) {
	message, control := make([]byte, 512), make([]byte, 128)
	if err := e.conn.SetReadDeadline(until); err != nil {
		return EchoReply{}, err
	}
	for {
		n, c, _, from, err := e.conn.ReadMsgUDPAddrPort(message, control)
		if err != nil {
			return EchoReply{}, err
		}
		if n < echoHeader || message[0] != echoReply4 && message[0] != echoReply6 {
			continue
		}
		link, err := arrivedBy(control[:c])
		return EchoReply{From: from.Addr().Unmap(), Number: binary.BigEndian.Uint16(message[6:]), Link: link}, err
	}
}

// arrivedBy reads the index of a link from struct in_pktinfo, where it comes
// first, or from struct in6_pktinfo, where it comes after the address.
func arrivedBy(control []byte) (int, error) {
	all, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0, err
	}
	for _, c := range all {
		switch {
		case c.Header.Level == unix.IPPROTO_IP && c.Header.Type == unix.IP_PKTINFO && len(c.Data) >= 4:
			return int(binary.NativeEndian.Uint32(c.Data)), nil
		case c.Header.Level == unix.IPPROTO_IPV6 && c.Header.Type == unix.IPV6_PKTINFO && len(c.Data) >= 20:
			return int(binary.NativeEndian.Uint32(c.Data[16:])), nil
		}
	}
	return 0, errors.New("an answer came without the link that it came in by")
}

// LeavesBy asks the kernel by which link a request would leave now; zero where
// it would be dropped.
func (e *Echo) LeavesBy(to netip.Addr) int {
	routes, err := e.namespace.rt.RouteGetWithOptions(to.AsSlice(), &netlink.RouteGetOptions{SrcAddr: e.source.AsSlice()})
	if err != nil || len(routes) == 0 {
		return 0
	}
	return routes[0].LinkIndex
}
