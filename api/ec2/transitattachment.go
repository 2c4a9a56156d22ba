package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

// associationStates are an association's with a Direct Connect gateway, as a
// Transit Gateway calls them.
var associationStates = map[demarc.GatewayAssociationState]types.TransitGatewayAttachmentState{
	demarc.GatewayAssociating:    types.TransitGatewayAttachmentStatePending,
	demarc.GatewayAssociated:     types.TransitGatewayAttachmentStateAvailable,
	demarc.GatewayUpdating:       types.TransitGatewayAttachmentStateModifying,
	demarc.GatewayDisassociating: types.TransitGatewayAttachmentStateDeleting,
}

func attachmentState(r store.Reader, a demarc.TransitGatewayAttachment) types.TransitGatewayAttachmentState {
	if association, ok := transit.Association(r, a); ok {
		return associationStates[association.State]
	}
	return types.TransitGatewayAttachmentState(a.State)
}

// resource is what is attached, and what kind of thing that is.
func resource(a demarc.TransitGatewayAttachment) (string, types.TransitGatewayAttachmentResourceType) {
	if a.VPC == "" {
		return string(a.DirectConnectGateway), types.TransitGatewayAttachmentResourceTypeDirectConnectGateway
	}
	return string(a.VPC), types.TransitGatewayAttachmentResourceTypeVpc
}

func resourceID(a demarc.TransitGatewayAttachment) string {
	id, _ := resource(a)
	return id
}

func resourceType(a demarc.TransitGatewayAttachment) types.TransitGatewayAttachmentResourceType {
	_, kind := resource(a)
	return kind
}

// lookedUpIn is the table that an attachment is associated with, as its
// gateway's owner sees it; other accounts see none.
func (c call) lookedUpIn(a demarc.TransitGatewayAttachment) demarc.TransitRouteTableID {
	if a.GatewayOwner != c.by {
		return ""
	}
	return a.RouteTable
}

func (c call) attachmentListing(r store.Reader) listing[demarc.TransitGatewayAttachment] {
	l := c.vpcAttachmentListing()
	delete(l.filters, "vpc-id")
	l.filters["state"] = one(func(a demarc.TransitGatewayAttachment) types.TransitGatewayAttachmentState {
		return attachmentState(r, a)
	})
	l.filters["resource-id"] = one(resourceID)
	l.filters["resource-type"] = one(resourceType)
	l.filters["resource-owner-id"] = one(func(a demarc.TransitGatewayAttachment) demarc.AccountID { return a.Owner })
	l.filters["transit-gateway-owner-id"] = one(func(a demarc.TransitGatewayAttachment) demarc.AccountID { return a.GatewayOwner })
	l.filters["association.transit-gateway-route-table-id"] = one(c.lookedUpIn)
	l.filters["association.state"] = func(a demarc.TransitGatewayAttachment) []string {
		if c.lookedUpIn(a) == "" {
			return nil
		}
		return []string{string(types.TransitGatewayAssociationStateAssociated)}
	}
	return l
}

func (c call) attachmentOut(r store.Reader, a demarc.TransitGatewayAttachment) types.TransitGatewayAttachment {
	out := types.TransitGatewayAttachment{
		TransitGatewayAttachmentId: str(a.ID), TransitGatewayId: str(a.TransitGateway), TransitGatewayOwnerId: str(a.GatewayOwner),
		ResourceType: resourceType(a), ResourceId: str(resourceID(a)), ResourceOwnerId: str(a.Owner),
		State: attachmentState(r, a), CreationTime: &a.Created, Tags: tagsOut(c.attachmentTags(a)),
	}
	if table := c.lookedUpIn(a); table != "" {
		out.Association = &types.TransitGatewayAttachmentAssociation{TransitGatewayRouteTableId: str(table), State: types.TransitGatewayAssociationStateAssociated}
	}
	return out
}

func describeTransitGatewayAttachments(c call, view *store.View, in *sdk.DescribeTransitGatewayAttachmentsInput) (*sdk.DescribeTransitGatewayAttachmentsOutput, error) {
	l := c.attachmentListing(view)
	part, next, err := l.page(c, transit.Attachments(view, c.by), in.TransitGatewayAttachmentIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(a demarc.TransitGatewayAttachment) types.TransitGatewayAttachment {
		return c.attachmentOut(view, a)
	})
	return &sdk.DescribeTransitGatewayAttachmentsOutput{TransitGatewayAttachments: out, NextToken: next}, nil
}
