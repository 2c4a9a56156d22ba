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

// A Sounding asks an IPv4 neighbour to send packets of certain lengths back, which
// are never fragmented on their way there. It does not wait for the answers.
type Sounding struct {
	fd int
	id uint16
}

// Of ICMP (RFC 792) and of linux/icmp.h.
const (
	icmpEchoReply   = 0
	icmpEchoRequest = 8
	icmpFilter      = 1
	solRaw          = 255
	echoHeaders     = 28 // IPv4's and ICMP's
)

// OpenSounding opens the way from one address of a link to a neighbour on it. The
// caller closes it.
func OpenSounding(n *Namespace, link string, from, to netip.Addr) (*Sounding, error) {
	s := &Sounding{fd: -1, id: uint16(rand.Uint32())}
	err := n.Do(func() (err error) {
		s.fd, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
		return os.NewSyscallError("socket", err)
	})
	if err != nil {
		return nil, linkError("ask a neighbour on", n, link, err)
	}
	err = errors.Join(
		os.NewSyscallError("bind to device", unix.BindToDevice(s.fd, link)),
		os.NewSyscallError("don't fragment", unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)),
		os.NewSyscallError("filter", unix.SetsockoptInt(s.fd, solRaw, icmpFilter, ^(1<<icmpEchoReply))),
		os.NewSyscallError("bind", unix.Bind(s.fd, &unix.SockaddrInet4{Addr: from.As4()})),
		os.NewSyscallError("connect", unix.Connect(s.fd, &unix.SockaddrInet4{Addr: to.As4()})),
	)
	if err != nil {
		return nil, errors.Join(linkError("ask a neighbour on", n, link, err), s.Close())
	}
	return s, nil
}

// Ask sends a request of so many octets with its IP header, by a number of the
// caller's.
func (s *Sounding) Ask(number uint16, octets int) error {
	packet := make([]byte, max(octets, echoHeaders)-20)
	packet[0] = icmpEchoRequest
	binary.BigEndian.PutUint16(packet[4:], s.id)
	binary.BigEndian.PutUint16(packet[6:], number)
	binary.BigEndian.PutUint16(packet[2:], ^onesSum(packet))
	if err := unix.Send(s.fd, packet, 0); err != nil {
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
		head := int(packet[0]&0xf) * 4
		if n >= head+8 && binary.BigEndian.Uint16(packet[head+4:]) == s.id {
			numbers = append(numbers, binary.BigEndian.Uint16(packet[head+6:]))
		}
	}
	return numbers, nil
}

// Close forgets what was asked.
func (s *Sounding) Close() error { return unix.Close(s.fd) }
