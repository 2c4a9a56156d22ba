package desk

import (
	"time"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// Accept does what a case asks for and answers it so: the interface is
// accepted onto the environment's gateway, the prefixes of the link change, the
// link is to end.
// In a case about one's own Transit Gateway the platform's next move is made,
// and the case goes on. Where two persons have to agree it is the first of them, and nothing is done
// before [Approve].
func Accept(tx *store.Tx, by demarc.Actor, id demarc.CaseID, now time.Time) (demarc.Case, error) {
	c, err := assigned(tx, by, id)
	switch {
	case err != nil:
		return c, err
	case c.State == demarc.CaseWaitingApprover:
		return c, demarc.Errorf(demarc.Conflict, "case %s was accepted, and waits for a second person", c.ID).
			Coded("E-CASE-FOUR-EYES", "Have another person approve it").By(demarc.Platform)
	case c.Kind == demarc.CaseTransit:
		return moveTransit(tx, c, by, now)
	case undecided(c) != nil:
		return c, undecided(c)
	case !c.FourEyes:
		return grant(tx, c, string(by.Account), now)
	}
	if c, err = say(tx, c, by, "Accepted; a second person has to approve", nil, now); err != nil {
		return c, err
	}
	c.State, c.Proposer = demarc.CaseWaitingApprover, by.Person()
	store.Cases.Put(tx, c)
	return c, nil
}

// Approve is the second person's word to what the first has accepted. Whoever
// of the assignee has spoken in the case is no second person.
func Approve(tx *store.Tx, by demarc.Actor, id demarc.CaseID, now time.Time) (demarc.Case, error) {
	c, err := assigned(tx, by, id)
	switch {
	case err != nil:
		return c, err
	case c.State != demarc.CaseWaitingApprover:
		return c, demarc.Errorf(demarc.Conflict, "case %s is %s, and waits for no approval", c.ID, c.State).
			Coded("E-CASE-STATE", "Have it accepted first").By(demarc.Platform)
	case spoke(c, by.Person()):
		return c, demarc.Errorf(demarc.Denied, "%s has worked on case %s, and another person has to approve it", by.Person(), c.ID).
			Coded("E-CASE-FOUR-EYES", "Have another person approve it").By(demarc.Platform)
	}
	if c, err = say(tx, c, by, "Approved", nil, now); err != nil {
		return c, err
	}
	return grant(tx, c, string(by.Account), now)
}

// spoke reports whether a person has acted for the assignee in the case.
func spoke(c demarc.Case, person demarc.AccountID) bool {
	for _, said := range c.History {
		if said.By == string(c.Assignee) && said.Person == person {
			return true
		}
	}
	return c.Proposer == person
}

// grant does what a case asks for.
func grant(tx *store.Tx, c demarc.Case, by string, now time.Time) (demarc.Case, error) {
	env, _ := store.Environments.Get(tx, c.Environment)
	if err := locked(tx, env.Name); err != nil {
		return c, err
	}
	switch {
	case c.Offer != nil:
		return grantOffer(tx, c, by, now)
	case c.Drill != nil:
		return grantDrill(tx, c, by, now)
	}
	text := "Granted"
	switch c.Kind {
	case demarc.CaseTermination:
		return grantEnd(tx, c, by, now)
	case demarc.CaseAccept:
		v, err := confirm(tx, c, env, now)
		if err != nil {
			return c, err
		}
		text = outcome(v)
	case demarc.CaseRoutes:
		link, _ := store.Links.Get(tx, string(c.Link))
		if err := link.GoesOn(""); err != nil {
			return c, err
		}
		if err := checkRouteChange(tx, c, env); err != nil {
			return c, err
		}
		link.Prefixes = changed(link, c)
		store.Links.Put(tx, link)
		text = "The link now has " + joined(parsed(link.Prefixes))
	}
	return end(tx, answered(c, text, by, now)), nil
}

// confirm accepts the interface of a case as the API's operation does.
func confirm(tx *store.Tx, c demarc.Case, env demarc.Environment, now time.Time) (demarc.VirtualInterface, error) {
	v, err := vif.Get(tx, env.Platform, c.VirtualInterface, now)
	if err == nil {
		err = wanted(tx, env, v)
	}
	if err != nil {
		return v, err
	}
	vif.Hold(tx, v.ID, "") // who had to agree has
	return vif.Confirm(tx, env.Platform, v.ID, v.Type, vif.Onto{Gateway: env.Gateway}, now)
}
