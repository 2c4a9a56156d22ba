package ec2

import (
	"cmp"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

func createSecurityGroup(c call, tx *store.Tx, in *sdk.CreateSecurityGroupInput) (*sdk.CreateSecurityGroupOutput, error) {
	if in.VpcId == nil {
		return nil, missing("VpcId")
	}
	tags, err := tagsFor(types.ResourceTypeSecurityGroup, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	g, err := vpc.CreateSecurityGroup(tx, c.by, demarc.SecurityGroup{
		VPC: demarc.VPCID(*in.VpcId), Name: get(in.GroupName), Description: get(in.Description), Tags: tags,
	})
	if err != nil {
		return nil, err
	}
	return &sdk.CreateSecurityGroupOutput{GroupId: str(g.ID), SecurityGroupArn: ref(c.groupARN(g.ID)), Tags: tagsOut(tags)}, nil
}

func (c call) groupARN(id demarc.SecurityGroupID) string {
	return c.arn("security-group/" + string(id))
}

func deleteSecurityGroup(c call, tx *store.Tx, in *sdk.DeleteSecurityGroupInput) (*sdk.DeleteSecurityGroupOutput, error) {
	return &sdk.DeleteSecurityGroupOutput{Return: ref(true), GroupId: in.GroupId}, vpc.DeleteSecurityGroup(tx, c.by, demarc.SecurityGroupID(get(in.GroupId)))
}

func (c call) securityGroupOut(g demarc.SecurityGroup) types.SecurityGroup {
	return types.SecurityGroup{
		GroupId: str(g.ID), GroupName: &g.Name, Description: &g.Description, VpcId: str(g.VPC), OwnerId: str(g.Owner),
		SecurityGroupArn: ref(c.groupARN(g.ID)), Tags: tagsOut(g.Tags),
		IpPermissions: permissions(g, false), IpPermissionsEgress: permissions(g, true),
	}
}

var securityGroupListing = listing[demarc.SecurityGroup]{
	kind: "securityGroup",
	id:   func(g demarc.SecurityGroup) string { return string(g.ID) },
	tags: func(g demarc.SecurityGroup) []demarc.Tag { return g.Tags },
	filters: map[string]func(demarc.SecurityGroup) []string{
		"group-id":    one(func(g demarc.SecurityGroup) demarc.SecurityGroupID { return g.ID }),
		"group-name":  one(func(g demarc.SecurityGroup) string { return g.Name }),
		"description": one(func(g demarc.SecurityGroup) string { return g.Description }),
		"vpc-id":      one(func(g demarc.SecurityGroup) demarc.VPCID { return g.VPC }),
		"owner-id":    one(func(g demarc.SecurityGroup) demarc.AccountID { return g.Owner }),
	},
}

func describeSecurityGroups(c call, view *store.View, in *sdk.DescribeSecurityGroupsInput) (*sdk.DescribeSecurityGroupsOutput, error) {
	part, next, err := securityGroupListing.page(c, vpc.SecurityGroups(view, c.by), in.GroupIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeSecurityGroupsOutput{SecurityGroups: each(part, c.securityGroupOut), NextToken: next}, nil
}

// A groupRule is a rule with the group that it is in.
type groupRule struct {
	group demarc.SecurityGroupID
	demarc.SecurityRule
}

var groupRuleListing = listing[groupRule]{
	kind: "securityGroupRule",
	id:   func(r groupRule) string { return r.ID },
	of:   func(r groupRule) string { return string(r.group) },
	tags: func(r groupRule) []demarc.Tag { return r.Tags },
	filters: map[string]func(groupRule) []string{
		"group-id":               one(func(r groupRule) demarc.SecurityGroupID { return r.group }),
		"security-group-rule-id": one(func(r groupRule) string { return r.ID }),
	},
}

func describeSecurityGroupRules(c call, view *store.View, in *sdk.DescribeSecurityGroupRulesInput) (*sdk.DescribeSecurityGroupRulesOutput, error) {
	var all []groupRule
	for _, g := range vpc.SecurityGroups(view, c.by) {
		for _, r := range g.Rules {
			all = append(all, groupRule{g.ID, r})
		}
	}
	slices.SortFunc(all, func(a, b groupRule) int { return cmp.Compare(a.ID, b.ID) })
	part, next, err := groupRuleListing.page(c, all, in.SecurityGroupRuleIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(r groupRule) types.SecurityGroupRule { return c.ruleOut(r.group, r.SecurityRule) })
	return &sdk.DescribeSecurityGroupRulesOutput{SecurityGroupRules: out, NextToken: next}, nil
}
