package desk

import (
	"fmt"

	"demarc"
)

func (p progress) askAccount() demarc.Step {
	s := demarc.Step{ID: "account-case", Title: "Ask which account to allocate to", Party: demarc.Customer}
	switch {
	case p.account.State == demarc.CaseAnswered:
		s.Done, s.Evidence = true, fmt.Sprintf("case %s was answered by %s: %s", p.account.ID, p.account.AnsweredBy, p.account.Answer)
	case alive(p.vif):
		s.Done, s.Evidence = true, fmt.Sprintf("%s is allocated to account %s", p.vif.ID, p.vif.Owner)
	case p.account.ID != "":
		s.Party, s.Evidence = demarc.Platform, fmt.Sprintf("case %s is open", p.account.ID)
	default:
		s.Evidence = "no case of kind " + string(demarc.CaseAccount) + " about " + p.link.Environment
	}
	return s
}

func (p progress) allocate() demarc.Step {
	s := demarc.Step{ID: "allocate", Title: "Allocate a private virtual interface", Party: p.builder(), Done: alive(p.vif)}
	switch {
	case s.Done:
		s.Evidence = fmt.Sprintf("%s, VLAN %d, is allocated to account %s", p.vif.ID, p.vif.VLAN, p.vif.Owner)
	case p.vif.ID != "":
		s.Evidence = fmt.Sprintf("%s is %s; allocate another", p.vif.ID, p.vif.State)
	default:
		s.Evidence = fmt.Sprintf("no interface for account %s on the connection", p.env.Platform)
	}
	return s
}

func (p progress) askAccept() demarc.Step {
	s := demarc.Step{ID: "accept-case", Title: "Ask the platform to accept it", Party: demarc.Customer}
	switch {
	case !alive(p.vif):
		s.Evidence = "no interface to accept"
	case p.vif.Gateway != "":
		s.Done, s.Evidence = true, fmt.Sprintf("%s is accepted", p.vif.ID)
	case p.accept.ID == "":
		s.Evidence = fmt.Sprintf("no case asks to accept %s", p.vif.ID)
	default:
		s.Done, s.Evidence = true, fmt.Sprintf("case %s asks to accept %s", p.accept.ID, p.vif.ID)
	}
	return s
}

func (p progress) accepted() demarc.Step {
	s := demarc.Step{ID: "accept", Title: "Accept the interface onto the gateway", Party: demarc.Platform}
	switch {
	case !alive(p.vif):
		s.Evidence = "no interface to accept"
	case p.vif.Gateway != "":
		s.Done, s.Evidence = true, fmt.Sprintf("%s leads to %s and is %s", p.vif.ID, p.vif.Gateway, p.vif.State)
	case p.accept.State == demarc.CaseAnswered:
		s.Evidence = fmt.Sprintf("%s is %s; case %s was answered: %s", p.vif.ID, p.vif.State, p.accept.ID, p.accept.Answer)
	default:
		s.Evidence = fmt.Sprintf("%s is %s", p.vif.ID, p.vif.State)
	}
	return s
}
