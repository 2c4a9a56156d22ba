package naming_test

import (
	"testing"

	"demarc"
	"demarc/agent/naming"
)

const maxLink = 15 // IFNAMSIZ less the final zero

func TestLinkNamesFitAndDiffer(t *testing.T) {
	gw, vpc := demarc.NewGatewayID(), string(demarc.NewVPCID())
	vif, other := demarc.NewVirtualInterfaceID(), demarc.NewVirtualInterfaceID()
	names := []string{
		naming.VIFPort(vif), naming.VIFPort(other), naming.GatewayVIF(vif), naming.GatewayVIF(other),
		naming.BackboneDevice("lis1-host-with-a-long-name", vpc), naming.BackboneDevice("h2", vpc),
		naming.BackboneHost(gw, "lis1-d1"), naming.BackboneHost(gw, "lis1-d2"),
		naming.AppHost("acme-prod-app1", "eth0"), naming.AppHost("acme-prod-app1", "eth1"),
		naming.AttachedVPC("vpc-1"), naming.AttachedVPC("vpc-2"), naming.Transit("tgw-rtb-1"), naming.Transit("tgw-rtb-2"),
		naming.VIFCustomer, naming.VIFGateway, naming.VPCInternet, naming.IGWNetwork, naming.IGWUplink,
	}
	seen := map[string]bool{}
	for _, name := range names {
		if len(name) > maxLink || seen[name] {
			t.Errorf("link name %q is too long or not unique", name)
		}
		seen[name] = true
	}
}

func TestLinkNamesDoNotChange(t *testing.T) {
	// Agents of two versions must find each other's ends.
	if got, want := naming.BackboneHost("vgw-1", "d1"), "gnvhqouu7"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOwned(t *testing.T) {
	tests := []struct {
		instance  naming.Instance
		node      demarc.NodeID
		namespace string
		want      string // empty: not owned
	}{
		{"i", "d1", "i-d1-dxvif-ffhhk74f", "dxvif-ffhhk74f"},
		{"i", "d1", "i-d1-vgw-0123", "vgw-0123"},
		{"i", "d1", "i-d1", ""},
		{"i", "d1", "i-d10-vgw-0123", ""},
		{"i", "lis1", "i-lis1-d1-vgw-0123", ""},
		{"i", "acme", "i-acme-r1", ""},
		{"i", "d1", "j-d1-vgw-0123", ""},
		{"", "d1", "d1-vpc-0123", "vpc-0123"},
		{"i", "h1", "i-h1-tgw-rtb-0123", "tgw-rtb-0123"},
	}
	for _, test := range tests {
		id, ok := test.instance.Owned(test.node, test.namespace)
		if id != test.want || ok != (test.want != "") {
			t.Errorf("%s of node %s: got %q, %v, want %q", test.namespace, test.node, id, ok, test.want)
		}
	}
}

func TestNamespaces(t *testing.T) {
	i := naming.Instance("demarc-3fa2")
	for _, test := range []struct{ got, want string }{
		{i.Home("lis1-d1"), "demarc-3fa2-lis1-d1"},
		{i.VIF("lis1-d1", "dxvif-fabc1234"), "demarc-3fa2-lis1-d1-dxvif-fabc1234"},
		{i.Namespace("acme-r1"), "demarc-3fa2-acme-r1"},
		{naming.Instance("").Home("lis1-d1"), ""},
		{naming.Instance("").Network("h1", "vpc-1"), "h1-vpc-1"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
