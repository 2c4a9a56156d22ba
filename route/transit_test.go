package route_test

import (
	"net/netip"
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
		if diff := cmp.Diff(tt.table.Routes(), []route.TransitRoute{tt.want}, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
