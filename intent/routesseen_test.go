package intent_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/intent"
)

// anyRoutes draws routes, many of which have something in common.
func anyRoutes(r *rand.Rand) (routes []intent.RouteSeen) {
	for i := range r.IntN(8) {
		route := intent.RouteSeen{
			Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16),
			ASPath: []demarc.ASN{65001}, MED: r.Uint32N(2), Since: time.Unix(int64(r.IntN(2)), 0).UTC(),
		}
		if r.IntN(3) == 0 {
			route.Communities, route.Preference = []string{"7224:7300"}, 300
		}
		if r.IntN(4) == 0 {
			route.ASPath = nil
		}
		routes = append(routes, route)
	}
	return routes
}

var sameRoute = []cmp.Option{cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()}

// Whatever routes have in common, they are what was put in: told, joined, and
// read as a store has them that was written before they were kept together.
func TestRoutesAreWhatWasPutIn(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 1000 {
		want, more := anyRoutes(r), anyRoutes(r)
		routes := intent.RoutesOf(want...)
		if diff := cmp.Diff(routes.List(), want, sameRoute...); diff != "" {
			t.Fatalf("put in (-got +want):\n%s", diff)
		}
		if routes.Len() != len(want) || routes.IsZero() != (len(want) == 0) {
			t.Fatalf("of %d there are %d, none: %v", len(want), routes.Len(), routes.IsZero())
		}
		if !routes.With(intent.RoutesOf(more...)).Equal(intent.RoutesOf(append(want, more...)...)) {
			t.Fatalf("%+v with %+v is %+v", want, more, routes.With(intent.RoutesOf(more...)).List())
		}
		for _, text := range []string{written(t, intent.VIFSeen{Accepted: routes}), before(t, want)} {
			var read intent.VIFSeen
			if err := json.Unmarshal([]byte(text), &read); err != nil {
				t.Fatal(err)
			}
			if !read.Accepted.Equal(routes) {
				t.Fatalf("%s was read as %+v, want %+v", text, read.Accepted.List(), want)
			}
		}
	}
}

func written(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// before is how routes were written one by one.
func before(t *testing.T, routes []intent.RouteSeen) string {
	t.Helper()
	var lines []string
	for _, r := range routes {
		lines = append(lines, fmt.Sprintf(`{"prefix":%q,"asPath":%s,"communities":%s,"preference":%d,"med":%d,"since":%s}`,
			r.Prefix, written(t, r.ASPath), written(t, r.Communities), r.Preference, r.MED, written(t, r.Since)))
	}
	return `{"accepted":[` + strings.Join(lines, ",") + `]}`
}

// What routes have in common is written once.
func TestRoutesThatAreAlikeAreWrittenTogether(t *testing.T) {
	var routes []intent.RouteSeen
	for i := range 100 {
		routes = append(routes, intent.RouteSeen{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16), ASPath: []demarc.ASN{65001}})
	}
	if text := written(t, intent.RoutesOf(routes...)); strings.Count(text, "65001") != 1 || strings.Count(text, "/16") != 100 {
		t.Error(text)
	}
}

// TestOverLimit: prefixes of sessions that were ended for them count, and none
// twice.
func TestOverLimit(t *testing.T) {
	over := func(prefixes ...string) intent.SessionSeen {
		s := intent.SessionSeen{Overrun: &intent.OverrunSeen{Limit: 1}}
		for _, p := range prefixes {
			s.Overrun.Prefixes = append(s.Overrun.Prefixes, intent.PrefixSeen{Prefix: netip.MustParsePrefix(p)})
		}
		return s
	}
	v := intent.VIFSeen{
		Session: []intent.SessionSeen{{}, over("10.1.0.0/16", "10.2.0.0/16"), over("fd00:1::/48", "fd00:2::/48")},
		Refused: []intent.RefusedSeen{{Prefix: netip.MustParsePrefix("10.2.0.0/16")}, {Prefix: netip.MustParsePrefix("10.3.0.0/16")}},
	}
	if got := v.OverLimit(); got != 3 {
		t.Errorf("%d prefixes over the limit, want 3", got)
	}
}
