package route_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/route"
)

// TestTransitOrder has the order of evaluation that AWS documents for Transit
// Gateways, as far as there are such attachments here.
func TestTransitOrder(t *testing.T) {
	prefix := netip.MustParsePrefix("10.0.0.0/16")
	static := func(to string) []route.TransitStatic {
		return []route.TransitStatic{{Prefix: prefix, Attachment: to}}
	}
	listed := func(list, to string) []route.TransitStatic {
		return []route.TransitStatic{{Prefix: prefix, List: list, Attachment: to}}
	}
	from := func(source route.TransitSource, to string, length int, med uint32) route.TransitPropagated {
		return route.TransitPropagated{Prefix: prefix, Attachment: to, Source: source, Path: route.Path{ASPathLength: length, MED: med}}
	}
	for name, tt := range map[string]struct {
		table route.TransitTable
		want  route.TransitRoute
	}{
		"static before a VPC's": {
			route.TransitTable{Static: static("b"), Propagated: []route.TransitPropagated{from(route.FromVPC, "a", 0, 0)}},
			route.TransitRoute{Prefix: prefix, Attachment: "b", Kind: route.KindStatic},
		},
		"a blackhole is static too": {
			route.TransitTable{Static: static(""), Propagated: []route.TransitPropagated{from(route.FromVPC, "a", 0, 0)}},
			route.TransitRoute{Prefix: prefix, Kind: route.KindStatic},
		},
		"static before a prefix list's": {
			route.TransitTable{Static: append(listed("pl-1", "a"), static("b")...)},
			route.TransitRoute{Prefix: prefix, Attachment: "b", Kind: route.KindStatic},
		},
		"a prefix list's before a VPC's": {
			route.TransitTable{Static: listed("pl-1", "b"), Propagated: []route.TransitPropagated{from(route.FromVPC, "a", 0, 0)}},
			route.TransitRoute{Prefix: prefix, Attachment: "b", Kind: route.KindPrefixList, List: "pl-1"},
		},
		"of two prefix lists the first, to nowhere too": {
			route.TransitTable{Static: append(listed("pl-2", "a"), listed("pl-1", "")...)},
			route.TransitRoute{Prefix: prefix, Kind: route.KindPrefixList, List: "pl-1"},
		},
		"a VPC's before Direct Connect's": {
			route.TransitTable{Propagated: []route.TransitPropagated{from(route.FromDirectConnect, "a", 0, 0), from(route.FromVPC, "b", 0, 0)}},
			route.TransitRoute{Prefix: prefix, Attachment: "b", Kind: route.KindPropagated},
		},
		"the shorter path": {
			route.TransitTable{Propagated: []route.TransitPropagated{from(route.FromDirectConnect, "a", 2, 0), from(route.FromDirectConnect, "b", 1, 9)}},
			route.TransitRoute{Prefix: prefix, Attachment: "b", Kind: route.KindPropagated},
		},
		"the lower MED": {
			route.TransitTable{Propagated: []route.TransitPropagated{from(route.FromDirectConnect, "a", 1, 9), from(route.FromDirectConnect, "b", 1, 0)}},
			route.TransitRoute{Prefix: prefix, Attachment: "b", Kind: route.KindPropagated},
		},
		"the lower id": {
			route.TransitTable{Propagated: []route.TransitPropagated{from(route.FromDirectConnect, "b", 1, 0), from(route.FromDirectConnect, "a", 1, 0)}},
			route.TransitRoute{Prefix: prefix, Attachment: "a", Kind: route.KindPropagated},
		},
	} {
		got := tt.table.Routes()
		if len(got) == 1 && len(got[0].Ways) > 0 && got[0].Ways[0].Attachment != tt.want.Attachment {
			t.Errorf("%s: the first way is %+v", name, got[0].Ways[0])
		}
		if diff := cmp.Diff(got, []route.TransitRoute{tt.want}, cmpopts.EquateComparable(netip.Prefix{}), cmpopts.IgnoreFields(route.TransitRoute{}, "Ways")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestTransitWays has which paths carry a prefix's traffic together: those to
// one attachment that are as good, and those to another along the same ASes.
func TestTransitWays(t *testing.T) {
	prefix := netip.MustParsePrefix("10.0.0.0/16")
	path := func(to, via, asPath string, length int) route.TransitPropagated {
		return route.TransitPropagated{Prefix: prefix, Attachment: to, Source: route.FromDirectConnect, Via: via, ASPath: asPath, Path: route.Path{ASPathLength: length}}
	}
	vpc := func(to string) route.TransitPropagated {
		return route.TransitPropagated{Prefix: prefix, Attachment: to, Via: to}
	}
	many := make([]route.TransitPropagated, 20)
	for i := range many {
		many[i] = path("a", string(rune('a'+i)), "1", 1)
	}
	for name, tt := range map[string]struct {
		paths []route.TransitPropagated
		want  string
	}{
		"two devices of one gateway":                 {[]route.TransitPropagated{path("a", "2", "y", 1), path("a", "1", "x", 1)}, "a1 a2"},
		"a longer path is spare":                     {[]route.TransitPropagated{path("a", "1", "x", 2), path("a", "2", "y", 1)}, "a2"},
		"two gateways along the same ASes":           {[]route.TransitPropagated{path("b", "1", "x", 1), path("a", "1", "x", 1)}, "a1 b1"},
		"two gateways along as many, but other ASes": {[]route.TransitPropagated{path("b", "1", "y", 1), path("a", "1", "x", 1)}, "a1"},
		"two VPCs with one range: the first has it":  {[]route.TransitPropagated{vpc("b"), vpc("a")}, "aa"},
		"a VPC's own range and one that is as short": {[]route.TransitPropagated{path("a", "1", "", 0), vpc("b")}, "bb"},
		"no more than sixteen":                       {many, "aa ab ac ad ae af ag ah ai aj ak al am an ao ap"},
	} {
		var got []string
		for _, way := range (route.TransitTable{Propagated: tt.paths}).Routes()[0].Ways {
			got = append(got, way.Attachment+way.Via)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}
