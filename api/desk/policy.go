package desk

import (
	"demarc"
	room "demarc/desk"
	"demarc/store"
)

// platformOnly refuses any other party, with the same words whatever there is.
func (c call) platformOnly() error {
	if c.by.Party == demarc.Platform {
		return nil
	}
	return demarc.Errorf(demarc.Denied, "policies are a platform's").Coded("E-DENIED", "").By(demarc.Platform)
}

func (c call) applyPolicy(in PolicyRequest) (Policy, error) {
	if err := c.platformOnly(); err != nil {
		return Policy{}, err
	}
	var applied demarc.Policy
	err := c.write(func(tx *store.Tx) (err error) {
		applied, err = room.ApplyPolicy(tx, c.actor, in.Comment, rulesOf(in.Rules), c.now)
		return err
	})
	return showPolicy(applied), err
}

func (c call) policies() (Policies, error) {
	if err := c.platformOnly(); err != nil {
		return Policies{}, err
	}
	view, err := c.read()
	if err != nil {
		return Policies{}, err
	}
	out := Policies{Policies: []Policy{}}
	for _, p := range room.Policies(view, c.by.ID) {
		out.Policies = append(out.Policies, showPolicy(p))
	}
	return out, nil
}

func (c call) testPolicy(in PolicyTest) (PolicyTrial, error) {
	if err := c.platformOnly(); err != nil {
		return PolicyTrial{}, err
	}
	given := 0
	for _, is := range []bool{in.Interface != "", in.Request != nil, in.Seen != nil, in.End != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return PolicyTrial{}, demarc.Errorf(demarc.Invalid, "a test is of an interface here, of one elsewhere, of a request or of an end, one of them").
			Coded("E-POLICY-TEST", "Give one of them").In("interface")
	}
	view, err := c.read()
	if err != nil {
		return PolicyTrial{}, err
	}
	var trials []room.Trial
	out := PolicyTrial{Trials: []PolicyVerdict{}, Findings: []Refusal{}}
	switch {
	case in.Seen != nil:
		var trial room.Trial
		trial, err = room.TryOffer(view, c.by.ID, rulesOf(in.Rules), demarc.InterfaceSighted(*in.Seen), c.now)
		trials = []room.Trial{trial}
	case in.End != nil:
		var trial room.Trial
		trial, err = room.TryEnd(view, c.by.ID, rulesOf(in.Rules), in.End.Link, in.End.Leg, in.End.Cause, c.now)
		trials = []room.Trial{trial}
		if trial.Refused != nil {
			out.Findings = append(out.Findings, describe(trial.Refused))
		}
	case in.Request == nil:
		var trial room.Trial
		trial, err = room.TryInterface(view, c.by.ID, rulesOf(in.Rules), in.Interface)
		trials = []room.Trial{trial}
		if trial.Refused != nil {
			out.Findings = append(out.Findings, describe(trial.Refused))
		}
	default:
		var findings []*demarc.Error
		trials, findings, err = room.TryRequest(view, c.by.ID, rulesOf(in.Rules), in.Request.Order(), c.now)
		out.Findings = describeAll(findings)
	}
	if err != nil {
		return PolicyTrial{}, err
	}
	for _, t := range trials {
		out.Trials = append(out.Trials, PolicyVerdict{
			Rule: t.Name, Verdict: t.Verdict, Reason: t.Reason, FourEyes: t.FourEyes, Passed: append([]string{}, t.Passed...), Facts: PolicyFacts(t.Facts),
		})
	}
	return out, nil
}

func (c call) decisions() (Decisions, error) {
	view, err := c.read()
	if err != nil {
		return Decisions{}, err
	}
	out := Decisions{Decisions: []Decision{}}
	for _, d := range room.Decisions(view, c.by.ID) {
		shown := Decision{ID: d.ID, Interface: d.Interface, Case: d.Case, Verdict: d.Verdict, Reason: d.Reason, FourEyes: d.FourEyes, Rule: d.Rule, Version: d.Version, SeenBy: d.SeenBy, At: d.At}
		if d.Version != 0 {
			facts := PolicyFacts(d.Facts)
			shown.Facts = &facts
		}
		out.Decisions = append(out.Decisions, shown)
	}
	return out, nil
}

func rulesOf(in []PolicyRule) (rules []demarc.PolicyRule) {
	for _, r := range in {
		rules = append(rules, demarc.PolicyRule{Name: r.Name, When: demarc.PolicyCondition(r.When), Verdict: r.Verdict, Reason: r.Reason, FourEyes: r.FourEyes, NoticeDays: r.NoticeDays})
	}
	return rules
}

func showPolicy(p demarc.Policy) Policy {
	out := Policy{Version: p.Version, Comment: p.Comment, Rules: []PolicyRule{}, By: p.By, Applied: p.Applied}
	for _, r := range p.Rules {
		out.Rules = append(out.Rules, PolicyRule{Name: r.Name, When: PolicyCondition(r.When), Verdict: r.Verdict, Reason: r.Reason, FourEyes: r.FourEyes, NoticeDays: r.NoticeDays})
	}
	return out
}
