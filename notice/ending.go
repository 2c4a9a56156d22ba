package notice

import (
	"slices"

	"demarc"
	"demarc/store"
)

// endings tells the parties of a link what of it is to end, that it goes on
// after all, and what has ended.
func endings(r store.Reader, was, is demarc.Link) (out []news) {
	for _, e := range is.Endings {
		i := slices.IndexFunc(was.Endings, func(other demarc.Ending) bool { return other.Case == e.Case })
		before := demarc.Ending{}
		if i >= 0 {
			before = was.Endings[i]
		}
		if i < 0 || len(e.Told) > len(before.Told) {
			out = append(out, endingNews(r, "link.ending", is, e))
		}
		for n, of := range e.Legs {
			tell := func(kind string) { out = append(out, endingInterface(r, kind, is, e, of)) }
			if len(e.Told) > len(before.Told) && of.Interface != "" {
				tell("vif.termination_scheduled")
			}
			if !of.Gone.IsZero() && (i < 0 || before.Legs[n].Gone.IsZero()) {
				tell("vif.termination_done")
			}
		}
		if !e.Ended.IsZero() && before.Ended.IsZero() {
			out = append(out, endingNews(r, map[bool]string{true: "link.ended", false: "link.leg_ended"}[e.Whole], is, e))
		}
	}
	for _, e := range was.Endings {
		if slices.ContainsFunc(is.Endings, func(other demarc.Ending) bool { return other.Case == e.Case }) {
			continue
		}
		out = append(out, endingNews(r, "link.ending_withdrawn", is, e))
		for _, of := range e.Legs {
			if of.Interface != "" {
				out = append(out, endingInterface(r, "vif.termination_withdrawn", is, e, of))
			}
		}
	}
	return out
}

func endingNews(r store.Reader, kind string, l demarc.Link, e demarc.Ending) news {
	legs := []string{}
	for _, of := range e.Legs {
		legs = append(legs, of.Leg)
	}
	detail := map[string]any{
		"environment": l.Environment, "case": e.Case, "whole": e.Whole, "legs": legs, "due": e.Due, "times": len(e.Told),
	}
	if e.Cause != "" {
		detail["cause"], detail["reason"] = e.Cause, e.Reason
	}
	return news{kind, string(l.ID), linkParties(r, l), []string{l.Environment, string(e.Case)}, detail}
}

// endingInterface is told to the owner of the connection too, who has to take
// the tag off its end.
func endingInterface(r store.Reader, kind string, l demarc.Link, e demarc.Ending, of demarc.EndingLeg) news {
	accounts := linkParties(r, l)
	if c, ok := store.Connections.Get(r, string(of.Connection)); ok {
		accounts = append(accounts, c.Owner)
	}
	detail := map[string]any{"vlan": of.VLAN, "due": e.Due, "times": len(e.Told)}
	if kind == "vif.termination_done" {
		detail = map[string]any{"vlan": of.VLAN, "deleted": of.Deleted, "gone": of.Gone}
	}
	return news{kind, string(of.Interface), accounts, []string{string(of.Connection)}, detail}
}
