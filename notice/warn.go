package notice

import (
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// How many days before an end it is told of.
var (
	offerWarnings  = []int{2, 1}
	letterWarnings = []int{14, 7, 1}
)

// due is the latest of the warnings before an end whose time has come by now.
// It is not, when the end is over, or what ends began after it.
func due(days []int, began, end, now time.Time) (at time.Time, left int, ok bool) {
	for _, d := range days {
		if t := end.AddDate(0, 0, -d); !now.Before(t) && t.After(began) {
			at, left, ok = t, d, true
		}
	}
	return at, left, ok && now.Before(end)
}

// warn tells what ends by itself soon, each warning once.
func warn(tx *store.Tx, now time.Time) error {
	p := newPen(tx, now)
	if err := warnOffers(p); err != nil {
		return err
	}
	if err := warnCases(p); err != nil {
		return err
	}
	if err := warnMaintenance(p); err != nil {
		return err
	}
	return warnLetters(p)
}

func warnOffers(p *pen) error {
	deadlines := account.Deadlines(p.tx)
	for v := range store.VirtualInterfaces.All(p.tx) {
		if v.State != demarc.VIFConfirming {
			continue
		}
		end := deadlines.AcceptanceEnd(v.Created)
		at, left, ok := due(offerWarnings, v.Created, end, p.now)
		if !ok {
			continue
		}
		err := p.once(at, news{"vif.expiring", string(v.ID), vifParties(v), []string{string(v.Connection)}, map[string]any{
			"days": left, "ends": end, "owner": v.Owner,
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// warnCases tells of questions that nobody has answered.
func warnCases(p *pen) error {
	deadlines := account.Deadlines(p.tx)
	for c := range store.Cases.All(p.tx) {
		end := deadlines.InformationEnd(c.Asked())
		if end.IsZero() {
			continue
		}
		at, left, ok := due(offerWarnings, c.Asked(), end, p.now)
		if !ok {
			continue
		}
		err := p.once(at, news{"case.expiring", string(c.ID), []demarc.AccountID{c.Opener, c.Assignee}, []string{c.Environment}, map[string]any{
			"days": left, "ends": end, "kind": c.Kind,
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// warnLetters tells of letters that nobody has acted on.
func warnLetters(p *pen) error {
	for c := range store.Connections.By(p.tx, "state", string(demarc.ConnectionRequested)) {
		if c.LOAIssued.IsZero() {
			continue
		}
		end := c.LOAIssued.Add(demarc.LOAValidity)
		at, left, ok := due(letterWarnings, c.LOAIssued, end, p.now)
		if !ok {
			continue
		}
		location, _ := store.Locations.Get(p.tx, string(c.Location))
		err := p.once(at, news{"loa.expiring", string(c.ID), []demarc.AccountID{c.Owner, location.Facility}, nil, map[string]any{
			"days": left, "ends": end, "location": c.Location,
		}})
		if err != nil {
			return err
		}
	}
	return nil
}
