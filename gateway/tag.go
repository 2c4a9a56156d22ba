package gateway

import (
	"demarc"
	"demarc/store"
)

// TagDirectConnect replaces the tags of a Direct Connect gateway of the account
// by.
func TagDirectConnect(tx *store.Tx, by demarc.AccountID, id demarc.DirectConnectGatewayID, tags []demarc.Tag) error {
	gw, err := GetDirectConnect(tx, by, id)
	if err == nil {
		gw.Tags = tags
		store.DirectConnectGateways.Put(tx, gw)
	}
	return err
}
