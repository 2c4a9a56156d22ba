package intent

import "time"

// EchoSeen is what a line answers that is asked for echoes (VIF.Watch): by the
// customer's router, over that line alone.
type EchoSeen struct {
	// Verdict is clean or lossy; or why nothing can be said of losses: mute,
	// limited (the router answers so many a second), full (our shaper drops), or
	// empty while too little was asked. Since is when it became so.
	Verdict string    `json:"verdict,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Percent of the latest requests were not answered, after a second.
	Percent int `json:"percent"`
	// Asked and Lost count requests since the agent has asked.
	Asked uint64 `json:"asked"`
	Lost  uint64 `json:"lost"`
	// Ways are there where BFD tells the two directions apart.
	Ways *WaysSeen `json:"ways,omitempty"`
	// Drained is since when others carry what the line should; zero while it is
	// in use. Calm is since when it has lost nothing again, and Wait how long it
	// must, to be in use again. Drains is how often it was drained lately.
	Drained time.Time     `json:"drained,omitzero"`
	Calm    time.Time     `json:"calm,omitzero"`
	Wait    time.Duration `json:"wait,omitempty"`
	Drains  int           `json:"drains,omitempty"`
}

// WaysSeen is how much is lost of each direction, in percent: from the customer
// by the rhythm of its BFD packets, which nobody asks for, and to it by what is
// left of the lost echoes then. A line that spares BFD alone, as one does that is
// full and has a queue for it, looks as if all were lost to it.
type WaysSeen struct {
	In  int `json:"in"`
	Out int `json:"out"`
}

// Verdicts of a line. The others say that nothing is known of losses.
const (
	LineClean = "clean"
	LineLossy = "lossy"
)

// Lossy reports whether the line loses packets.
func (e *EchoSeen) Lossy() bool { return e != nil && e.Verdict == LineLossy }

// IsDrained reports whether others carry what the line should.
func (e *EchoSeen) IsDrained() bool { return e != nil && !e.Drained.IsZero() }

// withoutCounters is what is news of it.
func (e *EchoSeen) withoutCounters() *EchoSeen {
	if e == nil {
		return nil
	}
	return &EchoSeen{Verdict: e.Verdict, Since: e.Since, Drained: e.Drained, Drains: e.Drains}
}
