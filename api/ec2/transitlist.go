package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

// transitListed reads what the creation of a reference and its change have in
// common.
func transitListed(list, attachment *string, blackhole *bool) (demarc.TransitStaticRoute, error) {
	if get(list) == "" {
		return demarc.TransitStaticRoute{}, missing("PrefixListId")
	}
	return demarc.TransitStaticRoute{List: demarc.PrefixListID(get(list)), Attachment: attachmentID(attachment)}, eitherWay(attachment, blackhole)
}

func createTransitReference(c call, tx *store.Tx, in *sdk.CreateTransitGatewayPrefixListReferenceInput) (*sdk.CreateTransitGatewayPrefixListReferenceOutput, error) {
	s, err := transitListed(in.PrefixListId, in.TransitGatewayAttachmentId, in.Blackhole)
	if err != nil {
		return nil, err
	}
	r, err := transit.Refer(tx, c.by, tableID(in.TransitGatewayRouteTableId), s)
	return &sdk.CreateTransitGatewayPrefixListReferenceOutput{TransitGatewayPrefixListReference: ref(referenceOut(r))}, err
}

func modifyTransitReference(c call, tx *store.Tx, in *sdk.ModifyTransitGatewayPrefixListReferenceInput) (*sdk.ModifyTransitGatewayPrefixListReferenceOutput, error) {
	s, err := transitListed(in.PrefixListId, in.TransitGatewayAttachmentId, in.Blackhole)
	if err != nil {
		return nil, err
	}
	r, err := transit.ReferElsewhere(tx, c.by, tableID(in.TransitGatewayRouteTableId), s)
	return &sdk.ModifyTransitGatewayPrefixListReferenceOutput{TransitGatewayPrefixListReference: ref(referenceOut(r))}, err
}

func deleteTransitReference(c call, tx *store.Tx, in *sdk.DeleteTransitGatewayPrefixListReferenceInput) (*sdk.DeleteTransitGatewayPrefixListReferenceOutput, error) {
	r, err := transit.Unrefer(tx, c.by, tableID(in.TransitGatewayRouteTableId), demarc.PrefixListID(get(in.PrefixListId)))
	out := referenceOut(r)
	out.State = types.TransitGatewayPrefixListReferenceStateDeleting
	return &sdk.DeleteTransitGatewayPrefixListReferenceOutput{TransitGatewayPrefixListReference: &out}, err
}

// referenceOut is what was written: an attachment that is gone is named still.
func referenceOut(r transit.Reference) types.TransitGatewayPrefixListReference {
	out := types.TransitGatewayPrefixListReference{
		TransitGatewayRouteTableId: str(r.Table), PrefixListId: str(r.List.ID), PrefixListOwnerId: str(r.List.Owner),
		State: types.TransitGatewayPrefixListReferenceStateAvailable, Blackhole: ref(r.Attachment.ID == ""),
	}
	if a := r.Attachment; a.ID != "" {
		out.TransitGatewayAttachment = &types.TransitGatewayPrefixListAttachment{TransitGatewayAttachmentId: str(a.ID)}
		if a.TransitGateway != "" { // it is described still
			out.TransitGatewayAttachment.ResourceId, out.TransitGatewayAttachment.ResourceType = str(resourceID(a)), resourceType(a)
		}
	}
	return out
}

// throughAttachment is a filter over where a reference leads.
func throughAttachment(value func(types.TransitGatewayPrefixListAttachment) string) func(transit.Reference) []string {
	return func(r transit.Reference) []string {
		if a := referenceOut(r).TransitGatewayAttachment; a != nil {
			return []string{value(*a)}
		}
		return nil
	}
}

var referenceListing = listing[transit.Reference]{
	id: func(r transit.Reference) string { return string(r.List.ID) },
	filters: map[string]func(transit.Reference) []string{
		"attachment.resource-id":                   throughAttachment(func(a types.TransitGatewayPrefixListAttachment) string { return get(a.ResourceId) }),
		"attachment.resource-type":                 throughAttachment(func(a types.TransitGatewayPrefixListAttachment) string { return string(a.ResourceType) }),
		"attachment.transit-gateway-attachment-id": throughAttachment(func(a types.TransitGatewayPrefixListAttachment) string { return get(a.TransitGatewayAttachmentId) }),
		"is-blackhole":                             flag(func(r transit.Reference) bool { return r.Attachment.ID == "" }),
		"prefix-list-id":                           one(func(r transit.Reference) demarc.PrefixListID { return r.List.ID }),
		"prefix-list-owner-id":                     one(func(r transit.Reference) demarc.AccountID { return r.List.Owner }),
		"state":                                    one(func(r transit.Reference) types.TransitGatewayPrefixListReferenceState { return referenceOut(r).State }),
	},
}

func getTransitReferences(c call, view *store.View, in *sdk.GetTransitGatewayPrefixListReferencesInput) (*sdk.GetTransitGatewayPrefixListReferencesOutput, error) {
	t, err := transit.GetRouteTable(view, c.by, tableID(in.TransitGatewayRouteTableId))
	if err != nil {
		return nil, err
	}
	part, next, err := referenceListing.page(c, transit.References(view, t), nil, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.GetTransitGatewayPrefixListReferencesOutput{TransitGatewayPrefixListReferences: each(part, referenceOut), NextToken: next}, nil
}
