// Package rib remembers what one BGP session has taught us (its Adj-RIB-In,
// RFC 4271, section 3.2) and, after a restart of the agent, what the kernel
// still has of an earlier session until the new one has said everything.
//
// It chooses nothing and filters nothing, has no lock and no clock.
package rib

import (
	"iter"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/bgp"
)

// settle is how long after a session came up the routes inherited from before
// a restart stay, if the peer will not say when it has sent all it has (no
// graceful restart, so no End-of-RIB). A router sends its table within the
// first second; five leave room for one with much to do.
const settle = 5 * time.Second

// A Route is a prefix's path as the peer announced it.
type Route struct {
	Attributes bgp.Attributes
	// Since is when the prefix was first announced without a break.
	Since time.Time
}

// ASPath lists the AS numbers of a path in order, those of sets too, as reports
// have them.
func ASPath(path bgp.ASPath) (asns []demarc.ASN) {
	for _, segment := range path.Segments() {
		for _, asn := range segment.ASNs {
			asns = append(asns, demarc.ASN(asn))
		}
	}
	return asns
}

// An In is what one session has taught. The zero value is an empty one, for a
// session that inherits nothing.
type In struct {
	// routes that came together have one Route: most of a thousand sessions'
	// memory would be copies of the same attributes. A Route is never changed.
	routes    bgp.Table[*Route]
	stale     map[netip.Prefix]bool // of routes
	inherited map[netip.Prefix]bool
	until     time.Time // when what is inherited goes, at the latest
	// refused are prefixes that the peer announced in a message that was not
	// taken, up to mostRefused, with what was wrong with it.
	refused map[netip.Prefix]string
}

// mostRefused is how many are kept for people to read. What was not taken counts
// against no limit, so there may be any number.
const mostRefused = 100

// Inherit hands over the prefixes that the kernel still routes to the peer.
// They stay until the peer has sent all it has, and until that time at most.
func (in *In) Inherit(prefixes []netip.Prefix, until time.Time) {
	in.inherited, in.until = map[netip.Prefix]bool{}, until
	for _, prefix := range prefixes {
		in.inherited[prefix] = true
	}
}

// Take follows an event of the session and reports whether routes changed.
func (in *In) Take(now time.Time, event bgp.Action) bool {
	switch e := event.(type) {
	case bgp.Up:
		if !e.Negotiated.GracefulRestart && now.Add(settle).Before(in.until) {
			in.until = now.Add(settle)
		}
		return in.keep(e.Stale)
	case bgp.Down:
		return in.keep(e.Keep)
	case bgp.Update:
		return in.update(now, e)
	case bgp.EndOfRIB:
		return in.dropStale(e.Family) || in.dropInherited(func(p netip.Prefix) bool { return e.Family.Has(p) })
	case bgp.DropStale:
		return in.dropStale(e.Family)
	}
	return false
}

// keep marks the routes of these families stale and drops the others. What is
// inherited has its own end.
func (in *In) keep(families bgp.FamilySet) (changed bool) {
	changed = len(in.refused) > 0
	in.stale, in.refused = map[netip.Prefix]bool{}, nil
	for prefix := range in.routes.All() {
		if families.Has(familyOf(prefix)) {
			in.stale[prefix] = true
			continue
		}
		in.routes.Delete(prefix)
		changed = true
	}
	return changed
}

func (in *In) update(now time.Time, u bgp.Update) (changed bool) {
	changed = in.refuse(u)
	for _, prefix := range u.Withdrawn {
		changed = changed || in.Has(prefix)
		in.forget(prefix)
	}
	if in.routes.Len() == 0 && len(u.Announced) > 0 {
		in.routes = bgp.NewTable[*Route](u.Family, len(u.Announced))
	}
	route := &Route{Attributes: u.Attributes, Since: now}
	for _, prefix := range u.Announced {
		old, _ := in.routes.Get(prefix)
		if old != nil && old.Attributes == u.Attributes {
			delete(in.stale, prefix)
			continue
		}
		changed = true
		in.forget(prefix)
		if old != nil && old.Since != route.Since {
			route = &Route{Attributes: u.Attributes, Since: old.Since}
		} else if old == nil && route.Since != now {
			route = &Route{Attributes: u.Attributes, Since: now}
		}
		in.routes.Put(prefix, route)
	}
	return changed
}

// refuse notes what was not taken, and forgets that of prefixes of which there is
// other news.
func (in *In) refuse(u bgp.Update) (changed bool) {
	if len(in.refused) == 0 && len(u.Refused) == 0 {
		return false
	}
	for _, prefix := range slices.Concat(u.Withdrawn, u.Announced) {
		if _, was := in.refused[prefix]; was && !slices.Contains(u.Refused, prefix) {
			delete(in.refused, prefix)
			changed = true
		}
	}
	for _, prefix := range u.Refused {
		why, was := in.refused[prefix]
		if why == u.Problem || !was && len(in.refused) >= mostRefused {
			continue
		}
		if in.refused == nil {
			in.refused = map[netip.Prefix]string{}
		}
		in.refused[prefix] = u.Problem
		changed = true
	}
	return changed
}

func (in *In) forget(prefix netip.Prefix) {
	in.routes.Delete(prefix)
	delete(in.stale, prefix)
	delete(in.inherited, prefix)
}

func (in *In) dropStale(f bgp.Family) (changed bool) {
	for prefix := range in.stale {
		if f.Has(prefix) {
			in.forget(prefix)
			changed = true
		}
	}
	return changed
}

// dropInherited reports a change also when the last inherited prefix was taken
// over by an announcement before: that there is nothing more to wait for is
// news as well.
func (in *In) dropInherited(gone func(netip.Prefix) bool) bool {
	if in.until.IsZero() {
		return false
	}
	for prefix := range in.inherited {
		if gone(prefix) {
			delete(in.inherited, prefix)
		}
	}
	if len(in.inherited) == 0 {
		in.until = time.Time{}
	}
	return true
}

// Tick drops what was inherited when its time is over, and reports a change.
func (in *In) Tick(now time.Time) bool {
	if in.until.IsZero() || now.Before(in.until) {
		return false
	}
	return in.dropInherited(func(netip.Prefix) bool { return true })
}

// Complete reports whether nothing inherited is left: the session has said all
// it has, or had nothing to say from the start.
func (in *In) Complete() bool { return in.until.IsZero() }

// Routes are the announced routes, in no order, also those kept while the peer
// restarts.
func (in *In) Routes() iter.Seq2[netip.Prefix, Route] {
	return func(yield func(netip.Prefix, Route) bool) {
		for prefix, route := range in.routes.All() {
			if !yield(prefix, *route) {
				return
			}
		}
	}
}

// Route is an announced prefix's; false for one that is not announced.
func (in *In) Route(prefix netip.Prefix) (route Route, announced bool) {
	known, announced := in.routes.Get(prefix)
	if announced {
		route = *known
	}
	return route, announced
}

// Len is how many prefixes are announced or inherited.
func (in *In) Len() int { return in.routes.Len() + len(in.inherited) }

// Empty reports whether there is nothing, neither announced nor inherited.
func (in *In) Empty() bool { return in.Len() == 0 }

// Inherited are the prefixes that only the kernel knows of. The map must not
// be changed, and changes with the next event.
func (in *In) Inherited() map[netip.Prefix]bool { return in.inherited }

// Refused are prefixes that the peer announced and that were not taken, for what
// was wrong with the message: a hundred of them, if there are more. The map must
// not be changed, and changes with the next event.
func (in *In) Refused() map[netip.Prefix]string { return in.refused }

// Has reports whether the prefix is announced or inherited.
func (in *In) Has(prefix netip.Prefix) bool {
	_, announced := in.routes.Get(prefix)
	return announced || in.inherited[prefix]
}

func familyOf(p netip.Prefix) bgp.Family {
	if p.Addr().Is4() {
		return bgp.IPv4
	}
	return bgp.IPv6
}
