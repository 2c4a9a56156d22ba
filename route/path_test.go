package route_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/route"
)

// TestBest changes one attribute at a time: everything that comes later in the
// order speaks for the loser.
func TestBest(t *testing.T) {
	good, bad := addr("10.0.0.1"), addr("10.0.0.2")
	worst := route.Path{LocalPreference: 1, ASPathLength: 9, Origin: 2, MED: 9, Internal: true, RouterID: bad, Peer: bad}
	tests := []struct {
		name         string
		winner, path func(*route.Path)
		reason       string
		equal        int
	}{
		{"local preference", func(p *route.Path) { p.LocalPreference = 2 }, func(p *route.Path) { p.ASPathLength = 0 }, "higher local preference wins: 2 over 1", 1},
		{"AS path", func(p *route.Path) { p.ASPathLength = 8 }, func(p *route.Path) { p.Origin = 0 }, "shorter AS path wins: 8 over 9", 1},
		{"origin", func(p *route.Path) { p.Origin = 1 }, func(p *route.Path) { p.MED = 0 }, "lower origin wins: egp over incomplete", 1},
		{"MED", func(p *route.Path) { p.MED = 8 }, func(p *route.Path) { p.Internal = false }, "lower MED wins: 8 over 9", 1},
		{"eBGP", func(p *route.Path) { p.Internal = false }, func(p *route.Path) { p.RouterID = good }, "eBGP wins over iBGP", 1},
		{"router id", func(p *route.Path) { p.RouterID = good }, func(p *route.Path) { p.Peer = good }, "equal cost; lower router id wins the tie: 10.0.0.1 over 10.0.0.2", 2},
		{"peer", func(p *route.Path) { p.Peer = good }, func(*route.Path) {}, "equal cost; lower peer address wins the tie: 10.0.0.1 over 10.0.0.2", 2},
		{"nothing", func(*route.Path) {}, func(*route.Path) {}, "equal in every respect; the first is used", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			winner, loser := worst, worst
			test.winner(&winner)
			test.path(&loser)
			want := route.Ranking{Order: []int{0, 1}, Equal: test.equal, Reasons: []string{"", test.reason}}
			if diff := cmp.Diff(route.Best([]route.Path{winner, loser}), want); diff != "" {
				t.Errorf("winner first (-got +want):\n%s", diff)
			}
			if winner == loser {
				return
			}
			want = route.Ranking{Order: []int{1, 0}, Equal: test.equal, Reasons: []string{test.reason, ""}}
			if diff := cmp.Diff(route.Best([]route.Path{loser, winner}), want); diff != "" {
				t.Errorf("loser first (-got +want):\n%s", diff)
			}
		})
	}
}

func TestBestOfNone(t *testing.T) {
	got := route.Best(nil)
	if len(got.Order) != 0 || got.Equal != 0 || len(got.Reasons) != 0 {
		t.Errorf("ranking of no path: got %+v", got)
	}
}

// TestBestComparesMEDAlways takes the three paths whose order RFC 4271 leaves
// to chance: here every order of arrival gives one answer.
func TestBestComparesMEDAlways(t *testing.T) {
	a := route.Path{MED: 10, RouterID: addr("10.0.0.3")}
	b := route.Path{MED: 20, RouterID: addr("10.0.0.1")}
	c := route.Path{MED: 15, RouterID: addr("10.0.0.2")}
	for _, paths := range [][]route.Path{{a, b, c}, {c, b, a}, {b, a, c}} {
		if got := paths[route.Best(paths).Order[0]]; got != a {
			t.Errorf("best of %v: got %v, want %v", paths, got, a)
		}
	}
}

func TestPreferenceAsked(t *testing.T) {
	const low, medium, high, foreign = 7224<<16 | 7100, 7224<<16 | 7200, 7224<<16 | 7300, 65001<<16 | 7300
	tests := []struct {
		name        string
		communities []uint32
		want        uint32
	}{
		{"none", nil, 0},
		{"low", []uint32{low}, route.LowPreference},
		{"medium", []uint32{medium}, route.MediumPreference},
		{"high", []uint32{foreign, high}, route.HighPreference},
		{"somebody else's", []uint32{foreign}, 0},
		{"twice the same", []uint32{low, low}, route.LowPreference},
		{"contradicting", []uint32{high, low}, 0},
	}
	for _, test := range tests {
		asked := route.PreferenceAsked(test.communities)
		if asked != test.want {
			t.Errorf("%s: got %d, want %d", test.name, asked, test.want)
		}
		if here, elsewhere := route.Preference(asked, false), route.Preference(asked, true); asked != 0 && (here != asked || elsewhere != asked) {
			t.Errorf("%s: got %d in the Region and %d elsewhere, want what was asked for, %d", test.name, here, elsewhere, asked)
		}
	}
}

// TestRegionAffinity: what asks for nothing is medium in its Region, and lower
// elsewhere, which comes before the AS path and is named as what it is.
func TestRegionAffinity(t *testing.T) {
	here := route.Path{LocalPreference: route.Preference(0, false), ASPathLength: 3}
	elsewhere := route.Path{LocalPreference: route.Preference(0, true), ASPathLength: 1}
	if here.LocalPreference != route.MediumPreference {
		t.Errorf("in the Region: got %d, want medium", here.LocalPreference)
	}
	if got := route.Best([]route.Path{elsewhere, here}); got.Order[0] != 1 || got.Reasons[0] != route.ReasonElsewhere {
		t.Errorf("got %+v, want the Region's own line, for that reason", got)
	}
	low := route.Path{LocalPreference: route.LowPreference}
	if got := route.Best([]route.Path{elsewhere, low}); got.Order[0] != 0 || got.Reasons[1] != "higher local preference wins: 75 over 50" {
		t.Errorf("got %+v, want the low one to be last", got)
	}
	if !(route.LowPreference < route.ElsewherePreference && route.ElsewherePreference < route.MediumPreference && route.MediumPreference < route.HighPreference) {
		t.Error("the preferences are out of order")
	}
}

// TestAllowed has the rows of AWS's own table for virtual private gateways.
func TestAllowed(t *testing.T) {
	tests := []struct {
		allowed string
		want    bool
	}{
		{"22.0.0.0/24", false}, {"10.0.0.0/24", false}, {"10.0.0.0/16", true},
		{"10.0.0.0/15", true}, {"10.0.0.0/8", true}, {"0.0.0.0/0", true}, {"::/0", false},
	}
	for _, test := range tests {
		got := route.Allowed(prefix("10.0.0.0/16"), []netip.Prefix{prefix(test.allowed)})
		if got != test.want {
			t.Errorf("10.0.0.0/16 through %s: got %v, want %v", test.allowed, got, test.want)
		}
	}
	if route.Allowed(all, nil) {
		t.Error("an empty filter let a prefix pass")
	}
	if route.Allowed(netip.Prefix{}, []netip.Prefix{all}) {
		t.Error("an invalid prefix passed")
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		name     string
		prefixes []string
		whole    string
		want     bool
	}{
		{"itself", []string{"0.0.0.0/0"}, "0.0.0.0/0", true},
		{"two halves", []string{"128.0.0.0/1", "0.0.0.0/1"}, "0.0.0.0/0", true},
		{"a half and two quarters", []string{"0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2"}, "0.0.0.0/0", true},
		{"a gap", []string{"0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"}, "0.0.0.0/0", false},
		{"one half", []string{"0.0.0.0/1"}, "0.0.0.0/0", false},
		{"one half twice", []string{"0.0.0.0/1", "0.0.0.0/1"}, "0.0.0.0/0", false},
		{"wider", []string{"10.0.0.0/8"}, "10.8.2.0/24", true},
		{"two addresses", []string{"10.0.0.0/32", "10.0.0.1/32"}, "10.0.0.0/31", true},
		{"the other family", []string{"::/0"}, "0.0.0.0/0", false},
		{"halves of IPv6", []string{"::/1", "8000::/1"}, "::/0", true},
		{"nothing", nil, "0.0.0.0/0", false},
	}
	for _, test := range tests {
		var prefixes []netip.Prefix
		for _, p := range test.prefixes {
			prefixes = append(prefixes, prefix(p))
		}
		if got := route.Covers(prefixes, prefix(test.whole)); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
