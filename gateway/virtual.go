package gateway

import (
	"slices"

	"demarc"
	"demarc/store"
)

// Get returns a gateway of the account by.
func Get(r store.Reader, by demarc.AccountID, id demarc.GatewayID) (demarc.VirtualGateway, error) {
	gw, ok := store.VirtualGateways.Get(r, string(id))
	if !ok || gw.Owner != by || gw.Gone() {
		return demarc.VirtualGateway{}, demarc.Errorf(demarc.NotFound, "there is no virtual gateway %s", id).In("virtualGatewayId")
	}
	return gw, nil
}

// List returns the gateways of the account by, in the order of their ids.
func List(r store.Reader, by demarc.AccountID) []demarc.VirtualGateway {
	all := slices.Collect(store.VirtualGateways.By(r, "owner", string(by)))
	return slices.DeleteFunc(all, demarc.VirtualGateway.Gone)
}

// Attached returns a gateway of the account by that leads to a VPC, and so can
// take an interface. Inside a transaction both stay true until the commit.
func Attached(r store.Reader, by demarc.AccountID, id demarc.GatewayID) (demarc.VirtualGateway, error) {
	gw, err := Get(r, by, id)
	if err != nil {
		return demarc.VirtualGateway{}, err
	}
	if gw.VPC == "" {
		return demarc.VirtualGateway{}, demarc.Errorf(demarc.Conflict, "virtual gateway %s is attached to no VPC", id).
			Coded("E-GATEWAY-DETACHED", "Attach it to a VPC first").In("virtualGatewayId")
	}
	return gw, nil
}

// Interfaces lists what is on a gateway, also what is still being deleted.
func Interfaces(r store.Reader, id demarc.GatewayID) []demarc.VirtualInterface {
	on := slices.Collect(store.VirtualInterfaces.By(r, "gateway", string(id)))
	return slices.DeleteFunc(on, func(v demarc.VirtualInterface) bool { return v.State.Gone() })
}
