package route_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/route"
)

func TestBehind(t *testing.T) {
	known := func(prefixes ...string) (all []route.TransitRoute) {
		for _, p := range prefixes {
			all = append(all, route.TransitRoute{Prefix: netip.MustParsePrefix(p), Attachment: "gw", Kind: route.KindPropagated, Ways: []route.TransitWay{{Attachment: "gw", Via: "by " + p}}})
		}
		return all
	}
	for name, tt := range map[string]struct {
		known []route.TransitRoute
		inUse []string
		want  map[string]string // by prefix, the way
	}{
		"nothing is known":            {nil, nil, map[string]string{"10.0.0.0/16": ""}},
		"the same prefix":             {known("10.0.0.0/16"), nil, map[string]string{"10.0.0.0/16": "by 10.0.0.0/16"}},
		"the longest that has all":    {known("0.0.0.0/0", "10.0.0.0/8", "11.0.0.0/8"), nil, map[string]string{"10.0.0.0/16": "by 10.0.0.0/8"}},
		"longer ones beside it":       {known("10.0.0.0/8", "10.0.1.0/24"), nil, map[string]string{"10.0.0.0/16": "by 10.0.0.0/8", "10.0.1.0/24": "by 10.0.1.0/24"}},
		"longer ones alone":           {known("10.0.1.0/24", "10.1.0.0/24"), nil, map[string]string{"10.0.0.0/16": "", "10.0.1.0/24": "by 10.0.1.0/24"}},
		"another route has it":        {known("10.0.1.0/24", "10.0.2.0/24"), []string{"10.0.1.0/24"}, map[string]string{"10.0.0.0/16": "", "10.0.2.0/24": "by 10.0.2.0/24"}},
		"another route is around it":  {known("10.0.1.0/24"), []string{"10.0.0.0/20"}, map[string]string{"10.0.0.0/16": ""}},
		"another route is within it":  {known("10.0.1.0/24"), []string{"10.0.1.64/26"}, map[string]string{"10.0.0.0/16": "", "10.0.1.0/24": "by 10.0.1.0/24"}},
		"a shorter route is no other": {known("10.0.1.0/24"), []string{"10.0.0.0/8", "10.0.0.0/16"}, map[string]string{"10.0.0.0/16": "", "10.0.1.0/24": "by 10.0.1.0/24"}},
		"the other family":            {known("::/0"), nil, map[string]string{"10.0.0.0/16": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			var inUse []netip.Prefix
			for _, p := range tt.inUse {
				inUse = append(inUse, netip.MustParsePrefix(p))
			}
			got := map[string]string{}
			for _, r := range route.Behind(netip.MustParsePrefix("10.0.0.0/16"), tt.known, inUse) {
				got[r.Prefix.String()] = ""
				for _, w := range r.Ways {
					got[r.Prefix.String()] += w.Via
				}
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("(-got +want)\n%s", diff)
			}
		})
	}
}
