package bgp_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc/bgp"
)

// Each row is what a peer does wrong, in which state, and the NOTIFICATION of
// RFC 4271, section 6, or RFC 6608 that it must get.
func TestNotifications(t *testing.T) {
	keepalive := message(4, nil)
	unsynchronized := slices.Clone(keepalive)
	unsynchronized[3] = 0
	good := openMessage(4, 65001, 90, "10.0.0.2", capFour(65001))
	for name, row := range map[string]struct {
		before        [][]byte // messages that are well
		sent          []byte
		code, subcode uint8
		data          string
	}{
		"marker":                     {nil, unsynchronized, 1, 1, ""},
		"length below the header":    {nil, append(slices.Repeat([]byte{0xff}, 16), 0, 18, 4), 1, 2, "\x00\x12"},
		"length above 4096":          {nil, append(slices.Repeat([]byte{0xff}, 16), 0x10, 1, 2), 1, 2, "\x10\x01"},
		"KEEPALIVE with a body":      {nil, message(4, []byte{1}), 1, 2, "\x00\x14"},
		"OPEN too short":             {nil, message(1, []byte{4}), 1, 2, "\x00\x14"},
		"ROUTE-REFRESH too long":     {[][]byte{good, keepalive}, message(5, make([]byte, 5)), 1, 2, "\x00\x18"},
		"type":                       {nil, message(9, nil), 1, 3, "\x09"},
		"version":                    {nil, openMessage(3, 65001, 90, "10.0.0.2"), 2, 1, "\x00\x04"},
		"AS":                         {nil, openMessage(4, 65002, 90, "10.0.0.2"), 2, 2, ""},
		"AS of four octets":          {nil, openMessage(4, 65001, 90, "10.0.0.2", capFour(65002)), 2, 2, ""},
		"AS 0":                       {nil, openMessage(4, 65001, 90, "10.0.0.2", capFour(0)), 2, 2, ""},
		"identifier":                 {nil, openMessage(4, 65001, 90, "0.0.0.0"), 2, 3, ""},
		"optional parameter":         {nil, message(1, append(openMessage(4, 65001, 90, "10.0.0.2")[19:28], 3, 1, 1, 0)), 2, 4, ""},
		"parameters cut short":       {nil, message(1, append(openMessage(4, 65001, 90, "10.0.0.2")[19:28], 3, 2, 9, 0)), 2, 0, ""},
		"hold time 0":                {nil, openMessage(4, 65001, 0, "10.0.0.2"), 2, 6, ""},
		"hold time 2":                {nil, openMessage(4, 65001, 2, "10.0.0.2"), 2, 6, ""},
		"no family in common":        {nil, openMessage(4, 65001, 90, "10.0.0.2", capability(1, 0, 2, 0, 1)), 2, 7, "\x01\x04\x00\x01\x00\x01"},
		"KEEPALIVE in OpenSent":      {nil, keepalive, 5, 1, "\x04"},
		"UPDATE in OpenSent":         {nil, updateMessage(nil, nil, nil), 5, 1, "\x02"},
		"OPEN in OpenConfirm":        {[][]byte{good}, good, 5, 2, "\x01"},
		"UPDATE in OpenConfirm":      {[][]byte{good}, updateMessage(nil, nil, nil), 5, 2, "\x02"},
		"OPEN in Established":        {[][]byte{good, keepalive}, good, 5, 3, "\x01"},
		"withdrawn routes too long":  {[][]byte{good, keepalive}, message(2, []byte{0, 9, 0, 0}), 3, 1, ""},
		"attributes too long":        {[][]byte{good, keepalive}, message(2, []byte{0, 0, 0, 9}), 3, 1, ""},
		"prefix of 33 bits":          {[][]byte{good, keepalive}, updateMessage([]byte{33, 1, 2, 3, 4, 5}, nil, nil), 3, 10, ""},
		"well-known and unknown":     {[][]byte{good, keepalive}, updateMessage(nil, attribute(0x40, 99), goodNLRI), 3, 2, ""},
		"MP_REACH_NLRI cut short":    {[][]byte{good, keepalive}, updateMessage(nil, attribute(0x80, 14, 0, 1, 1), nil), 3, 9, ""},
		"MP_UNREACH_NLRI twice":      {[][]byte{good, keepalive}, updateMessage(nil, append(attribute(0x80, 15, 0, 1, 1), attribute(0x80, 15, 0, 1, 1)...), nil), 3, 1, ""},
		"broken and nothing reached": {[][]byte{good, keepalive}, updateMessage(nil, attribute(0x40, 1, 9), nil), 3, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := external()
			s := scripted(t, c)
			for _, m := range row.before {
				s.send(m)
			}
			s.send(row.sent)
			code, subcode, data := s.notification()
			if code != row.code || subcode != row.subcode || string(data) != row.data {
				t.Errorf("sent %d/%d %x, want %d/%d %x", code, subcode, data, row.code, row.subcode, row.data)
			}
			st := s.Status()
			if st.State != bgp.Idle || st.LastReason.Sender != bgp.SentByUs || st.LastReason.Code != row.code {
				t.Errorf("afterwards %v for %v", st.State, st.LastReason)
			}
		})
	}
}

// What RFC 7606 survives: the session stays, the route goes or loses the
// attribute, and the reason can be shown.
func TestSurvivableUpdates(t *testing.T) {
	for name, row := range map[string]struct {
		attributes [][]byte
		withdrawn  bool // else announced without the attribute
		problem    string
	}{
		"good":                       {[][]byte{goodOrigin, goodPath, goodHop}, false, ""},
		"ORIGIN of two octets":       {[][]byte{attribute(0x40, 1, 0, 0), goodPath, goodHop}, true, "ORIGIN malformed"},
		"ORIGIN 3":                   {[][]byte{attribute(0x40, 1, 3), goodPath, goodHop}, true, "ORIGIN malformed"},
		"ORIGIN missing":             {[][]byte{goodPath, goodHop}, true, "ORIGIN is missing"},
		"ORIGIN optional":            {[][]byte{attribute(0xc0, 1, 0), goodPath, goodHop}, true, "ORIGIN with flags"},
		"AS_PATH missing":            {[][]byte{goodOrigin, goodHop}, true, "AS_PATH is missing"},
		"AS_PATH segment cut":        {[][]byte{goodOrigin, attribute(0x40, 2, 2, 2, 0, 0, 0xfd, 0xe9), goodHop}, true, "AS_PATH malformed"},
		"AS_PATH empty segment":      {[][]byte{goodOrigin, attribute(0x40, 2, 2, 0), goodHop}, true, "AS_PATH malformed"},
		"AS_PATH confederation":      {[][]byte{goodOrigin, attribute(0x40, 2, 3, 1, 0, 0, 0xfd, 0xe9), goodHop}, true, "AS_PATH malformed"},
		"AS_PATH with AS 0":          {[][]byte{goodOrigin, attribute(0x40, 2, 2, 1, 0, 0, 0, 0), goodHop}, true, "AS_PATH malformed"},
		"AS_PATH of another":         {[][]byte{goodOrigin, attribute(0x40, 2, 2, 1, 0, 0, 0, 7), goodHop}, true, "does not begin with"},
		"AS_PATH with ours":          {[][]byte{goodOrigin, attribute(0x40, 2, 2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfc, 0), goodHop}, true, "contains our AS"},
		"AS_PATH long, with ours":    {[][]byte{goodOrigin, attribute(0x40, 2, slices.Concat([]byte{2, 42, 0, 0, 0xfd, 0xe9}, slices.Repeat([]byte{0, 0, 0xfc, 0}, 41))...), goodHop}, true, "64512 64512 …\" contains our AS"},
		"NEXT_HOP missing":           {[][]byte{goodOrigin, goodPath}, true, "NEXT_HOP is missing"},
		"NEXT_HOP of three octets":   {[][]byte{goodOrigin, goodPath, attribute(0x40, 3, 1, 2, 3)}, true, "NEXT_HOP malformed"},
		"NEXT_HOP multicast":         {[][]byte{goodOrigin, goodPath, attribute(0x40, 3, 224, 0, 0, 1)}, true, "NEXT_HOP malformed"},
		"NEXT_HOP ourselves":         {[][]byte{goodOrigin, goodPath, attribute(0x40, 3, 169, 254, 10, 1)}, true, "our own address"},
		"MED of three octets":        {[][]byte{goodOrigin, goodPath, goodHop, attribute(0x80, 4, 1, 2, 3)}, true, "MULTI_EXIT_DISC malformed"},
		"COMMUNITIES of three":       {[][]byte{goodOrigin, goodPath, goodHop, attribute(0xc0, 8, 1, 2, 3)}, true, "COMMUNITIES malformed"},
		"COMMUNITIES empty":          {[][]byte{goodOrigin, goodPath, goodHop, attribute(0xc0, 8)}, true, "COMMUNITIES malformed"},
		"LARGE_COMMUNITY of eleven":  {[][]byte{goodOrigin, goodPath, goodHop, attribute(0xc0, 32, make([]byte, 11)...)}, true, "LARGE_COMMUNITY malformed"},
		"list ends in an attribute":  {[][]byte{goodOrigin, goodPath, goodHop, {0x80, 4, 200}}, true, "ends within"},
		"LOCAL_PREF from outside":    {[][]byte{goodOrigin, goodPath, goodHop, attribute(0x40, 5, 1)}, false, "LOCAL_PREF from an external peer"},
		"ORIGINATOR_ID from outside": {[][]byte{goodOrigin, goodPath, goodHop, attribute(0x80, 9, 1)}, false, "ORIGINATOR_ID from an external peer"},
		"AGGREGATOR of five":         {[][]byte{goodOrigin, goodPath, goodHop, attribute(0xc0, 7, 1, 2, 3, 4, 5)}, false, "AGGREGATOR malformed"},
		"ATOMIC_AGGREGATE not empty": {[][]byte{goodOrigin, goodPath, goodHop, attribute(0x40, 6, 1)}, false, "ATOMIC_AGGREGATE malformed"},
		"ORIGIN twice":               {[][]byte{goodOrigin, goodPath, goodHop, attribute(0x40, 1, 2)}, false, "appears again"},
		"unknown and optional":       {[][]byte{goodOrigin, goodPath, goodHop, attribute(0xc0, 99, 1)}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := external()
			s := scripted(t, c)
			s.establish()
			s.send(updateMessage(nil, slices.Concat(row.attributes...), goodNLRI))
			u := find[bgp.Update](t, s.log)
			if (len(u.Withdrawn) == 1) != row.withdrawn || (len(u.Announced) == 1) == row.withdrawn {
				t.Errorf("withdrawn %v, announced %v; want withdrawn: %v", u.Withdrawn, u.Announced, row.withdrawn)
			}
			if refused := slices.Equal(u.Refused, []netip.Prefix{prefix("192.168.50.0/24")}); refused != row.withdrawn {
				t.Errorf("refused %v; want withdrawn: %v", u.Refused, row.withdrawn)
			}
			if !strings.Contains(u.Problem, row.problem) || (u.Problem == "") != (row.problem == "") {
				t.Errorf("problem %q, want %q", u.Problem, row.problem)
			}
			if st := s.Status(); st.State != bgp.Established || st.LastProblem != u.Problem {
				t.Errorf("state %v, shown problem %q", st.State, st.LastProblem)
			}
		})
	}
}

// A router that sends back to us what we have sent does nothing wrong, and nobody
// need hear of it; what else goes in a circle is told.
func TestOurOwnRoutesComeBack(t *testing.T) {
	c, _ := external()
	s := scripted(t, c)
	s.establish()
	actions, err := s.Advertise(s.now, bgp.IPv4, map[netip.Prefix]bgp.Attributes{prefix("192.168.50.0/24"): {}})
	if err != nil {
		t.Fatal(err)
	}
	s.add(actions)
	circle := slices.Concat(goodOrigin, attribute(0x40, 2, 2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfc, 0), goodHop)
	s.send(updateMessage(nil, circle, goodNLRI))
	if u := find[bgp.Update](t, s.log); u.Problem != "" || len(u.Refused)+len(u.Announced) > 0 || len(u.Withdrawn) != 1 {
		t.Errorf("of its own route the session says %+v", u)
	}
	s.send(updateMessage(nil, circle, slices.Concat(goodNLRI, []byte{24, 192, 168, 51})))
	u := find[bgp.Update](t, s.log)
	if want := []netip.Prefix{prefix("192.168.51.0/24")}; !slices.Equal(u.Refused, want) || !strings.Contains(u.Problem, "contains our AS") {
		t.Errorf("refused %v for %q, want %v", u.Refused, u.Problem, want)
	}
	if st := s.Status(); st.Received[bgp.IPv4] != 0 {
		t.Errorf("%d are counted as received", st.Received[bgp.IPv4])
	}
}

// Whatever is wrong with prefixes of a family that the session does not carry,
// it carries its own.
func TestAnotherFamilyIsNotRead(t *testing.T) {
	for name, foreign := range map[string][]byte{
		"a good one":       attribute(0x80, 14, slices.Concat([]byte{0, 2, 1, 16, 0x20, 1, 0xd, 0xb8}, make([]byte, 12), []byte{0, 32, 0x20, 1, 0xd, 0xb8})...),
		"a short next hop": attribute(0x80, 14, 0, 2, 1, 3, 1, 2, 3, 0),
		"a long prefix":    attribute(0x80, 14, slices.Concat([]byte{0, 2, 1, 16, 0x20, 1}, make([]byte, 14), []byte{0, 129, 1})...),
		"withdrawn, long":  attribute(0x80, 15, 0, 2, 1, 129, 1),
		"a label":          attribute(0x80, 14, 0, 1, 4, 0, 0, 56),
	} {
		c, _ := external()
		s := scripted(t, c)
		s.establish(capability(1, 0, 1, 0, 1), capability(1, 0, 2, 0, 1))
		s.send(updateMessage(nil, slices.Concat(foreign, goodOrigin, goodPath, goodHop), goodNLRI))
		if st := s.Status(); st.State != bgp.Established || st.Received != [2]int{1, 0} {
			t.Errorf("%s: %v with %v prefixes, last %v", name, st.State, st.Received, st.LastReason)
		}
	}
}

func TestHoldTimerExpires(t *testing.T) {
	c, _ := external()
	s := scripted(t, c)
	s.establish()
	for i := 0; s.Status().State == bgp.Established && i < 1000; i++ {
		s.now = s.Deadline()
		s.add(s.Tick(s.now))
	}
	if got := s.now.Sub(start); got != 90*time.Second {
		t.Errorf("expired after %v, want 90s", got)
	}
	if code, _, _ := s.notification(); code != 4 {
		t.Errorf("sent code %d, want 4", code)
	}
	if keepalives := len(s.sent()) - 2; keepalives < 4 || keepalives > 6 {
		t.Errorf("sent %d keepalives and others in 90 s, want one every 22 to 30 s", keepalives)
	}
}

// Messages cut and joined in every way mean the same.
func TestFramingOfTheStream(t *testing.T) {
	for portion := 1; portion < 60; portion += 7 {
		a, b := external()
		w := newWorld(t, a, b)
		w.portion = portion
		w.start()
		w.wantStates(bgp.Established, bgp.Established)
		w.advertise(0, bgp.IPv4, manyRoutes(5, bgp.Attributes{}))
		if got := len(table(w.ends[1].log)); got != 5 {
			t.Errorf("in portions of %d: %d routes, want 5", portion, got)
		}
	}
}
