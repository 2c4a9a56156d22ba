package ec2_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
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
	id := apitest.Do(s.caller.t, s.CreateSecurityGroup, &sdk.CreateSecurityGroupInput{
		GroupName: aws.String("stack"), Description: aws.String("Managed by Terraform"), VpcId: vpc, TagSpecifications: named(types.ResourceTypeSecurityGroup, "stack"),
	}).GroupId
	one := &sdk.DescribeSecurityGroupsInput{GroupIds: []string{*id}}
	if err := sdk.NewSecurityGroupExistsWaiter(s).Wait(s.t.Context(), one, patience); err != nil {
		s.t.Fatal(err)
	}
	apitest.Do(s.caller.t, s.RevokeSecurityGroupEgress, &sdk.RevokeSecurityGroupEgressInput{GroupId: id, IpPermissions: anything(false)})
	apitest.Refused(s.caller.t, s.RevokeSecurityGroupEgress, &sdk.RevokeSecurityGroupEgressInput{GroupId: id, IpPermissions: anything(true)}, "InvalidPermission.NotFound")
	apitest.Do(s.caller.t, s.AuthorizeSecurityGroupEgress, &sdk.AuthorizeSecurityGroupEgressInput{GroupId: id, IpPermissions: anything(false)})
	apitest.Do(s.caller.t, s.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443),
		IpRanges:         []types.IpRange{{CidrIp: aws.String("10.0.0.0/8"), Description: aws.String("inside")}},
		UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: id}},
	}}})
	s.resource(func() any { return only(s.t, apitest.Do(s.caller.t, s.DescribeSecurityGroups, one).SecurityGroups) }, func() {
		s.lingering("group-id", id)
		apitest.Do(s.caller.t, s.DeleteSecurityGroup, &sdk.DeleteSecurityGroupInput{GroupId: id})
		apitest.Refused(s.caller.t, s.DescribeSecurityGroups, one, "InvalidGroup.NotFound")
	})
	return id
}

// groupRule makes a rule that is a resource of its own.
func (s *stack) groupRule(group *string) {
	id := only(s.t, apitest.Do(s.caller.t, s.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{
		GroupId: group, TagSpecifications: named(types.ResourceTypeSecurityGroupRule, "stack"),
		IpPermissions: []types.IpPermission{{IpProtocol: aws.String("icmp"), FromPort: aws.Int32(8), ToPort: aws.Int32(-1), IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}}},
	}).SecurityGroupRules).SecurityGroupRuleId
	one := &sdk.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{*id}}
	s.resource(func() any {
		return only(s.t, apitest.Do(s.caller.t, s.DescribeSecurityGroupRules, one).SecurityGroupRules)
	}, func() {
		apitest.Do(s.caller.t, s.RevokeSecurityGroupIngress, &sdk.RevokeSecurityGroupIngressInput{GroupId: group, SecurityGroupRuleIds: []string{*id}})
		apitest.Refused(s.caller.t, s.DescribeSecurityGroupRules, one, "InvalidSecurityGroupRuleId.NotFound")
	})
}
