package desk

import (
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// settledAtOnce bounds what one call of Expire writes.
const settledAtOnce = 20

// unsaid reports whether the opener of a case has not said in time what it was
// asked. An interface that the case is about has its own time.
func unsaid(c demarc.Case, d demarc.Deadlines, now time.Time) bool {
	end := d.InformationEnd(c.Asked())
	return !end.IsZero() && !now.Before(end)
}

// Expire ends cases whose opener has not said what it was asked. It writes down
// the answer of cases whose link has ended, or whose interface is gone and will
// soon be forgotten: the answer is read from it until then. Attachments and tokens that nobody has used
// are forgotten. What was seen of links elsewhere is told when it has rested.
func Expire(tx *store.Tx, now time.Time) error {
	forgetLoose(tx, now)
	forgetTokens(tx, now)
	left, deadlines := settledAtOnce, account.Deadlines(tx)
	expireDrills(tx, left)
	settleVigils(tx, left, now)
	for c := range store.Cases.All(tx) {
		if left == 0 {
			return nil
		}
		if unsaid(c, deadlines, now) {
			if open, err := Case(tx, c.Assignee, c.ID); err == nil && unsaid(open, deadlines, now) {
				open = answered(open, "Expired: nobody said what was asked on "+stamp(open.Asked()), ByDesk, now)
				open.State = demarc.CaseExpired
				end(tx, open)
				left--
			}
			continue
		}
		if link, _ := store.Links.Get(tx, string(c.Link)); link.Over() && !c.State.Ended() {
			open, _ := store.Cases.Get(tx, string(c.ID))
			end(tx, settled(tx, open))
			left--
			continue
		}
		if c.State.Ended() || c.Kind != demarc.CaseAccept || c.Offer != nil {
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
