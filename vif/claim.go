package vif

import (
	"fmt"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

func vlanClaim(v demarc.VirtualInterface) string {
	return fmt.Sprintf("%s%d", vlanClaims(v.Connection), v.VLAN)
}

func vlanClaims(id demarc.ConnectionID) string { return "vlan/" + string(id) + "/" }

// release lets go of all that an interface holds.
func release(tx *store.Tx, v demarc.VirtualInterface) {
	releaseLine(tx, v)
	if v.Gateway != "" {
		tx.Release(gatewayClaim(v))
	}
	gateway.Leave(tx, v)
	tx.Release(poolClaim(string(v.DirectConnectGateway), v))
	for _, p := range v.RouteFilters {
		tx.Release(filterClaim(v, p))
	}
}
