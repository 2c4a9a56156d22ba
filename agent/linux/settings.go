package linux

import (
	"encoding/binary"
	"errors"
	"fmt"

	mdnetlink "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Settings of a namespace and its interfaces are read and, where the kernel
// lets, set by netlink. As files below /proc/sys they would cost more the more
// namespaces there are: their names are the same in all of them, so the kernel
// goes through those of a thousand others to find one (__d_lookup).

// Attributes and headers of the messages (linux/netconf.h, linux/neighbour.h,
// linux/if_link.h, linux/ipv6.h).
const (
	netconfIfindex    = 1 // NETCONFA_IFINDEX
	netconfForwarding = 2 // NETCONFA_FORWARDING
	netconfAll        = -1

	ndtaName       = 1
	ndtaParms      = 6
	ndtpaIfindex   = 1
	ndtpaRetrans   = 5
	setNeighbours  = unix.RTM_SETNEIGHTBL
	neighboursIPv4 = "arp_cache"
	neighboursIPv6 = "ndisc_cache"

	inet6Conf        = 2 // IFLA_INET6_CONF
	inet6AddrGenMode = 8 // IFLA_INET6_ADDR_GEN_MODE
	devconfForward   = 0
	devconfAcceptRA  = 3
	devconfDisable   = 26
)

// Forwards reports whether the namespace forwards IPv4
// (net/ipv4/conf/all/forwarding, which is net/ipv4/ip_forward).
func (n *Namespace) Forwards() (forwards bool, err error) {
	encoder := mdnetlink.NewAttributeEncoder()
	encoder.Int32(netconfIfindex, netconfAll)
	question, err := encoder.Encode()
	if err != nil {
		return false, err
	}
	err = n.withRoutes(func(b *batcher) error {
		answers, err := b.ask(unix.RTM_GETNETCONF, append([]byte{unix.AF_INET, 0, 0, 0}, question...))
		for _, answer := range answers {
			attributes, refused := mdnetlink.NewAttributeDecoder(answer.Data[4:])
			for refused == nil && attributes.Next() {
				if attributes.Type() == netconfForwarding {
					forwards = attributes.Int32() != 0
				}
			}
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read whether namespace %s forwards: %w", n, err)
	}
	return forwards, nil
}

// An ipv6Setting is how an interface does IPv6.
type ipv6Setting struct {
	absent    bool // the kernel has no IPv6, or the MTU is too small for it
	off       bool
	advised   bool // a router advertisement would configure something
	generates bool // it gives itself an address
}

// readIPv6 asks for the interface, in whose description the settings are.
func readIPv6(n *Namespace, link netlink.Link) (setting ipv6Setting, err error) {
	setting.absent = true
	question := make([]byte, unix.SizeofIfInfomsg) // family, unused, type, index, flags, change
	binary.NativeEndian.PutUint32(question[4:], uint32(link.Attrs().Index))
	err = n.withRoutes(func(b *batcher) error {
		answers, err := b.ask(unix.RTM_GETLINK, question)
		if err != nil || len(answers) == 0 || len(answers[0].Data) < unix.SizeofIfInfomsg {
			return err
		}
		attributes, err := mdnetlink.NewAttributeDecoder(answers[0].Data[unix.SizeofIfInfomsg:])
		for err == nil && attributes.Next() {
			if attributes.Type() == unix.IFLA_AF_SPEC {
				attributes.Nested(setting.parseFamilies)
			}
		}
		return errors.Join(err, attributes.Err())
	})
	if err != nil {
		return setting, fmt.Errorf("read the settings of IPv6: %w", err)
	}
	return setting, nil
}

func (s *ipv6Setting) parseFamilies(families *mdnetlink.AttributeDecoder) error {
	for families.Next() {
		if families.Type() == unix.AF_INET6 {
			families.Nested(s.parse)
		}
	}
	return families.Err()
}

func (s *ipv6Setting) parse(attributes *mdnetlink.AttributeDecoder) error {
	s.absent = false
	for attributes.Next() {
		switch values := attributes.Bytes(); attributes.Type() {
		case inet6Conf:
			value := func(i int) uint32 {
				if len(values) < 4*(i+1) {
					return 0
				}
				return binary.NativeEndian.Uint32(values[4*i:])
			}
			s.off = value(devconfDisable) != 0
			// A router takes advertisements only if it is told so by a 2.
			accept := value(devconfAcceptRA)
			s.advised = accept == 2 || accept == 1 && value(devconfForward) == 0
		case inet6AddrGenMode:
			s.generates = len(values) > 0 && values[0] != addrGenNone
		}
	}
	return attributes.Err()
}

// askAgain is how soon a neighbour is asked again, in milliseconds. The
// kernel's second is for networks; our links have one neighbour, at the end of
// a cable. Its kernel may not answer yet when the link is new: it joins the
// group that IPv6 questions go to a moment after the address is there.
const askAgain = 50

// setAskAgain shortens the pause between two questions for a neighbour, for
// each family that the interface has.
func setAskAgain(n *Namespace, link netlink.Link, ipv6 bool) error {
	tables := []string{neighboursIPv4}
	if ipv6 {
		tables = append(tables, neighboursIPv6)
	}
	for _, table := range tables {
		m, err := message(setNeighbours, 0, []byte{unix.AF_UNSPEC, 0, 0, 0}, func(e *mdnetlink.AttributeEncoder) {
			e.String(ndtaName, table)
			e.Nested(ndtaParms, func(parameters *mdnetlink.AttributeEncoder) error {
				parameters.Uint32(ndtpaIfindex, uint32(link.Attrs().Index))
				parameters.Uint64(ndtpaRetrans, askAgain)
				return nil
			})
		})
		if err == nil {
			err = n.withRoutes(func(b *batcher) error { return b.applyOne(m) })
		}
		if err != nil {
			return fmt.Errorf("set how soon a neighbour is asked again: %w", err)
		}
	}
	return nil
}
