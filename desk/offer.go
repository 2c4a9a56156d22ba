package desk

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

// OfferInterface asks the platform to accept the interface of a leg at another
// Direct Connect, which the customer by sees there. The case keeps what the
// customer saw, as its word; [JudgeOffer] decides by what the platform sees.
func OfferInterface(tx *store.Tx, by demarc.Account, id demarc.LinkID, letter string, seen demarc.Sightings, now time.Time) (demarc.Case, error) {
	link, err := asLinkCustomer(tx, by.ID, id)
	if err != nil {
		return demarc.Case{}, err
	}
	l, err := awayLeg(tx, link, letter, now)
	if err != nil {
		return demarc.Case{}, err
	}
	p := l.progress
	if err := p.checkSighted(tx, by.Party, seen); err != nil {
		return demarc.Case{}, err
	}
	p.look(by.Party, seen)
	offer, err := l.offer()
	if err != nil {
		return demarc.Case{}, err
	}
	return openOffer(tx, p, offer, now)
}

// awayLeg finds a leg of a link at another Direct Connect; its letter may be
// left out where there is one.
func awayLeg(r store.Reader, link demarc.Link, letter string, now time.Time) (*leg, error) {
	p := find(r, link, now)
	if !p.env.Away() {
		return nil, notAway(p.env)
	}
	for i := range p.legs {
		if p.legs[i].ID == letter || letter == "" && len(p.legs) == 1 {
			return &p.legs[i], nil
		}
	}
	return nil, demarc.Errorf(demarc.Invalid, "link %s has no leg %q", link.ID, letter).Coded("E-LEGS", "Give the letter of one").In("leg")
}

// offer is what a leg's customer has to offer there.
func (l *leg) offer() (demarc.Offer, error) {
	o := demarc.Offer{Leg: l.ID}
	switch {
	case l.vif.ID == "" && l.stray.ID != "":
		return o, demarc.Errorf(demarc.Invalid, "interface %s is allocated to account %s, and environment %s is account %s's there", l.stray.ID, l.stray.Owner, l.progress.env.Name, l.progress.receiver()).
			Coded("E-ACCOUNT-MISMATCH", "Allocate an interface to account "+string(l.progress.receiver())).In("interfaces")
	case !alive(l.vif) || l.conn.State == "":
		return o, demarc.Errorf(demarc.Conflict, "no interface for leg %s is on a connection with the tag %s=%s", l.ID, LinkTag, l.progress.tag(l.ID)).
			Coded("E-OFFER-NONE", fmt.Sprintf("Allocate one: demarc elsewhere allocate %s --leg %s", l.progress.link.ID, l.ID)).In("interfaces")
	case l.vif.State != demarc.VIFConfirming:
		return o, demarc.Errorf(demarc.Conflict, "interface %s is %s, and no longer waits to be accepted", l.vif.ID, l.vif.State).
			Coded("E-CASE-SETTLED", "Look at the interface").In("interfaces")
	}
	for _, line := range l.progress.away.seen.Lines {
		if line.ID == l.conn.ID {
			o.Line = line
		}
	}
	for _, v := range l.progress.away.seen.Interfaces {
		if v.ID == l.vif.ID {
			o.Interface = v
		}
	}
	return o, nil
}

// openOffer opens the case, for the customer, about what was allocated there.
func openOffer(tx *store.Tx, p *progress, o demarc.Offer, now time.Time) (demarc.Case, error) {
	c := demarc.Case{
		ID: demarc.NewCaseID(), Kind: demarc.CaseAccept, Environment: p.env.Name, Opener: p.link.Customer, Assignee: p.env.Platform,
		CaseFields: demarc.CaseFields{Link: p.link.ID}, Offer: &o, State: demarc.CaseOpen, Created: now,
	}
	if refusal := entitled(tx, p.env); refusal != nil {
		return c, refusal
	}
	if refusal := gateway.Exclusive(tx, p.env); refusal != nil {
		return c, refusal
	}
	if err := p.link.GoesOn(o.Leg); err != nil {
		return c, err
	}
	err := tx.Claim(claimOf(c), string(c.ID))
	if taken, ok := errors.AsType[*store.ClaimedError](err); ok {
		return c, demarc.Errorf(demarc.Conflict, "case %s already asks to accept interface %s", taken.Holder, o.Interface.ID).
			Coded("E-CASE-DUPLICATE", "Wait for its answer").In("interfaces").By(demarc.Platform)
	}
	if err != nil {
		return c, err
	}
	store.Cases.Put(tx, c)
	return c, nil
}

// A Ruling is what the desk says to a platform that has an interface at another
// Direct Connect before it.
type Ruling struct {
	Interface demarc.VirtualInterfaceID
	Case      demarc.CaseID // empty where no case asks for it
	// Verdict is accept: accept it there, onto Gateway; reject: delete it there;
	// queue: a person decides in the case; and empty: leave it.
	Verdict  demarc.Verdict
	Reason   string
	FourEyes bool
	Gateway  string
}

// JudgeOffer decides about an interface that the platform of the actor sees at
// another Direct Connect. Doing it again with the same says the same: a word
// that was given stays given as long as what it went by has not changed. An
// interface that waits no longer ends its case.
func JudgeOffer(tx *store.Tx, by demarc.Actor, seen demarc.InterfaceSighted, now time.Time) (Ruling, error) {
	if err := checkInterface(seen); err != nil { // whoever named it so keeps no other from its turn
		return Ruling{Interface: seen.ID, Reason: err.Error()}, nil
	}
	c, p, ok := offerAbout(tx, by.Account, seen, now)
	rule := Ruling{Interface: seen.ID, Case: c.ID}
	switch {
	case !ok:
		rule.Reason = "no case asks to accept it"
		return rule, nil
	case seen.Owner != p.receiver() && seen.State != demarc.VIFConfirming: // whatever that is
		rule.Reason = fmt.Sprintf("it is account %s's, and environment %s is account %s's there", seen.Owner, c.Environment, p.receiver())
		return rule, nil
	case seen.State != demarc.VIFConfirming:
		return settleOffer(tx, c, seen, rule, now), nil
	case c.State == demarc.CaseRejected:
		rule.Verdict, rule.Reason = demarc.VerdictReject, c.Answer
		return rule, nil
	case c.State.Ended():
		rule.Reason = fmt.Sprintf("case %s is %s; its customer has to ask again", c.ID, c.State)
		return rule, nil
	}
	if refusal := gateway.Exclusive(tx, p.env); refusal != nil {
		rule.Reason = refusal.Text
		return rule, nil
	}
	if err := cmp.Or(locked(tx, c.Environment), p.link.GoesOn(c.Offer.Leg)); err != nil {
		rule.Reason = err.Error()
		return rule, nil
	}
	if facts := factsOfOffer(tx, p, c, seen); !judgedAlready(tx, c, seen, facts) {
		var err error
		if c, rule.Reason, err = judgeOffer(tx, c, by, seen, facts, now); err != nil {
			return rule, err
		}
	}
	switch {
	case c.State == demarc.CaseRejected:
		rule.Verdict = demarc.VerdictReject
	case !c.Offer.Granted.IsZero():
		rule.Verdict, rule.Gateway = demarc.VerdictAccept, p.env.Elsewhere.Gateway
	default:
		rule.Verdict, rule.FourEyes = demarc.VerdictQueue, c.FourEyes
		rule.Reason = cmp.Or(rule.Reason, fmt.Sprintf("case %s is %s", c.ID, c.State))
	}
	return rule, nil
}

// TryOffer says what rules would make of an interface that a platform sees at
// another Direct Connect, or its own rules where there are none. Nothing is done.
func TryOffer(r store.Reader, platform demarc.AccountID, rules []demarc.PolicyRule, seen demarc.InterfaceSighted, now time.Time) (Trial, error) {
	rules, err := rulesOr(r, platform, rules)
	if err != nil {
		return Trial{}, err
	}
	if err := checkInterface(seen); err != nil {
		return Trial{}, demarc.Errorf(demarc.Invalid, "%v", err).Coded("E-SIGHTING", "Let demarc policy test --as read it").In("seen")
	}
	c, p, ok := offerAbout(r, platform, seen, now)
	if !ok {
		return Trial{}, demarc.Errorf(demarc.NotFound, "no case asks to accept %q", seen.ID).In("seen")
	}
	f := factsOfOffer(r, p, c, seen)
	return Trial{Judgement: Judge(rules, f), Facts: f}, nil
}

// offerAbout finds the case that asks a platform for an interface: of several
// the open one, or else the newest. What names another leg is not the one that
// the case is about, whatever its opener says.
func offerAbout(r store.Reader, platform demarc.AccountID, seen demarc.InterfaceSighted, now time.Time) (found demarc.Case, of *progress, ok bool) {
	for c := range store.Cases.By(r, "offer", string(seen.ID)) {
		link, there := store.Links.Get(r, string(c.Link))
		if c.Assignee != platform || !there {
			continue
		}
		p := find(r, link, now)
		if seen.Tag != "" && !p.names(seen.Tag, c.Offer.Leg) || !p.env.Away() {
			continue
		}
		if better := !c.State.Ended() || found.State.Ended() && c.Created.After(found.Created); !ok || better {
			found, of, ok = c, p, true
		}
	}
	return found, of, ok
}

// factsOfOffer collects what a policy judges: what the platform sees of the
// interface, held against the link, and what its allocator says of the line.
func factsOfOffer(r store.Reader, p *progress, c demarc.Case, seen demarc.InterfaceSighted) demarc.PolicyFacts {
	f := factsOfLink(r, p.env, p.link)
	f.Interface, f.Leg = seen.ID, c.Offer.Leg
	f.Rate = rateOfOffer(c, seen)
	for _, d := range p.compareOffer(c, seen) {
		if d.Differs {
			f.Differences = append(f.Differences, d.Field)
		}
	}
	vouched := p.names(seen.Tag, c.Offer.Leg) && seen.Connection == c.Offer.Line.ID
	switch {
	case vouched && c.Offer.Token != "":
		f.Proof = demarc.ProofToken
	case vouched:
		f.Proof = demarc.ProofVouched
	}
	return f
}

// rateOfOffer is what an interface there may carry: its limit, or what its
// allocator says of the connection.
func rateOfOffer(c demarc.Case, seen demarc.InterfaceSighted) demarc.Bandwidth {
	rate, _ := demarc.ParseBandwidth(cmp.Or(seen.Rate, c.Offer.Line.Bandwidth))
	return rate
}

// compareOffer holds an interface there against the leg that it is offered for.
func (p *progress) compareOffer(c demarc.Case, seen demarc.InterfaceSighted) []Difference {
	for _, l := range p.legs {
		if l.ID == c.Offer.Leg {
			return compare(p.receiver(), l.Leg, interfaceNoun(seen), rateOfOffer(c, seen))
		}
	}
	return nil
}

// reviewOffer is what a case about an interface there shows to who decides it:
// what the platform saw, or else what its customer did.
func reviewOffer(r store.Reader, c demarc.Case) ([]Difference, []Flag) {
	link, ok := store.Links.Get(r, string(c.Link))
	if !ok {
		return nil, nil
	}
	seen := c.Offer.Seen
	flags := flags(link)
	if seen.ID == "" {
		seen = c.Offer.Interface
		flags = append(flags, Flag{"W-OFFER-UNSEEN", "the platform has not looked at the interface there: this is what its customer saw"})
	} else if c.Offer.Facts.Proof == "" {
		flags = append(flags, Flag{"W-OFFER-UNPROVEN", "nothing that the platform sees of the interface says that it is of this link"})
	}
	return find(r, link, c.Created).compareOffer(c, seen), flags
}

// judgedAlready reports whether an offer was judged by just this. A newer policy
// judges anew what nobody has agreed to.
func judgedAlready(r store.Reader, c demarc.Case, seen demarc.InterfaceSighted, facts demarc.PolicyFacts) bool {
	policy, _ := store.Policies.Get(r, string(c.Assignee))
	current := policy.Version == c.Offer.Version || !c.Offer.Granted.IsZero() || c.State == demarc.CaseWaitingApprover
	return c.Offer.Seen == seen.Offered() && reflect.DeepEqual(c.Offer.Facts, facts) && current
}

// judgeOffer lets the policy decide, and keeps by what. Whatever was agreed to
// before was of something else.
func judgeOffer(tx *store.Tx, c demarc.Case, by demarc.Actor, seen demarc.InterfaceSighted, facts demarc.PolicyFacts, now time.Time) (demarc.Case, string, error) {
	offer := *c.Offer
	offer.Seen, offer.By, offer.At, offer.Facts = seen.Offered(), by.Person(), now, facts
	offer.Version, offer.Granted, offer.GrantedBy = 0, time.Time{}, ""
	c.Offer, c.FourEyes, c.Proposer = &offer, false, ""
	if c.State == demarc.CaseWaitingApprover {
		c.State = demarc.CaseOpen
	}
	judged := Judgement{demarc.PolicyRule{Verdict: demarc.VerdictQueue, Reason: "no policy was applied: a person decides"}, nil}
	if policy, ok := store.Policies.Get(tx, string(c.Assignee)); ok {
		judged, offer.Version = Judge(policy.Rules, facts), policy.Version
		store.Decisions.Put(tx, demarc.Decision{
			ID: demarc.NewDecisionID(), Interface: seen.ID, Case: c.ID, Platform: c.Assignee, Customer: c.Opener, SeenBy: by.Person(),
			Verdict: judged.Verdict, Reason: judged.Reason, FourEyes: judged.FourEyes, Rule: judged.Name, Version: policy.Version, Facts: facts, At: now,
		})
	}
	switch judged.Verdict {
	case demarc.VerdictReject:
		c, err := rejected(tx, c, judged.Reason, ByDesk, now)
		return c, c.Answer, err
	case demarc.VerdictAccept:
		offer.Granted, offer.GrantedBy = now, ByDesk
	default:
		c.FourEyes = judged.FourEyes
	}
	store.Cases.Put(tx, c)
	return c, judged.Reason, nil
}

// grantOffer is the platform's word that the interface, as it was judged, may be
// accepted there. The case goes on until it is.
func grantOffer(tx *store.Tx, c demarc.Case, by string, now time.Time) (demarc.Case, error) {
	offer := *c.Offer
	offer.Granted, offer.GrantedBy = now, by
	c.Offer, c.State = &offer, demarc.CaseOpen
	store.Cases.Put(tx, c)
	return c, nil
}

// undecided refuses to agree to an offer that nobody has looked at, or once
// more to what was agreed to.
func undecided(c demarc.Case) error {
	switch {
	case c.Drill != nil:
		return drillGranted(c)
	case c.Offer == nil:
	case c.Offer.Seen.ID == "":
		return demarc.Errorf(demarc.Conflict, "the platform has not looked at %s there", c.Offer.Interface.ID).
			Coded("E-OFFER-UNSEEN", fmt.Sprintf("Look at it first: demarc elsewhere accept %s", c.Offer.Interface.ID)).By(demarc.Platform)
	case !c.Offer.Granted.IsZero():
		return demarc.Errorf(demarc.Conflict, "case %s was granted, and %s is to be accepted there", c.ID, c.Offer.Interface.ID).
			Coded("E-CASE-STATE", fmt.Sprintf("Accept it: demarc elsewhere accept %s", c.Offer.Interface.ID)).By(demarc.Platform)
	}
	return nil
}

// settleOffer ends the case about an interface that waits no longer.
func settleOffer(tx *store.Tx, c demarc.Case, seen demarc.InterfaceSighted, rule Ruling, now time.Time) Ruling {
	if c.State.Ended() {
		rule.Reason = fmt.Sprintf("case %s is %s: %s", c.ID, c.State, c.Answer)
		return rule
	}
	v := interfaceNoun(seen)
	text := outcome(v)
	if endOf(v) != "" && c.Offer.Granted.IsZero() {
		text += ", without a word of the desk"
	}
	c = end(tx, answered(c, text, cmp.Or(c.Offer.GrantedBy, string(c.Assignee)), now))
	rule.Reason = c.Answer
	return rule
}
