package directconnect

import (
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

func updateVirtualInterfaceAttributes(c call, tx *store.Tx, in *dx.UpdateVirtualInterfaceAttributesInput) (*types.VirtualInterface, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	v, err := vif.Update(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), vif.Change{
		Name:         in.VirtualInterfaceName,
		MTU:          wide(in.Mtu),
		SiteLink:     in.EnableSiteLink,
		RateLimit:    in.RateLimit,
		PrefixesIPv4: wide(in.PrefixPoolAllocatedCountIpv4),
		PrefixesIPv6: wide(in.PrefixPoolAllocatedCountIpv6),
	}, c.now)
	if err != nil {
		return nil, err
	}
	return interfaceShape(c, tx, v)
}

func associateVirtualInterface(c call, tx *store.Tx, in *dx.AssociateVirtualInterfaceInput) (*types.VirtualInterface, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId), given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	v, err := vif.Move(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), demarc.ConnectionID(*in.ConnectionId), c.now)
	if err != nil {
		return nil, err
	}
	return interfaceShape(c, tx, v)
}
