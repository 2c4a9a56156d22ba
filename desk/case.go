package desk

import (
	"errors"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// ByDesk is who answered a case that policy, and no account, answered.
const ByDesk = "desk"

// New is what the opener of a case fills in.
type New struct {
	Kind        demarc.CaseKind
	Environment string
	// VirtualInterface is wanted for accept-interface, and only there.
	VirtualInterface demarc.VirtualInterfaceID
}

// OpenCase asks the platform something about an environment of the account.
// Which account to allocate to is answered at once, since it is written in the
// environment; that the answer was given stays on record. At most one open
// case asks to accept an interface.
func OpenCase(tx *store.Tx, by demarc.AccountID, ask New, now time.Time) (demarc.Case, error) {
	env, err := asCustomer(tx, by, ask.Environment)
	if err != nil {
		return demarc.Case{}, err
	}
	if refusal := entitled(tx, env); refusal != nil {
		return demarc.Case{}, refusal
	}
	c := demarc.Case{
		ID:          demarc.NewCaseID(),
		Kind:        ask.Kind,
		Environment: env.Name,
		Opener:      by,
		Assignee:    env.Platform,
		State:       demarc.CaseOpen,
		Created:     now,
	}
	if c, err = fillIn(tx, c, env, ask); err != nil {
		return demarc.Case{}, err
	}
	store.Cases.Put(tx, c)
	return c, nil
}

// fillIn does what the kind of a new case asks for.
func fillIn(tx *store.Tx, c demarc.Case, env demarc.Environment, ask New) (demarc.Case, error) {
	switch {
	case c.Kind == demarc.CaseAccept:
		return askToAccept(tx, c, env, ask.VirtualInterface)
	case c.Kind != demarc.CaseAccount:
		return c, demarc.Errorf(demarc.Invalid, "there is no case of kind %q", c.Kind).
			Coded("E-CASE-KIND", "Say "+string(demarc.CaseAccount)+" or "+string(demarc.CaseAccept)).In("kind")
	case ask.VirtualInterface != "":
		return c, demarc.Errorf(demarc.Invalid, "a case of kind %s is about no interface", c.Kind).
			Coded("E-CASE-KIND", "Leave the interface out, or say "+string(demarc.CaseAccept)).In("virtualInterface")
	}
	return answered(c, "Allocate the virtual interface to account "+string(env.Platform), ByDesk, c.Created), nil
}

// askToAccept takes up a case about an interface that waits for the platform.
func askToAccept(tx *store.Tx, c demarc.Case, env demarc.Environment, id demarc.VirtualInterfaceID) (demarc.Case, error) {
	vif, ok := store.VirtualInterfaces.Get(tx, string(id))
	switch {
	case !ok || !vif.VisibleTo(c.Opener):
		return c, demarc.Errorf(demarc.NotFound, "no virtual interface %q", id).In("virtualInterface")
	case vif.Owner != env.Platform:
		return c, demarc.Errorf(demarc.Invalid, "interface %s is allocated to account %s, and environment %s is run by %s", vif.ID, vif.Owner, env.Name, env.Platform).
			Coded("E-ACCOUNT-MISMATCH", "Allocate an interface to account "+string(env.Platform)).In("virtualInterface")
	case vif.State != demarc.VIFConfirming:
		return c, demarc.Errorf(demarc.Conflict, "interface %s is %s, and no longer waits to be accepted", vif.ID, vif.State).
			Coded("E-CASE-SETTLED", "Look at the interface").In("virtualInterface")
	}
	err := tx.Claim(acceptClaim(vif.ID), string(c.ID))
	if taken, ok := errors.AsType[*store.ClaimedError](err); ok {
		return c, demarc.Errorf(demarc.Conflict, "case %s already asks to accept interface %s", taken.Holder, vif.ID).
			Coded("E-CASE-DUPLICATE", "Wait for its answer").In("virtualInterface").By(demarc.Platform)
	}
	c.VirtualInterface = vif.ID
	return c, err
}

// acceptClaim is held by the one open case about an interface.
func acceptClaim(id demarc.VirtualInterfaceID) string { return "case/" + string(id) }

// answered closes a case.
func answered(c demarc.Case, text, by string, now time.Time) demarc.Case {
	c.State, c.Answer, c.AnsweredBy, c.Answered = demarc.CaseAnswered, text, by, now
	return c
}

// Answer closes an open case with words, as its assignee only can. It accepts
// no interface: accepting one closes its case by itself.
func Answer(tx *store.Tx, by demarc.AccountID, id demarc.CaseID, text string, now time.Time) (demarc.Case, error) {
	c, err := Case(tx, by, id)
	switch {
	case err != nil:
		return c, err
	case c.Assignee != by:
		return c, demarc.Errorf(demarc.Denied, "case %s is for account %s to answer", c.ID, c.Assignee).
			Coded("E-CASE-ASSIGNEE", "Wait for its answer").By(demarc.Platform)
	case c.State != demarc.CaseOpen:
		return c, demarc.Errorf(demarc.Conflict, "case %s is answered: %s", c.ID, c.Answer).
			Coded("E-CASE-SETTLED", "There is nothing left to answer")
	case strings.TrimSpace(text) == "":
		return c, demarc.Errorf(demarc.Invalid, "the answer is empty").
			Coded("E-CASE-ANSWER", "Say what was decided").In("text")
	}
	c = answered(c, text, string(by), now)
	if c.VirtualInterface != "" {
		tx.Release(acceptClaim(c.VirtualInterface))
	}
	store.Cases.Put(tx, c)
	return c, nil
}

// Case returns a case that the account opened or is to answer, with the answer
// that its interface gives.
func Case(r store.Reader, by demarc.AccountID, id demarc.CaseID) (demarc.Case, error) {
	c, ok := store.Cases.Get(r, string(id))
	if !ok || !c.VisibleTo(by) {
		return demarc.Case{}, demarc.Errorf(demarc.NotFound, "no case %q", id)
	}
	return settled(r, c), nil
}

// Cases lists the cases that the account opened or is to answer, by id.
func Cases(r store.Reader, by demarc.AccountID) []demarc.Case {
	var out []demarc.Case
	for c := range store.Cases.By(r, "account", string(by)) {
		out = append(out, settled(r, c))
	}
	return out
}

// settled answers an open case about an interface that no longer waits: what
// happened to the interface is the answer. The time stays unset, since nobody
// wrote it down.
func settled(r store.Reader, c demarc.Case) demarc.Case {
	if c.State != demarc.CaseOpen || c.Kind != demarc.CaseAccept {
		return c
	}
	vif, ok := store.VirtualInterfaces.Get(r, string(c.VirtualInterface))
	if ok && vif.State == demarc.VIFConfirming {
		return c
	}
	return answered(c, outcome(c, vif), string(c.Assignee), time.Time{})
}

// outcome says what became of an interface that waits no longer.
func outcome(c demarc.Case, vif demarc.VirtualInterface) string {
	id := string(c.VirtualInterface)
	switch {
	case vif.State == demarc.VIFRejected:
		return "Rejected: " + id + " was not accepted"
	case vif.Gateway == "":
		return "Withdrawn: " + id + " was deleted before it was accepted"
	case vif.State == demarc.VIFDeleting || vif.State == demarc.VIFDeleted:
		return "Accepted onto " + string(vif.Gateway) + ", and deleted since"
	}
	return "Accepted onto " + string(vif.Gateway)
}
