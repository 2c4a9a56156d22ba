package desk

import (
	"fmt"

	"demarc"
)

// stepsAway are the steps of a link at another Direct Connect: the same, judged
// by the same functions, but for those whose evidence only our own edge has.
func (p *progress) stepsAway() []demarc.Step {
	steps := []demarc.Step{p.entitled()}
	for _, l := range p.staying() {
		if p.link.Topology == demarc.PartnerCage {
			steps = append(steps, l.named(l.handOverAway())...)
		}
		steps = append(steps, l.named(l.lineAway()...)...)
	}
	steps = append(steps, p.askAccountAway())
	for _, l := range p.staying() {
		steps = append(steps, l.named(l.there(l.allocateAway()), l.askAcceptAway(), l.there(l.acceptedAway()), l.there(l.drilled(l.sessionAway())))...)
	}
	return append(steps, p.packetsAway(), p.defaultRouteAway())
}

// askAccountAway is done by a token too, which says the account to the partner.
func (p *progress) askAccountAway() demarc.Step {
	s := p.askAccount()
	for _, l := range p.legs {
		if !s.Done && l.tied.ID != "" {
			s.Done, s.Since, s.Evidence = true, l.tied.Redeemed, fmt.Sprintf("token %s says that it is account %s", l.tied.ID, l.tied.Account)
		}
	}
	return s
}

// there is a step whose evidence is at the other service: it says whose word
// that is, and what to do where nobody has looked.
func (l leg) there(s demarc.Step) demarc.Step {
	p := l.progress
	if p.away.by == "" {
		s.Done, s.Evidence = false, fmt.Sprintf("nobody has looked: %s is at %s, and the desk has no keys there; demarc link status %s --at %s shows it", p.env.Name, p.place(), p.link.ID, p.env.Elsewhere.At)
		return s
	}
	s.Evidence += fmt.Sprintf(" (at %s, seen by the %s)", p.place(), p.away.by)
	return s
}

// ofLine is a step on a connection, which only its owner sees. That packets of
// BGP come through it proves the wire to everybody.
func (l leg) ofLine(s demarc.Step) demarc.Step {
	switch carries := l.bgp == "up"; {
	case l.seesLine() || l.progress.away.by == "":
	case carries && s.ID != "loa":
		s.Done, s.Code, s.Evidence = true, "", fmt.Sprintf("BGP of %s is up on it", l.vif.ID)
	default:
		s.Done, s.Unprovable, s.Code, s.Evidence = false, true, "", fmt.Sprintf("the %s does not see the connection, and its owner does", l.progress.away.by)
	}
	return l.there(s)
}

// seesLine reports whether who has looked sees connections of the leg.
func (l leg) seesLine() bool {
	return l.conn.State != "" || l.progress.away.by == demarc.Customer && l.progress.link.Topology == demarc.OwnCage
}

func (l leg) orderAway() demarc.Step {
	s := l.order()
	switch {
	case l.conn.State != "":
		s.Evidence = fmt.Sprintf("connection %s of %s on %s", l.conn.ID, l.conn.Bandwidth, l.conn.Port)
	case l.conn.ID != "":
		s.Evidence = fmt.Sprintf("%s is on connection %s", l.vif.ID, l.conn.ID)
	case l.tied.ID != "":
		s.Done, s.Since, s.Evidence = true, l.tied.Redeemed, fmt.Sprintf("account %s redeemed token %s on a connection of its own", l.tied.Partner, l.tied.ID)
	default:
		s.Evidence = fmt.Sprintf("no connection with the tag %s=%s", LinkTag, l.progress.tag(l.ID))
	}
	return s
}

// crossConnectAway goes by the light: the other service says no more of a fibre.
func (l leg) crossConnectAway() demarc.Step {
	s := demarc.Step{ID: "cross-connect", Title: "Patch the cross-connect", Party: demarc.Facility}
	switch l.conn.State {
	case demarc.ConnectionAvailable, demarc.ConnectionDown:
		s.Done, s.Evidence = true, fmt.Sprintf("connection %s is %s: light has come through", l.conn.ID, l.conn.State)
	case "":
		s.Evidence = "no connection"
	default:
		s.Evidence = fmt.Sprintf("connection %s is %s: no light has come through", l.conn.ID, l.conn.State)
	}
	if !l.wire.LOAIssued.IsZero() && !s.Done {
		s.Deadline = l.wire.LOAIssued.Add(demarc.LOAValidity)
	}
	return s
}

func (l leg) allocateAway() demarc.Step {
	s := l.allocate()
	if l.token.Hosted != "" { // a hosted connection is its customer's
		s.Party = demarc.Customer
	}
	if !s.Done && l.stray.ID != "" {
		s.Code = "E-ACCOUNT-MISMATCH"
		s.Evidence = fmt.Sprintf("%s: %s is allocated to account %s, and environment %s is account %s's", s.Code, l.stray.ID, l.stray.Owner, l.progress.env.Name, l.progress.receiver())
	}
	if !s.Done && l.tied.ID != "" && l.vif.ID == "" { // the partner and the platform see it
		s.Done, s.Since, s.Evidence = true, l.tied.Redeemed, fmt.Sprintf("account %s allocated it with token %s", l.tied.Partner, l.tied.ID)
	}
	return s
}

// askAcceptAway goes by the desk's own cases, once it is known of which
// interface.
func (l leg) askAcceptAway() demarc.Step {
	if l.vif.ID != "" || l.tied.ID == "" {
		return l.askAccept()
	}
	l.accept = l.tiedCase()
	s := demarc.Step{ID: "accept-case", Title: "Ask the platform to accept it", Party: demarc.Customer, Done: true, Since: l.accept.Created}
	s.Evidence = fmt.Sprintf("case %s asks to accept %s", l.accept.ID, l.accept.Offer.Interface.ID)
	return s
}

// tiedCase is the case that the leg's token has opened when it was redeemed, as
// long as that has not ended in nothing.
func (l leg) tiedCase() (found demarc.Case) {
	for _, c := range l.progress.away.asks {
		vain := c.State.Ended() && c.State != demarc.CaseAnswered
		if c.Offer.Token != "" && c.Offer.Token == l.token.ID && !vain {
			found = c
		}
	}
	return found
}

func (l leg) acceptedAway() demarc.Step {
	unseen := l.vif.ID == "" && l.tied.ID != ""
	if unseen {
		l.accept = l.tiedCase()
	}
	s := l.accepted()
	switch {
	case s.Done || l.accept.ID == "":
	case unseen && l.accept.State == demarc.CaseAnswered:
		s.Done, s.Since, s.Evidence = true, l.accept.Answered, fmt.Sprintf("case %s: %s", l.accept.ID, l.accept.Answer)
	case l.accept.State.Ended():
		s.Since, s.Evidence = l.accept.Answered, fmt.Sprintf("case %s is %s: %s", l.accept.ID, l.accept.State, l.accept.Answer)
	case !l.accept.Offer.Granted.IsZero():
		s.Party, s.Since, s.Deadline = demarc.Platform, l.accept.Offer.Granted, l.unaccepted()
		s.Evidence = fmt.Sprintf("case %s is granted by %s, and the platform has not accepted it there yet: demarc elsewhere accept %s", l.accept.ID, l.accept.Offer.GrantedBy, l.accept.Offer.Interface.ID)
	case l.accept.State == demarc.CaseWaitingOpener:
		return l.askedBack(s)
	case unseen:
		s.Evidence = fmt.Sprintf("case %s is %s", l.accept.ID, l.accept.State)
	}
	return s
}

// sessionAway is done when the other service says that BGP is up. It tells no
// routes, and no reasons.
func (l leg) sessionAway() demarc.Step {
	s := demarc.Step{ID: "session", Title: "BGP established", Party: demarc.Customer}
	echo := l.progress.away.seen.Echo
	switch {
	case l.vif.ID == "" && l.tied.ID != "" && len(l.progress.legs) == 1 && echo != nil && echo.Answered > 0:
		s.Done, s.Evidence = true, fmt.Sprintf("%s answers, and the link has no other leg", echo.Address)
	case l.vif.ID == "" && l.tied.ID != "":
		s.Evidence = "the interface is the partner's and the platform's to see; your router shows the session, and --ping proves it"
	case !alive(l.vif) || endOf(l.vif) == "":
		s.Evidence = "no accepted interface"
	case l.bgp == "up":
		s.Done, s.Evidence = true, fmt.Sprintf("bgpStatus of %s is up", l.vif.ID)
	case l.bgp == "":
		s.Evidence = fmt.Sprintf("%s has no BGP peer yet", l.vif.ID)
	default:
		s.Evidence = fmt.Sprintf("bgpStatus of %s is %s; why, only your router tells", l.vif.ID, l.bgp)
	}
	return s
}

// packetsAway is proven by an echo alone: which routes the two ends have learned
// is not told to anybody outside.
func (p *progress) packetsAway() demarc.Step {
	s := demarc.Step{ID: "packets", Title: "Routes both ways, packets through", Party: demarc.Customer}
	switch e := p.away.seen.Echo; {
	case e == nil:
		s.Unprovable, s.Evidence = true, "not to be seen from outside: --ping with an address of the environment, from behind your router, proves it"
	case e.Answered == 0:
		s.Evidence = fmt.Sprintf("%s answered none of %d echo requests (asked by the %s)", e.Address, e.Sent, p.away.by)
	default:
		s.Done, s.Evidence = true, fmt.Sprintf("%s answered %d of %d echo requests (asked by the %s)", e.Address, e.Answered, e.Sent, p.away.by)
	}
	return s
}

// defaultRouteAway cannot be told: route tables are the environment's own.
func (p *progress) defaultRouteAway() demarc.Step {
	return demarc.Step{ID: "default-route", Title: "Internet traffic stays on the internet gateway", Party: demarc.Customer, Unprovable: true,
		Evidence: "not to be seen from outside: the platform's route tables there tell"}
}
