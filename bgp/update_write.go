package bgp

import (
	"maps"
	"net/netip"
	"slices"

	wire "github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// A writer turns routes into UPDATE messages for one session.
type writer struct {
	config          Config
	fourAS          bool
	extendedNextHop bool
}

// withdraw encodes the withdrawal of prefixes, as few messages as fit.
func (w writer) withdraw(f Family, prefixes []netip.Prefix) []byte {
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	var out []byte
	// 23 octets are the empty UPDATE, seven the header of MP_UNREACH_NLRI.
	for len(prefixes) > 0 {
		n := fit(prefixes, maxMessageLen-23-7)
		out = append(out, w.withdrawOne(f, wirePrefixes(prefixes[:n]))...)
		prefixes = prefixes[n:]
	}
	return out
}

func (w writer) withdrawOne(f Family, nlri []wire.PathNLRI) []byte {
	if f == IPv4 {
		return encode(wire.NewBGPUpdateMessage(nlri, nil, nil))
	}
	unreach := must(wire.NewPathAttributeMpUnreachNLRI(f.wire(), nlri))
	return encode(wire.NewBGPUpdateMessage(nil, []wire.PathAttributeInterface{unreach}, nil))
}

// announce encodes routes, those with equal attributes together.
func (w writer) announce(f Family, routes map[netip.Prefix]Attributes) []byte {
	groups := map[Attributes][]netip.Prefix{}
	for p, a := range routes {
		groups[a] = append(groups[a], p)
	}
	for _, prefixes := range groups {
		slices.SortFunc(prefixes, netip.Prefix.Compare)
	}
	// Ordered by first prefix, so that equal input gives equal octets.
	order := slices.SortedFunc(maps.Keys(groups), func(a, b Attributes) int {
		return groups[a][0].Compare(groups[b][0])
	})
	var out []byte
	for _, a := range order {
		out = append(out, w.announceGroup(f, a, groups[a])...)
	}
	return out
}

// announceGroup encodes prefixes that share a. A route whose attributes alone
// fill a message cannot be sent and is left out.
func (w writer) announceGroup(f Family, a Attributes, prefixes []netip.Prefix) []byte {
	hop := a.NextHop
	if !hop.IsValid() {
		hop = w.config.nextHop(f)
	}
	attrs := w.attributes(a)
	plain := f == IPv4 && hop.Is4()
	if plain {
		attrs = append(attrs, must(wire.NewPathAttributeNextHop(hop)))
	}
	// An IPv6 next hop and the header of MP_REACH_NLRI take 4+5+32.
	room := maxMessageLen - 23 - 41 - w.size(attrs)
	var out []byte
	for len(prefixes) > 0 {
		n := fit(prefixes, room)
		if n == 0 {
			break
		}
		out = append(out, w.announceOne(f, plain, hop, attrs, wirePrefixes(prefixes[:n]))...)
		prefixes = prefixes[n:]
	}
	return out
}

func (w writer) announceOne(f Family, plain bool, hop netip.Addr, attrs []wire.PathAttributeInterface, nlri []wire.PathNLRI) []byte {
	if plain {
		return encode(wire.NewBGPUpdateMessage(nil, attrs, nlri), w.options())
	}
	// RFC 7606, section 5.1: MP_REACH_NLRI comes first.
	reach := must(wire.NewPathAttributeMpReachNLRI(f.wire(), nlri, hop))
	return encode(wire.NewBGPUpdateMessage(nil, slices.Insert(slices.Clone(attrs), 0, wire.PathAttributeInterface(reach)), nil), w.options())
}

// attributes are all but the next hop, by ascending type as RFC 4271 section 5
// asks (NEXT_HOP excepted, which is added last).
func (w writer) attributes(a Attributes) []wire.PathAttributeInterface {
	path := a.Path
	if !w.config.Internal() {
		path = path.Prepend(w.config.LocalASN)
	}
	attrs := []wire.PathAttributeInterface{
		wire.NewPathAttributeOrigin(uint8(a.Origin)),
		wire.NewPathAttributeAsPath(w.wirePath(path)),
	}
	if a.HasMED {
		attrs = append(attrs, wire.NewPathAttributeMultiExitDisc(a.MED))
	}
	if w.config.Internal() {
		pref := uint32(DefaultLocalPref)
		if a.HasLocalPref {
			pref = a.LocalPref
		}
		attrs = append(attrs, wire.NewPathAttributeLocalPref(pref))
	}
	if list := a.Communities.List(); len(list) > 0 {
		values := make([]uint32, len(list))
		for i, c := range list {
			values[i] = uint32(c)
		}
		attrs = append(attrs, wire.NewPathAttributeCommunities(values))
	}
	if !w.fourAS && path.needsFour() { // RFC 6793, section 4.2.2
		var four []*wire.As4PathParam
		for _, s := range path.Segments() {
			four = append(four, wire.NewAs4PathParam(uint8(s.Type), s.ASNs))
		}
		attrs = append(attrs, wire.NewPathAttributeAs4Path(four))
	}
	return attrs
}

// wirePath writes the path in the octets the peer knows.
func (w writer) wirePath(path ASPath) []wire.AsPathParamInterface {
	params := []wire.AsPathParamInterface{}
	for _, s := range path.Segments() {
		if w.fourAS {
			params = append(params, wire.NewAs4PathParam(uint8(s.Type), s.ASNs))
			continue
		}
		two := make([]uint16, len(s.ASNs))
		for i, asn := range s.ASNs {
			two[i] = uint16(asn)
			if asn > 0xffff {
				two[i] = asTrans
			}
		}
		params = append(params, wire.NewAsPathParam(uint8(s.Type), two))
	}
	return params
}

func (w writer) options() *wire.MarshallingOption {
	return &wire.MarshallingOption{Use2ByteAS: !w.fourAS}
}

func (w writer) size(attrs []wire.PathAttributeInterface) int {
	n := 0
	for _, a := range attrs {
		n += len(must(a.Serialize(w.options())))
	}
	return n
}

// endOfRIB encodes the marker of RFC 4724, section 2.
func endOfRIB(f Family) []byte { return encode(wire.NewEndOfRib(f.wire())) }

// fit is how many of prefixes go into room octets.
func fit(prefixes []netip.Prefix, room int) int {
	for i, p := range prefixes {
		room -= 1 + (p.Bits()+7)/8
		if room < 0 {
			return i
		}
	}
	return len(prefixes)
}

func wirePrefixes(prefixes []netip.Prefix) []wire.PathNLRI {
	nlri := make([]wire.PathNLRI, len(prefixes))
	for i, p := range prefixes {
		nlri[i] = wire.PathNLRI{NLRI: must(wire.NewIPAddrPrefix(p))}
	}
	return nlri
}

// must unwraps a constructor that fails only on input that Advertise has
// already refused.
func must[T any](v T, err error) T {
	if err != nil {
		panic("bgp: " + err.Error())
	}
	return v
}
