package ec2

import (
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

func associateTransitGatewayRouteTable(c call, tx *store.Tx, in *sdk.AssociateTransitGatewayRouteTableInput) (*sdk.AssociateTransitGatewayRouteTableOutput, error) {
	a, err := transit.Associate(tx, c.by, tableID(in.TransitGatewayRouteTableId), attachmentID(in.TransitGatewayAttachmentId))
	return &sdk.AssociateTransitGatewayRouteTableOutput{Association: transitAssociation(a, in.TransitGatewayRouteTableId, types.TransitGatewayAssociationStateAssociated)}, err
}

func transitAssociation(a demarc.TransitGatewayAttachment, table *string, state types.TransitGatewayAssociationState) *types.TransitGatewayAssociation {
	return &types.TransitGatewayAssociation{
		TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: str(a.ID), ResourceId: str(resourceID(a)), ResourceType: resourceType(a), State: state,
	}
}

func disassociateTransitGatewayRouteTable(c call, tx *store.Tx, in *sdk.DisassociateTransitGatewayRouteTableInput) (*sdk.DisassociateTransitGatewayRouteTableOutput, error) {
	a, err := transit.Disassociate(tx, c.by, tableID(in.TransitGatewayRouteTableId), attachmentID(in.TransitGatewayAttachmentId))
	return &sdk.DisassociateTransitGatewayRouteTableOutput{Association: transitAssociation(a, in.TransitGatewayRouteTableId, types.TransitGatewayAssociationStateDisassociated)}, err
}

func enableTransitGatewayPropagation(c call, tx *store.Tx, in *sdk.EnableTransitGatewayRouteTablePropagationInput) (*sdk.EnableTransitGatewayRouteTablePropagationOutput, error) {
	a, err := transit.Propagate(tx, c.by, tableID(in.TransitGatewayRouteTableId), attachmentID(in.TransitGatewayAttachmentId))
	return &sdk.EnableTransitGatewayRouteTablePropagationOutput{Propagation: transitPropagation(a, in.TransitGatewayRouteTableId, types.TransitGatewayPropagationStateEnabled)}, err
}

func transitPropagation(a demarc.TransitGatewayAttachment, table *string, state types.TransitGatewayPropagationState) *types.TransitGatewayPropagation {
	return &types.TransitGatewayPropagation{
		TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: str(a.ID), ResourceId: str(resourceID(a)), ResourceType: resourceType(a), State: state,
	}
}

func disableTransitGatewayPropagation(c call, tx *store.Tx, in *sdk.DisableTransitGatewayRouteTablePropagationInput) (*sdk.DisableTransitGatewayRouteTablePropagationOutput, error) {
	a, err := transit.Withhold(tx, c.by, tableID(in.TransitGatewayRouteTableId), attachmentID(in.TransitGatewayAttachmentId))
	return &sdk.DisableTransitGatewayRouteTablePropagationOutput{Propagation: transitPropagation(a, in.TransitGatewayRouteTableId, types.TransitGatewayPropagationStateDisabled)}, err
}

// onTable picks and pages the attachments that a table has to do with.
func (c call) onTable(view *store.View, id *string, of func(store.Reader, demarc.TransitRouteTable) []demarc.TransitGatewayAttachment, filters []types.Filter, size *int32, token *string) ([]demarc.TransitGatewayAttachment, *string, error) {
	t, err := transit.GetRouteTable(view, c.by, tableID(id))
	if err != nil {
		return nil, nil, err
	}
	l := listing[demarc.TransitGatewayAttachment]{
		id: func(a demarc.TransitGatewayAttachment) string { return string(a.ID) },
		filters: map[string]func(demarc.TransitGatewayAttachment) []string{
			"resource-id":                   one(resourceID),
			"resource-type":                 one(resourceType),
			"transit-gateway-attachment-id": one(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayAttachmentID { return a.ID }),
		},
	}
	return l.page(c, of(view, t), nil, filters, size, token)
}

func getTransitGatewayAssociations(c call, view *store.View, in *sdk.GetTransitGatewayRouteTableAssociationsInput) (*sdk.GetTransitGatewayRouteTableAssociationsOutput, error) {
	part, next, err := c.onTable(view, in.TransitGatewayRouteTableId, transit.Associated, in.Filters, in.MaxResults, in.NextToken)
	out := each(part, func(a demarc.TransitGatewayAttachment) types.TransitGatewayRouteTableAssociation {
		return types.TransitGatewayRouteTableAssociation{
			TransitGatewayAttachmentId: str(a.ID), ResourceId: str(resourceID(a)), ResourceType: resourceType(a), State: types.TransitGatewayAssociationStateAssociated,
		}
	})
	return &sdk.GetTransitGatewayRouteTableAssociationsOutput{Associations: out, NextToken: next}, err
}

func getTransitGatewayPropagations(c call, view *store.View, in *sdk.GetTransitGatewayRouteTablePropagationsInput) (*sdk.GetTransitGatewayRouteTablePropagationsOutput, error) {
	part, next, err := c.onTable(view, in.TransitGatewayRouteTableId, transit.Propagating, in.Filters, in.MaxResults, in.NextToken)
	out := each(part, func(a demarc.TransitGatewayAttachment) types.TransitGatewayRouteTablePropagation {
		return types.TransitGatewayRouteTablePropagation{
			TransitGatewayAttachmentId: str(a.ID), ResourceId: str(resourceID(a)), ResourceType: resourceType(a), State: types.TransitGatewayPropagationStateEnabled,
		}
	})
	return &sdk.GetTransitGatewayRouteTablePropagationsOutput{TransitGatewayRouteTablePropagations: out, NextToken: next}, err
}

func getTransitGatewayAttachmentPropagations(c call, view *store.View, in *sdk.GetTransitGatewayAttachmentPropagationsInput) (*sdk.GetTransitGatewayAttachmentPropagationsOutput, error) {
	a, err := transit.OwnAttachment(view, c.by, attachmentID(in.TransitGatewayAttachmentId))
	if err != nil {
		return nil, err
	}
	l := listing[demarc.TransitRouteTableID]{
		id: func(t demarc.TransitRouteTableID) string { return string(t) },
		filters: map[string]func(demarc.TransitRouteTableID) []string{
			"transit-gateway-route-table-id": one(func(t demarc.TransitRouteTableID) demarc.TransitRouteTableID { return t }),
		},
	}
	part, next, err := l.page(c, slices.Sorted(slices.Values(a.Propagating)), nil, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(t demarc.TransitRouteTableID) types.TransitGatewayAttachmentPropagation {
		return types.TransitGatewayAttachmentPropagation{TransitGatewayRouteTableId: str(t), State: types.TransitGatewayPropagationStateEnabled}
	})
	return &sdk.GetTransitGatewayAttachmentPropagationsOutput{TransitGatewayAttachmentPropagations: out, NextToken: next}, nil
}
