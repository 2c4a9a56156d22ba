package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/api/awsquery"
	"demarc/store"
	"demarc/vpc"
)

// dhcpOptions is EC2's word for the options that every network has.
const dhcpOptions = "default"

func createVPC(c call, tx *store.Tx, in *sdk.CreateVpcInput) (*sdk.CreateVpcOutput, error) {
	if in.InstanceTenancy != "" && in.InstanceTenancy != types.TenancyDefault {
		return nil, demarc.Errorf(demarc.Unbuilt, "InstanceTenancy %s cannot be used: demarc has the default one only", in.InstanceTenancy)
	}
	cidr, err := prefix("cidrBlock", in.CidrBlock)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(types.ResourceTypeVpc, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	v, err := vpc.Create(tx, c.by, c.scope.Region, cidr, tags)
	if err != nil {
		return nil, err
	}
	if get(in.AmazonProvidedIpv6CidrBlock) {
		if _, err := vpc.AddIPv6(tx, c.by, v.ID); err != nil {
			return nil, err
		}
		if v, err = vpc.Get(tx, c.by, v.ID); err != nil {
			return nil, err
		}
	}
	out := c.vpcOut(v)
	return &sdk.CreateVpcOutput{Vpc: &out}, nil
}

func (c call) vpcOut(v demarc.VPC) types.Vpc {
	four, six := c.rangesOut(v)
	return types.Vpc{
		VpcId: str(v.ID), OwnerId: str(v.Owner), State: types.VpcStateAvailable, CidrBlock: ref(v.CIDR.String()),
		CidrBlockAssociationSet: four, Ipv6CidrBlockAssociationSet: six,
		DhcpOptionsId: ref(dhcpOptions), InstanceTenancy: types.TenancyDefault, IsDefault: ref(false), Tags: tagsOut(v.Tags),
	}
}

func deleteVPC(c call, tx *store.Tx, in *sdk.DeleteVpcInput) (*sdk.DeleteVpcOutput, error) {
	return &sdk.DeleteVpcOutput{}, vpc.Delete(tx, c.by, demarc.VPCID(get(in.VpcId)))
}

var vpcListing = listing[demarc.VPC]{
	kind: "vpc",
	id:   func(v demarc.VPC) string { return string(v.ID) },
	tags: func(v demarc.VPC) []demarc.Tag { return v.Tags },
	filters: map[string]func(demarc.VPC) []string{
		"vpc-id":   one(func(v demarc.VPC) demarc.VPCID { return v.ID }),
		"owner-id": one(func(v demarc.VPC) demarc.AccountID { return v.Owner }),
		"cidr":     one(vpcCIDR), "cidr-block": one(vpcCIDR), "cidrBlock": one(vpcCIDR),
		"cidr-block-association.cidr-block":           overRanges(true, rangePrefix),
		"cidr-block-association.association-id":       overRanges(true, rangeID),
		"cidr-block-association.state":                overRanges(true, rangeState),
		"ipv6-cidr-block-association.ipv6-cidr-block": overRanges(false, rangePrefix),
		"ipv6-cidr-block-association.association-id":  overRanges(false, rangeID),
		"ipv6-cidr-block-association.state":           overRanges(false, rangeState),
		"state":                                       always[demarc.VPC]("available"),
		"dhcp-options-id":                             always[demarc.VPC](dhcpOptions),
		"is-default":                                  always[demarc.VPC]("false"), "isDefault": always[demarc.VPC]("false"),
	},
}

func vpcCIDR(v demarc.VPC) string { return v.CIDR.String() }

func describeVPCs(c call, view *store.View, in *sdk.DescribeVpcsInput) (*sdk.DescribeVpcsOutput, error) {
	part, next, err := vpcListing.page(c, vpc.VPCs(view, c.by), in.VpcIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeVpcsOutput{Vpcs: each(part, c.vpcOut), NextToken: next}, nil
}

func describeVPCAttribute(c call, view *store.View, in *sdk.DescribeVpcAttributeInput) (*sdk.DescribeVpcAttributeOutput, error) {
	v, err := vpc.Get(view, c.by, demarc.VPCID(get(in.VpcId)))
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeVpcAttributeOutput{VpcId: str(v.ID)}
	switch in.Attribute {
	case types.VpcAttributeNameEnableDnsSupport:
		out.EnableDnsSupport = &types.AttributeBooleanValue{Value: ref(!v.NoDNSSupport)}
	case types.VpcAttributeNameEnableDnsHostnames:
		out.EnableDnsHostnames = &types.AttributeBooleanValue{Value: &v.DNSHostnames}
	case types.VpcAttributeNameEnableNetworkAddressUsageMetrics: // there are no such metrics
		out.EnableNetworkAddressUsageMetrics = &types.AttributeBooleanValue{Value: ref(false)}
	default:
		return nil, &awsquery.Error{Code: "InvalidParameterValue", Message: "Value (" + string(in.Attribute) + ") for parameter attribute is invalid. Unknown attribute."}
	}
	return out, nil
}

func modifyVPCAttribute(c call, tx *store.Tx, in *sdk.ModifyVpcAttributeInput) (*sdk.ModifyVpcAttributeOutput, error) {
	return &sdk.ModifyVpcAttributeOutput{}, vpc.Modify(tx, c.by, demarc.VPCID(get(in.VpcId)), vpc.Attributes{
		DNSSupport: attribute(in.EnableDnsSupport), DNSHostnames: attribute(in.EnableDnsHostnames),
	})
}

func attribute(a *types.AttributeBooleanValue) *bool {
	if a == nil {
		return nil
	}
	return a.Value
}
