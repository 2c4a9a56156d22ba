package ec2

import (
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
	if r.List != "" {
		out.DestinationPrefixListId = str(r.List)
	} else if r.Prefix.Addr().Is4() {
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
func staticRoute(to destination, gateway, transitGateway *string) (demarc.StaticRoute, error) {
	r, err := to.route()
	if err != nil {
		return r, err
	}
	targets := []string{}
	for _, t := range []*string{gateway, transitGateway} {
		if t != nil {
			targets = append(targets, *t)
		}
	}
	if len(targets) != 1 {
		return r, demarc.Errorf(demarc.Invalid, "The request must contain exactly one of gatewayId and transitGatewayId").In("route")
	}
	r.Target = targets[0]
	return r, nil
}

// A destination is a route's: a prefix of either family, or a prefix list.
type destination struct{ four, six, list *string }

func (d destination) route() (r demarc.StaticRoute, err error) {
	given := 0
	for _, member := range []*string{d.four, d.six, d.list} {
		if member != nil {
			given++
		}
	}
	switch {
	case given > 1:
		err = demarc.Errorf(demarc.Invalid, "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId").In("route")
	case d.list != nil:
		r.List = demarc.PrefixListID(*d.list)
	case d.six != nil:
		r.Prefix, err = prefix6("destinationIpv6CidrBlock", d.six)
	default:
		r.Prefix, err = prefix("destinationCidrBlock", d.four)
	}
	return r, err
}

func createRoute(c call, tx *store.Tx, in *sdk.CreateRouteInput) (*sdk.CreateRouteOutput, error) {
	r, err := staticRoute(destination{in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId}, in.GatewayId, in.TransitGatewayId)
	if err != nil {
		return nil, err
	}
	return &sdk.CreateRouteOutput{Return: ref(true)}, vpc.CreateRoute(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), r)
}

func replaceRoute(c call, tx *store.Tx, in *sdk.ReplaceRouteInput) (*sdk.ReplaceRouteOutput, error) {
	r, err := staticRoute(destination{in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId}, in.GatewayId, in.TransitGatewayId)
	if err != nil {
		return nil, err
	}
	return &sdk.ReplaceRouteOutput{}, vpc.ReplaceRoute(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), r)
}

func deleteRoute(c call, tx *store.Tx, in *sdk.DeleteRouteInput) (*sdk.DeleteRouteOutput, error) {
	to, err := destination{in.DestinationCidrBlock, in.DestinationIpv6CidrBlock, in.DestinationPrefixListId}.route()
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteRouteOutput{}, vpc.DeleteRoute(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), to)
}

func enablePropagation(c call, tx *store.Tx, in *sdk.EnableVgwRoutePropagationInput) (*sdk.EnableVgwRoutePropagationOutput, error) {
	return &sdk.EnableVgwRoutePropagationOutput{}, vpc.Propagate(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), demarc.GatewayID(get(in.GatewayId)), true)
}

func disablePropagation(c call, tx *store.Tx, in *sdk.DisableVgwRoutePropagationInput) (*sdk.DisableVgwRoutePropagationOutput, error) {
	return &sdk.DisableVgwRoutePropagationOutput{}, vpc.Propagate(tx, c.by, demarc.RouteTableID(get(in.RouteTableId)), demarc.GatewayID(get(in.GatewayId)), false)
}
