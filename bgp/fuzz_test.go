package bgp_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc/bgp"
)

// FuzzReceive feeds a session octets in one of three states. It must not
// panic, must end up where its status says, and what it takes in it must be
// able to say again.
func FuzzReceive(f *testing.F) {
	open := openMessage(4, 65001, 90, "10.0.0.2", capFour(65001), capability(1, 0, 1, 0, 1), capability(1, 0, 2, 0, 1),
		capability(64, 0x80, 120, 0, 1, 1, 0x80), capability(5, 0, 1, 0, 1, 0, 2), capability(2))
	good := updateMessage(nil, slices.Concat(goodOrigin, goodPath, goodHop, attribute(0xc0, 8, 0, 1, 0, 2)), goodNLRI)
	reach := attribute(0x80, 14, slices.Concat([]byte{0, 2, 1, 16, 0xfe, 0x80}, make([]byte, 13), []byte{2, 0, 32, 0x20, 1, 0xd, 0xb8})...)
	f.Add(uint8(0), open)
	f.Add(uint8(0), message(1, slices.Concat(open[19:28], []byte{255, 255, 0, 4, 2, 0, 1, 2})))
	f.Add(uint8(1), message(4, nil))
	f.Add(uint8(2), good)
	f.Add(uint8(2), updateMessage(goodNLRI, nil, nil))
	f.Add(uint8(2), updateMessage(nil, slices.Concat(reach, goodOrigin, goodPath), nil))
	f.Add(uint8(2), updateMessage(nil, attribute(0x80, 15, 0, 2, 1), nil))
	f.Add(uint8(2), updateMessage(nil, slices.Concat(goodOrigin, attribute(0x40, 2, 1, 1, 0, 0, 0, 9), attribute(0xc0, 17, 2, 1, 0, 0, 0, 9)), goodNLRI))
	f.Add(uint8(2), message(3, []byte{6, 2, 3, 'b', 'y', 'e'}))
	f.Add(uint8(2), message(5, []byte{0, 1, 0, 1}))
	f.Fuzz(func(t *testing.T, state uint8, octets []byte) {
		c, _ := external()
		c.IPv6 = bgp.FamilyConfig{Enabled: true, NextHop: netip.MustParseAddr("2001:db8::1"), MaxPrefixes: 100}
		s := scripted(t, c)
		if state%3 > 0 {
			s.send(open)
		}
		if state%3 > 1 {
			s.send(message(4, nil))
		}
		s.log = nil
		s.send(octets)
		for _, a := range s.log {
			if u, isUpdate := a.(bgp.Update); isUpdate {
				sayAgain(t, u)
			}
		}
		s.sent()
		s.now = s.Deadline()
		s.add(s.Tick(s.now))
	})
}

// sayAgain announces a received route to a two-octet peer, the harder one.
func sayAgain(t *testing.T, u bgp.Update) {
	t.Helper()
	routes := map[netip.Prefix]bgp.Attributes{}
	for _, p := range u.Announced {
		if !u.Family.Has(p) || p != p.Masked() {
			t.Fatalf("took in %v as %v", p, u.Family)
		}
		routes[p] = withoutHop(u.Attributes)
	}
	c, _ := external()
	c.IPv6 = bgp.FamilyConfig{Enabled: true, NextHop: netip.MustParseAddr("2001:db8::1")}
	s := scripted(t, c)
	s.send(openMessage(4, 65001, 90, "10.0.0.2", capability(1, 0, 1, 0, 1), capability(1, 0, 2, 0, 1)))
	s.send(message(4, nil))
	actions, err := s.Advertise(s.now, u.Family, routes)
	if err != nil {
		t.Fatal(err)
	}
	s.add(actions)
}

func withoutHop(a bgp.Attributes) bgp.Attributes {
	a.NextHop = netip.Addr{}
	return a
}
