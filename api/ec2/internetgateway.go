package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

func createInternetGateway(c call, tx *store.Tx, in *sdk.CreateInternetGatewayInput) (*sdk.CreateInternetGatewayOutput, error) {
	tags, err := tagsFor(types.ResourceTypeInternetGateway, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	igw, err := vpc.CreateInternetGateway(tx, c.by, c.scope.Region, tags)
	if err != nil {
		return nil, err
	}
	out := internetGatewayOut(igw)
	return &sdk.CreateInternetGatewayOutput{InternetGateway: &out}, nil
}

// attachedState is EC2's for an internet gateway that is attached, though its
// model knows the word only for others.
const attachedState = "available"

func internetGatewayOut(igw demarc.InternetGateway) types.InternetGateway {
	out := types.InternetGateway{InternetGatewayId: str(igw.ID), OwnerId: str(igw.Owner), Attachments: []types.InternetGatewayAttachment{}, Tags: tagsOut(igw.Tags)}
	if igw.VPC != "" {
		out.Attachments = append(out.Attachments, types.InternetGatewayAttachment{VpcId: str(igw.VPC), State: attachedState})
	}
	return out
}

func deleteInternetGateway(c call, tx *store.Tx, in *sdk.DeleteInternetGatewayInput) (*sdk.DeleteInternetGatewayOutput, error) {
	return &sdk.DeleteInternetGatewayOutput{}, vpc.DeleteInternetGateway(tx, c.by, demarc.InternetGatewayID(get(in.InternetGatewayId)))
}

var internetGatewayListing = listing[demarc.InternetGateway]{
	kind: "internetGateway",
	id:   func(g demarc.InternetGateway) string { return string(g.ID) },
	tags: func(g demarc.InternetGateway) []demarc.Tag { return g.Tags },
	filters: map[string]func(demarc.InternetGateway) []string{
		"internet-gateway-id": one(func(g demarc.InternetGateway) demarc.InternetGatewayID { return g.ID }),
		"owner-id":            one(func(g demarc.InternetGateway) demarc.AccountID { return g.Owner }),
		"attachment.vpc-id":   one(func(g demarc.InternetGateway) demarc.VPCID { return g.VPC }),
		"attachment.state": func(g demarc.InternetGateway) []string {
			if g.VPC == "" {
				return nil
			}
			return []string{attachedState}
		},
	},
}

func describeInternetGateways(c call, view *store.View, in *sdk.DescribeInternetGatewaysInput) (*sdk.DescribeInternetGatewaysOutput, error) {
	part, next, err := internetGatewayListing.page(c, vpc.InternetGateways(view, c.by), in.InternetGatewayIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeInternetGatewaysOutput{InternetGateways: each(part, internetGatewayOut), NextToken: next}, nil
}

func attachInternetGateway(c call, tx *store.Tx, in *sdk.AttachInternetGatewayInput) (*sdk.AttachInternetGatewayOutput, error) {
	return &sdk.AttachInternetGatewayOutput{}, vpc.AttachInternetGateway(tx, c.by, demarc.InternetGatewayID(get(in.InternetGatewayId)), demarc.VPCID(get(in.VpcId)))
}

func detachInternetGateway(c call, tx *store.Tx, in *sdk.DetachInternetGatewayInput) (*sdk.DetachInternetGatewayOutput, error) {
	return &sdk.DetachInternetGatewayOutput{}, vpc.DetachInternetGateway(tx, c.by, demarc.InternetGatewayID(get(in.InternetGatewayId)), demarc.VPCID(get(in.VpcId)))
}
