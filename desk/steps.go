package desk

import (
	"fmt"
	"time"

	"demarc"
	"demarc/store"
)

// Steps reads from the real objects how far a link has come at now. They are
// in the order of the procedure, but each is judged by itself: a session may
// go down again, and then its step is not done again.
func Steps(r store.Reader, link demarc.Link, now time.Time) []demarc.Step {
	p := find(r, link, now)
	return []demarc.Step{
		p.entitled(), p.order(), p.letter(), p.crossConnect(), p.available(),
		p.askAccount(), p.allocate(), p.askAccept(), p.accepted(),
		p.session(), p.defaultRoute(),
	}
}

// WhoseMove returns the first step that is not done: its party moves next. It
// reports false when there is none.
func WhoseMove(steps []demarc.Step) (demarc.Step, bool) {
	for _, s := range steps {
		if !s.Done {
			return s, true
		}
	}
	return demarc.Step{}, false
}

// builder is who owns the connection.
func (p progress) builder() demarc.Party {
	if p.link.Topology == demarc.PartnerCage {
		return demarc.Partner
	}
	return demarc.Customer
}

func (p progress) entitled() demarc.Step {
	s := demarc.Step{ID: "entitled", Title: "The edition includes Direct Connect", Party: demarc.Customer, Done: p.edition.DirectConnect}
	s.Evidence = fmt.Sprintf("environment %s is in edition %s, which includes Direct Connect", p.env.Name, p.env.Edition)
	if !s.Done {
		s.Evidence = fmt.Sprintf("environment %s is in edition %s, which does not include Direct Connect", p.env.Name, p.env.Edition)
	}
	return s
}

func (p progress) order() demarc.Step {
	s := demarc.Step{ID: "order", Title: "Order a connection", Party: p.builder(), Done: p.conn.ID != ""}
	s.Evidence = fmt.Sprintf("connection %s of %s on port %s", p.conn.ID, p.conn.Bandwidth, p.conn.Port)
	if !s.Done {
		s.Evidence = fmt.Sprintf("no connection at %s with the tag %s=%s", p.link.Location, LinkTag, p.link.ID)
		if p.builder() == demarc.Customer {
			s.Evidence += fmt.Sprintf(", and no untagged one of %s ordered since %s", p.link.Bandwidth, stamp(p.link.Created))
		}
	}
	return s
}

func (p progress) letter() demarc.Step {
	s := demarc.Step{ID: "loa", Title: "Download the letter of authority", Party: p.builder()}
	expiry := p.conn.LOAIssued.Add(demarc.LOAValidity)
	switch {
	case p.cable.Patched:
		s.Done, s.Evidence = true, "the cross-connect is patched"
	case p.conn.LOAIssued.IsZero():
		s.Evidence = "no letter of authority was issued"
	case p.now.After(expiry):
		s.Evidence = "the letter of authority expired on " + stamp(expiry) + "; downloading it again renews it"
	default:
		s.Done, s.Evidence = true, "issued on "+stamp(p.conn.LOAIssued)+", valid until "+stamp(expiry)
	}
	return s
}

func (p progress) crossConnect() demarc.Step {
	s := demarc.Step{ID: "cross-connect", Title: "Patch the cross-connect", Party: demarc.Facility, Done: p.cable.Patched}
	switch {
	case s.Done:
		s.Evidence = fmt.Sprintf("%s %s is patched to %s since %s", p.cable.Cage.Router, p.cable.Cage.Interface, p.cable.Port, stamp(p.cable.Changed))
	case p.cable.Connection == "":
		s.Evidence = "no cross-connect is ordered"
	default:
		s.Evidence = fmt.Sprintf("%s is not patched", p.cable.Port)
	}
	return s
}

func (p progress) available() demarc.Step {
	s := demarc.Step{ID: "available", Title: "Light on the port", Party: p.builder(), Done: p.conn.State == demarc.ConnectionAvailable}
	switch p.conn.State {
	case demarc.ConnectionAvailable:
		s.Evidence = fmt.Sprintf("connection %s is available: carrier on %s", p.conn.ID, p.conn.Port)
	case demarc.ConnectionDown:
		s.Evidence = fmt.Sprintf("connection %s is down: the carrier on %s was there and is gone", p.conn.ID, p.conn.Port)
	case "":
		s.Evidence = "no connection"
	default:
		s.Evidence = fmt.Sprintf("connection %s is %s: no carrier yet", p.conn.ID, p.conn.State)
	}
	return s
}

// stamp writes a time as a person at any of the parties reads it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
