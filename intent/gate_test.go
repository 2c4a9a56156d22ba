package intent_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/intent"
)

// TestAnUnknownProtocolOpensNothing: a rule whose protocol is none is not one
// for all of them.
func TestAnUnknownProtocolOpensNothing(t *testing.T) {
	everywhere := netip.MustParsePrefix("0.0.0.0/0")
	group := demarc.SecurityGroup{ID: "sg-1", VPC: "vpc-1", Rules: []demarc.SecurityRule{
		{ID: "sgr-1", Protocol: "tpc", FromPort: 22, ToPort: 22, Prefix: everywhere},
		{ID: "sgr-2", Protocol: "300", FromPort: -1, ToPort: -1, Prefix: everywhere},
		{ID: "sgr-3", Protocol: "tcp", FromPort: 22, ToPort: 22, Prefix: everywhere},
	}}
	host := intent.CompileHost(intent.HostInputs{
		Host: demarc.VPCHost{ID: "host-1"}, SecurityGroups: []demarc.SecurityGroup{group},
		VPCs: []demarc.VPC{{ID: "vpc-1", Host: "host-1", CIDR: netip.MustParsePrefix("10.0.0.0/16"), Hosts: []demarc.HostInterface{
			{Host: "app-1", Address: netip.MustParseAddr("10.0.0.10"), Groups: []demarc.SecurityGroupID{"sg-1"}},
		}}},
	}).VPCHost.VPCs[0].Hosts[0]
	want := &intent.Gate{Passes: []intent.Pass{{Far: everywhere, Protocol: 6, From: 22, To: 22}}}
	if diff := cmp.Diff(host.Gate, want, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
}
