package desk

import (
	"time"

	"demarc"
	"demarc/store"
)

// settledAtOnce bounds what one call of Expire writes.
const settledAtOnce = 20

// Expire writes down the answer of cases whose interface is gone and will soon
// be forgotten: the answer is read from it until then. Attachments and
// tokens that nobody has used are forgotten.
func Expire(tx *store.Tx, now time.Time) error {
	forgetLoose(tx, now)
	forgetTokens(tx, now)
	left := settledAtOnce
	expireDrills(tx, left)
	for c := range store.Cases.All(tx) {
		if left == 0 {
			return nil
		}
		if c.State.Ended() || c.Kind != demarc.CaseAccept {
			continue
		}
		vif, ok := store.VirtualInterfaces.Get(tx, string(c.VirtualInterface))
		if ok && !vif.State.Gone() {
			continue
		}
		if open, _ := store.Cases.Get(tx, string(c.ID)); !open.State.Ended() {
			end(tx, settled(tx, open))
			left--
		}
	}
	return nil
}
