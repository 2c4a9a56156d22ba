package desk

import (
	"fmt"
	"strings"
	"time"

	"demarc"
)

// remindersMeant is how many times the parties are told at least before hosted
// interfaces end.
const remindersMeant = 2

// Gate lists what has to be true before the hosted interfaces of an
// environment are deleted. They are deleted when everything is done, and never
// because of the clock alone.
func Gate(t TransitStanding, now time.Time) []demarc.Step {
	g, terms := t.Cutover.Gate, t.Cutover.Terms
	if t.Cutover.There != nil {
		return gateThere(t.Cutover, now)
	}
	routed := 0
	for _, p := range t.Prefixes {
		if t.Routed(p) && t.Ways[p].ID != "" {
			routed++
		}
	}
	return []demarc.Step{
		{
			ID: "attachment", Title: "The attachment is available", Party: demarc.Customer, Done: t.Attachment.State == demarc.AttachmentAvailable,
			Evidence: fmt.Sprintf("attachment %s is %s", t.Attachment.ID, t.Attachment.State),
		},
		{
			ID: "routes", Title: "Routes lead both ways", Party: demarc.Platform, Done: routed == len(t.Prefixes),
			Evidence: fmt.Sprintf("%d of %d prefixes have routes both ways over %s", routed, len(t.Prefixes), t.Gateway.ID),
		},
		lasting(demarc.Step{ID: "traffic", Title: "Packets pass both ways over the Transit Gateway, besides the probes", Since: g.TrafficSince},
			"packets pass both ways over the Transit Gateway", terms.Stable(), g.Looked, now),
		lasting(demarc.Step{ID: "idle", Title: "The hosted interfaces carry nothing", Since: g.IdleSince},
			"the hosted interfaces carry nothing", terms.Idle(), g.Looked, now),
		told(g, now),
		signature(g, terms.Silence(), now),
	}
}

// gateThere is that of an environment at another Direct Connect, where nobody
// sees what hosted interfaces carry: that they carry nothing is for the customer
// to say, and so its silence is no signature there.
func gateThere(c demarc.Cutover, now time.Time) []demarc.Step {
	g := c.Gate
	routes := demarc.Step{
		ID: "routes", Title: "Routes lead both ways", Party: demarc.Platform, Done: !c.There.Settled.IsZero(), Since: c.There.Settled,
		Evidence: "both parties' machines see the routes to " + string(c.TransitGateway) + " and back",
	}
	if !routes.Done {
		routes.Evidence = "a machine does not see its part of the way over " + string(c.TransitGateway)
	}
	signed := signature(g, c.Terms.Silence(), now)
	if g.SignedOff.IsZero() {
		signed.Done, signed.Deadline = false, time.Time{}
		if g.Objection == "" {
			signed.Evidence = "not signed off: what the hosted interfaces still carry, nobody but the customer can know"
		}
	}
	return []demarc.Step{
		routes,
		lasting(demarc.Step{ID: "stable", Title: "Echoes pass both ways over the Transit Gateway, and over it alone", Since: g.TrafficSince},
			"each prefix is answered over the Transit Gateway both ways", c.Terms.Stable(), g.Looked, now),
		told(g, now),
		signed,
	}
}

// lasting has to be true for a while without a break, at each look up to the
// latest: time alone proves nothing.
func lasting(s demarc.Step, what string, least time.Duration, looked, now time.Time) demarc.Step {
	s.Party = demarc.Customer
	switch held := looked.Sub(s.Since); {
	case s.Since.IsZero():
		s.Evidence = what + ": not seen"
	case held < least:
		s.Evidence = fmt.Sprintf("%s since %s, for %s of %s", what, stamp(s.Since), held.Truncate(time.Second), least)
	default:
		s.Done, s.Evidence = true, fmt.Sprintf("%s since %s", what, stamp(s.Since))
	}
	if now.Sub(looked) > demarc.CutoverUnseen && !s.Since.IsZero() {
		s.Evidence += "; last looked at on " + stamp(looked)
	}
	return s
}

// told is done a day after the second notice at the earliest, however late that
// was sent.
func told(g demarc.CutoverGate, now time.Time) demarc.Step {
	opens := g.Opens()
	s := demarc.Step{
		ID: "notices", Title: "Both parties were told twice, and in time", Party: demarc.Platform, Since: g.Due,
		Deadline: g.Ends(), Done: !opens.IsZero() && !now.Before(opens),
	}
	s.Evidence = fmt.Sprintf("told %d times; due on %s", len(g.Told), stamp(s.Deadline))
	return s
}

// signature is the customer's, or its silence to all reminders.
func signature(g demarc.CutoverGate, silence time.Duration, now time.Time) demarc.Step {
	s := demarc.Step{ID: "sign-off", Title: "The customer agrees", Party: demarc.Customer}
	switch {
	case !g.SignedOff.IsZero():
		s.Done, s.Since, s.Evidence = true, g.SignedOff, "signed off on "+stamp(g.SignedOff)
	case g.Objection != "":
		s.Evidence = "the customer objects: " + g.Objection
	case len(g.Told) == 0:
		s.Evidence = "nobody was told yet"
	default:
		s.Since, s.Deadline = g.Told[0], g.Told[0].Add(silence)
		s.Done = !now.Before(s.Deadline) && len(g.Told) >= remindersMeant
		s.Evidence = fmt.Sprintf("not signed off; without a word it is taken as agreed on %s", stamp(s.Deadline))
		if s.Done {
			s.Evidence = fmt.Sprintf("no word to %d reminders since %s", len(g.Told), stamp(g.Told[0]))
		}
	}
	return s
}

// Open reports whether every condition of a gate is met.
func Open(gate []demarc.Step) bool {
	_, waiting := WhoseMove(gate)
	return !waiting
}

// listed writes facts one after the other.
func listed(facts []string) string { return strings.Join(facts, "; ") }
