package bgp

import (
	"fmt"
	"net/netip"
	"time"
)

// Advertise says what the peer should have of a family from now on: the whole
// set. The session sends the difference to what it sent before, and keeps the
// map, which must not be changed afterwards. The first call, also with nothing,
// lets End-of-RIB follow (RFC 4724, section 4.1).
func (s *Session) Advertise(now time.Time, f Family, routes map[netip.Prefix]Attributes) ([]Action, error) {
	if err := CheckRoutes(f, routes); err != nil {
		return nil, err
	}
	return s.step(now, func() {
		before, first := s.wanted[f], !s.advertised.Has(f)
		s.wanted[f] = routes
		s.advertised |= FamiliesOf(f)
		c := s.established()
		if c == nil || !s.carried(c).Has(f) {
			return
		}
		if first {
			s.sendAll(c, f)
			return
		}
		s.sendDifference(c, f, before, routes)
	}), nil
}

// CheckRoutes tells whether Advertise would take routes.
func CheckRoutes(f Family, routes map[netip.Prefix]Attributes) error {
	for p, a := range routes {
		if err := announceable(f, p, a); err != nil {
			return err
		}
	}
	return nil
}

func announceable(f Family, p netip.Prefix, a Attributes) error {
	if !f.Has(p) || p != p.Masked() {
		return fmt.Errorf("advertise %v: not an %v prefix without host bits", p, f)
	}
	if hop := a.NextHop; hop.IsValid() && (hop.Zone() != "" || hop.Is4In6() || f == IPv6 && hop.Is4()) {
		return fmt.Errorf("advertise %v: %v is not a next hop for %v", p, hop, f)
	}
	return nil
}

func (s *Session) writer(c *connection) writer {
	n := c.negotiated(s.config)
	return writer{config: s.config, fourAS: n.FourOctetASN, extendedNextHop: n.ExtendedNextHop}
}

// sendAll sends everything wanted and End-of-RIB, once the owner has said what
// it wants.
func (s *Session) sendAll(c *connection, f Family) {
	if !s.advertised.Has(f) {
		return
	}
	s.sendRoutes(c, f, s.wanted[f])
	s.do(Send{Conn: c.id, Bytes: endOfRIB(f)})
}

func (s *Session) sendRoutes(c *connection, f Family, routes map[netip.Prefix]Attributes) {
	s.sendDifference(c, f, nil, routes)
}

// sendDifference turns what the peer has into what it should have. A route
// whose next hop this session cannot express counts as not wanted.
func (s *Session) sendDifference(c *connection, f Family, before, after map[netip.Prefix]Attributes) {
	w := s.writer(c)
	changed := map[netip.Prefix]Attributes{}
	for p, a := range after {
		if old, had := before[p]; w.sendable(f, a) && (!had || old != a) {
			changed[p] = a
		}
	}
	var gone []netip.Prefix
	for p, a := range before {
		if next, has := after[p]; w.sendable(f, a) && (!has || !w.sendable(f, next)) {
			gone = append(gone, p)
		}
	}
	s.sent[f] = w.count(f, after)
	if b := append(w.announce(f, changed), w.withdraw(f, gone)...); len(b) > 0 {
		s.do(Send{Conn: c.id, Bytes: b})
	}
}

// sendable tells whether the session can express the next hop of a: an IPv6
// one for IPv4 routes needs the peer's consent (RFC 8950, section 4).
func (w writer) sendable(f Family, a Attributes) bool {
	hop := a.NextHop
	if !hop.IsValid() {
		hop = w.config.nextHop(f)
	}
	return f == IPv6 || hop.Is4() || w.extendedNextHop
}

func (w writer) count(f Family, routes map[netip.Prefix]Attributes) int {
	n := 0
	for _, a := range routes {
		if w.sendable(f, a) {
			n++
		}
	}
	return n
}
