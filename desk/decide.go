package desk

import (
	"cmp"
	"slices"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// decide lets the platform's policy take up a case about an interface, and
// keeps what it decided and by what. Without a policy a person decides.
func decide(tx *store.Tx, c demarc.Case, env demarc.Environment, now time.Time) (demarc.Case, error) {
	v, there := store.VirtualInterfaces.Get(tx, string(c.VirtualInterface))
	if !there {
		return c, nil
	}
	judged, ok := judgedBy(tx, c, env, factsOf(tx, env, v))
	if !ok {
		return c, nil
	}
	switch judged.Verdict {
	case demarc.VerdictAccept:
		return grant(tx, c, ByDesk, now)
	case demarc.VerdictReject:
		return rejected(tx, c, judged.Reason, ByDesk, now)
	}
	held := demarc.CaseID("") // not even by a case before, under another policy
	if c.FourEyes = judged.FourEyes; c.FourEyes {
		held = c.ID
	}
	vif.Hold(tx, v.ID, held)
	return c, nil
}

// judgedBy is what the platform's policy makes of a case's facts; it is kept. It
// is false where there is no policy.
func judgedBy(tx *store.Tx, c demarc.Case, env demarc.Environment, facts demarc.PolicyFacts) (Judgement, bool) {
	policy, ok := store.Policies.Get(tx, string(env.Platform))
	if !ok {
		return Judgement{}, false
	}
	judged := Judge(policy.Rules, facts)
	store.Decisions.Put(tx, demarc.Decision{
		ID: demarc.NewDecisionID(), Interface: c.VirtualInterface, Case: c.ID, Platform: env.Platform, Customer: env.Customer,
		Verdict: judged.Verdict, Reason: judged.Reason, FourEyes: judged.FourEyes, Rule: judged.Name, Version: policy.Version, Facts: facts, At: c.Created,
	})
	return judged, true
}

// Decisions lists those that the account may know of, by id: its platform's,
// or those about its environments. Which rule and which facts led to one is
// for the platform.
func Decisions(r store.Reader, by demarc.AccountID) []demarc.Decision {
	var out []demarc.Decision
	for d := range store.Decisions.By(r, "account", string(by)) {
		if d.Platform != by {
			d.Rule, d.Version, d.Facts, d.SeenBy = "", 0, demarc.PolicyFacts{}, ""
		}
		out = append(out, d)
	}
	return out
}

// A Trial is what rules would make of one interface, and nothing is done.
type Trial struct {
	Judgement
	Facts demarc.PolicyFacts
	// Refused is what would keep it from being accepted, whatever the rules say;
	// nil for nothing.
	Refused *demarc.Error
}

// TryInterface judges an interface that waits for the platform, by rules, or by
// the platform's own where there are none.
func TryInterface(r store.Reader, platform demarc.AccountID, rules []demarc.PolicyRule, id demarc.VirtualInterfaceID) (Trial, error) {
	rules, err := rulesOr(r, platform, rules)
	if err != nil {
		return Trial{}, err
	}
	v, ok := store.VirtualInterfaces.Get(r, string(id))
	if !ok || v.Owner != platform {
		return Trial{}, demarc.Errorf(demarc.NotFound, "no virtual interface %q", id).In("interface")
	}
	env, ok := environmentOf(r, v)
	if !ok {
		return Trial{}, demarc.Errorf(demarc.NotFound, "virtual interface %s is for no environment of yours", id).In("interface")
	}
	f := factsOf(r, env, v)
	return Trial{Judge(rules, f), f, pairTaken(r, platform, env, v)}, nil
}

// environmentOf finds the environment that an interface to a platform is for:
// the one with a link that asks for it, or the only one of its connection's
// owner.
func environmentOf(r store.Reader, v demarc.VirtualInterface) (found demarc.Environment, ok bool) {
	count := 0
	for env := range store.Environments.By(r, "account", string(v.Owner)) {
		if env.Platform != v.Owner {
			continue
		}
		if _, _, asked := legOf(r, env, v); asked {
			return env, true
		}
		if env.Customer == v.ConnectionOwner {
			found = env
			count++
		}
	}
	return found, count == 1
}

// TryRequest judges the interfaces that a link would have, leg by leg, if they
// are allocated as it asks. findings are what would refuse the link before.
func TryRequest(r store.Reader, platform demarc.AccountID, rules []demarc.PolicyRule, req Request, now time.Time) (trials []Trial, findings []*demarc.Error, err error) {
	if rules, err = rulesOr(r, platform, rules); err != nil {
		return nil, nil, err
	}
	env, err := environment(r, platform, req.Environment)
	if err != nil {
		return nil, nil, err
	}
	if env.Platform != platform {
		return nil, nil, demarc.Errorf(demarc.NotFound, "no environment %q", req.Environment).In("environment")
	}
	if findings, err = Preflight(r, env.Customer, req, now); err != nil {
		return nil, nil, err
	}
	if takesSplit(r, rules, env) { // though those that are applied do not
		findings = slices.DeleteFunc(findings, func(f *demarc.Error) bool { return f.Code == "W-DEFAULT-SPLIT" })
	}
	link := req.link(env.Customer, now)
	for _, leg := range link.Legs {
		f := factsOfLink(r, env, link)
		f.Links++ // with this one
		f.Leg, f.Rate, f.Proof = leg.ID, leg.Bandwidth, demarc.ProofOwner
		if link.Topology == demarc.PartnerCage {
			f.Proof = demarc.ProofToken
		}
		trials = append(trials, Trial{Judgement: Judge(rules, f), Facts: f})
	}
	return trials, findings, nil
}

// TryEnd judges the end of a link, or of the leg that is named, as if its
// customer asked for it now, or its platform for a cause. Where it would end
// without anybody being asked, that is what is refused.
func TryEnd(r store.Reader, platform demarc.AccountID, rules []demarc.PolicyRule, id demarc.LinkID, leg string, cause demarc.EndCause, now time.Time) (Trial, error) {
	rules, err := rulesOr(r, platform, rules)
	if err != nil {
		return Trial{}, err
	}
	link, _ := store.Links.Get(r, string(id))
	env, ok := store.Environments.Get(r, link.Environment)
	if !ok || env.Platform != platform {
		return Trial{}, demarc.Errorf(demarc.NotFound, "no link %q", id).In("end.link")
	}
	c := demarc.Case{Environment: env.Name, CaseFields: demarc.CaseFields{Link: id, Leg: leg}, Cause: cause}
	d, err := departureOf(r, c, now)
	if err != nil {
		return Trial{}, err
	}
	f := d.facts(r, env, c)
	trial := Trial{Judgement: Judge(rules, f), Facts: f}
	if !d.accepted() && cause == "" {
		trial.Refused = demarc.Errorf(demarc.Conflict, "nothing of %s was accepted: without a last day it ends at once, and no policy is asked", d.name()).
			Coded("E-POLICY-UNASKED", "Look at what is accepted: demarc link status "+string(id))
	}
	return trial, nil
}

func rulesOr(r store.Reader, platform demarc.AccountID, rules []demarc.PolicyRule) ([]demarc.PolicyRule, error) {
	if len(rules) > 0 {
		return rules, cmp.Or(CheckRules(rules), checkNames(r, platform, rules))
	}
	policy, ok := store.Policies.Get(r, string(platform))
	if !ok {
		return nil, demarc.Errorf(demarc.NotFound, "no policy was applied").Coded("E-POLICY-NONE", "Give rules, or apply some")
	}
	return policy.Rules, nil
}
