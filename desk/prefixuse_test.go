package desk_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
)

// TestPrefixUses counts what a session sends, up to one more than it may.
func TestPrefixUses(t *testing.T) {
	v := demarc.VirtualInterface{Peers: []demarc.BGPPeer{{ID: "dxpeer-1", Family: demarc.IPv4}}}
	prefix := func(i int) netip.Prefix { return netip.MustParsePrefix(fmt.Sprintf("10.20.%d.0/24", i)) }
	for sent, code := range map[int]string{0: "", 79: "", 80: "E-PREFIX-80", 89: "E-PREFIX-80", 90: "E-PREFIX-90", 100: "E-PREFIX-90", 101: "E-PREFIX-EXCEEDED"} {
		session := intent.SessionSeen{Peer: "dxpeer-1", State: "Established"}
		seen := intent.VIFSeen{}
		if sent > 100 {
			session.State, session.Overrun = "Idle", &intent.OverrunSeen{Limit: 100}
		}
		for i := range sent {
			at := time.Unix(int64(i), 0)
			if session.Overrun == nil {
				seen.Accepted = seen.Accepted.With(intent.RoutesOf(intent.RouteSeen{Prefix: prefix(i), Since: at}))
			} else {
				session.Overrun.Prefixes = append([]intent.PrefixSeen{{Prefix: prefix(i), Since: at}}, session.Overrun.Prefixes...)
			}
		}
		seen.Session = []intent.SessionSeen{session}
		uses := desk.PrefixUses(v, seen)
		if len(uses) != 1 || uses[0].Code != code || uses[0].Received != sent || uses[0].Limit != 100 {
			t.Fatalf("%d: got %+v, want %q", sent, uses, code)
		}
		if sent > 0 && (uses[0].Newest[0].Prefix != prefix(sent-1) || len(uses[0].Newest) > 10 || uses[0].AggregateIsWider) {
			t.Errorf("%d: the newest are %v; wider: %v", sent, uses[0].Newest, uses[0].AggregateIsWider)
		}
	}
}

// exceeds has the link's session ended for what it sent, and looks at its step.
func (w *world) exceeds(link demarc.Link, v demarc.VirtualInterface) {
	w.Helper()
	w.sees(intent.VIFSeen{ID: v.ID, Built: true, Session: []intent.SessionSeen{
		{Peer: v.Peers[0].ID, State: "Idle", Reason: "held down", Overrun: &intent.OverrunSeen{Limit: 100}},
	}})
	for _, s := range desk.Steps(w.store.Local(), link, w.now) {
		if s.ID == "session" && (s.Done || s.Code != "E-PREFIX-EXCEEDED" || !strings.HasPrefix(s.Evidence, s.Code)) {
			w.Errorf("a session that sends too many: %+v", s)
		}
	}
}
