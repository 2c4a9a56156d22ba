package bgp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/bgp"
)

// values compares our opaque comparable types by ==.
var values = cmp.Options{
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, bgp.ASPath{}, bgp.Communities{}),
}

func TestSimultaneousOpenLeavesOneConnection(t *testing.T) {
	for name, swap := range map[string]bool{"we have the lower id": false, "we have the higher id": true} {
		t.Run(name, func(t *testing.T) {
			a, b := external()
			if swap {
				a.RouterID, b.RouterID = b.RouterID, a.RouterID
			}
			w := newWorld(t, a, b)
			w.start()
			w.wantStates(bgp.Established, bgp.Established)
			for i, e := range w.ends {
				if len(e.pipes) != 1 {
					t.Errorf("end %d has %d connections, want 1", i, len(e.pipes))
				}
				// Section 6.8: the connection opened by the higher identifier stays.
				higher := (i == 0) == swap
				if got := e.Status(); got.Negotiated.Incoming == higher || got.Transitions != 1 {
					t.Errorf("end %d: incoming %v after %d transitions; this end has the higher identifier: %v",
						i, got.Negotiated.Incoming, got.Transitions, higher)
				}
			}
		})
	}
}

func TestRoutesArriveAndGo(t *testing.T) {
	a, b := external()
	w := up(t, a, b)
	path := bgp.Attributes{
		Path: bgp.NewASPath(4200000001, 7), MED: 5, HasMED: true, LocalPref: 300, HasLocalPref: true,
		Communities: bgp.NewCommunities(bgp.CommunityOf(7224, 7300)),
	}
	w.advertise(0, bgp.IPv4, manyRoutes(2000, path))
	got := table(w.ends[1].log)
	want := path
	want.Path = bgp.NewASPath(64512, 4200000001, 7)
	want.NextHop = a.LocalAddr
	want.LocalPref, want.HasLocalPref = 0, false
	if diff := cmp.Diff(got, manyRoutes(2000, want), values); diff != "" {
		t.Fatalf("routes (-got +want):\n%s", diff)
	}
	if got := w.ends[1].Status().Received[bgp.IPv4]; got != 2000 {
		t.Errorf("counted %d received, want 2000", got)
	}
	w.advertise(0, bgp.IPv4, manyRoutes(3, path))
	if got := table(w.ends[1].log); len(got) != 3 {
		t.Errorf("%d routes left, want 3", len(got))
	}
	if got := w.ends[0].Status().Advertised[bgp.IPv4]; got != 3 {
		t.Errorf("counted %d advertised, want 3", got)
	}
}

// With the least hold time, keepalives come at the least interval: three of them
// in a hold time, and never two in a second (RFC 4271, section 4.4).
func TestNoKeepaliveWithinASecondOfAnother(t *testing.T) {
	c, _ := external()
	s := scripted(t, c)
	s.send(openMessage(4, 65001, 3, "10.0.0.2", capFour(65001)))
	s.send(message(4, nil))
	last := s.now
	for range 100 {
		s.send(message(4, nil))
		before := len(s.sent())
		s.now = s.Deadline()
		s.add(s.Tick(s.now))
		if pause := s.now.Sub(last); len(s.sent()) > before && pause != time.Second {
			t.Fatalf("a KEEPALIVE came %v after another, want 1s", pause)
		}
		last = s.now
	}
}

func TestHoldTimeIsTheLowerOffer(t *testing.T) {
	a, b := external()
	b.HoldTime = 9 * time.Second
	w := up(t, a, b)
	got := w.ends[0].Status().Negotiated
	if got.HoldTime != 9*time.Second || got.Keepalive != 3*time.Second {
		t.Errorf("hold %v, keepalive %v; want 9s and 3s", got.HoldTime, got.Keepalive)
	}
	w.advance(time.Minute)
	w.wantStates(bgp.Established, bgp.Established)
}
