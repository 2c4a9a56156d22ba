package ec2

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

func createTransitGatewayVPCAttachment(c call, tx *store.Tx, in *sdk.CreateTransitGatewayVpcAttachmentInput) (*sdk.CreateTransitGatewayVpcAttachmentOutput, error) {
	tags, err := tagsFor(types.ResourceTypeTransitGatewayAttachment, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	a := demarc.TransitGatewayAttachment{TransitGateway: demarc.TransitGatewayID(get(in.TransitGatewayId)), VPC: demarc.VPCID(get(in.VpcId)), Tags: tags}
	for _, id := range in.SubnetIds {
		a.Subnets = append(a.Subnets, demarc.SubnetID(id))
	}
	a, err = vpc.AttachVPC(tx, c.by, a, c.now)
	if err != nil {
		return nil, err
	}
	out := vpcAttachmentOut(a)
	return &sdk.CreateTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: &out}, nil
}

func vpcAttachmentOut(a demarc.TransitGatewayAttachment) types.TransitGatewayVpcAttachment {
	return types.TransitGatewayVpcAttachment{
		TransitGatewayAttachmentId: str(a.ID), TransitGatewayId: str(a.TransitGateway), VpcId: str(a.VPC), VpcOwnerId: str(a.Owner),
		SubnetIds: each(a.Subnets, func(s demarc.SubnetID) string { return string(s) }),
		State:     types.TransitGatewayAttachmentState(a.State), CreationTime: &a.Created, Tags: tagsOut(a.Tags),
		Options: &types.TransitGatewayVpcAttachmentOptions{
			ApplianceModeSupport: types.ApplianceModeSupportValueDisable, DnsSupport: types.DnsSupportValueDisable,
			Ipv6Support: types.Ipv6SupportValueDisable, SecurityGroupReferencingSupport: types.SecurityGroupReferencingSupportValueDisable,
		},
	}
}

func deleteTransitGatewayVPCAttachment(c call, tx *store.Tx, in *sdk.DeleteTransitGatewayVpcAttachmentInput) (*sdk.DeleteTransitGatewayVpcAttachmentOutput, error) {
	a, err := vpc.DetachVPC(tx, c.by, demarc.TransitGatewayAttachmentID(get(in.TransitGatewayAttachmentId)), c.now)
	if err != nil {
		return nil, err
	}
	out := vpcAttachmentOut(a)
	return &sdk.DeleteTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: &out}, nil
}

var vpcAttachmentListing = listing[demarc.TransitGatewayAttachment]{
	kind: "transitGatewayAttachment",
	id:   func(a demarc.TransitGatewayAttachment) string { return string(a.ID) },
	tags: func(a demarc.TransitGatewayAttachment) []demarc.Tag { return a.Tags },
	filters: map[string]func(demarc.TransitGatewayAttachment) []string{
		"transit-gateway-attachment-id": one(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayAttachmentID { return a.ID }),
		"transit-gateway-id":            one(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayID { return a.TransitGateway }),
		"vpc-id":                        one(func(a demarc.TransitGatewayAttachment) demarc.VPCID { return a.VPC }),
		"state":                         one(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayAttachmentState { return a.State }),
	},
}

func describeTransitGatewayVPCAttachments(c call, view *store.View, in *sdk.DescribeTransitGatewayVpcAttachmentsInput) (*sdk.DescribeTransitGatewayVpcAttachmentsOutput, error) {
	picked, err := vpcAttachmentListing.pick(vpc.TransitAttachments(view, c.by), in.TransitGatewayAttachmentIds, in.Filters)
	if err != nil {
		return nil, err
	}
	part, next, err := page(c, picked, vpcAttachmentListing.id, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeTransitGatewayVpcAttachmentsOutput{TransitGatewayVpcAttachments: each(part, vpcAttachmentOut), NextToken: next}, nil
}

// An attachment is anything that is attached to a Transit Gateway.
type attachment struct {
	id       string
	gateway  demarc.TransitGatewayID
	kind     types.TransitGatewayAttachmentResourceType
	resource string
	owner    demarc.AccountID // the resource's
	state    types.TransitGatewayAttachmentState
	created  *time.Time // nil where nobody wrote it down
	tags     []demarc.Tag
}

// associationStates are an association's with a Direct Connect gateway, as a
// Transit Gateway calls them.
var associationStates = map[demarc.GatewayAssociationState]types.TransitGatewayAttachmentState{
	demarc.GatewayAssociating:    types.TransitGatewayAttachmentStatePending,
	demarc.GatewayAssociated:     types.TransitGatewayAttachmentStateAvailable,
	demarc.GatewayUpdating:       types.TransitGatewayAttachmentStateModifying,
	demarc.GatewayDisassociating: types.TransitGatewayAttachmentStateDeleting,
}

// attachments are an account's VPCs on Transit Gateways and the Direct Connect
// gateways that its own Transit Gateways are associated with.
func attachments(r store.Reader, by demarc.AccountID) []attachment {
	var all []attachment
	for _, a := range vpc.TransitAttachments(r, by) {
		all = append(all, attachment{
			string(a.ID), a.TransitGateway, types.TransitGatewayAttachmentResourceTypeVpc, string(a.VPC), a.Owner,
			types.TransitGatewayAttachmentState(a.State), &a.Created, a.Tags,
		})
	}
	for a := range store.GatewayAssociations.By(r, "account", string(by)) {
		if a.Gateway.Type == demarc.AssociatedTransitGateway && a.Gateway.Owner == by {
			all = append(all, attachment{
				id: "tgw-attach-" + associationSuffix(a), gateway: demarc.TransitGatewayID(a.Gateway.ID),
				kind:     types.TransitGatewayAttachmentResourceTypeDirectConnectGateway,
				resource: string(a.DirectConnectGateway), owner: a.Owner, state: associationStates[a.State],
			})
		}
	}
	slices.SortFunc(all, func(a, b attachment) int { return cmp.Compare(a.id, b.id) })
	return all
}

// associationSuffix is what the attachment of an association is named by, as
// long as EC2's others.
func associationSuffix(a demarc.GatewayAssociation) string {
	sum := sha256.Sum256([]byte(a.ID))
	return hex.EncodeToString(sum[:])[:17]
}

var attachmentListing = listing[attachment]{
	kind: "transitGatewayAttachment",
	id:   func(a attachment) string { return a.id },
	tags: func(a attachment) []demarc.Tag { return a.tags },
	filters: map[string]func(attachment) []string{
		"transit-gateway-attachment-id": one(func(a attachment) string { return a.id }),
		"transit-gateway-id":            one(func(a attachment) demarc.TransitGatewayID { return a.gateway }),
		"resource-id":                   one(func(a attachment) string { return a.resource }),
		"resource-type":                 one(func(a attachment) types.TransitGatewayAttachmentResourceType { return a.kind }),
		"resource-owner-id":             one(func(a attachment) demarc.AccountID { return a.owner }),
		"state":                         one(func(a attachment) types.TransitGatewayAttachmentState { return a.state }),
	},
}

func describeTransitGatewayAttachments(c call, view *store.View, in *sdk.DescribeTransitGatewayAttachmentsInput) (*sdk.DescribeTransitGatewayAttachmentsOutput, error) {
	picked, err := attachmentListing.pick(attachments(view, c.by), in.TransitGatewayAttachmentIds, in.Filters)
	if err != nil {
		return nil, err
	}
	part, next, err := page(c, picked, attachmentListing.id, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(a attachment) types.TransitGatewayAttachment {
		gw, _ := store.TransitGateways.Get(view, string(a.gateway))
		return types.TransitGatewayAttachment{
			TransitGatewayAttachmentId: &a.id, TransitGatewayId: str(a.gateway), TransitGatewayOwnerId: str(gw.Owner),
			ResourceType: a.kind, ResourceId: &a.resource, ResourceOwnerId: str(a.owner), State: a.state, CreationTime: a.created, Tags: tagsOut(a.tags),
		}
	})
	return &sdk.DescribeTransitGatewayAttachmentsOutput{TransitGatewayAttachments: out, NextToken: next}, nil
}
