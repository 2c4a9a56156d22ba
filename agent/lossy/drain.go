package lossy

import "time"

const (
	// calm is for how many intervals of asking a drained line must lose nothing
	// before it is used again, 30 s, doubled with each time up to doubled times;
	// forgotten is how long it must have been in use for the first time to be the
	// first again.
	calm      = 120
	doubled   = 6
	forgotten = time.Hour
)

// A Drain says whether others carry what a line should. It is data, so that the
// next process goes on with it. The zero value is a line in use.
type Drain struct {
	// Since is when it was drained; zero while it is in use.
	Since time.Time `json:"since,omitzero"`
	// Calm is since when a drained line has lost nothing.
	Calm time.Time `json:"calm,omitzero"`
	// Times is how often it was drained lately, Ended when the last one ended.
	Times int       `json:"times,omitempty"`
	Ended time.Time `json:"ended,omitzero"`
}

// On reports whether the line is drained.
func (d Drain) On() bool { return !d.Since.IsZero() }

// Next is the drain after a look at the line. Asked is false while it cannot be
// asked at all, since its session is down: it is no calmer for that. May says
// that another line is there to carry; without, a line is in use whatever it
// loses.
func (d Drain) Next(now time.Time, v Verdict, asked, may bool, every time.Duration) Drain {
	switch {
	case !may:
		return d.end(now)
	case !d.On() && v == Lossy:
		if now.Sub(d.Ended) > forgotten {
			d.Times = 0
		}
		d.Since, d.Times = now, d.Times+1
	case d.On() && (v == Lossy || !asked || v == Unknown):
		d.Calm = time.Time{}
	case d.On() && (d.Calm.IsZero() || d.Calm.After(now)): // by an earlier process's clock, which was set back since
		d.Calm = now
	case d.On() && now.Sub(d.Calm) >= d.Wait(every):
		return d.end(now)
	}
	return d
}

// Wait is how long the line must be calm.
func (d Drain) Wait(every time.Duration) time.Duration {
	return calm * every << min(max(d.Times-1, 0), doubled)
}

func (d Drain) end(now time.Time) Drain {
	if d.On() {
		d.Since, d.Calm, d.Ended = time.Time{}, time.Time{}, now
	}
	return d
}
