package ec2_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// anything is the permission that a new group has and that the provider
// takes away.
func anything(ipv6 bool) []types.IpPermission {
	p := types.IpPermission{IpProtocol: aws.String("-1"), FromPort: aws.Int32(0), ToPort: aws.Int32(0)}
	if ipv6 {
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String("::/0")}}
	} else {
		p.IpRanges = []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}
	}
	return []types.IpPermission{p}
}

// securityGroup makes a group with rules of its own inside.
func (s *stack) securityGroup(vpc *string) *string {
	id := do(s.caller, s.CreateSecurityGroup, &sdk.CreateSecurityGroupInput{
		GroupName: aws.String("stack"), Description: aws.String("Managed by Terraform"), VpcId: vpc, TagSpecifications: named(types.ResourceTypeSecurityGroup, "stack"),
	}).GroupId
	one := &sdk.DescribeSecurityGroupsInput{GroupIds: []string{*id}}
	if err := sdk.NewSecurityGroupExistsWaiter(s).Wait(s.t.Context(), one, patience); err != nil {
		s.t.Fatal(err)
	}
	do(s.caller, s.RevokeSecurityGroupEgress, &sdk.RevokeSecurityGroupEgressInput{GroupId: id, IpPermissions: anything(false)})
	refused(s.caller, s.RevokeSecurityGroupEgress, &sdk.RevokeSecurityGroupEgressInput{GroupId: id, IpPermissions: anything(true)}, "InvalidPermission.NotFound")
	do(s.caller, s.AuthorizeSecurityGroupEgress, &sdk.AuthorizeSecurityGroupEgressInput{GroupId: id, IpPermissions: anything(false)})
	do(s.caller, s.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443),
		IpRanges:         []types.IpRange{{CidrIp: aws.String("10.0.0.0/8"), Description: aws.String("inside")}},
		UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: id}},
	}}})
	s.resource(func() any { return only(s.t, do(s.caller, s.DescribeSecurityGroups, one).SecurityGroups) }, func() {
		s.lingering("group-id", id)
		do(s.caller, s.DeleteSecurityGroup, &sdk.DeleteSecurityGroupInput{GroupId: id})
		refused(s.caller, s.DescribeSecurityGroups, one, "InvalidGroup.NotFound")
	})
	return id
}

// groupRule makes a rule that is a resource of its own.
func (s *stack) groupRule(group *string) {
	id := only(s.t, do(s.caller, s.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{
		GroupId: group, TagSpecifications: named(types.ResourceTypeSecurityGroupRule, "stack"),
		IpPermissions: []types.IpPermission{{IpProtocol: aws.String("icmp"), FromPort: aws.Int32(8), ToPort: aws.Int32(-1), IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}}},
	}).SecurityGroupRules).SecurityGroupRuleId
	one := &sdk.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{*id}}
	s.resource(func() any { return only(s.t, do(s.caller, s.DescribeSecurityGroupRules, one).SecurityGroupRules) }, func() {
		do(s.caller, s.RevokeSecurityGroupIngress, &sdk.RevokeSecurityGroupIngressInput{GroupId: group, SecurityGroupRuleIds: []string{*id}})
		refused(s.caller, s.DescribeSecurityGroupRules, one, "InvalidSecurityGroupRuleId.NotFound")
	})
}
