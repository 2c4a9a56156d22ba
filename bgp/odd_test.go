package bgp_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc/bgp"
)

// What prefixes look like on the wire, and what they mean (RFC 4271, section 4.3).
func TestPrefixesOnTheWire(t *testing.T) {
	good := slices.Concat(goodOrigin, goodPath, goodHop)
	before := []byte{20, 10, 1, 0xf0, 24, 10, 2, 0}
	for name, row := range map[string]struct {
		withdrawn, announced []byte
		want                 []string
	}{
		"host bits are none of it":      {nil, []byte{20, 10, 9, 0xff}, []string{"10.1.240.0/20", "10.2.0.0/24", "10.9.240.0/20"}},
		"nor of what is withdrawn":      {[]byte{20, 10, 1, 0xfe}, nil, []string{"10.2.0.0/24"}},
		"a default route":               {nil, []byte{0}, []string{"0.0.0.0/0", "10.1.240.0/20", "10.2.0.0/24"}},
		"an address":                    {nil, []byte{32, 10, 3, 0, 1}, []string{"10.1.240.0/20", "10.2.0.0/24", "10.3.0.1/32"}},
		"one twice":                     {nil, []byte{24, 10, 3, 0, 24, 10, 3, 0}, []string{"10.1.240.0/20", "10.2.0.0/24", "10.3.0.0/24"}},
		"withdrawn and announced":       {[]byte{24, 10, 2, 0}, []byte{24, 10, 2, 0}, []string{"10.1.240.0/20", "10.2.0.0/24"}},
		"withdrawn and never announced": {[]byte{24, 10, 7, 0}, nil, []string{"10.1.240.0/20", "10.2.0.0/24"}},
		"a multicast group":             {nil, []byte{24, 224, 1, 1}, []string{"10.1.240.0/20", "10.2.0.0/24"}},
	} {
		c, _ := external()
		s := scripted(t, c)
		s.establish()
		s.send(updateMessage(nil, good, before))
		attributes := good
		if row.announced == nil {
			attributes = nil
		}
		s.send(updateMessage(row.withdrawn, attributes, row.announced))
		var got []string
		for p := range table(s.log) {
			got = append(got, p.String())
		}
		slices.Sort(got)
		if st := s.Status(); !slices.Equal(got, row.want) || st.Received[bgp.IPv4] != len(row.want) {
			t.Errorf("%s: %v, counted %d; want %v (%v)", name, got, st.Received[bgp.IPv4], row.want, st.LastReason)
		}
	}
}

// The next hops that routers write over IPv6 (RFC 2545, section 3), and those that
// lead nowhere.
func TestNextHopsOfIPv6(t *testing.T) {
	address := func(s string) []byte { return netip.MustParseAddr(s).AsSlice() }
	for name, row := range map[string]struct {
		hop  []byte
		want string // empty: refused
	}{
		"global":                    {address("2001:db8::2"), "2001:db8::2"},
		"global and link-local":     {append(address("2001:db8::2"), address("fe80::2")...), "2001:db8::2"},
		"link-local alone":          {address("fe80::2"), "fe80::2"},
		"link-local twice":          {append(address("fe80::2"), address("fe80::2")...), "fe80::2"},
		"link-local beside nothing": {append(address("::"), address("fe80::2")...), "fe80::2"},
		"not the peer":              {address("2001:db8::7"), "2001:db8::7"},
		"ourselves":                 {address("2001:db8::1"), ""},
		"nobody":                    {address("::"), ""},
		"a group":                   {address("ff02::1"), ""},
		"the router itself":         {address("::1"), ""},
	} {
		c, _ := external()
		c.LocalAddr, c.PeerAddr = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
		c.IPv4, c.IPv6 = bgp.FamilyConfig{}, bgp.FamilyConfig{Enabled: true}
		s := scripted(t, c)
		s.establish(capability(1, 0, 2, 0, 1))
		reach := slices.Concat([]byte{0, 2, 1, byte(len(row.hop))}, row.hop, []byte{0, 32, 0xfd, 0, 0, 1})
		s.send(updateMessage(nil, slices.Concat(attribute(0x80, 14, reach...), goodOrigin, goodPath), nil))
		u := find[bgp.Update](t, s.log)
		if row.want == "" {
			if len(u.Refused) != 1 || len(u.Announced) != 0 {
				t.Errorf("%s: announced %v, refused %v", name, u.Announced, u.Refused)
			}
			continue
		}
		if len(u.Announced) != 1 || u.Attributes.NextHop != netip.MustParseAddr(row.want) {
			t.Errorf("%s: announced %v by %v, want %s (%s)", name, u.Announced, u.Attributes.NextHop, row.want, u.Problem)
		}
	}
}

// Whatever an OPEN says besides, and however it is written, a router that wants the
// same session gets it.
func TestOpensOfManyKinds(t *testing.T) {
	const id = "10.0.0.2"
	fixed := openMessage(4, 65001, 90, id)[19:28]
	four := capFour(65001)
	unknown := capability(199, 1, 2, 3)
	for name, octets := range map[string][]byte{
		"no parameters":                   openMessage(4, 65001, 90, id),
		"one capability":                  openMessage(4, 65001, 90, id, four),
		"a parameter for each":            message(1, slices.Concat(fixed, []byte{13, 2, 6}, four, []byte{2, 3, 128, 1, 0})),
		"long parameters":                 message(1, slices.Concat(fixed, []byte{255, 255, 0, 9, 2, 0, 6}, four)), // RFC 9072
		"unknown capabilities":            openMessage(4, 65001, 90, id, unknown, four, unknown, capability(6), capability(70), capability(9, 3)),
		"a capability twice":              openMessage(4, 65001, 90, id, four, four, capability(1, 0, 1, 0, 1), capability(1, 0, 1, 0, 1)),
		"families that we do not have":    openMessage(4, 65001, 90, id, four, capability(1, 0, 1, 0, 1), capability(1, 0, 1, 0, 128), capability(1, 0x40, 4, 0, 71)),
		"graceful restart of no family":   openMessage(4, 65001, 90, id, four, capability(64, 0, 120)),
		"graceful restart, unknown bits":  openMessage(4, 65001, 90, id, four, capability(64, 0x70, 120, 0, 1, 1, 0x7f, 0x40, 4, 71, 0x80)),
		"AS_TRANS for a number that fits": openMessage(4, 23456, 90, id, four),
		"the identifier that we have":     openMessage(4, 65001, 90, "10.0.0.1", four), // RFC 6286, of another AS
		"the least hold time":             openMessage(4, 65001, 3, id, four),
		"the greatest":                    openMessage(4, 65001, 65535, id, four),
	} {
		c, _ := external()
		s := scripted(t, c)
		s.send(octets)
		s.send(message(4, nil))
		if st := s.Status(); st.State != bgp.Established || !st.Negotiated.Families.Has(bgp.IPv4) {
			t.Errorf("%s: %v with %v, for %v", name, st.State, st.Negotiated.Families, st.LastReason)
		}
	}
}
