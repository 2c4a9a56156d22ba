package desk

import (
	"time"

	"demarc"
	"demarc/rehearsal"
	"demarc/store"
)

func (c call) clock() (Clock, error) {
	view, err := c.read()
	if err != nil {
		return Clock{}, err
	}
	return c.showClock(view), nil
}

func (c call) showClock(r store.Reader) Clock {
	return Clock{Now: c.Clock(), Ahead: rehearsal.Ahead(r).String(), Movable: c.Rehearsal}
}

// moveClock is for the operator of a site that rehearses.
func (c call) moveClock(in ClockMove) (Clock, error) {
	if !c.Rehearsal {
		return Clock{}, demarc.Errorf(demarc.Conflict, "this site does not rehearse: its clock is the world's").
			Coded("E-CLOCK-FIXED", "Start control with --rehearsal, on a site that carries nobody's traffic").By(demarc.Platform)
	}
	step, err := time.ParseDuration(in.Advance)
	if err != nil {
		return Clock{}, demarc.Errorf(demarc.Invalid, "%q is no duration", in.Advance).Coded("E-CLOCK-STEP", "Write it as in 168h").In("advance")
	}
	if err := c.write(func(tx *store.Tx) error { return rehearsal.Advance(tx, c.by, step) }); err != nil {
		return Clock{}, err
	}
	return c.showClock(c.Store.Local()), nil
}
