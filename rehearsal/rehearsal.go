// Package rehearsal lets a site that carries nobody's traffic be ahead of the
// world's time, so that a deadline of ninety days can be seen today.
//
// Time only goes forward, for all control processes of the site, and stays
// ahead over a restart: what was dated then must not lie in the future later.
// Signatures, certificates and what agents do go by the machine's own clock.
package rehearsal

import (
	"time"

	"demarc"
	"demarc/store"
)

// longest is how far a site can be moved at once: longer than any deadline.
const longest = 5 * 365 * 24 * time.Hour

// Clock is the site's: the world's, and as far ahead as it was moved.
func Clock(st *store.Store, world demarc.Clock) demarc.Clock {
	return func() time.Time { return world().Add(Ahead(st.Local())) }
}

// Ahead is how far the site is ahead of the world.
func Ahead(r store.Reader) time.Duration {
	row, _ := store.Rehearsals.Get(r, store.OnlyRow)
	return row.Ahead
}

// Advance moves the site's clock, as its operator only may.
func Advance(tx *store.Tx, by demarc.Account, step time.Duration) error {
	switch {
	case !by.Operator:
		return demarc.Errorf(demarc.Denied, "the site's clock is its operator's to move").
			Coded("E-CLOCK-OPERATOR", "Ask the operator").By(demarc.Platform)
	case step <= 0 || step > longest:
		return demarc.Errorf(demarc.Invalid, "%v is no step forward of up to five years", step).
			Coded("E-CLOCK-STEP", "Write hours, minutes and seconds, such as 168h; time does not go back").In("advance")
	}
	store.Rehearsals.Put(tx, demarc.Rehearsal{Ahead: Ahead(tx) + step})
	return nil
}
