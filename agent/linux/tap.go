package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// A Tap hears what comes in by one link to set up BGP: ARP, and TCP of port 179.
// What nobody reads in time is lost.
type Tap struct {
	fd    int
	index int
	mac   net.HardwareAddr
	// buffer is enough for the headers that are looked at.
	buffer [snap]byte
}

const (
	bgpPort = 179
	// snap is how much of a packet is read: an IPv6 header and the longest TCP
	// header, and some.
	snap = 160
	// tapQueue is how many octets of packets wait for [Tap.Read].
	tapQueue = 64 << 10
	// mostHeard bounds one [Tap.Read], whatever floods the line.
	mostHeard = 256
)

// A Heard is one packet: ARP if its Target is valid, else a TCP segment.
type Heard struct {
	From netip.Addr
	// MAC, and Target, who was asked for or told, are ARP's.
	MAC    string
	Target netip.Addr
	// TTL is that of the packet as it arrived. Called: it was sent to our port
	// 179; else it comes from the sender's.
	TTL    uint8
	Called bool
	// Opens: it sets a connection up, or answers one that does. Resets: it
	// refuses one. Speaks: it carries something. Signed: it has a signature (RFC
	// 2385), right or wrong.
	Opens, Resets, Speaks, Signed bool
}

// OpenTap listens on a link. The error is fs.ErrNotExist if there is none. The
// caller closes it.
func OpenTap(n *Namespace, link string) (*Tap, error) {
	found, err := findLink(n, link)
	if err != nil {
		return nil, err
	}
	t := &Tap{fd: -1, index: found.Attrs().Index, mac: found.Attrs().HardwareAddr}
	err = n.Do(func() (err error) {
		// Protocol 0 hears nothing until it is bound, with the filter on.
		t.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		return os.NewSyscallError("socket", err)
	})
	if err != nil {
		return nil, linkError("listen on", n, link, err)
	}
	program := unix.SockFprog{Len: uint16(len(tapFilter)), Filter: &tapFilter[0]}
	err = errors.Join(
		os.NewSyscallError("filter", unix.SetsockoptSockFprog(t.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)),
		os.NewSyscallError("ignore outgoing", unix.SetsockoptInt(t.fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)),
		os.NewSyscallError("queue", unix.SetsockoptInt(t.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, tapQueue)),
		os.NewSyscallError("bind", unix.Bind(t.fd, &unix.SockaddrLinklayer{Protocol: swapped(unix.ETH_P_ALL), Ifindex: t.index})),
	)
	if err != nil {
		return nil, errors.Join(linkError("listen on", n, link, err), t.Close())
	}
	return t, nil
}

// swapped is a number as the network has it.
func swapped(v uint16) uint16 { return v<<8 | v>>8 }

// tapFilter lets ARP through, and TCP from or to port 179: the packet begins
// with its network header.
var tapFilter = [...]unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: skfProtocol},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.ETH_P_ARP, Jt: 17},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.ETH_P_IPV6, Jt: 9},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.ETH_P_IP, Jf: 16},
	// IPv4: TCP, the first fragment, and where its ports are.
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 9},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.IPPROTO_TCP, Jf: 14},
	{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 6},
	{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: 0x1fff, Jt: 12},
	{Code: unix.BPF_LDX | unix.BPF_B | unix.BPF_MSH, K: 0},
	{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_IND, K: 0},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: bgpPort, Jt: 8},
	{Code: unix.BPF_JMP | unix.BPF_JA, K: 3}, // to the other port
	// IPv6: TCP without headers in between.
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 6},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.IPPROTO_TCP, Jf: 6},
	{Code: unix.BPF_LDX | unix.BPF_W | unix.BPF_IMM, K: 40},
	{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_IND, K: 2},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: bgpPort, Jt: 2},
	{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_IND, K: 0},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: bgpPort, Jf: 1},
	{Code: unix.BPF_RET | unix.BPF_K, K: snap},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
}

// skfProtocol is where a filter finds the EtherType (linux/filter.h).
const skfProtocol = 0xfffff000

// Read takes what has come since the last time, without waiting.
func (t *Tap) Read() (heard []Heard, err error) {
	for range mostHeard {
		n, from, err := unix.Recvfrom(t.fd, t.buffer[:], 0)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return heard, nil
		case err != nil: // the link went, for one
			return heard, fmt.Errorf("read what a link hears: %w", err)
		}
		link, ok := from.(*unix.SockaddrLinklayer)
		if !ok {
			continue
		}
		if h, ok := parseHeard(swapped(link.Protocol), t.buffer[:n]); ok {
			heard = append(heard, h)
		}
	}
	return heard, nil
}

// Ask has who has an IPv4 address say so by ARP (RFC 826). The kernel's own
// table may be half a minute old.
func (t *Tap) Ask(from, who netip.Addr) error {
	broadcast := [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	question := append([]byte{0, 1, 8, 0, 6, 4, 0, 1}, t.mac...) // Ethernet, IPv4, a request
	question = append(question, from.AsSlice()...)
	question = append(append(question, make([]byte, 6)...), who.AsSlice()...)
	err := unix.Sendto(t.fd, question, 0, &unix.SockaddrLinklayer{Protocol: swapped(unix.ETH_P_ARP), Ifindex: t.index, Halen: 6, Addr: broadcast})
	if err != nil {
		return fmt.Errorf("ask who has %s: %w", who, err)
	}
	return nil
}

// Close stops listening.
func (t *Tap) Close() error { return unix.Close(t.fd) }

// parseHeard reads a packet from its network header on. It is not ok if it is
// none of those that are listened for, or cut short.
func parseHeard(protocol uint16, packet []byte) (h Heard, ok bool) {
	switch protocol {
	case unix.ETH_P_ARP:
		return parseARP(packet)
	case unix.ETH_P_IP:
		if len(packet) < 20 {
			return h, false
		}
		h.From, h.TTL = netip.AddrFrom4([4]byte(packet[12:16])), packet[8]
		head := int(packet[0]&0xf) * 4
		return h, h.parseTCP(packet[min(len(packet), head):], int(binary.BigEndian.Uint16(packet[2:]))-head)
	case unix.ETH_P_IPV6:
		if len(packet) < 40 {
			return h, false
		}
		h.From, h.TTL = netip.AddrFrom16([16]byte(packet[8:24])), packet[7]
		return h, h.parseTCP(packet[40:], int(binary.BigEndian.Uint16(packet[4:])))
	}
	return h, false
}

// parseARP reads ARP for IPv4 over Ethernet (RFC 826).
func parseARP(packet []byte) (h Heard, ok bool) {
	const ethernet, length = 1, 28
	if len(packet) < length || binary.BigEndian.Uint16(packet) != ethernet || binary.BigEndian.Uint16(packet[2:]) != unix.ETH_P_IP {
		return h, false
	}
	return Heard{
		MAC:  net.HardwareAddr(packet[8:14]).String(),
		From: netip.AddrFrom4([4]byte(packet[14:18])), Target: netip.AddrFrom4([4]byte(packet[24:28])),
	}, true
}

// Flags and options of TCP (RFC 9293, section 3.1; RFC 2385, section 3.0).
const (
	tcpSYN, tcpRST = 0x02, 0x04

	optionEnd, optionNothing, optionMD5 = 0, 1, 19
)

// parseTCP reads what was heard of a segment, whose length is in the header
// before it.
func (h *Heard) parseTCP(segment []byte, length int) (ok bool) {
	const header = 20
	if len(segment) < header {
		return false
	}
	flags := segment[13]
	h.Called = binary.BigEndian.Uint16(segment[2:]) == bgpPort
	h.Opens, h.Resets = flags&tcpSYN != 0, flags&tcpRST != 0
	data := int(segment[12]>>4) * 4
	h.Speaks = length > data
	options := segment[header:max(header, min(len(segment), data))]
	for len(options) > 0 && options[0] != optionEnd {
		length := 1
		if options[0] != optionNothing {
			if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
				break // malformed: the kernel drops it
			}
			length = int(options[1])
		}
		h.Signed = h.Signed || options[0] == optionMD5
		options = options[length:]
	}
	return true
}
