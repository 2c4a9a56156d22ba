package desk

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

// ByDesk is who answered a case that policy, and no account, answered.
const ByDesk = "desk"

// New is what the opener of a case fills in.
type New struct {
	Kind        demarc.CaseKind
	Environment string
	Subject     string
	// Severity is a word of AWS Support's; it may be empty.
	Severity string
	// Fields are those that the kind has; see [Fields].
	Fields demarc.CaseFields
	// Text is what there is to say besides; it may be empty.
	Text        string
	Attachments []demarc.AttachmentID
}

// OpenCase asks the platform something about an environment of the account.
// What the desk can answer from what is written down it answers at once, and
// that the answer was given stays on record. At most one open case asks to
// accept an interface.
func OpenCase(tx *store.Tx, by demarc.AccountID, ask New, now time.Time) (demarc.Case, error) {
	env, err := asCustomer(tx, by, ask.Environment)
	if err != nil {
		return demarc.Case{}, err
	}
	if refusal := entitled(tx, env); refusal != nil && ask.Kind != demarc.CaseTermination { // to end is everybody's right
		return demarc.Case{}, refusal
	}
	c := demarc.Case{
		ID:          demarc.NewCaseID(),
		Kind:        ask.Kind,
		Environment: env.Name,
		Opener:      by,
		Assignee:    env.Platform,
		CaseFields:  ask.Fields,
		Subject:     ask.Subject,
		Severity:    ask.Severity,
		State:       demarc.CaseOpen,
		Created:     now,
	}
	if err := checkFields(tx, &c); err != nil {
		return demarc.Case{}, err
	}
	if ask.Text != "" || len(ask.Attachments) > 0 {
		if c, err = say(tx, c, demarc.Actor{Account: by}, ask.Text, ask.Attachments, now); err != nil {
			return demarc.Case{}, err
		}
	}
	if c, err = begin(tx, c, env); err != nil {
		return demarc.Case{}, err
	}
	store.Cases.Put(tx, c)
	return c, nil
}

// begin does what the kind of a new case asks for.
func begin(tx *store.Tx, c demarc.Case, env demarc.Environment) (demarc.Case, error) {
	switch c.Kind {
	case demarc.CaseAccount:
		if refusal := gateway.Exclusive(tx, env); refusal != nil {
			return c, refusal
		}
		return answered(c, whichAccount(env), ByDesk, c.Created), nil
	case demarc.CaseAccept:
		if err := OnlyHere(env, "interface"); err != nil {
			return c, err
		}
		return askToAccept(tx, c, env)
	case demarc.CaseRoutes:
		return c, checkRouteChange(tx, c, env)
	case demarc.CaseDrill:
		if env.Away() {
			return askToDrill(tx, c, env)
		}
		return c, checkDrill(tx, c, env)
	case demarc.CaseTransit:
		env = env.There()
		if err := checkOwnTransit(tx, c, env); err != nil {
			return c, err
		}
		if err := first(checkPrefixes(tx, env, Request{Prefixes: c.Prefixes, DefaultRoute: demarc.DefaultNever}, "")); err != nil {
			return c, err
		}
		return tellAccount(tx, c, env), nil
	}
	return askToEnd(tx, c, env)
}

// whichAccount is the platform's, where the environment is.
func whichAccount(env demarc.Environment) string {
	if env.Away() {
		return fmt.Sprintf("Allocate the virtual interface to account %s at %s in %s", env.Elsewhere.Account, env.Elsewhere.At, env.Elsewhere.Region)
	}
	return "Allocate the virtual interface to account " + string(env.Platform)
}

// first is the first of some findings as an error; nil for none.
func first(findings []*demarc.Error) error {
	if len(findings) == 0 {
		return nil
	}
	return findings[0]
}

// inField gives a finding the name that a case has for the field.
func inField(err error, was, is string) error {
	if refusal, ok := errors.AsType[*demarc.Error](err); ok {
		refusal.Field = strings.Replace(refusal.Field, was, is, 1)
	}
	return err
}

// tellAccount is what the platform says first to who brings a Transit Gateway:
// whom to share it with, and what to route to it.
func tellAccount(r store.Reader, c demarc.Case, env demarc.Environment) demarc.Case {
	text := "Share the Transit Gateway with account " + string(env.Platform)
	if vpc, ok := store.VPCs.Get(r, string(env.VPC)); ok {
		text += ", and route " + joined(vpc.Ranges()) + " to it"
	}
	c.History = append(c.History, demarc.Communication{By: ByDesk, At: c.Created, Text: text + "; then reply with the resource share"})
	c.State = demarc.CaseWaitingOpener
	return c
}

// askToAccept takes up a case about an interface that waits for the platform.
func askToAccept(tx *store.Tx, c demarc.Case, env demarc.Environment) (demarc.Case, error) {
	vif, ok := store.VirtualInterfaces.Get(tx, string(c.VirtualInterface))
	switch {
	case !ok || !seesInterface(tx, c.Opener, env, vif):
		return c, demarc.Errorf(demarc.NotFound, "no virtual interface %q", c.VirtualInterface).In("virtualInterface")
	case vif.Owner != env.Platform:
		return c, demarc.Errorf(demarc.Invalid, "interface %s is allocated to account %s, and environment %s is run by %s", vif.ID, vif.Owner, env.Name, env.Platform).
			Coded("E-ACCOUNT-MISMATCH", "Allocate an interface to account "+string(env.Platform)).In("virtualInterface")
	case vif.State != demarc.VIFConfirming:
		return c, demarc.Errorf(demarc.Conflict, "interface %s is %s, and no longer waits to be accepted", vif.ID, vif.State).
			Coded("E-CASE-SETTLED", "Look at the interface").In("virtualInterface")
	}
	if refusal := gateway.Exclusive(tx, env); refusal != nil {
		return c, refusal
	}
	if err := wanted(tx, env, vif); err != nil {
		return c, err
	}
	if refusal := pairTaken(tx, c.Opener, env, vif); refusal != nil {
		return c, refusal
	}
	err := tx.Claim(acceptClaim(vif.ID), string(c.ID))
	if taken, ok := errors.AsType[*store.ClaimedError](err); ok {
		return c, demarc.Errorf(demarc.Conflict, "case %s already asks to accept interface %s", taken.Holder, vif.ID).
			Coded("E-CASE-DUPLICATE", "Wait for its answer").In("virtualInterface").By(demarc.Platform)
	}
	if err != nil {
		return c, err
	}
	return decide(tx, c, env, c.Created)
}

// wanted refuses an interface of a leg that is to end, and another on its
// connection.
func wanted(r store.Reader, env demarc.Environment, v demarc.VirtualInterface) error {
	if link, leg, ok := legOf(r, env, v); ok {
		return link.GoesOn(leg.ID)
	}
	for link := range store.Links.By(r, "environment", env.Name) {
		for _, e := range link.Endings {
			for _, of := range e.Legs {
				if e.Ended.IsZero() && of.Connection == physical(r, v.Connection).ID && link.Customer == v.ConnectionOwner {
					return link.GoesOn(of.Leg)
				}
			}
		}
	}
	return nil
}

// seesInterface reports whether a customer may ask about an interface: its
// own, or one that a leg of a link of its runs on.
func seesInterface(r store.Reader, by demarc.AccountID, env demarc.Environment, vif demarc.VirtualInterface) bool {
	if vif.VisibleTo(by) {
		return true
	}
	link, _, ok := legOf(r, env, vif)
	return ok && link.Customer == by
}

// acceptClaim is held by the one open case about an interface.
func acceptClaim(id demarc.VirtualInterfaceID) string { return "case/" + string(id) }

// claimOf is what a case about an interface holds. What it says of another
// Direct Connect is its customer's word, and keeps nobody else from asking.
func claimOf(c demarc.Case) string {
	if c.Offer != nil {
		return "offer/" + c.Environment + "/" + string(c.Offer.Interface.ID)
	}
	return acceptClaim(c.VirtualInterface)
}

// answered closes a case.
func answered(c demarc.Case, text, by string, now time.Time) demarc.Case {
	c.State, c.Answer, c.AnsweredBy, c.Answered = demarc.CaseAnswered, text, by, now
	return c
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

// settled answers a case about an interface that no longer waits: what
// happened to the interface is the answer. The time stays unset, since nobody
// wrote it down. A case about a link that has ended is answered by that.
func settled(r store.Reader, c demarc.Case) demarc.Case {
	if link, _ := store.Links.Get(r, string(c.Link)); link.Over() && !c.State.Ended() {
		e, _ := link.Ending()
		return answered(c, "Link "+string(link.ID)+" has ended", ByDesk, e.Ended)
	}
	if c.State.Ended() || c.Kind != demarc.CaseAccept || c.Offer != nil {
		return c
	}
	vif, ok := store.VirtualInterfaces.Get(r, string(c.VirtualInterface))
	if ok && vif.State == demarc.VIFConfirming {
		return c
	}
	vif.ID = c.VirtualInterface // also of one that nobody remembers
	return answered(c, outcome(vif), string(c.Assignee), time.Time{})
}

// outcome says what became of an interface that waits no longer.
func outcome(vif demarc.VirtualInterface) string {
	id := string(vif.ID)
	switch {
	case vif.Lapsed:
		return "Rejected: nobody accepted " + id + " in time"
	case vif.State == demarc.VIFRejected:
		return "Rejected: " + id + " was not accepted"
	case endOf(vif) == "":
		return "Withdrawn: " + id + " was deleted before it was accepted"
	case vif.State == demarc.VIFDeleting || vif.State == demarc.VIFDeleted:
		return "Accepted onto " + endOf(vif) + ", and deleted since"
	}
	return "Accepted onto " + endOf(vif)
}
