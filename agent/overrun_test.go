package agent_test

import (
	"strings"
	"testing"
	"time"

	"demarc/intent"
)

// A customer may send as many prefixes as its interface has, and one more costs it
// the session and all traffic: once, however often its router tries meanwhile.
// Taking one back, or more room, brings everything back.
func TestThePrefixLimitIsExactAndCanBeLeft(t *testing.T) {
	l := newLine("acme-r1", "p1")
	l.vif.Peers[0].PrefixLimit = 3
	b := newBed(t, l)
	const most, over = "route 10.1.0.0/16 blackhole; route 10.2.0.0/16 blackhole;", "route 10.3.0.0/16 blackhole;"
	b.customer.bird(theirs.Addr(), ours.Addr(), key, most)
	b.device.established(l)
	b.crosses()
	session := func() intent.SessionSeen { v, _ := b.device.vif(l); return v.Session[0] }
	accepted := func() int { v, _ := b.device.vif(l); return v.Accepted.Len() }
	if n := accepted(); n != 3 {
		t.Errorf("at the limit %d prefixes are accepted, want 3", n)
	}

	b.customer.reconfigure(map[string]string{most: most + over})
	eventually(t, "one more ends it", func() bool { return session().Overrun != nil && session().State == "Idle" && accepted() == 0 })
	if over := session().Overrun; over.Limit != 3 || len(over.Prefixes) != 4 {
		t.Errorf("of it is said %+v, want 4 prefixes and the limit 3", over)
	}
	eventually(t, "nothing reaches the customer", func() bool { return len(b.vpc().Propagated) == 0 && !b.reaches(b.app, hostAddress) })
	began := session().Since
	within(t, time.Minute, "its router has tried again", func() bool { return session().NotificationsSent > 1 })
	if s := session(); s.State != "Idle" || !s.Since.Equal(began) || s.Flaps != 1 || accepted() != 0 {
		t.Errorf("after another attempt it is %s since %v, with %d prefixes in use and down %d times; it was Idle since %v", s.State, s.Since, accepted(), s.Flaps, began)
	}

	b.customer.reconfigure(map[string]string{most + over: most})
	within(t, time.Minute, "it is back with one prefix less", func() bool { return session().Established() && session().Overrun == nil && accepted() == 3 })
	b.crosses()

	b.customer.reconfigure(map[string]string{most: most + over})
	eventually(t, "it is over the limit again", func() bool { return session().Overrun != nil })
	l.vif.Peers = []intent.Peer{l.vif.Peers[0]}
	l.vif.Peers[0].PrefixLimit = 4
	b.device.tell(deviceIntent(2, l))
	eventually(t, "more room brings it back at once", func() bool { return session().Established() && accepted() == 4 })
	b.crosses()
	if r := session().Reason; !strings.Contains(r, "sent 6/1") || !strings.Contains(r, "4 ipv4 prefixes, the limit is 3") {
		t.Errorf("it was down for %q", r)
	}
}
