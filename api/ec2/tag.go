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

func createTags(c call, tx *store.Tx, in *sdk.CreateTagsInput) (*sdk.CreateTagsOutput, error) {
	if len(in.Resources) == 0 {
		return nil, missing("resourceIdSet")
	}
	var tags []demarc.Tag
	for _, t := range in.Tags {
		tags = append(tags, demarc.Tag{Key: get(t.Key), Value: get(t.Value)})
	}
	return &sdk.CreateTagsOutput{}, vpc.Tag(tx, c.by, in.Resources, tags)
}

func deleteTags(c call, tx *store.Tx, in *sdk.DeleteTagsInput) (*sdk.DeleteTagsOutput, error) {
	if len(in.Resources) == 0 {
		return nil, missing("resourceIdSet")
	}
	var tags []vpc.Selector
	for _, t := range in.Tags {
		tags = append(tags, vpc.Selector{Key: get(t.Key), Value: t.Value})
	}
	return &sdk.DeleteTagsOutput{}, vpc.Untag(tx, c.by, in.Resources, tags)
}

// resourceTypes are EC2's names of kinds by what their ids begin with.
var resourceTypes = map[string]types.ResourceType{
	"vpc": types.ResourceTypeVpc, "subnet": types.ResourceTypeSubnet, "rtb": types.ResourceTypeRouteTable,
	"igw": types.ResourceTypeInternetGateway, "pl": types.ResourceTypePrefixList, "vgw": types.ResourceTypeVpnGateway, "sg": types.ResourceTypeSecurityGroup,
	"sgr": types.ResourceTypeSecurityGroupRule, "acl": types.ResourceTypeNetworkAcl, "tgw": types.ResourceTypeTransitGateway, "tgw-attach": types.ResourceTypeTransitGatewayAttachment,
	"tgw-rtb": types.ResourceTypeTransitGatewayRouteTable,
}

// A label is one tag on one thing.
type label struct {
	resource string
	kind     types.ResourceType
	tag      demarc.Tag
}

var labelListing = listing[label]{
	id: func(l label) string { return l.resource + " " + l.tag.Key },
	of: func(l label) string { return l.resource },
	filters: map[string]func(label) []string{
		"resource-id":   one(func(l label) string { return l.resource }),
		"resource-type": one(func(l label) types.ResourceType { return l.kind }),
		"key":           one(func(l label) string { return l.tag.Key }),
		"value":         func(l label) []string { return []string{l.tag.Value} },
	},
	tags: func(l label) []demarc.Tag { return []demarc.Tag{l.tag} },
}

func describeTags(c call, view *store.View, in *sdk.DescribeTagsInput) (*sdk.DescribeTagsOutput, error) {
	part, next, err := labelListing.page(c, labels(view, c.by), nil, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(l label) types.TagDescription {
		return types.TagDescription{ResourceId: &l.resource, ResourceType: l.kind, Key: &l.tag.Key, Value: &l.tag.Value}
	})
	return &sdk.DescribeTagsOutput{Tags: out, NextToken: next}, nil
}

// labels are an account's tags in the order that pages are cut in.
func labels(r store.Reader, by demarc.AccountID) []label {
	var all []label
	for _, tagged := range vpc.Tags(r, by) {
		for _, t := range tagged.Tags {
			all = append(all, label{tagged.ID, resourceTypes[tagged.Kind], t})
		}
	}
	slices.SortFunc(all, func(a, b label) int { return cmp.Compare(labelListing.id(a), labelListing.id(b)) })
	return all
}
