package ec2

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

// transitStatic reads what CreateTransitGatewayRoute and its Replace have in
// common. Clients give an empty attachment for none.
func transitStatic(destination, attachment *string, blackhole *bool) (demarc.TransitStaticRoute, error) {
	p, err := anyPrefix("destinationCidrBlock", destination)
	if err != nil {
		return demarc.TransitStaticRoute{}, err
	}
	return demarc.TransitStaticRoute{Prefix: p, Attachment: attachmentID(attachment)}, eitherWay(attachment, blackhole)
}

// eitherWay refuses a route that leads somewhere and drops packets, or neither.
func eitherWay(attachment *string, blackhole *bool) error {
	if get(blackhole) == (get(attachment) != "") {
		return demarc.Errorf(demarc.Invalid, "The request must contain either an attachment or Blackhole").In("transitGatewayRoute")
	}
	return nil
}

// anyPrefix reads a range of either family, which one member takes here.
func anyPrefix(member string, value *string) (netip.Prefix, error) {
	if value == nil {
		return netip.Prefix{}, missing(member)
	}
	p, err := netip.ParsePrefix(*value)
	if err != nil {
		return p, malformed(member, *value)
	}
	return p.Masked(), nil
}

func createTransitGatewayRoute(c call, tx *store.Tx, in *sdk.CreateTransitGatewayRouteInput) (*sdk.CreateTransitGatewayRouteOutput, error) {
	s, err := transitStatic(in.DestinationCidrBlock, in.TransitGatewayAttachmentId, in.Blackhole)
	if err != nil {
		return nil, err
	}
	r, err := transit.CreateRoute(tx, c.by, tableID(in.TransitGatewayRouteTableId), s)
	return &sdk.CreateTransitGatewayRouteOutput{Route: ref(transitRouteOut(r))}, err
}

func replaceTransitGatewayRoute(c call, tx *store.Tx, in *sdk.ReplaceTransitGatewayRouteInput) (*sdk.ReplaceTransitGatewayRouteOutput, error) {
	s, err := transitStatic(in.DestinationCidrBlock, in.TransitGatewayAttachmentId, in.Blackhole)
	if err != nil {
		return nil, err
	}
	r, err := transit.ReplaceRoute(tx, c.by, tableID(in.TransitGatewayRouteTableId), s)
	return &sdk.ReplaceTransitGatewayRouteOutput{Route: ref(transitRouteOut(r))}, err
}

func deleteTransitGatewayRoute(c call, tx *store.Tx, in *sdk.DeleteTransitGatewayRouteInput) (*sdk.DeleteTransitGatewayRouteOutput, error) {
	p, err := anyPrefix("destinationCidrBlock", in.DestinationCidrBlock)
	if err != nil {
		return nil, err
	}
	r, err := transit.DeleteRoute(tx, c.by, tableID(in.TransitGatewayRouteTableId), p)
	out := transitRouteOut(r)
	out.State = types.TransitGatewayRouteStateDeleted
	return &sdk.DeleteTransitGatewayRouteOutput{Route: &out}, err
}

// transitRouteOut has no attachments where packets are dropped, which clients
// take for a blackhole.
func transitRouteOut(r transit.Route) types.TransitGatewayRoute {
	out := types.TransitGatewayRoute{
		DestinationCidrBlock: ref(r.Prefix.String()), Type: transitRouteType(r), PrefixListId: str(r.List),
		State: types.TransitGatewayRouteStateBlackhole, TransitGatewayAttachments: []types.TransitGatewayRouteAttachment{},
	}
	if !r.Blackhole() {
		out.State = types.TransitGatewayRouteStateActive
		out.TransitGatewayAttachments = append(out.TransitGatewayAttachments, types.TransitGatewayRouteAttachment{
			TransitGatewayAttachmentId: str(r.To.ID), ResourceId: str(resourceID(r.To)), ResourceType: resourceType(r.To),
		})
	}
	return out
}

// transitRouteType is static for what was written, by a prefix list too.
func transitRouteType(r transit.Route) types.TransitGatewayRouteType {
	if r.Kind.Written() {
		return types.TransitGatewayRouteTypeStatic
	}
	return types.TransitGatewayRouteTypePropagated
}

// toAttachment is a filter over where a route leads.
func toAttachment[S ~string](value func(demarc.TransitGatewayAttachment) S) func(transit.Route) []string {
	return func(r transit.Route) []string {
		if r.Blackhole() {
			return nil
		}
		return []string{string(value(r.To))}
	}
}

var transitRouteListing = listing[transit.Route]{
	// The order of prefixes, in a text of one length for each family.
	id: func(r transit.Route) string {
		return string(rune('0'+r.Prefix.Addr().BitLen()/32)) + hex.EncodeToString(append(r.Prefix.Addr().AsSlice(), byte(r.Prefix.Bits())))
	},
	filters: map[string]func(transit.Route) []string{
		"attachment.transit-gateway-attachment-id": toAttachment(func(a demarc.TransitGatewayAttachment) demarc.TransitGatewayAttachmentID { return a.ID }),
		"attachment.resource-id":                   toAttachment(resourceID),
		"attachment.resource-type":                 toAttachment(resourceType),
		"state":                                    one(func(r transit.Route) types.TransitGatewayRouteState { return transitRouteOut(r).State }),
		"type":                                     one(transitRouteType),
		"prefix-list-id":                           one(func(r transit.Route) string { return r.List }),
	},
}

const routeSearch = "route-search."

// searches pick routes by the prefix that is looked for.
var searches = map[string]func(all []transit.Route, p netip.Prefix) []transit.Route{
	"exact-match": func(all []transit.Route, p netip.Prefix) []transit.Route {
		return keep(all, func(r netip.Prefix) bool { return r == p })
	},
	"subnet-of-match": func(all []transit.Route, p netip.Prefix) []transit.Route {
		return keep(all, func(r netip.Prefix) bool { return contains(p, r) })
	},
	"supernet-of-match": func(all []transit.Route, p netip.Prefix) []transit.Route {
		return keep(all, func(r netip.Prefix) bool { return contains(r, p) })
	},
	"longest-prefix-match": func(all []transit.Route, p netip.Prefix) []transit.Route {
		longest := -1
		for _, r := range all {
			if contains(r.Prefix, p) {
				longest = max(longest, r.Prefix.Bits())
			}
		}
		return keep(all, func(r netip.Prefix) bool { return contains(r, p) && r.Bits() == longest })
	},
}

func keep(all []transit.Route, fits func(netip.Prefix) bool) []transit.Route {
	return slices.DeleteFunc(slices.Clone(all), func(r transit.Route) bool { return !fits(r.Prefix) })
}

// contains reports whether every address of inner is in outer.
func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// search applies the filters that look for a prefix, of which any value may
// fit, and gives the others back.
func search(all []transit.Route, filters []types.Filter) ([]transit.Route, []types.Filter, error) {
	var others []types.Filter
	for _, f := range filters {
		find, ok := searches[strings.TrimPrefix(get(f.Name), routeSearch)]
		if !ok || !strings.HasPrefix(get(f.Name), routeSearch) {
			others = append(others, f)
			continue
		}
		var found []transit.Route
		for _, v := range f.Values {
			p, err := searched(v)
			if err != nil {
				return nil, nil, err
			}
			found = append(found, find(all, p)...)
		}
		all = slices.CompactFunc(slices.SortedFunc(slices.Values(found), func(a, b transit.Route) int { return a.Prefix.Compare(b.Prefix) }),
			func(a, b transit.Route) bool { return a.Prefix == b.Prefix })
	}
	return all, others, nil
}

// searched reads a prefix, or an address as the prefix that it alone is in.
func searched(value string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(value); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return p, malformed("Filter", value)
	}
	return p.Masked(), nil
}

func searchTransitGatewayRoutes(c call, view *store.View, in *sdk.SearchTransitGatewayRoutesInput) (*sdk.SearchTransitGatewayRoutesOutput, error) {
	t, err := transit.GetRouteTable(view, c.by, tableID(in.TransitGatewayRouteTableId))
	if err != nil {
		return nil, err
	}
	found, others, err := search(transit.Routes(view, t), in.Filters)
	if err != nil {
		return nil, err
	}
	part, next, err := transitRouteListing.page(c, found, nil, others, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.SearchTransitGatewayRoutesOutput{Routes: each(part, transitRouteOut), NextToken: next, AdditionalRoutesAvailable: ref(next != nil)}, nil
}
