package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"demarc/api/apitest"
)

func everything(end types.IpRange) []types.IpPermission {
	return []types.IpPermission{{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{end}}}
}

// TestASecurityGroup walks as Terraform does: make, take out the rule that it
// came with, add some, read back, take away.
func TestASecurityGroup(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	vpc := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	in := &sdk.CreateSecurityGroupInput{VpcId: vpc, GroupName: aws.String("web"), Description: aws.String("web servers")}
	web := apitest.Do(c.t, c.CreateSecurityGroup, in).GroupId
	apitest.Refused(c.t, c.CreateSecurityGroup, in, "InvalidGroup.Duplicate")
	apitest.Refused(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: vpc}, "DependencyViolation")

	all := everything(types.IpRange{CidrIp: aws.String("0.0.0.0/0")})
	apitest.Do(c.t, c.RevokeSecurityGroupEgress, &sdk.RevokeSecurityGroupEgressInput{GroupId: web, IpPermissions: all})
	apitest.Refused(c.t, c.RevokeSecurityGroupEgress, &sdk.RevokeSecurityGroupEgressInput{GroupId: web, IpPermissions: all}, "InvalidPermission.NotFound")
	http := []types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(80),
		IpRanges:         []types.IpRange{{CidrIp: aws.String("10.0.0.0/8"), Description: aws.String("inside")}, {CidrIp: aws.String("192.168.0.0/16")}},
		UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: web}},
	}}
	if added := apitest.Do(c.t, c.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{GroupId: web, IpPermissions: http}).SecurityGroupRules; len(added) != 3 {
		t.Errorf("%d rules were added, want 3", len(added))
	}
	apitest.Refused(c.t, c.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{GroupId: web, IpPermissions: http}, "InvalidPermission.Duplicate")

	got := apitest.Do(c.t, c.DescribeSecurityGroups, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{*web}}).SecurityGroups[0]
	if len(got.IpPermissions) != 1 || len(got.IpPermissions[0].IpRanges) != 2 || len(got.IpPermissions[0].UserIdGroupPairs) != 1 || len(got.IpPermissionsEgress) != 0 {
		t.Errorf("group: %+v", got)
	}
	rules := apitest.Do(c.t, c.DescribeSecurityGroupRules, &sdk.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("group-id", *web)}}).SecurityGroupRules
	if len(rules) != 3 {
		t.Errorf("%d rules are described, want 3", len(rules))
	}
	apitest.Do(c.t, c.RevokeSecurityGroupIngress, &sdk.RevokeSecurityGroupIngressInput{GroupId: web, SecurityGroupRuleIds: []string{*rules[0].SecurityGroupRuleId}})

	groups := apitest.Do(c.t, c.DescribeSecurityGroups, &sdk.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("vpc-id", *vpc), filter("group-name", "default")}}).SecurityGroups
	apitest.Refused(c.t, c.DeleteSecurityGroup, &sdk.DeleteSecurityGroupInput{GroupId: groups[0].GroupId}, "CannotDelete")
	apitest.Do(c.t, c.DeleteSecurityGroup, &sdk.DeleteSecurityGroupInput{GroupId: web})
	apitest.Do(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: vpc})
}

// TestARuleSaysWhatPasses: one that would let through something else than what
// was written is refused, and the others are described as they are in force.
func TestARuleSaysWhatPasses(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	group := func(cidr string) *string {
		vpc := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: &cidr}).Vpc.VpcId
		return apitest.Do(c.t, c.CreateSecurityGroup, &sdk.CreateSecurityGroupInput{VpcId: vpc, GroupName: aws.String("web"), Description: aws.String("web servers")}).GroupId
	}
	web, elsewhere := group("10.20.0.0/16"), group("10.21.0.0/16")
	permit := func(protocol string, from, to int32) types.IpPermission {
		return types.IpPermission{IpProtocol: &protocol, FromPort: &from, ToPort: &to, IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}}
	}
	to := func(pair types.UserIdGroupPair) types.IpPermission {
		return types.IpPermission{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{pair}}
	}
	in := func(p types.IpPermission) *sdk.AuthorizeSecurityGroupIngressInput {
		return &sdk.AuthorizeSecurityGroupIngressInput{GroupId: web, IpPermissions: []types.IpPermission{p}}
	}
	for _, refused := range []struct {
		permission types.IpPermission
		code       string
	}{
		{permit("tpc", 22, 22), "InvalidParameterValue"},
		{permit("300", -1, -1), "InvalidParameterValue"},
		{permit("-2", -1, -1), "InvalidParameterValue"},
		{permit("tcp", 22, 21), "InvalidParameterValue"},
		{permit("tcp", 0, 65536), "InvalidParameterValue"},
		{permit("udp", -1, -1), "InvalidParameterValue"},
		{permit("icmp", 264, -1), "InvalidParameterValue"},
		{permit("icmp", -1, 8), "InvalidParameterValue"},
		{types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String("::/0")}}}, "InvalidParameterValue"},
		{types.IpPermission{IpProtocol: aws.String("-1"), Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: aws.String("0.0.0.0/0")}}}, "InvalidParameterValue"},
		{types.IpPermission{IpProtocol: aws.String("-1")}, "MissingParameter"},
		{to(types.UserIdGroupPair{}), "MissingParameter"},
		{to(types.UserIdGroupPair{GroupName: aws.String("web")}), "UnsupportedOperation"},
		{to(types.UserIdGroupPair{GroupId: web, VpcPeeringConnectionId: aws.String("pcx-1")}), "UnsupportedOperation"},
		{to(types.UserIdGroupPair{GroupId: web, UserId: aws.String("111122223333")}), "InvalidGroup.NotFound"},
		{to(types.UserIdGroupPair{GroupId: elsewhere}), "InvalidGroup.NotFound"},
	} {
		apitest.Refused(c.t, c.AuthorizeSecurityGroupIngress, in(refused.permission), refused.code)
	}
	described := permit("tcp", 1, 1)
	described.IpRanges[0].Description = aws.String("tür")
	apitest.Refused(c.t, c.AuthorizeSecurityGroupIngress, in(described), "InvalidParameterValue")
	for name, description := range map[string]string{"sg-web": "web", "w\x01": "web", "other": "tür", "": "web"} {
		apitest.Refused(c.t, c.CreateSecurityGroup, &sdk.CreateSecurityGroupInput{VpcId: vpcOf(c, web), GroupName: &name, Description: &description}, "InvalidParameterValue")
	}
	for _, p := range []types.IpPermission{permit("TCP", 22, 23), permit("17", 53, 53), permit("icmp", 8, -1), permit("50", 1, 2), permit("All", 1, 2)} {
		apitest.Do(c.t, c.AuthorizeSecurityGroupIngress, in(p))
	}
	type row struct {
		Protocol string
		From, To *int32
	}
	var got []row
	for _, p := range apitest.Do(c.t, c.DescribeSecurityGroups, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{*web}}).SecurityGroups[0].IpPermissions {
		got = append(got, row{*p.IpProtocol, p.FromPort, p.ToPort})
	}
	port := func(n int32) *int32 { return &n }
	want := []row{{"tcp", port(22), port(23)}, {"udp", port(53), port(53)}, {"icmp", port(8), port(-1)}, {"50", nil, nil}, {"-1", nil, nil}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	apitest.Do(c.t, c.RevokeSecurityGroupIngress, &sdk.RevokeSecurityGroupIngressInput{GroupId: web, IpPermissions: []types.IpPermission{permit("50", 0, 0)}})
}

func vpcOf(c caller, group *string) *string {
	return apitest.Do(c.t, c.DescribeSecurityGroups, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{*group}}).SecurityGroups[0].VpcId
}

// TestAppHostsHaveInterfaces: they keep their subnet from being deleted.
func TestAppHostsHaveInterfaces(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "platform")
	got := apitest.Do(c.t, c.DescribeNetworkInterfaces, &sdk.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("private-ip-address", "10.8.2.10")}}).NetworkInterfaces
	if len(got) != 1 || got[0].SubnetId == nil {
		t.Fatalf("interfaces: %+v", got)
	}
	apitest.Refused(c.t, c.DeleteSubnet, &sdk.DeleteSubnetInput{SubnetId: got[0].SubnetId}, "DependencyViolation")
}
