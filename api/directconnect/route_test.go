package directconnect_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

var since = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func seenRoute(prefix string, communities []string, path ...demarc.ASN) intent.RouteSeen {
	return intent.RouteSeen{Prefix: netip.MustParsePrefix(prefix), Communities: communities, ASPath: path, Since: since}
}

// withRoutes has the edge report routes of the interface, out of order.
func withRoutes(w *world) {
	w.write(func(tx *store.Tx) error {
		store.VIFSightings.Put(tx, intent.VIFSeen{
			ID: demarc.VirtualInterfaceID(w.vif),
			Accepted: intent.RoutesOf(
				seenRoute("192.168.50.0/24", []string{"7224:7300", "65001:1"}, 65001),
				seenRoute("10.0.0.0/8", nil, 65001, 65002),
				seenRoute("9.0.0.0/8", nil, 65001),
			),
			Advertised: intent.RoutesOf(seenRoute("10.8.2.0/24", nil, 64512)),
		})
		return nil
	})
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	if diff := cmp.Diff(w.do("customer", "ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"DXVIF"}`), document{"virtualInterfaceId": w.vif, "routes": []any{}}); diff != "" {
		t.Error(diff)
	}
	withRoutes(w)
	got := w.do("platform", "ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"DXVIF","filters":{"communities":["7224:7300"]}}`)
	want := document{"virtualInterfaceId": w.vif, "routes": []any{document{
		"cidr": "192.168.50.0/24", "addressFamily": "ipv4", "routeDirection": "accepted",
		"asPath": []any{document{"pathType": "seq", "path": []any{65001.0}}}, "communities": []any{"7224:7300", "65001:1"},
		"awsLogicalDeviceId": "lis1-d1", "routeInstalledAt": float64(since.Unix()),
	}}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}

func TestRouteFilters(t *testing.T) {
	w := newWorld(t)
	withRoutes(w)
	tests := []struct {
		filter string
		want   []string
	}{
		{`{}`, []string{"9.0.0.0/8", "10.0.0.0/8", "192.168.50.0/24", "10.8.2.0/24"}},
		{`{"routeDirection":"accepted"}`, []string{"9.0.0.0/8", "10.0.0.0/8", "192.168.50.0/24"}},
		{`{"routeDirection":"advertised"}`, []string{"10.8.2.0/24"}},
		{`{"addressFamily":"ipv6"}`, nil},
		{`{"addressFamily":"ipv4","cidrs":["10.8.2.0/24","9.0.0.0/8"]}`, []string{"9.0.0.0/8", "10.8.2.0/24"}},
		{`{"asPath":[65001]}`, []string{"9.0.0.0/8", "10.0.0.0/8", "192.168.50.0/24"}},
		{`{"asPath":[65002,65001]}`, []string{"10.0.0.0/8"}},
		{`{"communities":["65001:1","7224:7300"]}`, []string{"192.168.50.0/24"}},
		{`{"communities":["65001:1","7224:7100"]}`, nil},
	}
	for _, c := range tests {
		out := w.do("customer", "ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"DXVIF","filters":`+c.filter+`}`)
		if diff := cmp.Diff(cidrs(out), c.want); diff != "" {
			t.Errorf("%s: %s", c.filter, diff)
		}
	}
	refusals := []struct{ filter, want string }{
		{`{"routeDirection":"sideways"}`, `route direction "sideways" is neither accepted nor advertised`},
		{`{"addressFamily":"ipx"}`, `address family "ipx" is neither ipv4 nor ipv6`},
		{`{"cidrs":["10.0.0.0"]}`, `"10.0.0.0" is no prefix such as 10.1.0.0/16`},
		{`{"cidrs":["1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8","1.0.0.0/8"]}`,
			"11 CIDRs are more than the 10 that a filter may name"},
	}
	for _, c := range refusals {
		got := w.refused("customer", "ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"DXVIF","filters":`+c.filter+`}`)
		if diff := cmp.Diff(got, "DirectConnectClientException: "+c.want); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRoutePages(t *testing.T) {
	w := newWorld(t)
	withRoutes(w)
	first := w.do("customer", "ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"DXVIF","maxResults":3}`)
	second := w.do("customer", "ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"DXVIF","maxResults":3,"nextToken":"`+first["nextToken"].(string)+`"}`)
	if diff := cmp.Diff(append(cidrs(first), cidrs(second)...), []string{"9.0.0.0/8", "10.0.0.0/8", "192.168.50.0/24", "10.8.2.0/24"}); diff != "" {
		t.Error(diff)
	}
	if second["nextToken"] != nil || len(cidrs(first)) != 3 {
		t.Errorf("got %v, then %v", first, second)
	}
}

func cidrs(out document) []string {
	var all []string
	for _, r := range out["routes"].([]any) {
		all = append(all, r.(document)["cidr"].(string))
	}
	return all
}
