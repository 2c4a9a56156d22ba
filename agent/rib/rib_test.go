package rib_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/agent/rib"
	"demarc/bgp"
)

var (
	a, b, c = netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("10.0.1.0/24"), netip.MustParsePrefix("2001:db8::/32")
	start   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ipv4    = bgp.FamiliesOf(bgp.IPv4)
	restart = bgp.Up{Negotiated: bgp.Negotiated{GracefulRestart: true}}
)

func announce(prefixes ...netip.Prefix) bgp.Action { return bgp.Update{Announced: prefixes} }

func withdraw(prefixes ...netip.Prefix) bgp.Action { return bgp.Update{Withdrawn: prefixes} }

// content is the routes, and after a bar those inherited.
func content(in *rib.In) string {
	var words []string
	for _, p := range slices.SortedFunc(maps.Keys(maps.Collect(in.Routes())), netip.Prefix.Compare) {
		words = append(words, p.String())
	}
	words = append(words, "|")
	for _, p := range slices.SortedFunc(maps.Keys(in.Inherited()), netip.Prefix.Compare) {
		words = append(words, p.String())
	}
	return strings.Join(words, " ")
}

func TestTake(t *testing.T) {
	tests := map[string]struct {
		inherit []netip.Prefix
		events  []bgp.Action
		want    string
		changed bool // by the last event
	}{
		"announced":                     {nil, []bgp.Action{bgp.Up{}, announce(a, c)}, "10.0.0.0/24 2001:db8::/32 |", true},
		"announced again":               {nil, []bgp.Action{announce(a), announce(a)}, "10.0.0.0/24 |", false},
		"withdrawn":                     {nil, []bgp.Action{announce(a, b), withdraw(b)}, "10.0.0.0/24 |", true},
		"lost for good":                 {nil, []bgp.Action{announce(a), bgp.Down{}}, "|", true},
		"lost and kept":                 {nil, []bgp.Action{announce(a, c), bgp.Down{Keep: ipv4}}, "10.0.0.0/24 |", true},
		"kept, back, not renewed":       {nil, []bgp.Action{announce(a, b), bgp.Down{Keep: ipv4}, bgp.Up{Stale: ipv4}, announce(a), bgp.EndOfRIB{Family: bgp.IPv4}}, "10.0.0.0/24 |", true},
		"kept, back without state":      {nil, []bgp.Action{announce(a), bgp.Down{Keep: ipv4}, bgp.Up{}}, "|", true},
		"kept and given up":             {nil, []bgp.Action{announce(a), bgp.Down{Keep: ipv4}, bgp.DropStale{Family: bgp.IPv4}}, "|", true},
		"the end changes nothing":       {nil, []bgp.Action{announce(a), bgp.EndOfRIB{Family: bgp.IPv4}}, "10.0.0.0/24 |", false},
		"inherited while it comes up":   {[]netip.Prefix{a, b}, []bgp.Action{restart, announce(a)}, "10.0.0.0/24 | 10.0.1.0/24", true},
		"inherited until all is said":   {[]netip.Prefix{a, b}, []bgp.Action{restart, announce(a), bgp.EndOfRIB{Family: bgp.IPv4}}, "10.0.0.0/24 |", true},
		"inherited and lost once more":  {[]netip.Prefix{a, b}, []bgp.Action{restart, announce(a), bgp.Down{}}, "| 10.0.1.0/24", true},
		"inherited, withdrawn":          {[]netip.Prefix{a, b}, []bgp.Action{restart, withdraw(a)}, "| 10.0.1.0/24", true},
		"all inherited renewed":         {[]netip.Prefix{a}, []bgp.Action{restart, announce(a), bgp.EndOfRIB{Family: bgp.IPv4}}, "10.0.0.0/24 |", true},
		"the other family's end":        {[]netip.Prefix{a}, []bgp.Action{restart, bgp.EndOfRIB{Family: bgp.IPv6}}, "| 10.0.0.0/24", true},
		"a refresh request is no route": {nil, []bgp.Action{announce(a), bgp.RefreshRequested{}}, "10.0.0.0/24 |", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var in rib.In
			if test.inherit != nil {
				in.Inherit(test.inherit, start.Add(2*time.Minute))
			}
			var changed bool
			for _, event := range test.events {
				changed = in.Take(start, event)
			}
			if got := strings.TrimSpace(content(&in)); got != strings.TrimSpace(test.want) || changed != test.changed {
				t.Errorf("got %q, changed %v; want %q, %v", got, changed, test.want, test.changed)
			}
		})
	}
}

func TestInheritedRoutesGoWhenTheirTimeIsOver(t *testing.T) {
	tests := map[string]struct {
		event bgp.Action // one second after the start
		stays time.Duration
	}{
		"the peer does not come back":     {bgp.Down{}, 2 * time.Minute},
		"it will say when it is done":     {restart, 2 * time.Minute},
		"it will not say when it is done": {bgp.Up{}, 6 * time.Second},
	}
	for name, test := range tests {
		var in rib.In
		in.Inherit([]netip.Prefix{a}, start.Add(2*time.Minute))
		in.Take(start.Add(time.Second), test.event)
		if in.Tick(start.Add(test.stays-1)) || in.Complete() {
			t.Errorf("%s: gone before %v", name, test.stays)
		}
		if !in.Tick(start.Add(test.stays)) || !in.Complete() || len(in.Inherited()) != 0 {
			t.Errorf("%s: still there after %v", name, test.stays)
		}
		if in.Tick(start.Add(time.Hour)) {
			t.Errorf("%s: gone twice", name)
		}
	}
}

func TestSinceIsKeptWhileARouteIsRenewed(t *testing.T) {
	var in rib.In
	in.Take(start, announce(a))
	in.Take(start.Add(time.Minute), bgp.Update{Announced: []netip.Prefix{a}, Attributes: bgp.Attributes{MED: 7, HasMED: true}})
	if got, _ := in.Route(a); got.Since != start || got.Attributes.MED != 7 {
		t.Errorf("got %+v", got)
	}
}

// Routes of one update have one time each, whatever was known of them before.
func TestSinceOfEachRouteOfAnUpdate(t *testing.T) {
	var in rib.In
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	in.Take(minute(0), announce(a))
	in.Take(minute(1), announce(b))
	in.Take(minute(2), bgp.Update{Announced: []netip.Prefix{a, c, b}, Attributes: bgp.Attributes{MED: 7, HasMED: true}})
	for prefix, since := range map[netip.Prefix]time.Time{a: minute(0), b: minute(1), c: minute(2)} {
		if got, announced := in.Route(prefix); !announced || got.Since != since || got.Attributes.MED != 7 {
			t.Errorf("%s: got %+v, want it since %s", prefix, got, since)
		}
	}
}

// A route that was renewed is not stale any more, whether it changed or not.
func TestRenewedRoutesAreNotStale(t *testing.T) {
	var in rib.In
	in.Take(start, announce(a, b, c))
	in.Take(start, bgp.Down{Keep: bgp.FamiliesOf(bgp.IPv4)})
	in.Take(start, announce(a))
	in.Take(start, bgp.Update{Announced: []netip.Prefix{b}, Attributes: bgp.Attributes{MED: 7, HasMED: true}})
	if in.Take(start, bgp.DropStale{Family: bgp.IPv4}) || content(&in) != "10.0.0.0/24 10.0.1.0/24 |" {
		t.Errorf("left are %s", content(&in))
	}
}

// What was not taken is kept to be told, until the peer says something else of it.
func TestWhatIsRefusedIsTold(t *testing.T) {
	refuse := func(why string, prefixes ...netip.Prefix) bgp.Action {
		return bgp.Update{Withdrawn: prefixes, Refused: prefixes, Problem: why}
	}
	for name, row := range map[string]struct {
		events  []bgp.Action
		want    map[netip.Prefix]string
		changed bool // by the last event
	}{
		"refused":             {[]bgp.Action{announce(a), refuse("loop", a, b)}, map[netip.Prefix]string{a: "loop", b: "loop"}, true},
		"again":               {[]bgp.Action{refuse("loop", a), refuse("loop", a)}, map[netip.Prefix]string{a: "loop"}, false},
		"for another reason":  {[]bgp.Action{refuse("loop", a), refuse("origin", a)}, map[netip.Prefix]string{a: "origin"}, true},
		"taken later":         {[]bgp.Action{refuse("loop", a, b), announce(a)}, map[netip.Prefix]string{b: "loop"}, true},
		"withdrawn":           {[]bgp.Action{refuse("loop", a, b), withdraw(b)}, map[netip.Prefix]string{a: "loop"}, true},
		"of another prefix":   {[]bgp.Action{refuse("loop", a), withdraw(b)}, map[netip.Prefix]string{a: "loop"}, false},
		"the session is lost": {[]bgp.Action{refuse("loop", a), bgp.Down{Keep: ipv4}}, nil, true},
	} {
		var in rib.In
		changed := false
		for _, e := range row.events {
			changed = in.Take(start, e)
		}
		if diff := cmp.Diff(in.Refused(), row.want, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Prefix{})); diff != "" || changed != row.changed {
			t.Errorf("%s: changed %v, refused (-got +want):\n%s", name, changed, diff)
		}
	}
	var in rib.In
	for i := range 200 {
		in.Take(start, refuse("loop", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16)))
	}
	if n := len(in.Refused()); n != 100 {
		t.Errorf("of 200 refused %d are kept, want 100", n)
	}
}
