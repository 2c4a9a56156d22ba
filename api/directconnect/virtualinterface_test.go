package directconnect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOwnInterface: an account that has both ends needs nobody's acceptance.
func TestOwnInterface(t *testing.T) {
	w := newWorld(t)
	got := w.do("customer", "CreatePrivateVirtualInterface", create(`"asnLong":4200000000,"mtu":9001,"virtualGatewayId":"OWN","tags":[{"key":"a","value":"b"}]`))
	config, _ := got["customerRouterConfig"].(string)
	if !strings.Contains(config, "<bgp_asn>4200000000</bgp_asn>") {
		t.Errorf("got %s", config)
	}
	want := document{
		"virtualInterfaceState": "pending", "virtualGatewayId": w.own, "amazonSideAsn": 64512.0,
		"asn": 0.0, "asnLong": 4200000000.0, "mtu": 9001.0, "vlan": 102.0, "ownerAccount": string(w.Account(t, "customer").ID),
		"tags": []any{document{"key": "a", "value": "b"}},
	}
	for member, value := range want {
		if diff := cmp.Diff(got[member], value); diff != "" {
			t.Errorf("%s: %s", member, diff)
		}
	}
	listed := w.do("customer", "DescribeVirtualInterfaces", `{"virtualInterfaceId":"`+got["virtualInterfaceId"].(string)+`"}`)["virtualInterfaces"].([]any)[0].(document)
	if peer := listed["bgpPeers"].([]any)[0].(document); listed["asn"] != 0.0 || peer["asn"] != 0.0 || peer["asnLong"] != 4200000000.0 {
		t.Errorf("listed: asn %v, peer's %v and %v", listed["asn"], peer["asn"], peer["asnLong"])
	}
}

// TestOurASN: an offer may be made with any ASN, and is refused onto a gateway
// that has the same.
func TestOurASN(t *testing.T) {
	w := newWorld(t)
	offered := w.do("customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":64512`))
	got := w.refused("platform", "ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"`+offered["virtualInterfaceId"].(string)+`","virtualGatewayId":"PROD"}`)
	if want := w.fill("the customer's ASN 64512 equals the ASN 64512 of gateway PROD"); !strings.Contains(got, want) {
		t.Error(got)
	}
}

// TestDeletions: the owner rejects what it was offered, the one who offered it
// takes it back, and an interface in use waits for the edge.
func TestDeletions(t *testing.T) {
	w := newWorld(t)
	another := func(vlan string) string {
		offered := w.do("customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","asn":65001,"vlan":`+vlan))
		return `{"virtualInterfaceId":"` + offered["virtualInterfaceId"].(string) + `"}`
	}
	accepted := another("103")
	w.do("platform", "ConfirmPrivateVirtualInterface", strings.TrimSuffix(accepted, "}")+`,"virtualGatewayId":"PROD"}`)
	tests := []struct{ name, by, body, want string }{
		{"offer rejected", "platform", another("104"), "rejected"},
		{"offer taken back", "customer", another("102"), "deleted"},
		{"in use", "platform", accepted, "deleting"},
		{"in use, again", "customer", accepted, "deleting"},
	}
	for _, c := range tests {
		if diff := cmp.Diff(w.do(c.by, "DeleteVirtualInterface", c.body), document{"virtualInterfaceState": c.want}); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
