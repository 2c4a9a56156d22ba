package device

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"demarc/bgp"
	"demarc/intent"
)

// trialTime is how long a session is on trial that has come up after its
// customer sent too many prefixes, if the peer will not say when it has sent
// all. As with what is inherited, a router needs a second of them at most.
const trialTime = 5 * time.Second

// follow keeps the episode of too many prefixes, from the first session that
// was ended for them to the first that has said all it has to say without. It
// reports whether one began, went on or was over. So a customer that sends too
// many goes down once, whatever is tried meanwhile.
func (s *session) follow(now time.Time, event bgp.Action) bool {
	switch e := event.(type) {
	case bgp.Exceeded:
		s.overrun, s.trial = s.exceed(now, e), time.Time{}
		return true
	case bgp.Up:
		if s.overrun != nil {
			s.trial = now.Add(trialTime)
		}
	case bgp.Down:
		s.trial = time.Time{}
	case bgp.EndOfRIB:
		if s.overrun != nil && e.Family == s.family() {
			s.overrun, s.trial = nil, time.Time{}
			return true
		}
	}
	return false
}

// exceed lists what the session has sent, the newest first. A prefix that was
// sent in an earlier attempt is as old as it was then.
func (s *session) exceed(now time.Time, e bgp.Exceeded) *intent.OverrunSeen {
	seen := &intent.OverrunSeen{Since: now, Limit: e.Limit}
	since := map[netip.Prefix]time.Time{}
	for _, prefix := range e.Announced {
		since[prefix] = now
	}
	for prefix, learned := range s.in.Routes() {
		if e.Family.Has(prefix) {
			since[prefix] = learned.Since
		}
	}
	if before := s.overrun; before != nil {
		seen.Since = before.Since
		for _, p := range before.Prefixes {
			if _, again := since[p.Prefix]; again {
				since[p.Prefix] = p.Since
			}
		}
	}
	for _, prefix := range slices.SortedFunc(maps.Keys(since), func(a, b netip.Prefix) int {
		return cmp.Or(since[b].Compare(since[a]), a.Compare(b))
	}) {
		seen.Prefixes = append(seen.Prefixes, intent.PrefixSeen{Prefix: prefix, Since: since[prefix]})
	}
	return seen
}

// passed notes that a session is back for good. Called with mu held.
func (d *Device) passed(s *session) {
	if status, running := d.speaker.Status(s.key); running {
		s.history.follow(time.Now(), status)
	}
}
