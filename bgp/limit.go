package bgp

import (
	"encoding/binary"
	"net/netip"
)

// overLimit ends a session whose peer announced too many prefixes, with the
// family and the limit as data (RFC 4486, section 4), and holds it down.
func (s *Session) overLimit(c *connection, f Family, limit int, announced []netip.Prefix) {
	s.do(Exceeded{Family: f, Limit: limit, Announced: announced})
	n := newNotice(codeCease, uint8(CeaseMaxPrefixes), nil, "%d %v prefixes, the limit is %d", s.received[f].Len(), f, limit)
	n.data = binary.BigEndian.AppendUint16(nil, f.wire().Afi())
	n.data = append(n.data, f.wire().Safi())
	n.data = binary.BigEndian.AppendUint32(n.data, uint32(limit))
	s.hold()
	s.fail(c, n)
}
