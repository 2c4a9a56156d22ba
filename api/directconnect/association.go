package directconnect

import (
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

func createDirectConnectGatewayAssociation(c call, tx *store.Tx, in *dx.CreateDirectConnectGatewayAssociationInput) (*dx.CreateDirectConnectGatewayAssociationOutput, error) {
	far, err := oneOf("gatewayId", in.GatewayId, "virtualGatewayId", in.VirtualGatewayId)
	if err != nil {
		return nil, err
	}
	if err := require(given("directConnectGatewayId", in.DirectConnectGatewayId), member{"gatewayId", far != ""}); err != nil {
		return nil, err
	}
	a, err := gateway.Associate(tx, c.by, demarc.DirectConnectGatewayID(*in.DirectConnectGatewayId), far,
		prefixesGiven(in.AddAllowedPrefixesToDirectConnectGateway), c.now)
	return &dx.CreateDirectConnectGatewayAssociationOutput{DirectConnectGatewayAssociation: associationShape(a)}, err
}

func updateDirectConnectGatewayAssociation(c call, tx *store.Tx, in *dx.UpdateDirectConnectGatewayAssociationInput) (*dx.UpdateDirectConnectGatewayAssociationOutput, error) {
	if err := require(given("associationId", in.AssociationId)); err != nil {
		return nil, err
	}
	a, err := gateway.Reallow(tx, c.by, demarc.GatewayAssociationID(*in.AssociationId), gateway.Edit{
		Add:    prefixesGiven(in.AddAllowedPrefixesToDirectConnectGateway),
		Remove: prefixesGiven(in.RemoveAllowedPrefixesToDirectConnectGateway),
	}, c.now)
	return &dx.UpdateDirectConnectGatewayAssociationOutput{DirectConnectGatewayAssociation: associationShape(a)}, err
}

// deleteDirectConnectGatewayAssociation takes the association by its id, or by
// the two gateways.
func deleteDirectConnectGatewayAssociation(c call, tx *store.Tx, in *dx.DeleteDirectConnectGatewayAssociationInput) (*dx.DeleteDirectConnectGatewayAssociationOutput, error) {
	id := demarc.GatewayAssociationID(text(in.AssociationId))
	if id == "" {
		if err := require(given("directConnectGatewayId", in.DirectConnectGatewayId), given("virtualGatewayId", in.VirtualGatewayId)); err != nil {
			return nil, err
		}
		a, err := gateway.Between(tx, c.by, demarc.DirectConnectGatewayID(*in.DirectConnectGatewayId), *in.VirtualGatewayId)
		if err != nil {
			return nil, err
		}
		id = a.ID
	}
	a, err := gateway.Disassociate(tx, c.by, id, c.now)
	return &dx.DeleteDirectConnectGatewayAssociationOutput{DirectConnectGatewayAssociation: associationShape(a)}, err
}

func describeDirectConnectGatewayAssociations(c call, view *store.View, in *dx.DescribeDirectConnectGatewayAssociationsInput) (*dx.DescribeDirectConnectGatewayAssociationsOutput, error) {
	far, err := oneOf("associatedGatewayId", in.AssociatedGatewayId, "virtualGatewayId", in.VirtualGatewayId)
	if err != nil {
		return nil, err
	}
	selector := gateway.Selector{
		Association:          demarc.GatewayAssociationID(text(in.AssociationId)),
		DirectConnectGateway: demarc.DirectConnectGatewayID(text(in.DirectConnectGatewayId)),
		Gateway:              far,
	}
	if selector == (gateway.Selector{}) {
		return nil, demarc.Errorf(demarc.Invalid, "one of associationId, associatedGatewayId, directConnectGatewayId and virtualGatewayId is required").In("associationId")
	}
	all, next, err := page(c, gateway.Associations(view, c.by, selector), func(a demarc.GatewayAssociation) string { return string(a.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.DescribeDirectConnectGatewayAssociationsOutput{DirectConnectGatewayAssociations: []types.DirectConnectGatewayAssociation{}, NextToken: next}
	for _, a := range all {
		out.DirectConnectGatewayAssociations = append(out.DirectConnectGatewayAssociations, *associationShape(a))
	}
	return out, nil
}

// oneOf reads two members of which one may be sent: the older is a name for
// the same thing.
func oneOf(name string, value *string, older string, olderValue *string) (string, error) {
	if text(value) != "" && text(olderValue) != "" && text(value) != text(olderValue) {
		return "", demarc.Errorf(demarc.Invalid, "%s and %s name two gateways; give one of them", name, older).In(older)
	}
	if text(value) != "" {
		return *value, nil
	}
	return text(olderValue), nil
}

func associationShape(a demarc.GatewayAssociation) *types.DirectConnectGatewayAssociation {
	shape := &types.DirectConnectGatewayAssociation{
		AssociationId:                         aws.String(string(a.ID)),
		AssociationState:                      types.DirectConnectGatewayAssociationState(a.State),
		DirectConnectGatewayId:                aws.String(string(a.DirectConnectGateway)),
		DirectConnectGatewayOwnerAccount:      aws.String(string(a.Owner)),
		AssociatedGateway:                     associatedShape(a.Gateway),
		AllowedPrefixesToDirectConnectGateway: prefixShapes(a.Allowed),
	}
	if a.StateChangeError != "" {
		shape.StateChangeError = aws.String(a.StateChangeError)
	}
	if a.Gateway.Type == demarc.AssociatedVirtualGateway {
		shape.VirtualGatewayId = shape.AssociatedGateway.Id
		shape.VirtualGatewayOwnerAccount = shape.AssociatedGateway.OwnerAccount
		shape.VirtualGatewayRegion = shape.AssociatedGateway.Region
	}
	return shape
}

func associatedShape(g demarc.AssociatedGateway) *types.AssociatedGateway {
	return &types.AssociatedGateway{
		Id:           aws.String(g.ID),
		OwnerAccount: aws.String(string(g.Owner)),
		Region:       aws.String(string(g.Region)),
		Type:         types.GatewayType(g.Type),
	}
}

func prefixShapes(prefixes []netip.Prefix) []types.RouteFilterPrefix {
	shapes := []types.RouteFilterPrefix{}
	for _, p := range prefixes {
		shapes = append(shapes, types.RouteFilterPrefix{Cidr: aws.String(p.String())})
	}
	return shapes
}

func prefixesGiven(in []types.RouteFilterPrefix) []string {
	var all []string
	for _, p := range in {
		all = append(all, text(p.Cidr))
	}
	return all
}
