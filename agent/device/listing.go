package device

import (
	"maps"
	"net/netip"
	"slices"

	"demarc"
	"demarc/agent/rib"
	"demarc/bgp"
	"demarc/intent"
	"demarc/route"
)

// A listing is what reports say of a VIF's routes. A full device has a hundred
// thousand of them, and reports every second: so a listing is made once, and
// kept until a route changes (relist). Reports share it, and nobody changes it;
// whoever compares two reports sees by the slices alone that nothing is new.
type listing struct {
	accepted, advertised intent.RoutesSeen
	refused              []intent.RefusedSeen
}

// relist has the routes of the session's VIF listed anew for the next report.
// Called with mu held.
func (d *Device) relist(s *session) {
	if v := d.vifs[s.vif]; v != nil {
		v.listing = nil
		v.touch()
	}
}

// routesSeen lists the routes of all sessions, in the order of the peers.
// Called with mu held.
func (v *vif) routesSeen() *listing {
	if v.listing != nil {
		return v.listing
	}
	all := &listing{}
	for _, peer := range v.want.Peers {
		s := v.sessions[peer.ID]
		all.accepted = all.accepted.With(s.acceptedSeen())
		all.refused = append(all.refused, s.refusedSeen()...)
		if s.history.up {
			all.advertised = all.advertised.With(s.advertisedSeen())
		}
	}
	v.listing = all
	return all
}

func (s *session) acceptedSeen() intent.RoutesSeen {
	var prefixes []netip.Prefix
	for prefix := range s.accepted() {
		prefixes = append(prefixes, prefix)
	}
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return intent.CollectRoutes(len(prefixes), func(yield func(intent.RouteSeen) bool) {
		var words vocabulary
		for _, prefix := range prefixes {
			learned, _ := s.in.Route(prefix) // of one that only the kernel knows there is nothing to say
			a := learned.Attributes
			path, communities := words.of(a)
			if !yield(intent.RouteSeen{
				Prefix: prefix, ASPath: path, Communities: communities, MED: a.MED,
				Preference: route.PreferenceAsked(a.Communities.List()), Since: learned.Since,
			}) {
				return
			}
		}
	})
}

func (s *session) advertisedSeen() intent.RoutesSeen {
	prefixes := slices.SortedFunc(maps.Keys(s.advertised), netip.Prefix.Compare)
	return intent.CollectRoutes(len(prefixes), func(yield func(intent.RouteSeen) bool) {
		var words vocabulary
		for _, prefix := range prefixes {
			told := s.advertised[prefix]
			told.Attributes.Path = told.Attributes.Path.Prepend(uint32(s.peer.LocalASN))
			path, communities := words.of(told.Attributes)
			if !yield(intent.RouteSeen{Prefix: prefix, ASPath: path, Communities: communities, Since: told.Since}) {
				return
			}
		}
	})
}

func (s *session) refusedSeen() []intent.RefusedSeen {
	unread := s.in.Refused()
	seen := make([]intent.RefusedSeen, 0, len(s.refused)+len(unread))
	for prefix, why := range s.refused {
		if unread[prefix] != "" {
			continue // it was a route until a moment ago
		}
		seen = append(seen, intent.RefusedSeen{Prefix: prefix, Reason: why})
	}
	for prefix, problem := range unread {
		seen = append(seen, intent.RefusedSeen{Prefix: prefix, Reason: intent.MessageRefused, Error: problem})
	}
	slices.SortFunc(seen, func(a, b intent.RefusedSeen) int { return a.Prefix.Compare(b.Prefix) })
	return seen
}

// A vocabulary spells attributes out. Most routes of a session have the same as
// the one before, and share the words with it.
type vocabulary struct {
	last        bgp.Attributes
	path        []demarc.ASN
	communities []string
}

func (v *vocabulary) of(a bgp.Attributes) (path []demarc.ASN, communities []string) {
	if a.Path != v.last.Path || a.Communities != v.last.Communities {
		v.path, v.communities = rib.ASPath(a.Path), words(a.Communities)
	}
	v.last = a
	return v.path, v.communities
}

func words(set bgp.Communities) (words []string) {
	for _, c := range set.List() {
		words = append(words, c.String())
	}
	return words
}
