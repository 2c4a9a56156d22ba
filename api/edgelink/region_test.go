package edgelink_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/edgelink"
	"demarc/store"
)

// A device knows which of the networks behind a gateway are in another Region than
// its location: a VPC in that of its own, a Transit Gateway's tables in the Transit
// Gateway's.
func TestCompileRegions(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	put(t, st, transitLink()...)
	elsewhere := func() map[string]bool {
		dev, _ := edgelink.Compile(st.Local(), "d1")
		found := map[string]bool{}
		for _, gw := range dev.Device.Gateways {
			for _, host := range gw.Hosts {
				found[host.Network] = host.Elsewhere
			}
		}
		return found
	}
	told := func(want map[string]bool) {
		t.Helper()
		if diff := cmp.Diff(elsewhere(), want); diff != "" {
			t.Errorf("elsewhere: got - want +\n%s", diff)
		}
	}
	told(map[string]bool{"tgw-rtb-a": false, "tgw-rtb-b": false}) // nobody has said where anything is
	gw, _ := store.TransitGateways.Get(st.Local(), "tgw-1")
	gw.Region = "eu-west-1"
	put(t, st, demarc.Location{Code: "LIS1", Region: "eu-west-1"}, demarc.Device{ID: "d1", Location: "LIS1", RouterID: addr("10.255.0.1")}, gw)
	told(map[string]bool{"tgw-rtb-a": false, "tgw-rtb-b": false})
	put(t, st, demarc.Location{Code: "LIS1", Region: "eu-central-1"})
	told(map[string]bool{"tgw-rtb-a": true, "tgw-rtb-b": true})

	// The same with virtual private gateways, of which one VPC is in the Region.
	vif := accepted("101", demarc.VIFDown)
	vif.Gateway, vif.DirectConnectGateway = "", "uuid-2"
	put(t, st, vif, demarc.DirectConnectGateway{ID: "uuid-2", ASN: 64600},
		demarc.VPC{ID: "vpc-1", Host: "h1", CIDR: prefix("10.1.0.0/24"), Region: "eu-west-1"},
		demarc.VPC{ID: "vpc-2", Host: "h1", CIDR: prefix("10.2.0.0/24"), Region: "eu-central-1"},
		demarc.VirtualGateway{ID: "vgw-2", VPC: "vpc-2"}, joined("2", "vgw-1"), joined("3", "vgw-2"))
	told(map[string]bool{"vpc-1": true, "vpc-2": false})
}

func joined(id demarc.GatewayAssociationID, gw string) demarc.GatewayAssociation {
	a := association(string(id), gw, demarc.GatewayAssociated, "10.0.0.0/8")
	a.DirectConnectGateway = "uuid-2"
	a.Gateway.Type = demarc.AssociatedVirtualGateway
	return a
}

// How far a public prefix is, is told as it is from the device's Region.
func TestCompilePublicScopes(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	vif := accepted("101", demarc.VIFDown)
	vif.Type, vif.Gateway = demarc.PublicVIF, ""
	put(t, st, append(link("101", demarc.VIFDown), vif, demarc.Device{ID: "d1", Location: "LIS1", RouterID: addr("10.255.0.1")},
		demarc.PublicNetwork{Prefixes: []demarc.PublicPrefix{
			{Prefix: prefix("203.0.113.0/26"), Scope: demarc.LocalScope, Region: "eu-west-1"},
			{Prefix: prefix("203.0.113.64/26"), Scope: demarc.LocalScope, Region: "us-east-1"},
			{Prefix: prefix("203.0.113.128/26"), Scope: demarc.ContinentScope, Region: "eu-west-1"},
			{Prefix: prefix("203.0.113.192/26"), Scope: demarc.GlobalScope, Region: "eu-west-1"},
		}})...)
	const local, continent, global = demarc.LocalScope, demarc.ContinentScope, demarc.GlobalScope
	for region, want := range map[demarc.Region][]demarc.PublicScope{
		"eu-west-1":    {local, global, continent, global},
		"eu-central-1": {continent, global, continent, global},
		"us-east-1":    {global, local, global, global},
		"ca-central-1": {global, continent, global, global},
	} {
		put(t, st, demarc.Location{Code: "LIS1", Region: region})
		dev, _ := edgelink.Compile(st.Local(), "d1")
		var got []demarc.PublicScope
		for _, p := range dev.Device.Gateways[0].Public.Prefixes {
			got = append(got, p.Scope)
			if p.Region != "" {
				t.Errorf("%s: the device is told that %s is of Region %s", region, p.Prefix, p.Region)
			}
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("from %s: got - want +\n%s", region, diff)
		}
	}
}
