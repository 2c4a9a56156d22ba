package bgp_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc/bgp"
)

func TestRefusedDialsAreRetriedSoon(t *testing.T) {
	a, b := external()
	b.Passive = true
	w := newWorld(t, a, b)
	w.refuse = true
	w.start()
	w.wantStates(bgp.Active, bgp.Active)
	w.advance(200 * time.Millisecond)
	if got := len(w.pipes); got < 3 {
		t.Errorf("%d attempts in the first 0.2 s, want the first pauses to be short", got)
	}
	w.advance(2 * time.Second)
	before := len(w.pipes)
	w.advance(10 * time.Second)
	if got := len(w.pipes) - before; got < 10 || got > 14 {
		t.Errorf("%d attempts in later 10 s, want one every 0.75 to 1 s", got)
	}
	if got := w.ends[0].Status().LastReason.String(); !strings.Contains(got, "connection refused") {
		t.Errorf("the reason is %q", got)
	}
	w.refuse = false
	w.advance(time.Second)
	w.wantStates(bgp.Established, bgp.Established)
}

func TestUnansweredDialIsGivenUp(t *testing.T) {
	a, _ := external()
	s, err := bgp.New(a, 1)
	if err != nil {
		t.Fatal(err)
	}
	first := s.Start(start, false)
	if s.Status().State != bgp.Connect || !s.Deadline().Equal(start.Add(3*time.Second)) {
		t.Fatalf("state %v, deadline %v", s.Status().State, s.Deadline())
	}
	actions := s.Tick(s.Deadline())
	if got := (bgp.Close{Conn: first[0].(bgp.Dial).Conn}); len(actions) != 1 || actions[0] != bgp.Action(got) {
		t.Errorf("got %v, want %v", actions, got)
	}
	if s.Status().State != bgp.Active {
		t.Errorf("state %v, want Active", s.Status().State)
	}
	again := s.Tick(s.Deadline())
	if _, dials := again[0].(bgp.Dial); !dials || s.Status().State != bgp.Connect {
		t.Errorf("got %v in %v, want another dial", again, s.Status().State)
	}
}

func TestStopCarriesItsText(t *testing.T) {
	a, b := external()
	w := up(t, a, b)
	text := strings.Repeat("ü", 200) // 400 octets, of which 254 fit whole
	w.do(w.ends[0], w.ends[0].Stop(w.now, bgp.Cease{Subcode: bgp.CeaseAdminShutdown, Text: text}))
	w.settle()
	down := find[bgp.Down](t, w.ends[1].log)
	want := `received 6/2 cease, administrative shutdown: "` + strings.Repeat("ü", 127) + `"`
	if got := down.Reason.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	w.advance(time.Minute)
	w.wantStates(bgp.Idle, w.ends[1].Status().State)
	if w.ends[1].Status().State == bgp.Established {
		t.Error("a stopped session came up")
	}
	w.do(w.ends[0], w.ends[0].Start(w.now, false))
	w.settle()
	w.wantStates(bgp.Established, bgp.Established)
}

func TestPrefixLimit(t *testing.T) {
	a, b := external()
	a.IPv4.MaxPrefixes, a.IdleHold = 3, time.Minute
	w := up(t, a, b)
	w.advertise(1, bgp.IPv4, manyRoutes(3, bgp.Attributes{}))
	w.advertise(1, bgp.IPv4, manyRoutes(3, bgp.Attributes{MED: 1, HasMED: true}))
	w.wantStates(bgp.Established, bgp.Established)
	w.advertise(1, bgp.IPv4, manyRoutes(4, bgp.Attributes{}))
	reason := w.ends[1].Status().LastReason
	if reason.Code != 6 || reason.Subcode != 1 || !strings.HasSuffix(reason.Text, "data 00010100000003") {
		t.Errorf("the peer learned %v, want 6/1 with the family and the limit", reason)
	}
	if i := slices.IndexFunc(w.ends[0].log, func(a bgp.Action) bool { _, over := a.(bgp.Exceeded); return over }); i < 0 {
		t.Error("the owner was not told which prefixes were too many")
	} else if over := w.ends[0].log[i].(bgp.Exceeded); over.Limit != 3 || over.Family != bgp.IPv4 || len(over.Announced) == 0 {
		t.Errorf("the owner was told %v", over)
	} else if _, next := w.ends[0].log[i+1].(bgp.Down); !next {
		t.Errorf("after that it was told %v", w.ends[0].log[i+1])
	}
	w.advance(50 * time.Second)
	if st := w.ends[0].Status(); st.State != bgp.Idle || !st.Held {
		t.Errorf("before the hold is over: %v, held %v", st.State, st.Held)
	}
	w.advertise(1, bgp.IPv4, manyRoutes(3, bgp.Attributes{}))
	w.advance(15 * time.Second)
	w.wantStates(bgp.Established, bgp.Established)
}

func TestPrefixLimitHoldsUntilStartOrANewLimit(t *testing.T) {
	for name, release := range map[string]func(*end, time.Time) []bgp.Action{
		"start": func(e *end, now time.Time) []bgp.Action { return e.Start(now, false) },
		"raise": func(e *end, now time.Time) []bgp.Action {
			c := e.Config()
			c.IPv4.MaxPrefixes = 10
			actions, _ := e.Reconfigure(now, c)
			return actions
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := external()
			a.IPv4.MaxPrefixes = 1
			w := up(t, a, b)
			w.advertise(1, bgp.IPv4, manyRoutes(2, bgp.Attributes{}))
			w.advance(time.Hour)
			if st := w.ends[0].Status(); !st.Held || st.Transitions != 1 {
				t.Fatalf("held %v after %d transitions", st.Held, st.Transitions)
			}
			w.advertise(1, bgp.IPv4, manyRoutes(1, bgp.Attributes{}))
			w.do(w.ends[0], release(w.ends[0], w.now))
			w.settle()
			w.wantStates(bgp.Established, bgp.Established)
		})
	}
}

// A peer that knows only two octets sees AS_TRANS, and AS4_PATH brings the
// real numbers through it (RFC 6793).
func TestTwoOctetPeer(t *testing.T) {
	c, _ := external()
	c.LocalASN = 4200000001
	s := scripted(t, c)
	s.send(openMessage(4, 65001, 90, "10.0.0.2", capability(1, 0, 1, 0, 1)))
	s.send(message(4, nil))
	if st := s.Status(); st.State != bgp.Established || st.Negotiated.FourOctetASN {
		t.Fatalf("state %v, negotiated %+v", st.State, st.Negotiated)
	}
	path := attribute(0x40, 2, 2, 3, 0xfd, 0xe9, 0x5b, 0xa0, 0, 7)        // 65001 23456 7
	four := attribute(0xc0, 17, 2, 2, 0xfa, 0x56, 0xea, 0x02, 0, 0, 0, 7) // 4200000002 7
	stale := attribute(0xc0, 7, 0, 9, 1, 2, 3, 4)                         // aggregated by AS 9
	long := attribute(0xc0, 17, 2, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4)
	for name, row := range map[string]struct {
		attributes []byte
		want       bgp.ASPath
	}{
		"merged":               {four, bgp.NewASPath(65001, 4200000002, 7)},
		"aggregated since":     {slices.Concat(stale, four), bgp.NewASPath(65001, 23456, 7)},
		"longer than path":     {long, bgp.NewASPath(65001, 23456, 7)},
		"no AS4_PATH":          {nil, bgp.NewASPath(65001, 23456, 7)},
		"confederations in it": {attribute(0xc0, 17, slices.Concat([]byte{3, 1, 0, 0, 0, 9}, four[3:], []byte{4, 1, 0, 0, 0, 8})...), bgp.NewASPath(65001, 4200000002, 7)},
		"malformed, passed":    {attribute(0xc0, 17, 2, 9), bgp.NewASPath(65001, 23456, 7)},
	} {
		s.send(updateMessage(nil, slices.Concat(goodOrigin, path, goodHop, row.attributes), goodNLRI))
		if got := find[bgp.Update](t, s.log).Attributes.Path; got != row.want {
			t.Errorf("%s: path %q, want %q", name, got, row.want)
		}
	}
	s.log = nil
	actions, err := s.Advertise(s.now, bgp.IPv4, manyRoutes(1, bgp.Attributes{}))
	if err != nil {
		t.Fatal(err)
	}
	sent := actions[0].(bgp.Send).Bytes
	if !strings.Contains(string(sent), "\x40\x02\x04\x02\x01\x5b\xa0") || !strings.Contains(string(sent), "\xc0\x11\x06\x02\x01\xfa\x56\xea\x01") {
		t.Errorf("sent % x, want AS_TRANS in AS_PATH and the number in AS4_PATH", sent)
	}
}

func restarting() (bgp.Config, bgp.Config) {
	a, b := external()
	a.RestartTime, b.RestartTime = 2*time.Minute, 2*time.Minute
	return a, b
}

func TestRoutesOfAVanishedPeerAreKept(t *testing.T) {
	a, b := restarting()
	w := up(t, a, b)
	w.advertise(1, bgp.IPv4, manyRoutes(2, bgp.Attributes{}))
	w.ends[0].take()
	w.do(w.ends[1], w.ends[1].Vanish(w.now))
	w.settle()
	down := find[bgp.Down](t, w.ends[0].log)
	if !down.Keep.Has(bgp.IPv4) || !down.Until.Equal(w.now.Add(2*time.Minute)) {
		t.Fatalf("kept %v until %v", down.Keep.List(), down.Until)
	}
	w.advance(time.Minute)
	if count[bgp.DropStale](w.ends[0].log) != 0 {
		t.Error("dropped before the restart time")
	}
	w.advance(time.Minute)
	if count[bgp.DropStale](w.ends[0].log) != 1 {
		t.Errorf("not dropped after the restart time: %v", w.ends[0].log)
	}
}

// A process that restarted says so, and its routes stay until it has sent them
// all; one that forgot its forwarding state loses them on its return.
func TestReturnOfARestartedPeer(t *testing.T) {
	for name, preserved := range map[string]bool{"forwarding preserved": true, "forwarding lost": false} {
		t.Run(name, func(t *testing.T) {
			a, b := restarting()
			w := up(t, a, b)
			w.advertise(1, bgp.IPv4, manyRoutes(2, bgp.Attributes{}))
			w.cut()
			fresh, err := bgp.New(b, 7)
			if err != nil {
				t.Fatal(err)
			}
			w.ends[0].take()
			w.ends[1] = &end{Session: fresh, index: 1, pipes: map[bgp.Conn]*pipe{}}
			w.do(w.ends[1], fresh.Start(w.now, preserved))
			w.advance(2 * time.Second)
			w.wantStates(bgp.Established, bgp.Established)
			got := find[bgp.Up](t, w.ends[0].log)
			if got.Negotiated.PeerRestarted != preserved || got.Stale.Has(bgp.IPv4) != preserved {
				t.Errorf("R bit %v, stale kept: %v; want both %v", got.Negotiated.PeerRestarted, got.Stale, preserved)
			}
			if dropped := count[bgp.DropStale](w.ends[0].log) == 1; dropped == preserved {
				t.Errorf("dropped: %v", dropped)
			}
			if count[bgp.EndOfRIB](w.ends[0].log) != 0 {
				t.Error("End-of-RIB before the owner said what it wants")
			}
			w.advertise(1, bgp.IPv4, nil)
			if count[bgp.EndOfRIB](w.ends[0].log) != 1 {
				t.Error("no End-of-RIB after the first set")
			}
			w.advance(10 * time.Minute)
			if count[bgp.DropStale](w.ends[0].log) == 1 && preserved {
				t.Error("dropped again after End-of-RIB")
			}
		})
	}
}

// A peer whose machine died comes back on a new connection before the old one
// is known to be dead (RFC 4724, section 4.2).
func TestNewConnectionOfARestartedPeer(t *testing.T) {
	c, _ := restarting()
	s := scripted(t, c)
	s.establish(capability(64, 0, 120, 0, 1, 1, 0x80))
	s.now = s.now.Add(30 * time.Second)
	s.accept()
	s.establish(capability(64, 0x80, 120, 0, 1, 1, 0x80))
	if down := find[bgp.Down](t, s.log); !down.Keep.Has(bgp.IPv4) {
		t.Errorf("routes were not kept: %+v", down)
	}
	if code, _, _ := s.notification(); code != 0 || s.Status().Transitions != 2 {
		t.Errorf("notification %d, transitions %d", code, s.Status().Transitions)
	}
}

func TestSecondConnectionIsRefusedWithoutRestart(t *testing.T) {
	c, _ := external()
	s := scripted(t, c)
	s.establish()
	s.now = s.now.Add(30 * time.Second)
	s.accept()
	s.send(openMessage(4, 65001, 90, "10.0.0.2", capFour(65001)))
	if code, subcode, _ := s.notification(); code != 6 || subcode != 7 {
		t.Errorf("sent %d/%d, want Cease 6/7", code, subcode)
	}
	if st := s.Status(); st.State != bgp.Established || st.Transitions != 1 {
		t.Errorf("the first connection is %v", st.State)
	}
}

func TestRouteRefreshBothWays(t *testing.T) {
	a, b := external()
	w := up(t, a, b)
	w.advertise(1, bgp.IPv4, manyRoutes(4, bgp.Attributes{}))
	w.ends[0].take()
	actions, asked := w.ends[0].RequestRefresh(w.now, bgp.IPv4)
	if !asked {
		t.Fatal("not asked")
	}
	w.do(w.ends[0], actions)
	w.settle()
	if got := len(table(w.ends[0].log)); got != 4 {
		t.Errorf("%d routes came again, want 4", got)
	}
	if got := find[bgp.RefreshRequested](t, w.ends[1].log); got.Family != bgp.IPv4 {
		t.Errorf("asked for %v", got.Family)
	}
	if _, asked := w.ends[0].RequestRefresh(w.now, bgp.IPv6); asked {
		t.Error("asked for a family that is not carried")
	}
}

// IPv4 routes over a session between link-local addresses, inside one AS
// (RFC 8950).
func TestInternalOverLinkLocal(t *testing.T) {
	a, _ := external()
	a.PeerASN = a.LocalASN
	a.LocalAddr, a.PeerAddr = netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
	a.IPv6.Enabled = true
	w := up(t, a, facing(a, "10.0.0.2"))
	sent := bgp.Attributes{Path: bgp.NewASPath(65001), LocalPref: 300, HasLocalPref: true}
	want := sent
	want.NextHop = a.LocalAddr
	w.advertise(0, bgp.IPv4, manyRoutes(1500, sent))
	six := map[netip.Prefix]bgp.Attributes{prefix("2001:db8::/32"): sent, prefix("::/0"): sent}
	w.advertise(0, bgp.IPv6, six)
	got := table(w.ends[1].log)
	if len(got) != 1502 {
		t.Fatalf("%d routes, want 1502", len(got))
	}
	for p, a := range got {
		if a != want {
			t.Fatalf("%v: %+v, want %+v", p, a, want)
		}
	}
	w.advertise(0, bgp.IPv6, nil)
	w.advertise(0, bgp.IPv4, manyRoutes(1, sent))
	if got := len(table(w.ends[1].log)); got != 1 {
		t.Errorf("%d routes left, want 1", got)
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for field, change := range map[string]func(*bgp.Config){
		"LocalASN":         func(c *bgp.Config) { c.LocalASN = 0 },
		"PeerASN":          func(c *bgp.Config) { c.PeerASN = 23456 },
		"RouterID":         func(c *bgp.Config) { c.RouterID = netip.IPv4Unspecified() },
		"LocalAddr":        func(c *bgp.Config) { c.LocalAddr = netip.Addr{} },
		"PeerAddr":         func(c *bgp.Config) { c.PeerAddr = c.LocalAddr },
		"HoldTime":         func(c *bgp.Config) { c.HoldTime = time.Second },
		"ConnectRetry":     func(c *bgp.Config) { c.ConnectRetry = -1 },
		"IdleHold":         func(c *bgp.Config) { c.IdleHold = -1 },
		"RestartTime":      func(c *bgp.Config) { c.RestartTime = 4096 * time.Second },
		"IPv4, IPv6":       func(c *bgp.Config) { c.IPv4.Enabled = false },
		"IPv4.MaxPrefixes": func(c *bgp.Config) { c.IPv4.MaxPrefixes = -1 },
		"IPv6.NextHop":     func(c *bgp.Config) { c.IPv6.Enabled = true },
	} {
		c, _ := external()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: got error %v, want one naming the field", field, err)
		}
	}
}

func TestAdvertiseRefusesWhatCannotBeSaid(t *testing.T) {
	a, _ := external()
	s, err := bgp.New(a, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, routes := range map[string]map[netip.Prefix]bgp.Attributes{
		"family":    {prefix("2001:db8::/32"): {}},
		"host bits": {prefix("10.0.0.1/24"): {}},
		"zone":      {prefix("10.0.0.0/24"): {NextHop: netip.MustParseAddr("fe80::1%eth0")}},
	} {
		if _, err := s.Advertise(start, bgp.IPv4, routes); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
