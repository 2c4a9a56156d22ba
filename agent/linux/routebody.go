package linux

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// A body is what route messages carry after their headers, one after the other.
// It is written by hand: an encoder that is handed attributes makes ten objects
// of each route, and collecting them was a third of the work of installing a
// hundred thousand.
type body []byte

// usualRoute is the size of most: struct rtmsg, a destination of IPv4, metric,
// nexthop and MTU.
const usualRoute = routeHeaderLen + 3*8 + 12

// put has the route installed.
func (b body) put(r Route) body {
	b = b.routeHeader(r.Prefix, unix.RT_SCOPE_UNIVERSE, unix.RTN_UNICAST)
	b = b.identity(r).number(rtaNexthopID, r.Nexthop).mtu(r.MTU)
	if r.Source.IsValid() {
		b = b.address(unix.RTA_PREFSRC, r.Source)
	}
	return b
}

// remove has it deleted.
func (b body) remove(r Route) body {
	return b.routeHeader(r.Prefix, unix.RT_SCOPE_NOWHERE, unix.RTN_UNSPEC).identity(r)
}

// routeHeader is struct rtmsg: family, dst_len, src_len, tos, table, protocol,
// scope, type, flags. A table that does not fit in has an attribute, which
// counts instead.
func (b body) routeHeader(p netip.Prefix, scope, kind byte) body {
	family := byte(unix.AF_INET6)
	if p.Addr().Is4() {
		family = unix.AF_INET
	}
	return append(b, family, byte(p.Bits()), 0, 0, unix.RT_TABLE_MAIN, Protocol, scope, kind, 0, 0, 0, 0)
}

func (b body) identity(r Route) body {
	if r.Prefix.Bits() > 0 {
		b = b.address(unix.RTA_DST, r.Prefix.Addr())
	}
	b = b.number(unix.RTA_PRIORITY, metricOf(r))
	if r.Table != 0 {
		b = b.number(unix.RTA_TABLE, r.Table)
	}
	return b
}

func (b body) mtu(mtu uint32) body {
	if mtu == 0 {
		return b
	}
	start := len(b)
	b = b.attribute(unix.RTA_METRICS|unix.NLA_F_NESTED, 0)
	if mtu == NoMTU {
		b = b.number(unix.RTAX_MTU, 0)
	} else {
		// IPv6 holds forwarded packets to it only if it is locked.
		b = b.number(unix.RTAX_LOCK, 1<<unix.RTAX_MTU).number(unix.RTAX_MTU, mtu)
	}
	binary.NativeEndian.PutUint16(b[start:], uint16(len(b)-start))
	return b
}

func (b body) number(kind uint16, v uint32) body {
	return binary.NativeEndian.AppendUint32(b.attribute(kind, 4), v)
}

func (b body) address(kind uint16, a netip.Addr) body {
	if a.Is4() {
		octets := a.As4()
		return append(b.attribute(kind, len(octets)), octets[:]...)
	}
	octets := a.As16()
	return append(b.attribute(kind, len(octets)), octets[:]...)
}

// attribute begins one that has so many octets (struct nlattr); all of ours have
// a multiple of four, and need no padding.
func (b body) attribute(kind uint16, size int) body {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+size))
	return binary.NativeEndian.AppendUint16(b, kind)
}
