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
}

// DefaultDeadlines are those of a site that says nothing.
func DefaultDeadlines() Deadlines { return Deadlines{AcceptanceDays: 7} }

// AcceptanceOver reports whether an offer of a time has lapsed at now.
func (d Deadlines) AcceptanceOver(offered, now time.Time) bool {
	return d.AcceptanceDays > 0 && now.Sub(offered) >= time.Duration(d.AcceptanceDays)*24*time.Hour
}
