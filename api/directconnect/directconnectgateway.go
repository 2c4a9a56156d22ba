package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

func createDirectConnectGateway(c call, tx *store.Tx, in *dx.CreateDirectConnectGatewayInput) (*dx.CreateDirectConnectGatewayOutput, error) {
	if err := require(given("directConnectGatewayName", in.DirectConnectGatewayName)); err != nil {
		return nil, err
	}
	gw, err := gateway.Create(tx, c.by, gateway.New{
		Name: *in.DirectConnectGatewayName, ASN: in.AmazonSideAsn, Tags: tagsGiven(in.Tags),
	}, c.now)
	return &dx.CreateDirectConnectGatewayOutput{DirectConnectGateway: directConnectGatewayShape(tx, gw)}, err
}

func updateDirectConnectGateway(c call, tx *store.Tx, in *dx.UpdateDirectConnectGatewayInput) (*dx.UpdateDirectConnectGatewayOutput, error) {
	if err := require(given("directConnectGatewayId", in.DirectConnectGatewayId), given("newDirectConnectGatewayName", in.NewDirectConnectGatewayName)); err != nil {
		return nil, err
	}
	gw, err := gateway.Rename(tx, c.by, demarc.DirectConnectGatewayID(*in.DirectConnectGatewayId), *in.NewDirectConnectGatewayName)
	return &dx.UpdateDirectConnectGatewayOutput{DirectConnectGateway: directConnectGatewayShape(tx, gw)}, err
}

func deleteDirectConnectGateway(c call, tx *store.Tx, in *dx.DeleteDirectConnectGatewayInput) (*dx.DeleteDirectConnectGatewayOutput, error) {
	if err := require(given("directConnectGatewayId", in.DirectConnectGatewayId)); err != nil {
		return nil, err
	}
	gw, err := gateway.Delete(tx, c.by, demarc.DirectConnectGatewayID(*in.DirectConnectGatewayId))
	return &dx.DeleteDirectConnectGatewayOutput{DirectConnectGateway: directConnectGatewayShape(tx, gw)}, err
}

// describeDirectConnectGateways answers an unknown id with an empty list:
// AWS's clients take that for the end of a gateway, and an error for a fault.
func describeDirectConnectGateways(c call, view *store.View, in *dx.DescribeDirectConnectGatewaysInput) (*dx.DescribeDirectConnectGatewaysOutput, error) {
	var all []demarc.DirectConnectGateway
	if id := text(in.DirectConnectGatewayId); id == "" {
		all = gateway.ListDirectConnect(view, c.by)
	} else if gw, err := gateway.GetDirectConnect(view, c.by, demarc.DirectConnectGatewayID(id)); err == nil {
		all = append(all, gw)
	}
	all, next, err := page(c, all, func(g demarc.DirectConnectGateway) string { return string(g.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.DescribeDirectConnectGatewaysOutput{DirectConnectGateways: []types.DirectConnectGateway{}, NextToken: next}
	for _, gw := range all {
		out.DirectConnectGateways = append(out.DirectConnectGateways, *directConnectGatewayShape(view, gw))
	}
	return out, nil
}

// directConnectGatewayShape adds up what the interfaces on the gateway may send.
func directConnectGatewayShape(r store.Reader, gw demarc.DirectConnectGateway) *types.DirectConnectGateway {
	prefixes := 0
	for _, v := range gateway.Attachments(r, gw.Owner, gw.ID, "") {
		prefixes += v.Prefixes.IPv4 + v.Prefixes.IPv6
	}
	return &types.DirectConnectGateway{
		DirectConnectGatewayId:    aws.String(string(gw.ID)),
		DirectConnectGatewayName:  aws.String(gw.Name),
		DirectConnectGatewayState: types.DirectConnectGatewayState(gw.State),
		OwnerAccount:              aws.String(string(gw.Owner)),
		AmazonSideAsn:             aws.Int64(int64(gw.ASN)),
		Tags:                      tagShapes(gw.Tags),

		TotalPrefixPoolAllocations: aws.Int32(int32(prefixes)),
	}
}

// describeDirectConnectGatewayAttachments lists interfaces by where they lead.
func describeDirectConnectGatewayAttachments(c call, view *store.View, in *dx.DescribeDirectConnectGatewayAttachmentsInput) (*dx.DescribeDirectConnectGatewayAttachmentsOutput, error) {
	on, id := text(in.DirectConnectGatewayId), text(in.VirtualInterfaceId)
	if on == "" && id == "" {
		return nil, demarc.Errorf(demarc.Invalid, "one of directConnectGatewayId and virtualInterfaceId is required").In("directConnectGatewayId")
	}
	all := gateway.Attachments(view, c.by, demarc.DirectConnectGatewayID(on), demarc.VirtualInterfaceID(id))
	all, next, err := page(c, all, func(v demarc.VirtualInterface) string { return string(v.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.DescribeDirectConnectGatewayAttachmentsOutput{DirectConnectGatewayAttachments: []types.DirectConnectGatewayAttachment{}, NextToken: next}
	for _, v := range all {
		out.DirectConnectGatewayAttachments = append(out.DirectConnectGatewayAttachments, types.DirectConnectGatewayAttachment{
			AttachmentState:              attachmentState(v.State),
			AttachmentType:               attachmentType(v.Type),
			DirectConnectGatewayId:       aws.String(string(v.DirectConnectGateway)),
			VirtualInterfaceId:           aws.String(string(v.ID)),
			VirtualInterfaceOwnerAccount: aws.String(string(v.Owner)),
			VirtualInterfaceRegion:       aws.String(string(v.Region)),
		})
	}
	return out, nil
}

// attachmentState says the same of an interface as its own state, in the words
// of the gateway.
func attachmentState(s demarc.VirtualInterfaceState) types.DirectConnectGatewayAttachmentState {
	switch s {
	case demarc.VIFPending:
		return types.DirectConnectGatewayAttachmentStateAttaching
	case demarc.VIFDeleting:
		return types.DirectConnectGatewayAttachmentStateDetaching
	}
	return types.DirectConnectGatewayAttachmentStateAttached
}

func attachmentType(t demarc.VirtualInterfaceType) types.DirectConnectGatewayAttachmentType {
	if t == demarc.TransitVIF {
		return types.DirectConnectGatewayAttachmentTypeTransitVirtualInterface
	}
	return types.DirectConnectGatewayAttachmentTypePrivateVirtualInterface
}
