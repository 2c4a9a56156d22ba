package ec2

import (
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

func createTransitGatewayVPCAttachment(c call, tx *store.Tx, in *sdk.CreateTransitGatewayVpcAttachmentInput) (*sdk.CreateTransitGatewayVpcAttachmentOutput, error) {
	tags, err := tagsFor(types.ResourceTypeTransitGatewayAttachment, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	a := demarc.TransitGatewayAttachment{TransitGateway: demarc.TransitGatewayID(get(in.TransitGatewayId)), VPC: demarc.VPCID(get(in.VpcId)), Subnets: subnetIDs(in.SubnetIds), Tags: tags}
	if a.Options, err = attachmentOptions(in.Options); err != nil {
		return nil, err
	}
	if a, err = transit.AttachVPC(tx, c.by, a, c.now); err != nil {
		return nil, err
	}
	return &sdk.CreateTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: ref(c.vpcAttachmentOut(a))}, nil
}

func subnetIDs(ids []string) (all []demarc.SubnetID) {
	for _, id := range ids {
		all = append(all, demarc.SubnetID(id))
	}
	return all
}

// attachmentOptions are those of a new attachment; what is not given is as
// AWS's defaults.
func attachmentOptions(o *types.CreateTransitGatewayVpcAttachmentRequestOptions) (demarc.AttachmentOptions, error) {
	if o == nil {
		o = &types.CreateTransitGatewayVpcAttachmentRequestOptions{}
	}
	var s switches
	return demarc.AttachmentOptions{
		ApplianceMode:   s.on("ApplianceModeSupport", string(o.ApplianceModeSupport), false),
		DNS:             s.on("DnsSupport", string(o.DnsSupport), true),
		IPv6:            s.on("Ipv6Support", string(o.Ipv6Support), false),
		GroupReferences: s.on("SecurityGroupReferencingSupport", string(o.SecurityGroupReferencingSupport), true),
	}, s.err
}

func (c call) vpcAttachmentOut(a demarc.TransitGatewayAttachment) types.TransitGatewayVpcAttachment {
	return types.TransitGatewayVpcAttachment{
		TransitGatewayAttachmentId: str(a.ID), TransitGatewayId: str(a.TransitGateway), VpcId: str(a.VPC), VpcOwnerId: str(a.Owner),
		SubnetIds: each(a.Subnets, func(s demarc.SubnetID) string { return string(s) }),
		State:     types.TransitGatewayAttachmentState(a.State), CreationTime: &a.Created, Tags: tagsOut(c.attachmentTags(a)),
		Options: &types.TransitGatewayVpcAttachmentOptions{
			ApplianceModeSupport:            enabled[types.ApplianceModeSupportValue](a.Options.ApplianceMode),
			DnsSupport:                      enabled[types.DnsSupportValue](a.Options.DNS),
			Ipv6Support:                     enabled[types.Ipv6SupportValue](a.Options.IPv6),
			SecurityGroupReferencingSupport: enabled[types.SecurityGroupReferencingSupportValue](a.Options.GroupReferences),
		},
	}
}

// attachmentTags are shown to who put them there.
func (c call) attachmentTags(a demarc.TransitGatewayAttachment) []demarc.Tag {
	return get(a.TagsOf(c.by))
}

func modifyTransitGatewayVPCAttachment(c call, tx *store.Tx, in *sdk.ModifyTransitGatewayVpcAttachmentInput) (*sdk.ModifyTransitGatewayVpcAttachmentOutput, error) {
	changes := transit.AttachmentChanges{Add: subnetIDs(in.AddSubnetIds), Remove: subnetIDs(in.RemoveSubnetIds)}
	if o := in.Options; o != nil {
		var s switches
		changes.ApplianceMode = s.change("ApplianceModeSupport", string(o.ApplianceModeSupport))
		changes.DNS = s.change("DnsSupport", string(o.DnsSupport))
		changes.IPv6 = s.change("Ipv6Support", string(o.Ipv6Support))
		changes.GroupsNamed = s.change("SecurityGroupReferencingSupport", string(o.SecurityGroupReferencingSupport))
		if s.err != nil {
			return nil, s.err
		}
	}
	a, err := transit.ModifyAttachment(tx, c.by, attachmentID(in.TransitGatewayAttachmentId), changes)
	return &sdk.ModifyTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: ref(c.vpcAttachmentOut(a))}, err
}

func attachmentID(id *string) demarc.TransitGatewayAttachmentID {
	return demarc.TransitGatewayAttachmentID(get(id))
}

func acceptTransitGatewayVPCAttachment(c call, tx *store.Tx, in *sdk.AcceptTransitGatewayVpcAttachmentInput) (*sdk.AcceptTransitGatewayVpcAttachmentOutput, error) {
	a, err := transit.Accept(tx, c.by, attachmentID(in.TransitGatewayAttachmentId))
	return &sdk.AcceptTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: ref(c.vpcAttachmentOut(a))}, err
}

func rejectTransitGatewayVPCAttachment(c call, tx *store.Tx, in *sdk.RejectTransitGatewayVpcAttachmentInput) (*sdk.RejectTransitGatewayVpcAttachmentOutput, error) {
	a, err := transit.Reject(tx, c.by, attachmentID(in.TransitGatewayAttachmentId), c.now)
	return &sdk.RejectTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: ref(c.vpcAttachmentOut(a))}, err
}

func deleteTransitGatewayVPCAttachment(c call, tx *store.Tx, in *sdk.DeleteTransitGatewayVpcAttachmentInput) (*sdk.DeleteTransitGatewayVpcAttachmentOutput, error) {
	a, err := transit.DetachVPC(tx, c.by, attachmentID(in.TransitGatewayAttachmentId), c.now)
	return &sdk.DeleteTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: ref(c.vpcAttachmentOut(a))}, err
}

func (c call) vpcAttachmentListing() listing[demarc.TransitGatewayAttachment] {
	return listing[demarc.TransitGatewayAttachment]{
		kind: "transitGatewayAttachment",
		id:   func(a demarc.TransitGatewayAttachment) string { return string(a.ID) },
		tags: c.attachmentTags,
		filters: map[string]func(demarc.TransitGatewayAttachment) []string{
			"transit-gateway-attachment-id": one(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayAttachmentID { return a.ID }),
			"transit-gateway-id":            one(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayID { return a.TransitGateway }),
			"vpc-id":                        one(func(a demarc.TransitGatewayAttachment) demarc.VPCID { return a.VPC }),
			"state":                         one(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayAttachmentState { return a.State }),
		},
	}
}

func describeTransitGatewayVPCAttachments(c call, view *store.View, in *sdk.DescribeTransitGatewayVpcAttachmentsInput) (*sdk.DescribeTransitGatewayVpcAttachmentsOutput, error) {
	l := c.vpcAttachmentListing()
	all := slices.DeleteFunc(transit.Attachments(view, c.by), func(a demarc.TransitGatewayAttachment) bool { return a.VPC == "" })
	part, next, err := l.page(c, all, in.TransitGatewayAttachmentIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeTransitGatewayVpcAttachmentsOutput{TransitGatewayVpcAttachments: each(part, c.vpcAttachmentOut), NextToken: next}, nil
}
