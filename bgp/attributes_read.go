package bgp

import (
	"encoding/binary"
	"net/netip"

	wire "github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

const (
	flagOptional   = 0x80
	flagTransitive = 0x40
	flagExtended   = 0x10
)

// An attributeReader decodes the path attributes of one UPDATE by the rules of
// RFC 7606.
type attributeReader struct {
	dialect
	update    *update
	plainNLRI bool // the message has prefixes outside MP_REACH_NLRI

	seen  [256]bool
	count int
	// emptyUnreach: MP_UNREACH_NLRI had no prefix.
	emptyUnreach bool
	as4Path      ASPath
	ignoreAS4    bool // RFC 6793, section 4.2.3: AGGREGATOR says AS4_PATH is stale
}

// A rule says what an attribute must look like and who reads it.
type rule struct {
	name  string
	flags byte
	// read returns false if the value is malformed; then treat-as-withdraw, or
	// attribute discard where discard is set.
	read    func(*attributeReader, []byte) bool
	discard bool
	// internalOnly attributes are dropped unread from external peers.
	internalOnly bool
}

const (
	wellKnown       = flagTransitive
	optional        = flagOptional
	optionalForward = flagOptional | flagTransitive
)

// The sections of RFC 7606 stand beside each rule.
var rules = map[wire.BGPAttrType]rule{
	wire.BGP_ATTR_TYPE_ORIGIN:               {name: "ORIGIN", flags: wellKnown, read: (*attributeReader).origin},                               // 7.1
	wire.BGP_ATTR_TYPE_AS_PATH:              {name: "AS_PATH", flags: wellKnown, read: (*attributeReader).asPath},                              // 7.2
	wire.BGP_ATTR_TYPE_NEXT_HOP:             {name: "NEXT_HOP", flags: wellKnown, read: (*attributeReader).nextHop},                            // 7.3
	wire.BGP_ATTR_TYPE_MULTI_EXIT_DISC:      {name: "MULTI_EXIT_DISC", flags: optional, read: (*attributeReader).med},                          // 7.4
	wire.BGP_ATTR_TYPE_LOCAL_PREF:           {name: "LOCAL_PREF", flags: wellKnown, read: (*attributeReader).localPref, internalOnly: true},    // 7.5
	wire.BGP_ATTR_TYPE_ATOMIC_AGGREGATE:     {name: "ATOMIC_AGGREGATE", flags: wellKnown, read: multipleOf(0), discard: true},                  // 7.6
	wire.BGP_ATTR_TYPE_AGGREGATOR:           {name: "AGGREGATOR", flags: optionalForward, read: (*attributeReader).aggregator, discard: true},  // 7.7
	wire.BGP_ATTR_TYPE_COMMUNITIES:          {name: "COMMUNITIES", flags: optionalForward, read: (*attributeReader).communities},               // 7.8
	wire.BGP_ATTR_TYPE_ORIGINATOR_ID:        {name: "ORIGINATOR_ID", flags: optional, read: (*attributeReader).originator, internalOnly: true}, // 7.9
	wire.BGP_ATTR_TYPE_CLUSTER_LIST:         {name: "CLUSTER_LIST", flags: optional, read: multipleOf(4), internalOnly: true},                  // 7.10
	wire.BGP_ATTR_TYPE_EXTENDED_COMMUNITIES: {name: "EXTENDED COMMUNITIES", flags: optionalForward, read: multipleOf(8)},                       // 7.14
	wire.BGP_ATTR_TYPE_AS4_PATH:             {name: "AS4_PATH", flags: optionalForward, read: (*attributeReader).as4PathValue, discard: true},  // RFC 6793, 6
	wire.BGP_ATTR_TYPE_AS4_AGGREGATOR:       {name: "AS4_AGGREGATOR", flags: optionalForward, read: multipleOf(8), discard: true},              // RFC 6793, 6
	wire.BGP_ATTR_TYPE_LARGE_COMMUNITY:      {name: "LARGE_COMMUNITY", flags: optionalForward, read: multipleOf(12)},                           // RFC 8092, 5
	wire.BGP_ATTR_TYPE_MP_REACH_NLRI:        {name: "MP_REACH_NLRI", flags: optional},                                                          // 7.11
	wire.BGP_ATTR_TYPE_MP_UNREACH_NLRI:      {name: "MP_UNREACH_NLRI", flags: optional},                                                        // 7.12
}

// read decodes all attributes.
func (r *attributeReader) read(b []byte) *notice {
	for len(b) > 0 {
		flags, kind, value, rest, ok := cutAttribute(b)
		if !ok { // section 4: the prefixes are still where the lengths say
			r.update.refuseFor("the attribute list ends within an attribute")
			break
		}
		b = rest
		r.count++
		if err := r.one(flags, kind, value); err != nil {
			return err
		}
	}
	return r.finish()
}

// cutAttribute takes the first attribute from b (RFC 4271, section 4.3).
func cutAttribute(b []byte) (flags byte, kind wire.BGPAttrType, value, rest []byte, ok bool) {
	header := 3
	if b[0]&flagExtended != 0 {
		header = 4
	}
	if len(b) < header {
		return 0, 0, nil, nil, false
	}
	length := int(b[2])
	if header == 4 {
		length = int(binary.BigEndian.Uint16(b[2:]))
	}
	if len(b) < header+length {
		return 0, 0, nil, nil, false
	}
	return b[0], wire.BGPAttrType(b[1]), b[header : header+length], b[header+length:], true
}

func (r *attributeReader) one(flags byte, kind wire.BGPAttrType, value []byte) *notice {
	multiprotocol := kind == wire.BGP_ATTR_TYPE_MP_REACH_NLRI || kind == wire.BGP_ATTR_TYPE_MP_UNREACH_NLRI
	if r.seen[kind] { // section 3, g
		if multiprotocol {
			return newNotice(codeUpdate, 1, nil, "%s twice", rules[kind].name)
		}
		r.update.discard("attribute %d appears again", kind)
		return nil
	}
	r.seen[kind] = true
	rule, known := rules[kind]
	if !known {
		return unknownAttribute(flags, kind)
	}
	if rule.internalOnly && !r.internal() {
		r.update.discard("%s from an external peer", rule.name)
		return nil
	}
	if flags&(flagOptional|flagTransitive) != rule.flags { // section 3, c
		r.update.refuseFor("%s with flags %#02x", rule.name, flags)
		if !multiprotocol {
			return nil
		}
	}
	switch kind {
	case wire.BGP_ATTR_TYPE_MP_REACH_NLRI:
		return r.reach(value)
	case wire.BGP_ATTR_TYPE_MP_UNREACH_NLRI:
		return r.unreach(value)
	}
	r.value(rule, value)
	return nil
}

// unknownAttribute ignores an optional attribute; we pass no routes on, so
// there is nobody to forward it to. A well-known one must be known (RFC 4271,
// section 6.3).
func unknownAttribute(flags byte, kind wire.BGPAttrType) *notice {
	if flags&flagOptional == 0 {
		return newNotice(codeUpdate, 2, nil, "well-known attribute %d is unknown to us", kind)
	}
	return nil
}

func (r *attributeReader) value(rule rule, value []byte) {
	switch {
	case rule.read(r, value):
	case rule.discard:
		r.update.discard("%s malformed (% x)", rule.name, clipOctets(value))
	default:
		r.update.refuseFor("%s malformed (% x)", rule.name, clipOctets(value))
	}
}

// clipOctets keeps a hostile value from filling a status line.
func clipOctets(b []byte) []byte { return b[:min(len(b), 32)] }

// finish checks what must be there (RFC 7606, section 3, d; section 5.2).
func (r *attributeReader) finish() *notice {
	reaches := r.plainNLRI || r.seen[wire.BGP_ATTR_TYPE_MP_REACH_NLRI]
	if reaches {
		r.require(wire.BGP_ATTR_TYPE_ORIGIN)
		r.require(wire.BGP_ATTR_TYPE_AS_PATH)
		if r.plainNLRI {
			r.require(wire.BGP_ATTR_TYPE_NEXT_HOP)
		}
		if r.internal() {
			r.require(wire.BGP_ATTR_TYPE_LOCAL_PREF)
		}
	} else if r.update.refuse {
		// Section 5.2: without prefixes there is nothing to take as withdrawn,
		// and no sign that the prefixes were found at all.
		return newNotice(codeUpdate, 1, nil, "%s, without reachable prefixes", r.update.problems[0])
	}
	r.update.endOfRIB = r.emptyUnreach && r.count == 1 && len(r.update.withdrawn[IPv4]) == 0 && !r.plainNLRI
	if !r.fourAS && !r.ignoreAS4 {
		r.update.attributes.Path = r.update.attributes.Path.mergeAS4(r.as4Path)
	}
	return nil
}

func (r *attributeReader) require(kind wire.BGPAttrType) {
	if !r.seen[kind] {
		r.update.refuseFor("%s is missing", rules[kind].name)
	}
}

// reach decodes MP_REACH_NLRI (RFC 4760, section 3; RFC 7606, section 7.11). One
// of a family that the session does not carry is not read: whatever is wrong with
// it costs the session nothing.
func (r *attributeReader) reach(v []byte) *notice {
	if len(v) < 5 || len(v) < 5+int(v[3]) {
		return newNotice(codeUpdate, 9, nil, "MP_REACH_NLRI of %d octets", len(v))
	}
	f, known := familyOf(binary.BigEndian.Uint16(v), v[2])
	if !known || !r.families.Has(f) {
		return nil
	}
	hop, prefixes := v[4:4+int(v[3])], v[5+int(v[3]):]
	addr, ok := r.mpNextHop(f, hop)
	if !ok {
		return newNotice(codeUpdate, 9, nil, "MP_REACH_NLRI for %v with a next hop of %d octets", f, len(hop))
	}
	read, err := readPrefixes(f, prefixes)
	if err != nil {
		return newNotice(codeUpdate, 9, nil, "MP_REACH_NLRI: %s", err.detail)
	}
	if f == IPv4 && r.plainNLRI {
		// Two next hops for one family in one message; section 5.1 forbids
		// sending it and lets us choose. The plain field is the older meaning.
		r.update.discard("MP_REACH_NLRI for ipv4 beside plain prefixes")
		return nil
	}
	r.update.announced[f], r.update.nextHop[f] = read, addr
	if !validNextHop(addr) {
		r.update.refuseFor("next hop %v is not a host", addr)
	}
	return nil
}

// mpNextHop reads the next hop (RFC 4760, section 3; RFC 2545, section 3;
// RFC 8950, section 4). Of a global and a link-local one, a session over
// link-local addresses takes the second.
func (r *attributeReader) mpNextHop(f Family, b []byte) (netip.Addr, bool) {
	if len(b) == 4 && f == IPv4 {
		return netip.AddrFrom4([4]byte(b)), true
	}
	if f == IPv4 && !r.extendedNextHop {
		return netip.Addr{}, false
	}
	switch len(b) {
	case 16:
		return netip.AddrFrom16([16]byte(b)), true
	case 32:
		global, local := netip.AddrFrom16([16]byte(b)), netip.AddrFrom16([16]byte(b[16:]))
		if local.IsLinkLocalUnicast() && (r.localAddr.IsLinkLocalUnicast() || global.IsUnspecified()) {
			return local, true
		}
		return global, true
	}
	return netip.Addr{}, false
}

// unreach decodes MP_UNREACH_NLRI (RFC 4760, section 4; RFC 7606, section
// 7.12); alone and empty it is End-of-RIB (RFC 4724, section 2).
func (r *attributeReader) unreach(v []byte) *notice {
	if len(v) < 3 {
		return newNotice(codeUpdate, 9, nil, "MP_UNREACH_NLRI of %d octets", len(v))
	}
	f, known := familyOf(binary.BigEndian.Uint16(v), v[2])
	if !known || !r.families.Has(f) {
		return nil
	}
	prefixes, err := readPrefixes(f, v[3:])
	if err != nil {
		return newNotice(codeUpdate, 9, nil, "MP_UNREACH_NLRI: %s", err.detail)
	}
	r.update.withdrawn[f] = append(r.update.withdrawn[f], prefixes...)
	r.emptyUnreach, r.update.family = len(v) == 3, f
	return nil
}
