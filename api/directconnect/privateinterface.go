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
	err := require(given("connectionId", in.ConnectionId), given("ownerAccount", in.OwnerAccount),
		member{"newPrivateVirtualInterfaceAllocation", asked != nil})
	if err != nil {
		return nil, err
	}
	// An allocation says less than a creation, in the same words.
	wanted, err := newInterface(&types.NewPrivateVirtualInterface{
		VirtualInterfaceName: asked.VirtualInterfaceName, Vlan: asked.Vlan, Mtu: asked.Mtu,
		Asn: asked.Asn, AsnLong: asked.AsnLong, AuthKey: asked.AuthKey, AddressFamily: asked.AddressFamily,
		AmazonAddress: asked.AmazonAddress, CustomerAddress: asked.CustomerAddress,
		RateLimit: asked.RateLimit, Tags: asked.Tags,
	})
	if err != nil {
		return nil, err
	}
	v, err := vif.Allocate(tx, c.by, demarc.ConnectionID(*in.ConnectionId), demarc.AccountID(*in.OwnerAccount), wanted, c.now)
	if err != nil {
		return nil, err
	}
	return interfaceShape(c, tx, v)
}

func createPrivateVirtualInterface(c call, tx *store.Tx, in *dx.CreatePrivateVirtualInterfaceInput) (*types.VirtualInterface, error) {
	asked := in.NewPrivateVirtualInterface
	if err := require(given("connectionId", in.ConnectionId), member{"newPrivateVirtualInterface", asked != nil}); err != nil {
		return nil, err
	}
	wanted, err := newInterface(asked)
	if err != nil {
		return nil, err
	}
	gateway, err := gatewayGiven(asked.VirtualGatewayId, asked.DirectConnectGatewayId)
	if err != nil {
		return nil, err
	}
	v, err := vif.Create(tx, c.by, demarc.ConnectionID(*in.ConnectionId), gateway, wanted, c.now)
	if err != nil {
		return nil, err
	}
	return interfaceShape(c, tx, v)
}

func confirmPrivateVirtualInterface(c call, tx *store.Tx, in *dx.ConfirmPrivateVirtualInterfaceInput) (*dx.ConfirmPrivateVirtualInterfaceOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	gateway, err := gatewayGiven(in.VirtualGatewayId, in.DirectConnectGatewayId)
	if err != nil {
		return nil, err
	}
	v, err := vif.Confirm(tx, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), gateway, c.now)
	return &dx.ConfirmPrivateVirtualInterfaceOutput{VirtualInterfaceState: types.VirtualInterfaceState(v.State)}, err
}

// gatewayGiven reads where an interface is to lead: one of two kinds of
// gateway.
func gatewayGiven(virtual, directConnect *string) (demarc.GatewayID, error) {
	if text(directConnect) != "" {
		return "", unbuilt("directConnectGatewayId", "Direct Connect gateways")
	}
	return demarc.GatewayID(text(virtual)), require(given("virtualGatewayId", virtual))
}

// newInterface reads what is asked of an interface. What may be in it is
// judged by its room.
func newInterface(asked *types.NewPrivateVirtualInterface) (vif.New, error) {
	if err := require(given("virtualInterfaceName", asked.VirtualInterfaceName)); err != nil {
		return vif.New{}, err
	}
	switch {
	case asked.EnableSiteLink != nil && *asked.EnableSiteLink:
		return vif.New{}, unbuilt("enableSiteLink", "SiteLink")
	case text(asked.RateLimit) != "":
		return vif.New{}, unbuilt("rateLimit", "rate limiters")
	case asked.PrefixPoolAllocatedCountIpv4 != nil:
		return vif.New{}, unbuilt("prefixPoolAllocatedCountIpv4", "prefix pools")
	case asked.PrefixPoolAllocatedCountIpv6 != nil:
		return vif.New{}, unbuilt("prefixPoolAllocatedCountIpv6", "prefix pools")
	}
	wanted := vif.New{
		Name:            *asked.VirtualInterfaceName,
		VLAN:            int(asked.Vlan),
		ASN:             int64(asked.Asn),
		Key:             demarc.NewSecret(text(asked.AuthKey)),
		Family:          demarc.AddressFamily(asked.AddressFamily),
		AmazonAddress:   text(asked.AmazonAddress),
		CustomerAddress: text(asked.CustomerAddress),
		Tags:            tagsGiven(asked.Tags),
	}
	if asked.AsnLong != nil { // of the two, the wider counts
		wanted.ASN = *asked.AsnLong
	}
	if asked.Mtu != nil {
		wanted.MTU = int(*asked.Mtu)
	}
	return wanted, nil
}
