package notice

import (
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// forgottenAtOnce bounds what one call of Expire does.
const forgottenAtOnce = 50

// Expire tells what is about to end by the clock, and forgets notices that have
// been kept long enough, with what is known of their delivery.
func Expire(tx *store.Tx, now time.Time) error {
	if err := warn(tx, now); err != nil {
		return err
	}
	left := forgottenAtOnce
	kept := account.Deadlines(tx).NoticesKept()
	for n := range store.Notices.All(tx) {
		if left == 0 || now.Sub(n.At) < kept {
			return nil // the rest are younger
		}
		forget(tx, n.ID)
		left--
	}
	return nil
}

func forget(tx *store.Tx, id demarc.NoticeID) {
	for d := range store.Deliveries.By(tx, "notice", string(id)) {
		store.Deliveries.Delete(tx, store.DeliveryKey(d.Webhook, d.Notice))
	}
	store.Notices.Delete(tx, string(id))
}
