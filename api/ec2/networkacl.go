package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// aclRules are the two of a default network ACL, in each direction: everything
// passes, and what no rule takes does not.
var aclRules = []struct {
	number int32
	action types.RuleAction
}{{100, types.RuleActionAllow}, {32767, types.RuleActionDeny}}

func networkACLOut(r store.Reader, a demarc.NetworkACL) types.NetworkAcl {
	out := types.NetworkAcl{
		NetworkAclId: str(a.ID), VpcId: str(a.VPC), OwnerId: str(a.Owner), IsDefault: ref(true), Tags: tagsOut(a.Tags),
		Associations: []types.NetworkAclAssociation{},
	}
	for _, egress := range []bool{true, false} {
		for _, rule := range aclRules {
			out.Entries = append(out.Entries, types.NetworkAclEntry{
				CidrBlock: ref(demarc.DefaultRoute.String()), Egress: ref(egress), Protocol: ref(demarc.AllProtocols), RuleAction: rule.action, RuleNumber: ref(rule.number),
			})
		}
	}
	for _, s := range vpc.Subnets(r, a.Owner) {
		if s.VPC == a.VPC {
			out.Associations = append(out.Associations, types.NetworkAclAssociation{
				NetworkAclAssociationId: ref("aclassoc-" + suffix(s.ID)), NetworkAclId: str(a.ID), SubnetId: str(s.ID),
			})
		}
	}
	return out
}

func networkACLListing(r store.Reader) listing[demarc.NetworkACL] {
	return listing[demarc.NetworkACL]{
		kind: "networkAcl",
		id:   func(a demarc.NetworkACL) string { return string(a.ID) },
		tags: func(a demarc.NetworkACL) []demarc.Tag { return a.Tags },
		filters: map[string]func(demarc.NetworkACL) []string{
			"network-acl-id": one(func(a demarc.NetworkACL) demarc.NetworkACLID { return a.ID }),
			"vpc-id":         one(func(a demarc.NetworkACL) demarc.VPCID { return a.VPC }),
			"owner-id":       one(func(a demarc.NetworkACL) demarc.AccountID { return a.Owner }),
			"default":        always[demarc.NetworkACL]("true"),
			"association.subnet-id": func(a demarc.NetworkACL) (values []string) {
				for _, on := range networkACLOut(r, a).Associations {
					values = append(values, get(on.SubnetId))
				}
				return values
			},
		},
	}
}

func describeNetworkACLs(c call, view *store.View, in *sdk.DescribeNetworkAclsInput) (*sdk.DescribeNetworkAclsOutput, error) {
	l := networkACLListing(view)
	part, next, err := l.page(c, vpc.NetworkACLs(view, c.by), in.NetworkAclIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(a demarc.NetworkACL) types.NetworkAcl { return networkACLOut(view, a) })
	return &sdk.DescribeNetworkAclsOutput{NetworkAcls: out, NextToken: next}, nil
}
