package desk

import (
	"strings"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// Bounds of what is said in a case (AWS: 8,000 characters).
const (
	longestText   = 8000
	longestTalk   = 200
	mostInOneCase = 20 // attachments
)

// say adds to a case what an actor says, with attachments of its own.
func say(tx *store.Tx, c demarc.Case, by demarc.Actor, text string, attachments []demarc.AttachmentID, now time.Time) (demarc.Case, error) {
	switch {
	case strings.TrimSpace(text) == "" && len(attachments) == 0, len(text) > longestText:
		return c, demarc.Errorf(demarc.Invalid, "a communication has 1 to %d characters", longestText).
			Coded("E-CASE-ANSWER", "Say what there is to say").In("text")
	case len(c.History) >= longestTalk:
		return c, demarc.Errorf(demarc.Limit, "case %s has %d communications, all that one may have", c.ID, longestTalk).
			Coded("E-CASE-LIMIT", "Open another case")
	}
	if err := attach(tx, c, by.Account, attachments); err != nil {
		return c, err
	}
	c.History = append(c.History, demarc.Communication{By: string(by.Account), Person: by.Person(), At: now, Text: text, Attachments: attachments})
	return c, nil
}

// open finds a case of the actor's account that has not ended.
func open(r store.Reader, by demarc.Actor, id demarc.CaseID) (demarc.Case, error) {
	c, err := Case(r, by.Account, id)
	if err == nil && c.State == demarc.CaseExpired {
		return c, demarc.Errorf(demarc.Conflict, "case %s is over: %s", c.ID, c.Answer).
			Coded("E-CASE-EXPIRED", "Open another case, and answer what is asked there sooner")
	}
	if err == nil && c.State.Ended() {
		err = demarc.Errorf(demarc.Conflict, "case %s is %s: %s", c.ID, c.State, c.Answer).
			Coded("E-CASE-SETTLED", "Open another case")
	}
	return c, err
}

// assigned finds an open case that the actor's account is to answer.
func assigned(r store.Reader, by demarc.Actor, id demarc.CaseID) (demarc.Case, error) {
	c, err := Case(r, by.Account, id)
	if err == nil && c.Assignee != by.Account {
		err = demarc.Errorf(demarc.Denied, "case %s is for account %s to answer", c.ID, c.Assignee).
			Coded("E-CASE-ASSIGNEE", "Wait for its answer").By(demarc.Platform)
	}
	if err == nil && c.State == demarc.CaseGranted {
		err = demarc.Errorf(demarc.Conflict, "case %s was granted, and link %s is to end", c.ID, c.Link).
			Coded("E-CASE-STATE", "Its opener alone can take that back: demarc case resolve "+string(c.ID)).By(openerOf(c))
	}
	if err == nil {
		err = drillRuns(c)
	}
	if err != nil {
		return c, err
	}
	return open(r, by, id)
}

// Reply says something in an open case: the other side moves next.
func Reply(tx *store.Tx, by demarc.Actor, id demarc.CaseID, text string, attachments []demarc.AttachmentID, now time.Time) (demarc.Case, error) {
	c, err := open(tx, by, id)
	if err != nil {
		return c, err
	}
	if c, err = say(tx, c, by, text, attachments, now); err != nil {
		return c, err
	}
	switch {
	case c.State == demarc.CaseWaitingApprover || c.State == demarc.CaseGranted: // nobody's words stop that
	case c.Assignee == by.Account:
		c.State = demarc.CaseWaitingOpener
	case c.State == demarc.CaseWaitingOpener:
		c.State = demarc.CaseWaitingAssignee
	}
	store.Cases.Put(tx, c)
	return c, nil
}

// Answer ends a case with words, as its assignee only can. It does nothing
// else: [Accept] does what was asked for.
func Answer(tx *store.Tx, by demarc.Actor, id demarc.CaseID, text string, now time.Time) (demarc.Case, error) {
	c, err := assigned(tx, by, id)
	if err != nil {
		return c, err
	}
	if c, err = say(tx, c, by, text, nil, now); err != nil {
		return c, err
	}
	return end(tx, answered(c, text, string(by.Account), now)), nil
}

// Reject ends a case with a reason. An interface that was asked about is
// rejected with it.
func Reject(tx *store.Tx, by demarc.Actor, id demarc.CaseID, reason string, now time.Time) (demarc.Case, error) {
	c, err := assigned(tx, by, id)
	if err != nil {
		return c, err
	}
	if c, err = say(tx, c, by, reason, nil, now); err != nil {
		return c, err
	}
	return rejected(tx, c, reason, string(by.Account), now)
}

// rejected ends a case, and its interface with it: one at another Direct Connect
// is deleted there by who reads this.
func rejected(tx *store.Tx, c demarc.Case, reason, by string, now time.Time) (demarc.Case, error) {
	if c.Kind == demarc.CaseAccept && c.Offer == nil {
		if _, err := vif.Delete(tx, c.Assignee, c.VirtualInterface, now); err != nil {
			return c, err
		}
	}
	c = answered(c, "Rejected: "+reason, by, now)
	c.State = demarc.CaseRejected
	return end(tx, c), nil
}

// Resolve ends a case for its opener, who asks no longer: a link that was to end
// goes on, and a drill that runs elsewhere is stopped, which ends its case. One
// that has ended stays as it is.
func Resolve(tx *store.Tx, by demarc.Actor, id demarc.CaseID, now time.Time) (demarc.Case, error) {
	c, err := Case(tx, by.Account, id)
	switch {
	case err != nil || c.State.Ended() && c.Opener == by.Account:
		return c, err
	case c.Opener != by.Account:
		return c, demarc.Errorf(demarc.Denied, "case %s was opened by account %s, which alone can resolve it", c.ID, c.Opener).
			Coded("E-CASE-OPENER", map[bool]string{true: "Settle it with the platform: demarc case reply", false: "Answer or reject it"}[c.Cause != ""]).By(openerOf(c))
	}
	if err := takeBack(tx, c); err != nil {
		return c, err
	}
	if stopping, runs := stopAsked(c, by.Person(), now); runs {
		store.Cases.Put(tx, stopping)
		return stopping, nil
	}
	c = answered(c, "Resolved by its opener", string(by.Account), now)
	c.State = demarc.CaseResolved
	return end(tx, c), nil
}

// openerOf is the party that asks: the customer, but for an end for cause.
func openerOf(c demarc.Case) demarc.Party {
	if c.Cause != "" {
		return demarc.Platform
	}
	return demarc.Customer
}

// end stores a case that has ended and lets go of its interface.
func end(tx *store.Tx, c demarc.Case) demarc.Case {
	switch c.Kind {
	case demarc.CaseAccept:
		tx.Release(claimOf(c))
	case demarc.CaseTermination:
		releaseEnd(tx, c)
	case demarc.CaseDrill:
		if c.Drill != nil {
			tx.Release(drillClaim(c))
		}
	}
	store.Cases.Put(tx, c)
	return c
}
