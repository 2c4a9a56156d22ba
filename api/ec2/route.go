package ec2

import (
	"net/netip"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/route"
	"demarc/store"
	"demarc/vpc"
)

var origins = map[route.Kind]types.RouteOrigin{
	route.KindLocal:      types.RouteOriginCreateRouteTable,
	route.KindStatic:     types.RouteOriginCreateRoute,
	route.KindPropagated: types.RouteOriginEnableVgwRoutePropagation,
}

func routeOut(r vpc.Route) types.Route {
	out := types.Route{Origin: origins[r.Kind], State: types.RouteStateActive}
	if r.Prefix.Addr().Is4() {
		out.DestinationCidrBlock = ref(r.Prefix.String())
	} else {
		out.DestinationIpv6CidrBlock = ref(r.Prefix.String())
	}
	if r.Blackhole {
		out.State = types.RouteStateBlackhole
	}
	if strings.HasPrefix(r.Target, "tgw-") {
		out.TransitGatewayId = &r.Target
	} else {
		out.GatewayId = &r.Target
	}
	return out
}

// staticRoute reads what CreateRoute and ReplaceRoute have in common.
func staticRoute(four, six, gateway, transitGateway *string) (demarc.StaticRoute, error) {
	p, err := destination(four, six)
	if err != nil {
		return demarc.StaticRoute{}, err
	}
	targets := []string{}
	for _, t := range []*string{gateway, transitGateway} {
		if t != nil {
			targets = append(targets, *t)
		}
	}
	if len(targets) != 1 {
		return demarc.StaticRoute{}, demarc.Errorf(demarc.Invalid, "The request must contain exactly one of gatewayId and transitGatewayId").In("route")
	}
	return demarc.StaticRoute{Prefix: p, Target: targets[0]}, nil
}

// destination is a route's, of either family.
func destination(four, six *string) (netip.Prefix, error) {
	switch {
	case four != nil && six != nil:
		return netip.Prefix{}, demarc.Errorf(demarc.Invalid, "The request must contain exactly one of destinationCidrBlock and destinationIpv6CidrBlock").In("route")
	case six != nil:
		return prefix6("destinationIpv6CidrBlock", six)
	}
	return prefix("destinationCidrBlock", four)
}

func createRoute(c call, tx *store.Tx, in *sdk.CreateRouteInput) (*sdk.CreateRouteOutput, error) {
	r, err := staticRoute(in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.GatewayId, in.TransitGatewayId)
	if err != nil {
		return nil, err
	}
	return &sdk.CreateRouteOutput{Return: ref(true)}, vpc.CreateRoute(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), r)
}

func replaceRoute(c call, tx *store.Tx, in *sdk.ReplaceRouteInput) (*sdk.ReplaceRouteOutput, error) {
	r, err := staticRoute(in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.GatewayId, in.TransitGatewayId)
	if err != nil {
		return nil, err
	}
	return &sdk.ReplaceRouteOutput{}, vpc.ReplaceRoute(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), r)
}

func deleteRoute(c call, tx *store.Tx, in *sdk.DeleteRouteInput) (*sdk.DeleteRouteOutput, error) {
	p, err := destination(in.DestinationCidrBlock, in.DestinationIpv6CidrBlock)
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteRouteOutput{}, vpc.DeleteRoute(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), p)
}

func enablePropagation(c call, tx *store.Tx, in *sdk.EnableVgwRoutePropagationInput) (*sdk.EnableVgwRoutePropagationOutput, error) {
	return &sdk.EnableVgwRoutePropagationOutput{}, vpc.Propagate(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), demarc.GatewayID(get(in.GatewayId)), true)
}

func disablePropagation(c call, tx *store.Tx, in *sdk.DisableVgwRoutePropagationInput) (*sdk.DisableVgwRoutePropagationOutput, error) {
	return &sdk.DisableVgwRoutePropagationOutput{}, vpc.Propagate(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), demarc.GatewayID(get(in.GatewayId)), false)
}
