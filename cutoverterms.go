package demarc

import "time"

// What a cut-over's plan says of time where it says nothing.
const (
	// CutoverQuiet is how long the new path must have carried both directions,
	// and the hosted interfaces nothing.
	CutoverQuiet = 10 * time.Minute
	// CutoverNotice is how long before the end of the hosted interfaces it is
	// told first, CutoverLastNotice how long before it is told again at least,
	// whatever the plan says.
	CutoverNotice     = 48 * time.Hour
	CutoverLastNotice = 24 * time.Hour
	// CutoverSilence is how long a customer says nothing to its reminders
	// before that counts as its signature.
	CutoverSilence = 14 * 24 * time.Hour
	// CutoverUnseen is how old a look at what is carried is that is called old;
	// they are a minute apart.
	CutoverUnseen = 5 * time.Minute
)

// CutoverTerms are the times of a cut-over's gate. They are in its plan, so that
// the parties agree to them with it. A zero is the default.
type CutoverTerms struct {
	// StableMinutes is how long packets must have passed both ways on the new
	// path, IdleMinutes how long none may have on the hosted interfaces.
	StableMinutes int `json:"stableMinutes,omitempty"`
	IdleMinutes   int `json:"idleMinutes,omitempty"`
	// NoticeHours is how long before the hosted interfaces end the parties are
	// told first.
	NoticeHours int `json:"noticeHours,omitempty"`
	// SilenceDays is how long the customer's silence to all reminders has to
	// last to count as its signature.
	SilenceDays int `json:"silenceDays,omitempty"`
}

// Filled has the defaults in the place of zeros.
func (t CutoverTerms) Filled() CutoverTerms {
	or := func(said int, otherwise, unit time.Duration) int {
		if said == 0 {
			return int(otherwise / unit)
		}
		return said
	}
	return CutoverTerms{
		StableMinutes: or(t.StableMinutes, CutoverQuiet, time.Minute), IdleMinutes: or(t.IdleMinutes, CutoverQuiet, time.Minute),
		NoticeHours: or(t.NoticeHours, CutoverNotice, time.Hour), SilenceDays: or(t.SilenceDays, CutoverSilence, 24*time.Hour),
	}
}

// Validate refuses what is out of bounds, by field. An hour of quiet proves no
// more than ten minutes do where users are away at night, so there is room; less
// than five looks prove nothing, and two notices a day apart take two days.
func (t CutoverTerms) Validate() error {
	for _, of := range []struct {
		field           string
		is, least, most int
	}{
		{"terms.stableMinutes", t.StableMinutes, 5, 7 * 24 * 60},
		{"terms.idleMinutes", t.IdleMinutes, 5, 7 * 24 * 60},
		{"terms.noticeHours", t.NoticeHours, int(CutoverNotice / time.Hour), 60 * 24},
		{"terms.silenceDays", t.SilenceDays, 7, 90},
	} {
		if of.is != 0 && (of.is < of.least || of.is > of.most) {
			return Errorf(Invalid, "%d is out of bounds: %d to %d", of.is, of.least, of.most).
				Coded("E-CUTOVER-TERMS", "Say one within them, or leave it out for the default").In(of.field)
		}
	}
	return nil
}

// Stable, Idle, Notice and Silence are the terms as durations.
func (t CutoverTerms) Stable() time.Duration {
	return time.Duration(t.Filled().StableMinutes) * time.Minute
}

func (t CutoverTerms) Idle() time.Duration {
	return time.Duration(t.Filled().IdleMinutes) * time.Minute
}

func (t CutoverTerms) Notice() time.Duration {
	return time.Duration(t.Filled().NoticeHours) * time.Hour
}

func (t CutoverTerms) Silence() time.Duration {
	return time.Duration(t.Filled().SilenceDays) * 24 * time.Hour
}
