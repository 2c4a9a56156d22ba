package bgp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
)

// An update is a decoded UPDATE (RFC 4271, section 4.3; RFC 4760).
type update struct {
	announced, withdrawn [families][]netip.Prefix
	nextHop              [families]netip.Addr
	attributes           Attributes // without next hop, which may differ by family
	// problems are what RFC 7606 let us survive, in words.
	problems []string
	// refuse: the announced prefixes are to be taken as withdrawn.
	refuse bool
	// circular: refused, since the routes have been here before.
	circular bool
	// endOfRIB: the message was the marker of RFC 4724, section 2, for family.
	endOfRIB bool
	family   Family
}

// A dialect is what decoding needs to know of the session.
type dialect struct {
	localASN, peerASN uint32
	routerID          netip.Addr
	localAddr         netip.Addr
	fourAS            bool
	extendedNextHop   bool
	families          FamilySet
}

func (d dialect) internal() bool { return d.localASN == d.peerASN }

// readUpdate decodes the body of an UPDATE. An error ends the session; what
// RFC 7606 allows to survive is in the result instead.
func (d dialect) readUpdate(body []byte) (update, *notice) {
	withdrawn, attrs, nlri, err := splitUpdate(body)
	if err != nil {
		return update{}, err
	}
	var u update
	if u.withdrawn[IPv4], err = readPrefixes(IPv4, withdrawn); err != nil {
		return update{}, err
	}
	if u.announced[IPv4], err = readPrefixes(IPv4, nlri); err != nil {
		return update{}, err
	}
	r := attributeReader{dialect: d, update: &u, plainNLRI: len(nlri) > 0}
	if err := r.read(attrs); err != nil {
		return update{}, err
	}
	u.endOfRIB = u.endOfRIB || len(body) == 4
	d.dropForeign(&u)
	d.judge(&u)
	return u, nil
}

// splitUpdate finds the three parts. Lengths that do not add up are the one
// thing RFC 7606 cannot survive (section 3, i).
func splitUpdate(body []byte) (withdrawn, attrs, nlri []byte, err *notice) {
	n := int(binary.BigEndian.Uint16(body))
	body = body[2:]
	if n+2 > len(body) {
		return nil, nil, nil, newNotice(codeUpdate, 1, nil, "withdrawn routes of %d octets in a message with %d left", n, len(body))
	}
	withdrawn, body = body[:n], body[n:]
	n = int(binary.BigEndian.Uint16(body))
	body = body[2:]
	if n > len(body) {
		return nil, nil, nil, newNotice(codeUpdate, 1, nil, "path attributes of %d octets in a message with %d left", n, len(body))
	}
	return withdrawn, body[:n], body[n:], nil
}

// readPrefixes decodes a run of NLRI (RFC 4271, section 4.3; RFC 7606,
// section 5.3). Multicast prefixes mean nothing here and are left out
// (RFC 4271, section 6.3).
func readPrefixes(f Family, b []byte) ([]netip.Prefix, *notice) {
	var prefixes []netip.Prefix
	for len(b) > 0 {
		bits := int(b[0])
		octets := (bits + 7) / 8
		if bits > f.bits() || len(b) < 1+octets {
			return nil, newNotice(codeUpdate, 10, nil, "%v prefix of %d bits in %d octets", f, bits, len(b)-1)
		}
		var full [16]byte
		copy(full[:], b[1:1+octets])
		addr, _ := netip.AddrFromSlice(full[:f.bits()/8])
		if p := netip.PrefixFrom(addr, bits).Masked(); bits == 0 || !p.Addr().IsMulticast() {
			prefixes = append(prefixes, p)
		}
		b = b[1+octets:]
	}
	return prefixes, nil
}

// dropForeign leaves out what was not negotiated (RFC 4760, section 7).
func (d dialect) dropForeign(u *update) {
	for _, f := range Families() {
		if !d.families.Has(f) {
			u.announced[f], u.withdrawn[f] = nil, nil
		}
	}
}

// judge applies the checks that need the whole message: who sent this, and has
// it been here before.
func (d dialect) judge(u *update) {
	if u.refuse || len(u.announced[IPv4])+len(u.announced[IPv6]) == 0 {
		return
	}
	path := u.attributes.Path
	if first, _ := path.First(); !d.internal() && first != d.peerASN {
		u.refuseFor("AS_PATH %q does not begin with the peer's AS %d", beginning(path), d.peerASN)
	}
	if path.Contains(d.localASN) { // RFC 4271, section 9.1.2
		u.circular = true
		u.refuseFor("AS_PATH %q contains our AS %d", beginning(path), d.localASN)
	}
	for _, f := range Families() {
		if len(u.announced[f]) > 0 && u.nextHop[f] == d.localAddr { // RFC 4271, section 5.1.3
			u.refuseFor("next hop %v is our own address", d.localAddr)
		}
	}
}

// beginning is as much of a path as a status line takes: a hostile one fills a
// message.
func beginning(path ASPath) string {
	const most = 100
	text := path.String()
	if len(text) <= most {
		return text
	}
	return text[:strings.LastIndexByte(text[:most], ' ')] + " …"
}

// refuseFor is treat-as-withdraw (RFC 7606, section 2).
func (u *update) refuseFor(format string, args ...any) {
	u.refuse = true
	u.problems = append(u.problems, "treated as withdrawn: "+fmt.Sprintf(format, args...))
}

// discard notes an attribute that was dropped (RFC 7606, section 2).
func (u *update) discard(format string, args ...any) {
	u.problems = append(u.problems, "attribute discarded: "+fmt.Sprintf(format, args...))
}
