package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

func createTransitGatewayRouteTable(c call, tx *store.Tx, in *sdk.CreateTransitGatewayRouteTableInput) (*sdk.CreateTransitGatewayRouteTableOutput, error) {
	tags, err := tagsFor(types.ResourceTypeTransitGatewayRouteTable, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	t, err := transit.CreateRouteTable(tx, c.by, demarc.TransitGatewayID(get(in.TransitGatewayId)), tags, c.now)
	if err != nil {
		return nil, err
	}
	return &sdk.CreateTransitGatewayRouteTableOutput{TransitGatewayRouteTable: ref(transitTableOut(tx, t))}, nil
}

func transitTableOut(r store.Reader, t demarc.TransitRouteTable) types.TransitGatewayRouteTable {
	gw, _ := store.TransitGateways.Get(r, string(t.TransitGateway))
	return types.TransitGatewayRouteTable{
		TransitGatewayRouteTableId: str(t.ID), TransitGatewayId: str(t.TransitGateway), State: transitTableState(t), CreationTime: &t.Created,
		DefaultAssociationRouteTable: ref(gw.AssociationTable == t.ID), DefaultPropagationRouteTable: ref(gw.PropagationTable == t.ID), Tags: tagsOut(t.Tags),
	}
}

func transitTableState(t demarc.TransitRouteTable) types.TransitGatewayRouteTableState {
	if t.Gone() {
		return types.TransitGatewayRouteTableStateDeleted
	}
	return types.TransitGatewayRouteTableStateAvailable
}

func deleteTransitGatewayRouteTable(c call, tx *store.Tx, in *sdk.DeleteTransitGatewayRouteTableInput) (*sdk.DeleteTransitGatewayRouteTableOutput, error) {
	t, err := transit.DeleteRouteTable(tx, c.by, tableID(in.TransitGatewayRouteTableId), c.now)
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteTransitGatewayRouteTableOutput{TransitGatewayRouteTable: ref(transitTableOut(tx, t))}, nil
}

func tableID(id *string) demarc.TransitRouteTableID { return demarc.TransitRouteTableID(get(id)) }

func transitTableListing(r store.Reader) listing[demarc.TransitRouteTable] {
	described := func(t demarc.TransitRouteTable) types.TransitGatewayRouteTable { return transitTableOut(r, t) }
	return listing[demarc.TransitRouteTable]{
		kind: "transitGatewayRouteTable",
		id:   func(t demarc.TransitRouteTable) string { return string(t.ID) },
		tags: func(t demarc.TransitRouteTable) []demarc.Tag { return t.Tags },
		filters: map[string]func(demarc.TransitRouteTable) []string{
			"transit-gateway-route-table-id":  one(func(t demarc.TransitRouteTable) demarc.TransitRouteTableID { return t.ID }),
			"transit-gateway-id":              one(func(t demarc.TransitRouteTable) demarc.TransitGatewayID { return t.TransitGateway }),
			"state":                           one(transitTableState),
			"default-association-route-table": flag(func(t demarc.TransitRouteTable) bool { return *described(t).DefaultAssociationRouteTable }),
			"default-propagation-route-table": flag(func(t demarc.TransitRouteTable) bool { return *described(t).DefaultPropagationRouteTable }),
		},
	}
}

func describeTransitGatewayRouteTables(c call, view *store.View, in *sdk.DescribeTransitGatewayRouteTablesInput) (*sdk.DescribeTransitGatewayRouteTablesOutput, error) {
	l := transitTableListing(view)
	part, next, err := l.page(c, transit.RouteTables(view, c.by), in.TransitGatewayRouteTableIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(t demarc.TransitRouteTable) types.TransitGatewayRouteTable { return transitTableOut(view, t) })
	return &sdk.DescribeTransitGatewayRouteTablesOutput{TransitGatewayRouteTables: out, NextToken: next}, nil
}
