package directconnect

import (
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

func allocatePrivateVirtualInterface(c call, tx *store.Tx, in *dx.AllocatePrivateVirtualInterfaceInput) (*types.VirtualInterface, error) {
	asked := in.NewPrivateVirtualInterfaceAllocation
	if err := requireAllocation(in.ConnectionId, in.OwnerAccount, member{"newPrivateVirtualInterfaceAllocation", asked != nil}); err != nil {
		return nil, err
	}
	// An allocation says less than a creation, in the same words.
	wanted, err := newPrivate(&types.NewPrivateVirtualInterface{
		VirtualInterfaceName: asked.VirtualInterfaceName, Vlan: asked.Vlan, Mtu: asked.Mtu,
		Asn: asked.Asn, AsnLong: asked.AsnLong, AuthKey: asked.AuthKey, AddressFamily: asked.AddressFamily,
		AmazonAddress: asked.AmazonAddress, CustomerAddress: asked.CustomerAddress,
		RateLimit: asked.RateLimit, Tags: asked.Tags,
	})
	if err != nil {
		return nil, err
	}
	return allocateInterface(c, tx, in.ConnectionId, in.OwnerAccount, wanted)
}

func createPrivateVirtualInterface(c call, tx *store.Tx, in *dx.CreatePrivateVirtualInterfaceInput) (*types.VirtualInterface, error) {
	asked := in.NewPrivateVirtualInterface
	if err := require(given("connectionId", in.ConnectionId), member{"newPrivateVirtualInterface", asked != nil}); err != nil {
		return nil, err
	}
	wanted, err := newPrivate(asked)
	if err != nil {
		return nil, err
	}
	onto, err := gatewayGiven(asked.VirtualGatewayId, asked.DirectConnectGatewayId)
	if err != nil {
		return nil, err
	}
	return createInterface(c, tx, in.ConnectionId, onto, wanted)
}

func confirmPrivateVirtualInterface(c call, tx *store.Tx, in *dx.ConfirmPrivateVirtualInterfaceInput) (*dx.ConfirmPrivateVirtualInterfaceOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	onto, err := gatewayGiven(in.VirtualGatewayId, in.DirectConnectGatewayId)
	if err != nil {
		return nil, err
	}
	state, err := confirmInterface(c, tx, in.VirtualInterfaceId, demarc.PrivateVIF, onto)
	return &dx.ConfirmPrivateVirtualInterfaceOutput{VirtualInterfaceState: state}, err
}

// gatewayGiven reads where a private interface is to lead: exactly one of two
// kinds of gateway.
func gatewayGiven(virtual, directConnect *string) (vif.Onto, error) {
	if text(virtual) == "" && text(directConnect) == "" {
		return vif.Onto{}, demarc.Errorf(demarc.Invalid, "one of virtualGatewayId and directConnectGatewayId is required").In("virtualGatewayId")
	}
	return vif.Onto{
		Gateway:              demarc.GatewayID(text(virtual)),
		DirectConnectGateway: demarc.DirectConnectGatewayID(text(directConnect)),
	}, nil
}

func newPrivate(asked *types.NewPrivateVirtualInterface) (vif.New, error) {
	if err := require(given("virtualInterfaceName", asked.VirtualInterfaceName)); err != nil {
		return vif.New{}, err
	}
	mtu, err := mtuGiven(asked.Mtu)
	if err != nil {
		return vif.New{}, err
	}
	return vif.New{
		Type:            demarc.PrivateVIF,
		Name:            *asked.VirtualInterfaceName,
		VLAN:            int(asked.Vlan),
		ASN:             wideASN(asked.Asn, asked.AsnLong),
		MTU:             mtu,
		Key:             demarc.NewSecret(text(asked.AuthKey)),
		Family:          demarc.AddressFamily(asked.AddressFamily),
		AmazonAddress:   text(asked.AmazonAddress),
		CustomerAddress: text(asked.CustomerAddress),
		RateLimit:       text(asked.RateLimit),
		SiteLink:        asked.EnableSiteLink != nil && *asked.EnableSiteLink,
		PrefixesIPv4:    wide(asked.PrefixPoolAllocatedCountIpv4),
		PrefixesIPv6:    wide(asked.PrefixPoolAllocatedCountIpv6),
		Tags:            tagsGiven(asked.Tags),
	}, nil
}
