package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	mdnetlink "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Protocol marks routes and nexthops as ours (rtm_protocol). The kernel leaves
// 5 to 255 to routing programs; 186 is FRR's BGP and 12 is BIRD, so a router
// beside us and we never take each other's routes for our own.
const Protocol = 220

// A Nexthop is where routes lead. Many routes share one, so that changing or
// deleting it moves or withdraws all of them in one step.
//
// The kernel deletes it, and its routes, when its link goes down or loses its
// carrier.
type Nexthop struct {
	ID   uint32 // chosen by us, not 0
	Link string // outgoing interface; empty for a blackhole
	// Gateway may be IPv6 for IPv4 routes too (RFC 8950): "via fe80::2". The
	// zero Addr means that destinations are on the link itself.
	Gateway   netip.Addr
	Blackhole bool // drop silently; Link and Gateway are not used
	// IPv6 gives the family of the routes when there is no gateway to tell.
	// With a gateway it is not looked at and reads back as false.
	IPv6 bool
	// Group shares the flows of its routes among other nexthops, by their IDs;
	// then nothing of the above but ID counts. Only hops with a gateway can
	// serve both families in a group. The kernel takes a nexthop that it deletes
	// out of its groups, and a group with the last of them.
	Group []uint32
}

// Attributes and header of nexthop messages (linux/nexthop.h).
const (
	nhaID        = 1
	nhaGroup     = 2
	nhaBlackhole = 4
	nhaOIF       = 5
	nhaGateway   = 6
	nhHeaderLen  = 8
)

// EnsureNexthop creates the nexthop or changes the one with its ID; its routes
// follow at once. The link must exist and be up. An ID cannot change between
// an IPv4 and an IPv6 gateway while it has routes that the new one cannot serve.
func EnsureNexthop(n *Namespace, hop Nexthop) error {
	index, err := hopLink(n, hop)
	if err != nil {
		return fmt.Errorf("put nexthop %d: %w", hop.ID, err)
	}
	m, err := message(unix.RTM_NEWNEXTHOP, mdnetlink.Create|mdnetlink.Replace, nexthopHeader(hop), func(e *mdnetlink.AttributeEncoder) {
		e.Uint32(nhaID, hop.ID)
		if len(hop.Group) > 0 {
			e.Bytes(nhaGroup, encodeGroup(hop.Group))
			return
		}
		if hop.Blackhole {
			e.Flag(nhaBlackhole, true)
			return
		}
		e.Uint32(nhaOIF, index)
		if hop.Gateway.IsValid() {
			e.Bytes(nhaGateway, hop.Gateway.AsSlice())
		}
	})
	if err == nil {
		err = n.withRoutes(func(b *batcher) error { return b.applyOne(m) })
	}
	if err != nil {
		return fmt.Errorf("put nexthop %d in namespace %s: %w", hop.ID, n, err)
	}
	return nil
}

func hopLink(n *Namespace, hop Nexthop) (uint32, error) {
	if hop.ID == 0 {
		return 0, errors.New("a nexthop needs an id other than 0")
	}
	if hop.Blackhole || len(hop.Group) > 0 {
		return 0, nil
	}
	index, err := linkIndex(n, hop.Link)
	if err != nil {
		return 0, linkError("find", n, hop.Link, err)
	}
	return index, nil
}

// withoutStatistics is RTEXT_FILTER_SKIP_STATS, linux/rtnetlink.h.
const withoutStatistics = 1 << 3

// linkIndex looks up a link's number alone; the error is fs.ErrNotExist if it is
// absent.
func linkIndex(n *Namespace, name string) (index uint32, err error) {
	m, err := message(unix.RTM_GETLINK, 0, make([]byte, unix.SizeofIfInfomsg), func(e *mdnetlink.AttributeEncoder) {
		e.String(unix.IFLA_IFNAME, name)
		e.Uint32(unix.IFLA_EXT_MASK, withoutStatistics)
	})
	if err != nil {
		return 0, err
	}
	err = n.withRoutes(func(b *batcher) error {
		answers, err := b.ask(unix.RTM_GETLINK, m.Data)
		if err == nil && (len(answers) == 0 || len(answers[0].Data) < unix.SizeofIfInfomsg) {
			err = errors.New("the kernel does not say")
		}
		if err == nil {
			index = binary.NativeEndian.Uint32(answers[0].Data[4:]) // ifi_index
		}
		return err
	})
	if errors.Is(err, unix.ENODEV) {
		err = fs.ErrNotExist
	}
	return index, err
}

// nexthopHeader is struct nhmsg: family, scope, protocol, a byte unused, flags.
func nexthopHeader(hop Nexthop) []byte {
	family := byte(unix.AF_INET)
	if len(hop.Group) > 0 {
		family = unix.AF_UNSPEC
	} else if hop.Gateway.Is6() || !hop.Gateway.IsValid() && hop.IPv6 {
		family = unix.AF_INET6
	}
	return []byte{family, 0, Protocol, 0, 0, 0, 0, 0}
}

// groupEntryLen is struct nexthop_grp: id, weight less one, three bytes unused.
const groupEntryLen = 8

// encodeGroup gives all members the same weight.
func encodeGroup(ids []uint32) []byte {
	b := make([]byte, 0, groupEntryLen*len(ids))
	for _, id := range ids {
		b = append(binary.NativeEndian.AppendUint32(b, id), 0, 0, 0, 0)
	}
	return b
}

func decodeGroup(b []byte) (ids []uint32) {
	for ; len(b) >= groupEntryLen; b = b[groupEntryLen:] {
		ids = append(ids, binary.NativeEndian.Uint32(b))
	}
	return ids
}

// DeleteNexthop withdraws the nexthop and every route that uses it: one
// message, about 30 ms for 100,000 routes.
func DeleteNexthop(n *Namespace, id uint32) error {
	m, err := message(unix.RTM_DELNEXTHOP, 0, make([]byte, nhHeaderLen), func(e *mdnetlink.AttributeEncoder) {
		e.Uint32(nhaID, id)
	})
	if err == nil {
		err = n.withRoutes(func(b *batcher) error { return b.applyOne(m) })
	}
	if err != nil && !gone(err) {
		return fmt.Errorf("delete nexthop %d in namespace %s: %w", id, n, err)
	}
	return nil
}

// Nexthops reads our nexthops, by ID.
func Nexthops(n *Namespace) (map[uint32]Nexthop, error) {
	var found []mdnetlink.Message
	err := n.withRoutes(func(b *batcher) (err error) {
		found, err = b.dump(unix.RTM_GETNEXTHOP, make([]byte, nhHeaderLen))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list nexthops in namespace %s: %w", n, err)
	}
	found = slices.DeleteFunc(found, func(m mdnetlink.Message) bool {
		return len(m.Data) < nhHeaderLen || m.Data[2] != Protocol
	})
	hops := make(map[uint32]Nexthop, len(found))
	if len(found) == 0 {
		return hops, nil // and no link need be named
	}
	names, err := linkNames(n)
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		hop, err := parseNexthop(m.Data, names)
		if err != nil {
			return nil, fmt.Errorf("list nexthops in namespace %s: %w", n, err)
		}
		hops[hop.ID] = hop
	}
	return hops, nil
}

// linkNames are the names of the namespace's links by index.
func linkNames(n *Namespace) (map[uint32]string, error) {
	links, err := Links(n)
	if err != nil {
		return nil, err
	}
	names := make(map[uint32]string, len(links))
	for name, link := range links {
		names[uint32(link.Index)] = name
	}
	return names, nil
}

func parseNexthop(data []byte, names map[uint32]string) (Nexthop, error) {
	var hop Nexthop
	attributes, err := mdnetlink.NewAttributeDecoder(data[nhHeaderLen:])
	if err != nil {
		return hop, err
	}
	for attributes.Next() {
		switch attributes.Type() {
		case nhaID:
			hop.ID = attributes.Uint32()
		case nhaGroup:
			hop.Group = decodeGroup(attributes.Bytes())
		case nhaBlackhole:
			hop.Blackhole = true
		case nhaOIF:
			hop.Link = names[attributes.Uint32()]
		case nhaGateway:
			hop.Gateway, _ = netip.AddrFromSlice(attributes.Bytes())
		}
	}
	hop.IPv6 = data[0] == unix.AF_INET6 && !hop.Gateway.IsValid()
	return hop, attributes.Err()
}
