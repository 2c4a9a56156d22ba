package demarc

import "time"

// What AWS says of time and no site changes.
const (
	// ListedAfterEnd is how long an object that is gone is still shown.
	ListedAfterEnd = 15 * time.Minute
	// OrderLapse is how long an order waits for its letter of authority to be
	// asked for: ninety days, a warning, and ten days more.
	OrderLapse = 100 * 24 * time.Hour
)

// Deadlines are what a site says of time.
type Deadlines struct {
	// AcceptanceDays is how long an interface or a hosted connection that was
	// offered to another account waits for it; zero is without end. AWS
	// documents no such limit; one provider with the same API has 7.
	AcceptanceDays int `json:"acceptanceDays"`
	// InformationDays is how long a case waits for what its opener was asked;
	// zero is without end. AWS deletes a request after 7.
	InformationDays int `json:"informationDays"`
	// NoticeDays is how long notices are kept, for replay; 7 at least, since
	// what was told by then is not told again.
	NoticeDays int `json:"noticeDays"`
	// UnpatchDays is how long the facility has to pull the fibre of a connection
	// that was deleted; zero is without end. AWS gives itself 72 hours for a port.
	UnpatchDays int `json:"unpatchDays"`
}

// LeastNoticeDays is the shortest that notices may be kept.
const LeastNoticeDays = 7

// DefaultDeadlines are those of a site that says nothing.
func DefaultDeadlines() Deadlines {
	return Deadlines{AcceptanceDays: 7, InformationDays: 7, NoticeDays: LeastNoticeDays, UnpatchDays: 3}
}

// AcceptanceEnd is when an offer of a time lapses; zero for never.
func (d Deadlines) AcceptanceEnd(offered time.Time) time.Time {
	if d.AcceptanceDays <= 0 {
		return time.Time{}
	}
	return offered.Add(time.Duration(d.AcceptanceDays) * 24 * time.Hour)
}

// AcceptanceOver reports whether an offer of a time has lapsed at now.
func (d Deadlines) AcceptanceOver(offered, now time.Time) bool {
	end := d.AcceptanceEnd(offered)
	return !end.IsZero() && !now.Before(end)
}

// InformationEnd is when a case ends in which its opener was asked something at
// a time; zero for never.
func (d Deadlines) InformationEnd(asked time.Time) time.Time {
	if d.InformationDays <= 0 || asked.IsZero() {
		return time.Time{}
	}
	return asked.Add(time.Duration(d.InformationDays) * 24 * time.Hour)
}

// UnpatchEnd is when a fibre is to be pulled at the latest whose connection was
// deleted at a time; zero for no such time.
func (d Deadlines) UnpatchEnd(deleted time.Time) time.Time {
	if d.UnpatchDays <= 0 {
		return time.Time{}
	}
	return deleted.Add(time.Duration(d.UnpatchDays) * 24 * time.Hour)
}

// NoticesKept is how long notices are kept.
func (d Deadlines) NoticesKept() time.Duration {
	return time.Duration(max(d.NoticeDays, LeastNoticeDays)) * 24 * time.Hour
}
