package desk

import (
	"fmt"
	"time"

	"demarc"
	"demarc/store"
)

// Steps reads from the real objects how far a link has come at now. They are
// in the order of the procedure, but each is judged by itself: a session may
// go down again, and then its step is not done again. What a step of a leg
// needs from another leg is nothing; they go on side by side.
//
// What is to end has steps of its own instead (ending).
func Steps(r store.Reader, link demarc.Link, now time.Time) []demarc.Step {
	return find(r, link, now).steps(r, now)
}

func (p *progress) steps(r store.Reader, now time.Time) []demarc.Step {
	link := p.link
	if _, whole := link.Ending(); whole {
		return p.endings(r)
	}
	if p.env.Away() {
		return append(p.stepsAway(), p.endings(r)...)
	}
	staying := p.staying()
	steps := []demarc.Step{p.entitled()}
	for _, l := range staying {
		if link.Topology == demarc.PartnerCage {
			steps = append(steps, l.named(l.handOver(now))...)
		}
		steps = append(steps, l.named(l.order(), l.letter(), l.crossConnect(), l.available())...)
	}
	steps = append(steps, p.askAccount())
	for _, l := range staying {
		steps = append(steps, l.named(l.allocate(), l.askAccept(), l.accepted(), l.session())...)
	}
	return append(append(steps, p.defaultRoute()), p.endings(r)...)
}

// WhoseMove returns the first step that is not done, of those that can be seen
// to be: its party moves next. It reports false when there is none.
func WhoseMove(steps []demarc.Step) (demarc.Step, bool) {
	for _, s := range steps {
		if !s.Done && !s.Unprovable {
			return s, true
		}
	}
	return demarc.Step{}, false
}

// named puts the leg's name to its steps.
func (l leg) named(steps ...demarc.Step) []demarc.Step {
	for i := range steps {
		steps[i].Leg = l.ID
	}
	return steps
}

// builder is who owns the connections.
func (p *progress) builder() demarc.Party {
	if p.link.Topology == demarc.PartnerCage {
		return demarc.Partner
	}
	return demarc.Customer
}

func (p *progress) entitled() demarc.Step {
	s := demarc.Step{ID: "entitled", Title: "The edition includes Direct Connect", Party: demarc.Customer, Done: p.edition.DirectConnect, Since: p.link.Created}
	s.Evidence = fmt.Sprintf("environment %s is in edition %s, which includes Direct Connect", p.env.Name, p.env.Edition)
	if !s.Done {
		s.Evidence = fmt.Sprintf("environment %s is in edition %s, which does not include Direct Connect", p.env.Name, p.env.Edition)
	}
	return s
}

// handOver is done when a partner knows what to build, by a token or by a tag,
// and again as long as what was built with a token is there.
func (l leg) handOver(now time.Time) demarc.Step {
	s := demarc.Step{ID: "token", Title: "Hand a link token to the partner", Party: demarc.Customer, Since: l.progress.link.Created}
	switch state := l.token.StateAt(now); {
	case l.tied.ID != "":
		s.Done, s.Since, s.Evidence = true, l.tied.Redeemed, fmt.Sprintf("token %s was redeemed on %s by account %s", l.tied.ID, stamp(l.tied.Redeemed), l.tied.Partner)
	case l.conn.ID != "":
		s.Done, s.Since, s.Evidence = true, l.conn.Created, fmt.Sprintf("connection %s is tagged with the link", l.conn.ID)
	case l.token.ID == "":
		s.Evidence = fmt.Sprintf("no token was issued: demarc link token %s --leg %s", l.progress.link.ID, l.ID)
	case state == demarc.TokenIssued:
		s.Done, s.Since, s.Deadline = true, l.token.Issued, l.token.Expires
		s.Evidence = fmt.Sprintf("token %s is good until %s", l.token.ID, stamp(l.token.Expires))
	case state == demarc.TokenRedeemed:
		s.Since, s.Evidence = l.token.Redeemed, fmt.Sprintf("token %s was redeemed, and %s; issue another", l.token.ID, l.lost)
	default:
		s.Evidence = fmt.Sprintf("token %s is %s; issue another", l.token.ID, state)
	}
	return s
}

func (l leg) order() demarc.Step {
	p := l.progress
	s := demarc.Step{ID: "order", Title: "Order a connection", Party: p.builder(), Done: l.conn.ID != "", Since: l.conn.Created}
	s.Evidence = fmt.Sprintf("connection %s of %s on port %s", l.conn.ID, l.conn.Bandwidth, l.wire.Port)
	if !s.Done {
		s.Since = p.link.Created
		s.Evidence = fmt.Sprintf("no connection at %s with the tag %s=%s", l.Location, LinkTag, p.tag(l.ID))
		if p.builder() == demarc.Partner {
			s.Evidence += ", and no token was redeemed on one"
		}
		if p.builder() == demarc.Customer {
			s.Evidence += fmt.Sprintf(", and no untagged one of %s ordered since %s", l.Bandwidth, stamp(p.link.Created))
		}
	}
	return s
}

// tag is what a connection of the leg is to be tagged with.
func (p *progress) tag(leg string) string {
	if len(p.link.Legs) == 1 {
		return string(p.link.ID)
	}
	return string(p.link.ID) + "/" + leg
}

func (l leg) letter() demarc.Step {
	s := demarc.Step{ID: "loa", Title: "Download the letter of authority", Party: l.progress.builder(), Since: l.conn.Created}
	expiry := l.wire.LOAIssued.Add(demarc.LOAValidity)
	switch {
	case l.cable.Patched:
		s.Done, s.Evidence, s.Since = true, "the cross-connect is patched", l.cable.Changed
	case l.wire.LOAIssued.IsZero():
		s.Evidence = "no letter of authority was issued"
	case l.progress.now.After(expiry):
		s.Since = expiry
		s.Evidence = "the letter of authority expired on " + stamp(expiry) + "; downloading it again renews it"
	default:
		s.Done, s.Since, s.Deadline = true, l.wire.LOAIssued, expiry
		s.Evidence = "issued on " + stamp(l.wire.LOAIssued) + ", valid until " + stamp(expiry)
	}
	return s
}

func (l leg) crossConnect() demarc.Step {
	s := demarc.Step{ID: "cross-connect", Title: "Patch the cross-connect", Party: demarc.Facility, Done: l.cable.Patched && l.cable.Problem == "" && l.cable.Actual == (demarc.Cage{}), Since: l.cable.Changed}
	switch {
	case l.cable.Patched && l.cable.Actual != (demarc.Cage{}):
		s.Evidence = fmt.Sprintf("%s: %s leads to %s %s, and %s %s was ordered", l.cable.Problem, l.cable.Port,
			l.cable.Actual.Router, l.cable.Actual.Interface, l.cable.Cage.Router, l.cable.Cage.Interface)
	case l.cable.Problem != "":
		s.Evidence = fmt.Sprintf("%s: the facility reports of the fibre to %s: %s", l.cable.Problem, l.cable.Port, l.cable.Note)
	case s.Done:
		s.Evidence = fmt.Sprintf("%s %s is patched to %s since %s", l.cable.Cage.Router, l.cable.Cage.Interface, l.cable.Port, stamp(l.cable.Changed))
	case l.cable.Connection == "":
		s.Evidence = "no cross-connect is ordered"
	case l.occupied.Connection != "":
		s.Since, s.Deadline = l.occupied.Unpatch, l.occupied.UnpatchBy
		s.Evidence = fmt.Sprintf("the place in the cage is taken by the fibre of %s, which is deleted: demarc facility unpatch %s", l.occupied.Connection, l.occupied.Connection)
	case l.homeless:
		s.Party = l.progress.builder()
		s.Evidence = fmt.Sprintf("E-XC-NO-CAGE: account %s has no free place in a cage at %s to patch %s into", l.wire.Owner, l.wire.Location, l.wire.ID)
	default:
		s.Evidence = fmt.Sprintf("%s is not patched", l.cable.Port)
		if !l.wire.LOAIssued.IsZero() {
			s.Deadline = l.wire.LOAIssued.Add(demarc.LOAValidity)
		}
	}
	return s
}

func (l leg) available() demarc.Step {
	s := demarc.Step{ID: "available", Title: "Light on the port", Party: l.progress.builder(), Done: l.conn.State == demarc.ConnectionAvailable, Since: l.cable.Changed}
	switch l.conn.State {
	case demarc.ConnectionAvailable:
		s.Evidence = fmt.Sprintf("connection %s is available: carrier on %s", l.conn.ID, l.wire.Port)
	case demarc.ConnectionDown:
		s.Evidence = fmt.Sprintf("connection %s is down: the carrier on %s was there and is gone", l.conn.ID, l.wire.Port)
	case "":
		s.Evidence = "no connection"
	default:
		s.Evidence = fmt.Sprintf("connection %s is %s: no carrier yet", l.conn.ID, l.conn.State)
	}
	return s
}

// stamp writes a time as a person at any of the parties reads it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
