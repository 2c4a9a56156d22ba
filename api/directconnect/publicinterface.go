package directconnect

import (
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

func allocatePublicVirtualInterface(c call, tx *store.Tx, in *dx.AllocatePublicVirtualInterfaceInput) (*types.VirtualInterface, error) {
	asked := in.NewPublicVirtualInterfaceAllocation
	if err := requireAllocation(in.ConnectionId, in.OwnerAccount, member{"newPublicVirtualInterfaceAllocation", asked != nil}); err != nil {
		return nil, err
	}
	wanted, err := newPublic((*types.NewPublicVirtualInterface)(asked))
	if err != nil {
		return nil, err
	}
	return allocateInterface(c, tx, in.ConnectionId, in.OwnerAccount, wanted)
}

func createPublicVirtualInterface(c call, tx *store.Tx, in *dx.CreatePublicVirtualInterfaceInput) (*types.VirtualInterface, error) {
	asked := in.NewPublicVirtualInterface
	if err := require(given("connectionId", in.ConnectionId), member{"newPublicVirtualInterface", asked != nil}); err != nil {
		return nil, err
	}
	wanted, err := newPublic(asked)
	if err != nil {
		return nil, err
	}
	return createInterface(c, tx, in.ConnectionId, vif.Onto{}, wanted)
}

func confirmPublicVirtualInterface(c call, tx *store.Tx, in *dx.ConfirmPublicVirtualInterfaceInput) (*dx.ConfirmPublicVirtualInterfaceOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	state, err := confirmInterface(c, tx, in.VirtualInterfaceId, demarc.PublicVIF, vif.Onto{})
	return &dx.ConfirmPublicVirtualInterfaceOutput{VirtualInterfaceState: state}, err
}

func newPublic(asked *types.NewPublicVirtualInterface) (vif.New, error) {
	if err := require(given("virtualInterfaceName", asked.VirtualInterfaceName)); err != nil {
		return vif.New{}, err
	}
	wanted := vif.New{
		Type:            demarc.PublicVIF,
		Name:            *asked.VirtualInterfaceName,
		VLAN:            int(asked.Vlan),
		ASN:             wideASN(asked.Asn, asked.AsnLong),
		Key:             demarc.NewSecret(text(asked.AuthKey)),
		Family:          demarc.AddressFamily(asked.AddressFamily),
		AmazonAddress:   text(asked.AmazonAddress),
		CustomerAddress: text(asked.CustomerAddress),
		RateLimit:       text(asked.RateLimit),
		Tags:            tagsGiven(asked.Tags),
	}
	for _, p := range asked.RouteFilterPrefixes {
		wanted.RouteFilters = append(wanted.RouteFilters, text(p.Cidr))
	}
	return wanted, nil
}
