package vif

import (
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

// Confirm accepts an interface that was allocated to the account by, onto a
// gateway of its own that is attached to a VPC: it is pending, and the edge
// moves next.
func Confirm(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, onto demarc.GatewayID, now time.Time) (demarc.VirtualInterface, error) {
	v, err := Get(tx, by, id, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	return take(tx, v, by, onto)
}

// take puts an interface onto a gateway and into the store.
func take(tx *store.Tx, v demarc.VirtualInterface, by demarc.AccountID, onto demarc.GatewayID) (demarc.VirtualInterface, error) {
	// Who may not accept at all need not be told what is wrong with the gateway.
	if err := Acceptable(v, by); err != nil {
		return demarc.VirtualInterface{}, err
	}
	gw, err := gateway.Attached(tx, by, onto)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	accepted, err := Accepted(v, by, gw)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	if err := tx.Claim(gatewayClaim(accepted), string(v.ID)); err != nil {
		return demarc.VirtualInterface{}, err
	}
	store.VirtualInterfaces.Put(tx, accepted)
	return accepted, nil
}

func gatewayClaim(v demarc.VirtualInterface) string {
	return "gateway/" + string(v.Gateway) + "/" + string(v.ID)
}
