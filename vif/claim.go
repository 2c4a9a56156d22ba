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

// letGo gives up a name if the interface holds it. A session that was going when
// its interface came to another line holds no addresses there, and another's may
// be the same.
func letGo(tx *store.Tx, v demarc.VirtualInterface, name string) {
	for held, holder := range tx.Claims(name) {
		if held == name && holder == string(v.ID) {
			tx.Release(name)
			return
		}
	}
}

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
