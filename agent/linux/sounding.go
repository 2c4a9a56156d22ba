package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// A Sounding asks a neighbour to send packets of certain lengths back, which are
// never fragmented on their way there. It does not wait for the answers: they
// lie in its socket until they are read.
type Sounding struct {
	fd int
	id uint16
	// head is the length of the IP header: IPv6's is the kernel's alone, also of
	// what is read.
	head int
	six  bool
}

// Of linux/icmp.h and linux/icmpv6.h.
const (
	icmpFilter  = 1
	icmp6Filter = 1
	solRaw      = 255
)

// OpenSounding opens the way from one address of a link to a neighbour on it. The
// caller closes it; until then it keeps the namespace alive.
func OpenSounding(n *Namespace, link string, from, to netip.Addr) (*Sounding, error) {
	s := &Sounding{fd: -1, id: uint16(rand.Uint32()), head: 20, six: from.Is6()}
	family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	if s.six {
		s.head, family, protocol = 40, unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	err := n.Do(func() (err error) {
		s.fd, err = unix.Socket(family, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
		return os.NewSyscallError("socket", err)
	})
	if err != nil {
		return nil, linkError("ask a neighbour on", n, link, err)
	}
	err = errors.Join(
		os.NewSyscallError("bind to device", unix.BindToDevice(s.fd, link)),
		s.aim(),
		os.NewSyscallError("bind", unix.Bind(s.fd, socketAddress(from))),
		os.NewSyscallError("connect", unix.Connect(s.fd, socketAddress(to))),
	)
	if err != nil {
		return nil, errors.Join(linkError("ask a neighbour on", n, link, err), s.Close())
	}
	return s, nil
}

// aim has nothing fragmented that goes out, and nothing but answers come in.
func (s *Sounding) aim() error {
	if !s.six {
		return errors.Join(
			os.NewSyscallError("don't fragment", unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)),
			os.NewSyscallError("filter", unix.SetsockoptInt(s.fd, solRaw, icmpFilter, ^(1<<echoReply4))),
		)
	}
	var filter unix.ICMPv6Filter // a bit for each type that does not pass
	for i := range filter.Data {
		filter.Data[i] = ^uint32(0)
	}
	filter.Data[echoReply6>>5] &^= 1 << (echoReply6 & 31)
	return errors.Join(
		os.NewSyscallError("don't fragment", unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE)),
		os.NewSyscallError("filter", unix.SetsockoptICMPv6Filter(s.fd, unix.SOL_ICMPV6, icmp6Filter, &filter)),
	)
}

func socketAddress(a netip.Addr) unix.Sockaddr {
	if a.Is4() {
		return &unix.SockaddrInet4{Addr: a.As4()}
	}
	return &unix.SockaddrInet6{Addr: a.As16()}
}

// Ask sends a request of so many octets with its IP header, by a number of the
// caller's.
func (s *Sounding) Ask(number uint16, octets int) error {
	packet := make([]byte, max(octets-s.head, echoHeader))
	packet[0] = echoRequest4
	binary.BigEndian.PutUint16(packet[4:], s.id)
	binary.BigEndian.PutUint16(packet[6:], number)
	if s.six {
		packet[0] = echoRequest6 // the kernel puts in the sum, which has addresses in it
	} else {
		binary.BigEndian.PutUint16(packet[2:], ^onesSum(packet))
	}
	// What our own queue or the far end drops is lost like anything else. The kernel
	// says so of IPv6 alone.
	if err := unix.Send(s.fd, packet, 0); err != nil && !errors.Is(err, unix.ENOBUFS) {
		return fmt.Errorf("ask with %d octets: %w", octets, err)
	}
	return nil
}

// onesSum is the sum of RFC 1071.
func onesSum(octets []byte) uint16 {
	var sum uint32
	for ; len(octets) > 1; octets = octets[2:] {
		sum += uint32(binary.BigEndian.Uint16(octets))
	}
	if len(octets) == 1 {
		sum += uint32(octets[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// Answered are the numbers of the requests that were answered since the last
// time.
func (s *Sounding) Answered() (numbers []uint16, err error) {
	var packet [128]byte // the answer's data is ours
	for range mostHeard {
		n, _, err := unix.Recvfrom(s.fd, packet[:], 0)
		if errors.Is(err, unix.EAGAIN) {
			return numbers, nil
		}
		if err != nil {
			return numbers, fmt.Errorf("read answers: %w", err)
		}
		head := 0
		if !s.six {
			head = int(packet[0]&0xf) * 4
		}
		if n >= head+8 && binary.BigEndian.Uint16(packet[head+4:]) == s.id {
			numbers = append(numbers, binary.BigEndian.Uint16(packet[head+6:]))
		}
	}
	return numbers, nil
}

// Close forgets what was asked.
func (s *Sounding) Close() error { return unix.Close(s.fd) }
