package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/api/regional"
	"demarc/routerconfig"
	"demarc/store"
	"demarc/vif"
)

func describeVirtualInterfaces(c call, view *store.View, in *dx.DescribeVirtualInterfacesInput) (*dx.DescribeVirtualInterfacesOutput, error) {
	vifs := vif.List(view, c.by, vif.Filter{
		ID:         demarc.VirtualInterfaceID(text(in.VirtualInterfaceId)),
		Connection: demarc.ConnectionID(text(in.ConnectionId)),
	}, c.now)
	vifs = regional.Only(c.scope, vifs, func(v demarc.VirtualInterface) demarc.Region { return v.Region })
	vifs, next, err := page(c, vifs, func(v demarc.VirtualInterface) string { return string(v.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.DescribeVirtualInterfacesOutput{VirtualInterfaces: make([]types.VirtualInterface, 0, len(vifs)), NextToken: next}
	for _, v := range vifs {
		shape, err := interfaceShape(c, view, v)
		if err != nil {
			return nil, err
		}
		out.VirtualInterfaces = append(out.VirtualInterfaces, *shape)
	}
	return out, nil
}

func deleteVirtualInterface(c call, tx *store.Tx, in *dx.DeleteVirtualInterfaceInput) (*dx.DeleteVirtualInterfaceOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	v, err := vif.Delete(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), c.now)
	return &dx.DeleteVirtualInterfaceOutput{VirtualInterfaceState: types.VirtualInterfaceState(v.State)}, err
}

// interfaceShape is an interface as the caller may see it. The members about
// one session are those of the first peer.
func interfaceShape(c call, r store.Reader, v demarc.VirtualInterface) (*types.VirtualInterface, error) {
	shape := &types.VirtualInterface{
		VirtualInterfaceId:    aws.String(string(v.ID)),
		VirtualInterfaceName:  aws.String(v.Name),
		VirtualInterfaceState: types.VirtualInterfaceState(v.State),
		VirtualInterfaceType:  aws.String(string(v.Type)),
		ConnectionId:          aws.String(string(v.Connection)),
		OwnerAccount:          aws.String(string(v.Owner)),
		Region:                aws.String(string(v.Region)),
		Location:              aws.String(string(v.Location)),
		AwsDeviceV2:           aws.String(string(v.Device)),
		AwsLogicalDeviceId:    aws.String(string(v.Device)),
		Vlan:                  int32(v.VLAN),
		Mtu:                   aws.Int32(int32(v.MTU)),
		JumboFrameCapable:     aws.Bool(true),
		SiteLinkEnabled:       aws.Bool(v.SiteLink),
		RouteFilterPrefixes:   []types.RouteFilterPrefix{},   // of public interfaces; AWS sends it always
		VirtualGatewayId:      aws.String(string(v.Gateway)), // AWS sends it empty where there is none

		DirectConnectGatewayId: optional(string(v.DirectConnectGateway)),
		Tags:                   []types.Tag{},
		BgpPeers:               peerShapes(r, v),
	}
	mirrorFirstPeer(shape)
	for _, p := range v.RouteFilters {
		shape.RouteFilterPrefixes = append(shape.RouteFilterPrefixes, types.RouteFilterPrefix{Cidr: aws.String(p.String())})
	}
	if v.RateLimit != 0 {
		shape.RateLimit = aws.String(v.RateLimit.String())
	}
	if v.Type != demarc.PublicVIF {
		shape.PrefixPoolAllocatedCountIpv4 = aws.Int32(int32(v.Prefixes.IPv4))
		shape.PrefixPoolAllocatedCountIpv6 = aws.Int32(int32(v.Prefixes.IPv6))
	}
	if v.GatewayASN != 0 {
		shape.AmazonSideAsn = aws.Int64(int64(v.GatewayASN))
	}
	if v.Owner == c.by {
		shape.Tags = tagShapes(v.Tags)
	}
	if vif.MayConfigure(v, c.by) && v.GatewayASN != 0 {
		config, err := routerconfig.XML(v)
		if err != nil {
			return nil, err
		}
		shape.CustomerRouterConfig = &config
	}
	return shape, nil
}

func mirrorFirstPeer(shape *types.VirtualInterface) {
	if len(shape.BgpPeers) == 0 {
		return
	}
	first := shape.BgpPeers[0]
	shape.AddressFamily = first.AddressFamily
	shape.Asn, shape.AsnLong = first.Asn, first.AsnLong
	shape.AuthKey = first.AuthKey
	shape.AmazonAddress, shape.CustomerAddress = first.AmazonAddress, first.CustomerAddress
}
