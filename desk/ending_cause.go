package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// How many days of notice a rule may say: at least as long as it takes to tell
// the parties twice.
const (
	leastNoticeDays = int(demarc.EndingNotice / (24 * time.Hour))
	mostNoticeDays  = 365
)

// ForCause is what a platform says of a link that it ends by itself.
type ForCause struct {
	Cause  demarc.EndCause
	Reason string
	// LastDay is a day such as 2026-05-04; the first that the notice leaves where it
	// is empty.
	LastDay string
}

// EndForCause opens a case by which a platform ends a link that its customer did
// not ask to end. It goes the way of a customer's: told twice, nothing deleted
// before its day, and taken back as long as nothing is deleted, by the platform
// alone. How long before it is told is the policy's, and so is whether a second
// person has to agree; where no rule is about the cause, one has.
func EndForCause(tx *store.Tx, by demarc.Actor, id demarc.LinkID, ask ForCause, now time.Time) (demarc.Case, error) {
	link, err := Link(tx, by.Account, id)
	if err != nil {
		return demarc.Case{}, err
	}
	env, _ := store.Environments.Get(tx, link.Environment)
	if env.Platform != by.Account {
		return demarc.Case{}, demarc.Errorf(demarc.Denied, "link %s is yours, and only its platform ends it for cause", id).
			Coded("E-DENIED", "End it without a cause: demarc link end "+string(id)).By(demarc.Platform)
	}
	c := demarc.Case{
		ID: demarc.NewCaseID(), Kind: demarc.CaseTermination, Environment: env.Name, Opener: by.Account, Assignee: by.Account, Affected: link.Customer,
		CaseFields: demarc.CaseFields{Link: id, Reason: ask.Reason, LastDay: ask.LastDay}, Cause: ask.Cause, State: demarc.CaseOpen, Created: now,
	}
	d, err := departureForCause(tx, c)
	if err != nil {
		return c, err
	}
	judged, ok := judgedBy(tx, c, env, d.facts(tx, env, c))
	if !ok || judged.Name == "" { // nobody has written down that one person may
		judged.FourEyes = true
	}
	if judged.Verdict == demarc.VerdictReject {
		return c, demarc.Errorf(demarc.Conflict, "the policy's rule %s ends no link for %s: %s", judged.Name, c.Cause, judged.Reason).
			Coded("E-ENDING-POLICY", "Have the policy changed: demarc policy apply").In("cause").By(demarc.Platform)
	}
	if c, err = withNotice(c, judged.NoticeDays); err != nil {
		return c, err
	}
	if err := tx.Claim(endClaim(c), string(c.ID)); err != nil {
		return c, alreadyAsked(err, c)
	}
	if c, err = say(tx, c, by, fmt.Sprintf("Ended for %s: %s", c.Cause, c.Reason), nil, now); err != nil {
		return c, err
	}
	if c.FourEyes = judged.FourEyes; c.FourEyes {
		c.State, c.Proposer = demarc.CaseWaitingApprover, by.Person()
		store.Cases.Put(tx, c)
		return c, nil
	}
	return grant(tx, c, string(by.Account), now)
}

// departureForCause looks whether the cause and its words are some, and the link
// goes on.
func departureForCause(r store.Reader, c demarc.Case) (departure, error) {
	switch {
	case !slices.Contains(demarc.EndCauses(), c.Cause):
		return departure{}, demarc.Errorf(demarc.Invalid, "there is no cause %q to end a link for", c.Cause).
			Coded("E-ENDING-CAUSE", "Say "+list(causeNames())).In("cause")
	case strings.TrimSpace(c.Reason) == "" || len(c.Reason) > longestText/2:
		return departure{}, demarc.Errorf(demarc.Invalid, "the reason has 1 to %d characters: its customer reads it", longestText/2).
			Coded("E-CASE-FIELD", "Say what happened").In("reason")
	}
	return departureOf(r, c, c.Created)
}

// withNotice gives a case its notice and, where it names none, its last day; one
// before the notice is over is refused.
func withNotice(c demarc.Case, days int) (demarc.Case, error) {
	if c.NoticeDays = days; days == 0 {
		c.NoticeDays = demarc.CauseNoticeDays
	}
	soonest := c.Created.UTC().AddDate(0, 0, c.NoticeDays).Format(day)
	if c.LastDay == "" {
		c.LastDay = soonest
	}
	if err := first(checkDate(c.LastDay, c.Created)); err != nil {
		return c, inField(err, "goLive", "lastDay")
	}
	if c.LastDay < soonest { // both are such as 2026-05-04
		return c, demarc.Errorf(demarc.Conflict, "%s is before the notice of %d days is over, which the policy gives for %s", c.LastDay, c.NoticeDays, c.Cause).
			Coded("E-ENDING-NOTICE", "Choose "+soonest+" or a later day").In("lastDay").By(demarc.Platform)
	}
	return c, nil
}

// alreadyAsked refuses a second case about the end of one link.
func alreadyAsked(err error, c demarc.Case) error {
	taken, ok := errors.AsType[*store.ClaimedError](err)
	if !ok {
		return err
	}
	return demarc.Errorf(demarc.Conflict, "case %s already asks to end link %s, or a leg of it", taken.Holder, c.Link).
		Coded("E-CASE-DUPLICATE", "Wait for its answer, or resolve it").In("link").By(demarc.Platform)
}

// mayKeep says who may take back an end, and how.
func mayKeep(e demarc.Ending, id demarc.LinkID) string {
	if e.Cause != "" {
		return "its platform may take that back: demarc case resolve " + string(e.Case)
	}
	return "its customer may keep it: demarc link keep " + string(id)
}

func causeNames() (names []string) {
	for _, c := range demarc.EndCauses() {
		names = append(names, string(c))
	}
	return names
}
