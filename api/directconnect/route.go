package directconnect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// maxCIDRs is how many prefixes a filter may name (AWS's model).
const maxCIDRs = 10

func listVirtualInterfaceRoutes(c call, view *store.View, in *dx.ListVirtualInterfaceRoutesInput) (*dx.ListVirtualInterfaceRoutesOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	v, err := vif.Get(view, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), c.now)
	if err != nil {
		return nil, err
	}
	filter, err := readRouteFilter(in.Filters)
	if err != nil {
		return nil, err
	}
	routes, next, err := page(c, routesOf(view, v.ID, filter), route.key, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.ListVirtualInterfaceRoutesOutput{
		VirtualInterfaceId: aws.String(string(v.ID)),
		Routes:             make([]types.Route, 0, len(routes)),
		NextToken:          next,
	}
	for _, r := range routes {
		out.Routes = append(out.Routes, r.shape(v.Device))
	}
	return out, nil
}

// A route is one that the edge saw, and which way it went.
type route struct {
	intent.RouteSeen
	direction types.RouteDirection
}

// routesOf are the routes in use, as the edge reported them last: accepted
// first, then by family and prefix.
func routesOf(r store.Reader, id demarc.VirtualInterfaceID, f routeFilter) []route {
	seen, _ := store.VIFSightings.Get(r, string(id))
	var all []route
	for s := range seen.Accepted.All() {
		all = append(all, route{s, types.RouteDirectionAccepted})
	}
	for s := range seen.Advertised.All() {
		all = append(all, route{s, types.RouteDirectionAdvertised})
	}
	all = slices.DeleteFunc(all, func(r route) bool { return !f.passes(r) })
	slices.SortFunc(all, func(a, b route) int { return strings.Compare(a.key(), b.key()) })
	return all
}

// key orders routes: as text, since a page's token carries it.
func (r route) key() string {
	return fmt.Sprintf("%s/%s/%x/%03d", r.direction, r.family(), r.Prefix.Addr().AsSlice(), r.Prefix.Bits())
}

func (r route) family() types.AddressFamily {
	if r.Prefix.Addr().Is4() {
		return types.AddressFamilyIPv4
	}
	return types.AddressFamilyIPv6
}

func (r route) shape(device demarc.NodeID) types.Route {
	shape := types.Route{
		Cidr:               aws.String(r.Prefix.String()),
		AddressFamily:      r.family(),
		RouteDirection:     r.direction,
		AsPath:             []types.AsPathSegment{},
		Communities:        append([]string{}, r.Communities...),
		AwsLogicalDeviceId: aws.String(string(device)),
		RouteInstalledAt:   optionalTime(r.Since),
	}
	if len(r.ASPath) > 0 {
		segment := types.AsPathSegment{PathType: types.AsPathTypeSeq}
		for _, asn := range r.ASPath {
			segment.Path = append(segment.Path, int64(asn))
		}
		shape.AsPath = append(shape.AsPath, segment)
	}
	return shape
}

// A routeFilter narrows a list of routes; what is empty narrows nothing.
type routeFilter struct {
	family      types.AddressFamily
	direction   types.RouteDirection
	prefixes    []netip.Prefix
	asns        []demarc.ASN
	communities []string
}

// passes: a route is one of the prefixes, and has all of the ASNs and all of
// the communities. AWS does not say how it combines them.
func (f routeFilter) passes(r route) bool {
	return (f.family == "" || f.family == r.family()) &&
		(f.direction == "" || f.direction == r.direction) &&
		(len(f.prefixes) == 0 || slices.Contains(f.prefixes, r.Prefix)) &&
		containsAll(r.ASPath, f.asns) &&
		containsAll(r.Communities, f.communities)
}

func containsAll[T comparable](have, want []T) bool {
	return !slices.ContainsFunc(want, func(v T) bool { return !slices.Contains(have, v) })
}

func readRouteFilter(in *types.RouteFilters) (routeFilter, error) {
	if in == nil {
		return routeFilter{}, nil
	}
	f := routeFilter{family: in.AddressFamily, direction: in.RouteDirection, communities: in.Communities}
	if f.family != "" && !slices.Contains(f.family.Values(), f.family) {
		return f, demarc.Errorf(demarc.Invalid, "address family %q is neither ipv4 nor ipv6", f.family).In("addressFamily")
	}
	if f.direction != "" && !slices.Contains(f.direction.Values(), f.direction) {
		return f, demarc.Errorf(demarc.Invalid, "route direction %q is neither accepted nor advertised", f.direction).In("routeDirection")
	}
	if len(in.Cidrs) > maxCIDRs {
		return f, demarc.Errorf(demarc.Invalid, "%d CIDRs are more than the %d that a filter may name", len(in.Cidrs), maxCIDRs).In("cidrs")
	}
	for _, cidr := range in.Cidrs {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return f, demarc.Errorf(demarc.Invalid, "%q is no prefix such as 10.1.0.0/16", cidr).In("cidrs")
		}
		f.prefixes = append(f.prefixes, prefix.Masked())
	}
	for _, asn := range in.AsPath {
		f.asns = append(f.asns, demarc.ASN(asn))
	}
	return f, nil
}
