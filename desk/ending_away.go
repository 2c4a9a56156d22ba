package desk

import (
	"fmt"
	"slices"
	"time"

	"demarc"
)

// The end of a link at another Direct Connect is agreed and told like any other.
// The desk has nothing to delete there, and the parties do it themselves: as long
// as one of them sees something left, its tracker says so.

// mayCarry reports whether the platform may have accepted something of a leg at
// another Direct Connect: it was asked, and has not refused.
func (p *progress) mayCarry(leg string) bool {
	return slices.ContainsFunc(p.away.asks, func(c demarc.Case) bool {
		return c.Offer.Leg == leg && (!c.State.Ended() || c.State == demarc.CaseAnswered)
	})
}

// endToldAway is done when it is time, whatever anybody sees.
func (p *progress) endToldAway(s demarc.Step, e demarc.Ending) demarc.Step {
	opens := e.Opens()
	s.Done = !opens.IsZero() && !p.now.Before(opens)
	s.Evidence = fmt.Sprintf("told %d times; until %s %s", len(e.Told), stamp(e.Due), mayKeep(e, p.link.ID))
	if s.Done {
		s.Evidence, s.Deadline = fmt.Sprintf("told %d times, first on %s", len(e.Told), stamp(e.Told[0])), time.Time{}
	}
	return s
}

func (l leg) endInterfaceAway() demarc.Step {
	s := demarc.Step{ID: "end-interface", Title: "Delete the virtual interface", Party: demarc.Customer, Done: !alive(l.vif), Evidence: "none is left"}
	if !s.Done {
		s.Evidence = fmt.Sprintf("%s (VLAN %d) is %s: demarc elsewhere delete %s --leg %s", l.vif.ID, l.vif.VLAN, l.vif.State, l.progress.link.ID, l.ID)
	}
	return l.ifSeen(s)
}

func (l leg) giveBackAway() demarc.Step {
	s := demarc.Step{ID: "give-back", Title: "Give the connection back, or keep it for something else", Party: demarc.Customer, Done: l.conn.State == "", Evidence: "none with the link's tag is left"}
	if !s.Done {
		s.Evidence = fmt.Sprintf("%s is %s: demarc elsewhere delete %s --leg %s --connection, or take its tag %s away", l.conn.ID, l.conn.State, l.progress.link.ID, l.ID, LinkTag)
	}
	if !l.seesLine() {
		s.Done = false
		s.Unprovable, s.Evidence = true, "its owner sees whether it is there"
	}
	return l.ifSeen(s)
}

// ifSeen is a step of an end that nobody can see without looking there.
func (l leg) ifSeen(s demarc.Step) demarc.Step {
	if l.progress.away.by == "" {
		s.Done, s.Unprovable = false, true
	}
	return l.there(s)
}
