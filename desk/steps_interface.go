package desk

import (
	"fmt"
	"time"

	"demarc"
)

func (p *progress) askAccount() demarc.Step {
	s := demarc.Step{ID: "account-case", Title: "Ask which account to allocate to", Party: demarc.Customer, Since: p.account.Created}
	allocated := p.allocated()
	switch {
	case p.account.State == demarc.CaseAnswered:
		s.Done, s.Since = true, p.account.Answered
		s.Evidence = fmt.Sprintf("case %s was answered by %s: %s", p.account.ID, p.account.AnsweredBy, p.account.Answer)
	case allocated.ID != "":
		s.Done, s.Since = true, allocated.Created
		s.Evidence = fmt.Sprintf("%s is allocated to account %s", allocated.ID, allocated.Owner)
	case p.account.ID != "":
		s.Party, s.Evidence = demarc.Platform, fmt.Sprintf("case %s is open", p.account.ID)
	default:
		s.Evidence = "no case of kind " + string(demarc.CaseAccount) + " about " + p.link.Environment
	}
	return s
}

// allocated is the first interface of any leg that is there: whoever allocated
// it knew the account.
func (p *progress) allocated() demarc.VirtualInterface {
	for _, l := range p.legs {
		if alive(l.vif) {
			return l.vif
		}
	}
	return demarc.VirtualInterface{}
}

func (l leg) allocate() demarc.Step {
	s := demarc.Step{ID: "allocate", Title: "Allocate a private virtual interface", Party: l.progress.builder(), Done: alive(l.vif), Since: l.vif.Created}
	if l.conn.Owner == l.progress.link.Customer { // a hosted connection is its customer's
		s.Party = demarc.Customer
	}
	switch {
	case l.unpairable != nil:
		s.Done, s.Code = false, l.unpairable.Code
		s.Evidence = fmt.Sprintf("%s: %s. %s", s.Code, l.unpairable.Text, l.unpairable.Fix)
	case s.Done:
		s.Evidence = fmt.Sprintf("%s, VLAN %d, is allocated to account %s", l.vif.ID, l.vif.VLAN, l.vif.Owner)
	case l.vif.ID != "":
		s.Evidence = fmt.Sprintf("%s is %s; allocate another", l.vif.ID, l.vif.State)
	default:
		s.Evidence = fmt.Sprintf("no interface for account %s on the connection", l.progress.receiver())
	}
	return s
}

// receiver is the account that interfaces are allocated to, by its number where
// the environment is.
func (p *progress) receiver() demarc.AccountID {
	if p.env.Away() {
		return p.env.Elsewhere.Account
	}
	return p.env.Platform
}

func (l leg) askAccept() demarc.Step {
	s := demarc.Step{ID: "accept-case", Title: "Ask the platform to accept it", Party: demarc.Customer, Since: l.vif.Created}
	switch {
	case !alive(l.vif):
		s.Evidence = "no interface to accept"
	case endOf(l.vif) != "":
		s.Done, s.Evidence = true, fmt.Sprintf("%s is accepted", l.vif.ID)
	case l.accept.ID == "":
		s.Evidence, s.Deadline = fmt.Sprintf("no case asks to accept %s", l.vif.ID), l.unaccepted()
	case l.asksInVain():
		s.Since, s.Deadline = l.accept.Answered, l.unaccepted()
		s.Evidence = fmt.Sprintf("case %s is %s, and %s is not accepted: open another", l.accept.ID, l.accept.State, l.vif.ID)
	default:
		s.Done, s.Since, s.Evidence = true, l.accept.Created, fmt.Sprintf("case %s asks to accept %s", l.accept.ID, l.vif.ID)
	}
	return s
}

// asksInVain reports whether the case about the interface has ended without an
// answer that leaves the platform to accept it: its opener asks no longer, or
// two persons had to agree, and only a case lets them.
func (l leg) asksInVain() bool {
	return l.accept.State.Ended() && (l.accept.State != demarc.CaseAnswered || l.vif.Held != "")
}

// unaccepted is when an interface that nobody accepts is taken back.
// Of one at another Direct Connect nobody here knows.
func (l leg) unaccepted() time.Time {
	if l.vif.Created.IsZero() {
		return time.Time{}
	}
	return l.progress.deadlines.AcceptanceEnd(l.vif.Created)
}

func (l leg) accepted() demarc.Step {
	s := demarc.Step{ID: "accept", Title: "Accept the interface onto the gateway", Party: demarc.Platform, Since: l.accept.Created}
	switch {
	case !alive(l.vif):
		s.Evidence = "no interface to accept"
	case endOf(l.vif) != "":
		s.Done, s.Evidence = true, fmt.Sprintf("%s leads to %s and is %s", l.vif.ID, endOf(l.vif), l.vif.State)
	case l.accept.State == demarc.CaseAnswered:
		s.Since, s.Deadline = l.accept.Answered, l.unaccepted()
		s.Evidence = fmt.Sprintf("%s is %s; case %s was answered: %s", l.vif.ID, l.vif.State, l.accept.ID, l.accept.Answer)
	case l.accept.State == demarc.CaseWaitingOpener:
		return l.askedBack(s)
	default:
		s.Evidence, s.Deadline = fmt.Sprintf("%s is %s%s", l.vif.ID, l.vif.State, l.undecided()), l.unaccepted()
	}
	return s
}

// askedBack has the opener of the case about the interface move, who was asked
// something: until then the platform waits as well.
func (l leg) askedBack(s demarc.Step) demarc.Step {
	s.Party, s.Deadline = demarc.Customer, l.unaccepted()
	if asked := l.accept.Asked(); !asked.IsZero() {
		s.Since = asked
		if end := l.progress.deadlines.InformationEnd(asked); s.Deadline.IsZero() || !end.IsZero() && end.Before(s.Deadline) {
			s.Deadline = end
		}
	}
	s.Evidence = fmt.Sprintf("the platform has asked something in case %s: demarc case show %s, and case reply", l.accept.ID, l.accept.ID)
	return s
}

// undecided says which word of the platform's an open case waits for.
func (l leg) undecided() string {
	switch l.accept.State {
	case demarc.CaseOpen, demarc.CaseWaitingAssignee:
		return fmt.Sprintf("; case %s waits: demarc case accept, or reject", l.accept.ID)
	case demarc.CaseWaitingApprover:
		return fmt.Sprintf("; one person has accepted it, and another has to: demarc case approve %s", l.accept.ID)
	}
	return ""
}
