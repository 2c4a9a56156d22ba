package bgp

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Each method here reads the value of one attribute into the update, and
// returns false if it is malformed.

func (r *attributeReader) origin(v []byte) bool {
	if len(v) != 1 || v[0] > uint8(OriginIncomplete) {
		return false
	}
	r.update.attributes.Origin = Origin(v[0])
	return true
}

func (r *attributeReader) asPath(v []byte) (ok bool) {
	segments, ok := readASPath(v, r.fourAS)
	if slices.ContainsFunc(segments, confederate) {
		return false // we are in none (RFC 5065, section 5)
	}
	r.update.attributes.Path = NewASPathSegments(segments...)
	return ok
}

// as4PathValue keeps the AS4_PATH for the end, when AS_PATH is known. From a
// peer that speaks four octets it is ignored (RFC 6793, section 4.1). Segments
// of confederations are taken out of it, wherever they come from (section 6).
func (r *attributeReader) as4PathValue(v []byte) (ok bool) {
	segments, ok := readASPath(v, true)
	r.as4Path = NewASPathSegments(slices.DeleteFunc(segments, confederate)...)
	return ok
}

func confederate(s Segment) bool { return s.Type == confedSequence || s.Type == confedSet }

// readASPath decodes an AS_PATH (RFC 4271, section 4.3; RFC 7606, section
// 7.2). AS 0 is malformed (RFC 7607). What is malformed has no segments.
func readASPath(v []byte, fourAS bool) ([]Segment, bool) {
	size := 2
	if fourAS {
		size = 4
	}
	var segments []Segment
	for len(v) > 0 {
		if len(v) < 2 || v[1] == 0 || len(v) < 2+size*int(v[1]) {
			return nil, false
		}
		s := Segment{Type: SegmentType(v[0]), ASNs: make([]uint32, v[1])}
		if s.Type < ASSet || s.Type > confedSet {
			return nil, false
		}
		v = v[2:]
		for i := range s.ASNs {
			if s.ASNs[i] = readASN(v, size); s.ASNs[i] == 0 {
				return nil, false
			}
			v = v[size:]
		}
		segments = append(segments, s)
	}
	return segments, true
}

func readASN(v []byte, size int) uint32 {
	if size == 2 {
		return uint32(binary.BigEndian.Uint16(v))
	}
	return binary.BigEndian.Uint32(v)
}

func (r *attributeReader) nextHop(v []byte) bool {
	if len(v) != 4 {
		return false
	}
	addr := netip.AddrFrom4([4]byte(v))
	if r.plainNLRI {
		r.update.nextHop[IPv4] = addr
	}
	return validNextHop(addr)
}

// validNextHop tells whether a is a host's address (RFC 4271, section 6.3).
func validNextHop(a netip.Addr) bool {
	if a.Is4() && (a.As4()[0] == 0 || a.As4()[0] >= 240) {
		return false
	}
	return !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback()
}

func (r *attributeReader) med(v []byte) bool {
	if len(v) != 4 {
		return false
	}
	r.update.attributes.MED, r.update.attributes.HasMED = binary.BigEndian.Uint32(v), true
	return true
}

func (r *attributeReader) localPref(v []byte) bool {
	if len(v) != 4 {
		return false
	}
	r.update.attributes.LocalPref, r.update.attributes.HasLocalPref = binary.BigEndian.Uint32(v), true
	return true
}

func (r *attributeReader) communities(v []byte) bool {
	if len(v) == 0 || len(v)%4 != 0 {
		return false
	}
	var list []Community
	for ; len(v) > 0; v = v[4:] {
		list = append(list, Community(binary.BigEndian.Uint32(v)))
	}
	r.update.attributes.Communities = NewCommunities(list...)
	return true
}

// aggregator is not kept. From a two-octet peer it tells whether the last
// aggregator knew AS4_PATH: if its number is not AS_TRANS, AS4_PATH is stale.
func (r *attributeReader) aggregator(v []byte) bool {
	if r.fourAS {
		return len(v) == 8
	}
	if len(v) != 6 {
		return false
	}
	r.ignoreAS4 = binary.BigEndian.Uint16(v) != asTrans
	return true
}

// originator refuses our own routes reflected back to us (RFC 4456, section 8).
func (r *attributeReader) originator(v []byte) bool {
	if len(v) != 4 {
		return false
	}
	if netip.AddrFrom4([4]byte(v)) == r.routerID {
		r.update.refuseFor("ORIGINATOR_ID %v is ourselves", r.routerID)
	}
	return true
}

// multipleOf reads an attribute of which only the length matters to us: some
// n octets, or for 0 none at all.
func multipleOf(n int) func(*attributeReader, []byte) bool {
	return func(_ *attributeReader, v []byte) bool {
		if n == 0 {
			return len(v) == 0
		}
		return len(v) > 0 && len(v)%n == 0
	}
}
