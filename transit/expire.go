package transit

import (
	"time"

	"demarc/store"
)

// remembered is how long what was deleted is still described (AWS: about an
// hour).
const remembered = time.Hour

// Expire forgets what was deleted long enough before now.
func Expire(tx *store.Tx, now time.Time) error {
	due := now.Add(-remembered)
	for gw := range store.TransitGateways.All(tx) {
		if gw.Gone() && !gw.Deleted.After(due) {
			store.TransitGateways.Delete(tx, string(gw.ID))
		}
	}
	for a := range store.TransitGatewayAttachments.All(tx) {
		if a.Gone() && !a.Deleted.After(due) {
			store.TransitGatewayAttachments.Delete(tx, string(a.ID))
		}
	}
	for t := range store.TransitRouteTables.All(tx) {
		if t.Gone() && !t.Deleted.After(due) {
			store.TransitRouteTables.Delete(tx, string(t.ID))
		}
	}
	return nil
}
