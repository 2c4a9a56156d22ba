package intent

import (
	"encoding/json"
	"iter"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"demarc"
)

// RouteSeen is a route in use.
type RouteSeen struct {
	Prefix      netip.Prefix
	ASPath      []demarc.ASN
	Communities []string
	// Preference is the local preference that the communities ask for, zero where
	// they ask for none; it and MED are those of a customer's route, else zero.
	Preference uint32
	MED        uint32
	Since      time.Time
}

// RoutesSeen are routes in use, in an order. Nobody changes them: reports share
// them. The zero value is none.
//
// A device has a hundred thousand, most of which came with a hundred others and
// have all but the prefix in common with them. So what neighbours have in common
// is there once, here and on the wire.
type RoutesSeen struct{ alike []routesAlike }

// routesAlike are routes that differ in the prefix alone.
type routesAlike struct {
	Prefixes    []netip.Prefix `json:"prefixes"`
	ASPath      []demarc.ASN   `json:"asPath,omitempty"`
	Communities []string       `json:"communities,omitempty"`
	Preference  uint32         `json:"preference,omitempty"`
	MED         uint32         `json:"med,omitempty"`
	Since       time.Time      `json:"since"`
	// Prefix is what a lone route had before routes were kept together: stores
	// have such until the next report.
	Prefix netip.Prefix `json:"prefix,omitzero"`
}

// RoutesOf are these routes.
func RoutesOf(routes ...RouteSeen) RoutesSeen {
	return CollectRoutes(len(routes), slices.Values(routes))
}

// CollectRoutes are the routes of a sequence, of about so many.
func CollectRoutes(size int, routes iter.Seq[RouteSeen]) (all RoutesSeen) {
	prefixes := make([]netip.Prefix, 0, size)
	for r := range routes {
		prefixes = append(prefixes, r.Prefix)
		if last := len(all.alike) - 1; last >= 0 && all.alike[last].has(r) {
			of := &all.alike[last]
			of.Prefixes = prefixes[len(prefixes)-len(of.Prefixes)-1:]
			continue
		}
		all.alike = append(all.alike, routesAlike{
			Prefixes: prefixes[len(prefixes)-1:], ASPath: r.ASPath, Communities: r.Communities, Preference: r.Preference, MED: r.MED, Since: r.Since,
		})
	}
	for i := range all.alike {
		all.alike[i].Prefixes = slices.Clip(all.alike[i].Prefixes)
	}
	return all
}

// has reports whether the route is like these.
func (a *routesAlike) has(r RouteSeen) bool {
	return a.Since == r.Since && a.Preference == r.Preference && a.MED == r.MED &&
		slices.Equal(a.ASPath, r.ASPath) && slices.Equal(a.Communities, r.Communities)
}

// With are these and then others.
func (r RoutesSeen) With(others RoutesSeen) RoutesSeen {
	if r.IsZero() {
		return others
	}
	return CollectRoutes(r.Len()+others.Len(), func(yield func(RouteSeen) bool) {
		for _, routes := range []RoutesSeen{r, others} {
			for route := range routes.All() {
				if !yield(route) {
					return
				}
			}
		}
	})
}

// Len is how many there are.
func (r RoutesSeen) Len() (n int) {
	for _, a := range r.alike {
		n += len(a.Prefixes)
	}
	return n
}

// IsZero reports whether there are none.
func (r RoutesSeen) IsZero() bool { return len(r.alike) == 0 }

// All are the routes in their order.
func (r RoutesSeen) All() iter.Seq[RouteSeen] {
	return func(yield func(RouteSeen) bool) {
		for _, a := range r.alike {
			for _, prefix := range a.Prefixes {
				if !yield(RouteSeen{prefix, a.ASPath, a.Communities, a.Preference, a.MED, a.Since}) {
					return
				}
			}
		}
	}
}

// List are all of them.
func (r RoutesSeen) List() []RouteSeen { return slices.Collect(r.All()) }

// Equal reports whether they are the same in the same order.
func (r RoutesSeen) Equal(other RoutesSeen) bool { return reflect.DeepEqual(r, other) }

// MarshalJSON implements json.Marshaler.
func (r RoutesSeen) MarshalJSON() ([]byte, error) { return json.Marshal(r.alike) }

// UnmarshalJSON implements json.Unmarshaler.
func (r *RoutesSeen) UnmarshalJSON(data []byte) error {
	r.alike = nil
	if err := json.Unmarshal(data, &r.alike); err != nil {
		return err
	}
	lone := len(r.alike) == 0
	for i := range r.alike {
		if a := &r.alike[i]; a.Prefix.IsValid() {
			lone, a.Prefixes, a.Prefix = true, []netip.Prefix{a.Prefix}, netip.Prefix{}
		}
	}
	if lone { // also none at all, so that it is the zero value
		*r = CollectRoutes(r.Len(), r.All())
	}
	return nil
}
