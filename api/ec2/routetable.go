package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

func createRouteTable(c call, tx *store.Tx, in *sdk.CreateRouteTableInput) (*sdk.CreateRouteTableOutput, error) {
	tags, err := tagsFor(types.ResourceTypeRouteTable, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	id, err := vpc.Once(tx, c.by, c.operation, c.scope.Token(get(in.ClientToken)), fingerprint(in), c.now, func() (string, error) {
		t, err := vpc.CreateRouteTable(tx, c.by, demarc.VPCID(get(in.VpcId)), tags)
		return string(t.ID), err
	})
	if err != nil {
		return nil, err
	}
	t, err := vpc.GetRouteTable(tx, c.by, demarc.RouteTableID(id))
	if err != nil {
		return nil, err
	}
	out := routeTableOut(tx, t)
	return &sdk.CreateRouteTableOutput{RouteTable: &out, ClientToken: in.ClientToken}, nil
}

func routeTableOut(r store.Reader, t demarc.RouteTable) types.RouteTable {
	out := types.RouteTable{
		RouteTableId: str(t.ID), VpcId: str(t.VPC), OwnerId: str(t.Owner), Tags: tagsOut(t.Tags),
		Associations: []types.RouteTableAssociation{}, PropagatingVgws: []types.PropagatingVgw{},
	}
	for _, a := range t.Associations {
		out.Associations = append(out.Associations, types.RouteTableAssociation{
			RouteTableAssociationId: &a.ID, RouteTableId: str(t.ID), SubnetId: str(a.Subnet), Main: ref(a.Subnet == ""),
			AssociationState: &types.RouteTableAssociationState{State: types.RouteTableAssociationStateCodeAssociated},
		})
	}
	for _, gw := range t.Propagating {
		out.PropagatingVgws = append(out.PropagatingVgws, types.PropagatingVgw{GatewayId: str(gw)})
	}
	for _, route := range vpc.Routes(r, t) {
		out.Routes = append(out.Routes, routeOut(route))
	}
	return out
}

func deleteRouteTable(c call, tx *store.Tx, in *sdk.DeleteRouteTableInput) (*sdk.DeleteRouteTableOutput, error) {
	return &sdk.DeleteRouteTableOutput{}, vpc.DeleteRouteTable(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)))
}

func routeTableListing(r store.Reader) listing[demarc.RouteTable] {
	over := func(value func(demarc.RouteTableAssociation) string) func(demarc.RouteTable) []string {
		return func(t demarc.RouteTable) (values []string) {
			for _, a := range t.Associations {
				values = append(values, value(a))
			}
			return values
		}
	}
	overRoutes := func(value func(types.Route) string) func(demarc.RouteTable) []string {
		return func(t demarc.RouteTable) (values []string) {
			for _, route := range vpc.Routes(r, t) {
				values = append(values, value(routeOut(route)))
			}
			return values
		}
	}
	id := one(func(t demarc.RouteTable) demarc.RouteTableID { return t.ID })
	return listing[demarc.RouteTable]{
		kind: "routeTable",
		id:   func(t demarc.RouteTable) string { return string(t.ID) },
		tags: func(t demarc.RouteTable) []demarc.Tag { return t.Tags },
		filters: map[string]func(demarc.RouteTable) []string{
			"route-table-id": id, "association.route-table-id": id,
			"vpc-id":                                 one(func(t demarc.RouteTable) demarc.VPCID { return t.VPC }),
			"owner-id":                               one(func(t demarc.RouteTable) demarc.AccountID { return t.Owner }),
			"association.main":                       over(func(a demarc.RouteTableAssociation) string { return text(a.Subnet == "") }),
			"association.subnet-id":                  over(func(a demarc.RouteTableAssociation) string { return string(a.Subnet) }),
			"association.route-table-association-id": over(func(a demarc.RouteTableAssociation) string { return a.ID }),
			"route.destination-ipv6-cidr-block":      overRoutes(func(r types.Route) string { return get(r.DestinationIpv6CidrBlock) }),
			"route.destination-cidr-block":           overRoutes(func(r types.Route) string { return get(r.DestinationCidrBlock) }),
			"route.destination-prefix-list-id":       overRoutes(func(r types.Route) string { return get(r.DestinationPrefixListId) }),
			"route.gateway-id":                       overRoutes(func(r types.Route) string { return get(r.GatewayId) }),
			"route.transit-gateway-id":               overRoutes(func(r types.Route) string { return get(r.TransitGatewayId) }),
			"route.origin":                           overRoutes(func(r types.Route) string { return string(r.Origin) }),
			"route.state":                            overRoutes(func(r types.Route) string { return string(r.State) }),
		},
	}
}

func text(flag bool) string {
	if flag {
		return "true"
	}
	return "false"
}

func describeRouteTables(c call, view *store.View, in *sdk.DescribeRouteTablesInput) (*sdk.DescribeRouteTablesOutput, error) {
	l := routeTableListing(view)
	part, next, err := l.page(c, vpc.RouteTables(view, c.by), in.RouteTableIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(t demarc.RouteTable) types.RouteTable { return routeTableOut(view, t) })
	return &sdk.DescribeRouteTablesOutput{RouteTables: out, NextToken: next}, nil
}

func associateRouteTable(c call, tx *store.Tx, in *sdk.AssociateRouteTableInput) (*sdk.AssociateRouteTableOutput, error) {
	a, err := vpc.Associate(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), demarc.SubnetID(get(in.SubnetId)))
	return &sdk.AssociateRouteTableOutput{AssociationId: &a.ID, AssociationState: associatedState()}, err
}

func associatedState() *types.RouteTableAssociationState {
	return &types.RouteTableAssociationState{State: types.RouteTableAssociationStateCodeAssociated}
}

func disassociateRouteTable(c call, tx *store.Tx, in *sdk.DisassociateRouteTableInput) (*sdk.DisassociateRouteTableOutput, error) {
	return &sdk.DisassociateRouteTableOutput{}, vpc.Disassociate(tx, c.by, get(in.AssociationId))
}

func replaceRouteTableAssociation(c call, tx *store.Tx, in *sdk.ReplaceRouteTableAssociationInput) (*sdk.ReplaceRouteTableAssociationOutput, error) {
	a, err := vpc.ReplaceAssociation(tx, c.by, get(in.AssociationId), demarc.RouteTableID(get(in.RouteTableId)))
	return &sdk.ReplaceRouteTableAssociationOutput{NewAssociationId: &a.ID, AssociationState: associatedState()}, err
}
