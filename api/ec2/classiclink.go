package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

var classicLinkListing = listing[demarc.VPC]{
	kind: "vpc",
	id:   vpcListing.id,
	tags: vpcListing.tags,
	filters: map[string]func(demarc.VPC) []string{
		"is-classic-link-enabled": always[demarc.VPC]("false"),
	},
}

// describeClassicLink says of each VPC that it is not linked with EC2-Classic,
// of which clients that old still ask.
func describeClassicLink(c call, view *store.View, in *sdk.DescribeVpcClassicLinkInput) (*sdk.DescribeVpcClassicLinkOutput, error) {
	picked, err := classicLinkListing.pick(classicLinkListing.within(c, vpc.VPCs(view, c.by)), in.VpcIds, in.Filters)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeVpcClassicLinkOutput{Vpcs: each(picked, func(v demarc.VPC) types.VpcClassicLink {
		return types.VpcClassicLink{VpcId: str(v.ID), ClassicLinkEnabled: ref(false), Tags: tagsOut(v.Tags)}
	})}, nil
}

// describeClassicLinkDNS says the same of its names.
func describeClassicLinkDNS(c call, view *store.View, in *sdk.DescribeVpcClassicLinkDnsSupportInput) (*sdk.DescribeVpcClassicLinkDnsSupportOutput, error) {
	part, next, err := classicLinkListing.page(c, vpc.VPCs(view, c.by), in.VpcIds, nil, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeVpcClassicLinkDnsSupportOutput{NextToken: next, Vpcs: each(part, func(v demarc.VPC) types.ClassicLinkDnsSupport {
		return types.ClassicLinkDnsSupport{VpcId: str(v.ID), ClassicLinkDnsSupported: ref(false)}
	})}, nil
}
