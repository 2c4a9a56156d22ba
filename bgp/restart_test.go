package bgp_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"demarc/bgp"
)

// The R bit is for the first session after a restart only; the F bit stays.
func TestRestartIsToldOnce(t *testing.T) {
	a, b := restarting()
	w := newWorld(t, a, b)
	w.do(w.ends[0], w.ends[0].Start(w.now, true))
	w.do(w.ends[1], w.ends[1].Start(w.now, false))
	w.settle()
	if got := find[bgp.Up](t, w.ends[1].log); !got.Negotiated.PeerRestarted {
		t.Error("the first session did not tell of the restart")
	}
	w.cut()
	w.advance(2 * time.Second)
	w.wantStates(bgp.Established, bgp.Established)
	got := find[bgp.Up](t, w.ends[1].log)
	if got.Negotiated.PeerRestarted || !got.Stale.Has(bgp.IPv4) {
		t.Errorf("second session: R bit %v, stale kept %v; want false and ipv4", got.Negotiated.PeerRestarted, got.Stale.List())
	}
}

func TestNotificationKeepsNothing(t *testing.T) {
	a, b := restarting()
	w := up(t, a, b)
	w.do(w.ends[1], w.ends[1].Reset(w.now, bgp.Cease{Subcode: bgp.CeaseBFDDown}))
	w.settle()
	for i, e := range w.ends {
		if down := find[bgp.Down](t, e.log); down.Keep != 0 {
			t.Errorf("end %d keeps %v after %v", i, down.Keep.List(), down.Reason)
		}
	}
	w.advance(time.Second)
	w.wantStates(bgp.Established, bgp.Established)
}

func TestOnlyTheBareMarkerIsEndOfRIB(t *testing.T) {
	c, _ := external()
	s := scripted(t, c)
	s.establish()
	unreach := attribute(0x80, 15, 0, 1, 1)
	s.send(updateMessage(nil, slices.Concat(unreach, goodOrigin, goodPath, goodHop), goodNLRI))
	s.send(updateMessage(nil, slices.Concat(unreach, goodOrigin), nil))
	if n := count[bgp.EndOfRIB](s.log); n != 0 {
		t.Errorf("%d messages with more in them were taken for End-of-RIB", n)
	}
	s.send(updateMessage(nil, unreach, nil))
	s.send(updateMessage(nil, nil, nil))
	if n := count[bgp.EndOfRIB](s.log); n != 2 {
		t.Errorf("%d markers seen, want both forms", n)
	}
}

// One message must not give one family two next hops.
func TestPlainPrefixesWinOverMultiprotocolOnes(t *testing.T) {
	c, _ := external()
	s := scripted(t, c)
	s.establish()
	reach := attribute(0x80, 14, 0, 1, 1, 4, 10, 9, 9, 9, 0, 8, 11)
	s.send(updateMessage(nil, slices.Concat(reach, goodOrigin, goodPath, goodHop), goodNLRI))
	u := find[bgp.Update](t, s.log)
	if len(u.Announced) != 1 || u.Announced[0] != prefix("192.168.50.0/24") || u.Attributes.NextHop != c.PeerAddr {
		t.Errorf("took in %v by %v", u.Announced, u.Attributes.NextHop)
	}
	if !strings.Contains(u.Problem, "beside plain prefixes") {
		t.Errorf("problem %q", u.Problem)
	}
}
