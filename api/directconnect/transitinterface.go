package directconnect

import (
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

func allocateTransitVirtualInterface(c call, tx *store.Tx, in *dx.AllocateTransitVirtualInterfaceInput) (*dx.AllocateTransitVirtualInterfaceOutput, error) {
	asked := in.NewTransitVirtualInterfaceAllocation
	if err := requireAllocation(in.ConnectionId, in.OwnerAccount, member{"newTransitVirtualInterfaceAllocation", asked != nil}); err != nil {
		return nil, err
	}
	wanted, err := newTransit(&types.NewTransitVirtualInterface{
		VirtualInterfaceName: asked.VirtualInterfaceName, Vlan: asked.Vlan, Mtu: asked.Mtu,
		Asn: asked.Asn, AsnLong: asked.AsnLong, AuthKey: asked.AuthKey, AddressFamily: asked.AddressFamily,
		AmazonAddress: asked.AmazonAddress, CustomerAddress: asked.CustomerAddress,
		RateLimit: asked.RateLimit, Tags: asked.Tags,
	})
	if err != nil {
		return nil, err
	}
	shape, err := allocateInterface(c, tx, in.ConnectionId, in.OwnerAccount, wanted)
	return &dx.AllocateTransitVirtualInterfaceOutput{VirtualInterface: shape}, err
}

func createTransitVirtualInterface(c call, tx *store.Tx, in *dx.CreateTransitVirtualInterfaceInput) (*dx.CreateTransitVirtualInterfaceOutput, error) {
	asked := in.NewTransitVirtualInterface
	if err := require(given("connectionId", in.ConnectionId), member{"newTransitVirtualInterface", asked != nil}); err != nil {
		return nil, err
	}
	onto := vif.Onto{DirectConnectGateway: demarc.DirectConnectGatewayID(text(asked.DirectConnectGatewayId))}
	wanted, err := newTransit(asked)
	if err != nil {
		return nil, err
	}
	shape, err := createInterface(c, tx, in.ConnectionId, onto, wanted)
	return &dx.CreateTransitVirtualInterfaceOutput{VirtualInterface: shape}, err
}

func confirmTransitVirtualInterface(c call, tx *store.Tx, in *dx.ConfirmTransitVirtualInterfaceInput) (*dx.ConfirmTransitVirtualInterfaceOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId), given("directConnectGatewayId", in.DirectConnectGatewayId)); err != nil {
		return nil, err
	}
	onto := vif.Onto{DirectConnectGateway: demarc.DirectConnectGatewayID(*in.DirectConnectGatewayId)}
	state, err := confirmInterface(c, tx, in.VirtualInterfaceId, demarc.TransitVIF, onto)
	return &dx.ConfirmTransitVirtualInterfaceOutput{VirtualInterfaceState: state}, err
}

// newTransit needs no member by AWS's model; what is missing is found by the
// room.
func newTransit(asked *types.NewTransitVirtualInterface) (vif.New, error) {
	mtu, err := mtuGiven(asked.Mtu)
	return vif.New{
		Type:            demarc.TransitVIF,
		Name:            text(asked.VirtualInterfaceName),
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
	}, err
}
