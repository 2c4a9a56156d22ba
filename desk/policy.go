package desk

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// mostRules is more than anybody reviews.
const mostRules = 100

var ruleName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// ApplyPolicy makes rules those of the actor's platform, as a new version.
func ApplyPolicy(tx *store.Tx, by demarc.Actor, comment string, rules []demarc.PolicyRule, now time.Time) (demarc.Policy, error) {
	if err := cmp.Or(CheckRules(rules), checkNames(tx, by.Account, rules)); err != nil {
		return demarc.Policy{}, err
	}
	before, _ := store.Policies.Get(tx, string(by.Account))
	p := demarc.Policy{Platform: by.Account, Version: before.Version + 1, Comment: comment, Rules: rules, By: by.Person(), Applied: now}
	store.Policies.Put(tx, p)
	store.PolicyVersions.Put(tx, p)
	for env := range store.Environments.By(tx, "account", string(by.Account)) {
		if takes := takesSplit(tx, rules, env); env.Platform == by.Account && env.SplitDefault != takes {
			env, _ = store.Environments.Get(tx, env.Name)
			env.SplitDefault = takes
			store.Environments.Put(tx, env)
		}
	}
	return p, nil
}

// takesSplit reports whether rules let an environment's customer send pieces of
// a default route: a rule that names them decides, and does not reject. It is
// asked for the environment as a whole, since the edge has to know it before
// there is a link, so conditions of a link's own do not count for it.
func takesSplit(r store.Reader, rules []demarc.PolicyRule, env demarc.Environment) bool {
	f := factsOfLink(r, env, demarc.Link{})
	f.SplitDefault, f.Proof = true, demarc.ProofOwner
	judged := Judge(rules, f)
	return judged.When.SplitDefault != nil && *judged.When.SplitDefault && judged.Verdict != demarc.VerdictReject
}

// Policies lists the versions of a platform's policy, the oldest first.
func Policies(r store.Reader, platform demarc.AccountID) []demarc.Policy {
	return slices.Collect(store.PolicyVersions.By(r, "platform", string(platform)))
}

func badRule(field, format string, args ...any) error {
	return demarc.Errorf(demarc.Invalid, format, args...).Coded("E-POLICY", "Correct the rule; docs/policy.yaml is a sample").In(field)
}

// checkNames looks whether the environments and editions that rules name are
// there: a rule with a misspelt one never counts, and what it was to reject would
// go on to the next.
func checkNames(r store.Reader, platform demarc.AccountID, rules []demarc.PolicyRule) error {
	var environments, editions []string
	for env := range store.Environments.By(r, "account", string(platform)) {
		if env.Platform == platform {
			environments = append(environments, env.Name)
		}
	}
	for e := range store.Editions.All(r) {
		editions = append(editions, e.Name)
	}
	for i, rule := range rules {
		if name := stray(rule.When.Environments, environments); name != "" {
			return badRule(fmt.Sprintf("rules[%d].when.environments", i), "rule %s names environment %q, and yours are %s", rule.Name, name, list(environments))
		}
		if name := stray(rule.When.Editions, editions); name != "" {
			return badRule(fmt.Sprintf("rules[%d].when.editions", i), "rule %s names edition %q, and there are %s", rule.Name, name, list(editions))
		}
	}
	return nil
}

// stray is the first of some names that is not among those there are.
func stray[T comparable](names, there []T) (none T) {
	if i := slices.IndexFunc(names, func(name T) bool { return !slices.Contains(there, name) }); i >= 0 {
		return names[i]
	}
	return none
}

// CheckRules looks whether rules make a policy.
func CheckRules(rules []demarc.PolicyRule) error {
	refusal := badRule
	if len(rules) == 0 || len(rules) > mostRules {
		return refusal("rules", "a policy has 1 to %d rules, not %d", mostRules, len(rules))
	}
	names := map[string]bool{}
	for i, r := range rules {
		field := func(name string) string { return fmt.Sprintf("rules[%d].%s", i, name) }
		switch {
		case !ruleName.MatchString(r.Name):
			return refusal(field("name"), "%q is no name of a rule: lower-case letters, digits and hyphens", r.Name)
		case names[r.Name]:
			return refusal(field("name"), "two rules are called %s", r.Name)
		case !slices.Contains([]demarc.Verdict{demarc.VerdictAccept, demarc.VerdictQueue, demarc.VerdictReject}, r.Verdict):
			return refusal(field("verdict"), "there is no verdict %q; say accept, queue or reject", r.Verdict)
		case r.Verdict == demarc.VerdictReject && strings.TrimSpace(r.Reason) == "":
			return refusal(field("reason"), "rule %s rejects without a reason", r.Name)
		case r.FourEyes && r.Verdict != demarc.VerdictQueue:
			return refusal(field("fourEyes"), "rule %s has verdict %s; persons decide only where it is queue", r.Name, r.Verdict)
		case len(r.When.Causes) > 0 && (r.When.Termination == nil || !*r.When.Termination):
			return refusal(field("when.causes"), "rule %s names causes; only an end has one: say termination: true", r.Name)
		case slices.ContainsFunc(r.When.Causes, func(c demarc.EndCause) bool { return !slices.Contains(demarc.EndCauses(), c) }):
			return refusal(field("when.causes"), "rule %s names a cause that there is not: say %s", r.Name, list(causeNames()))
		case r.NoticeDays != 0 && (len(r.When.Causes) == 0 || r.NoticeDays < leastNoticeDays || r.NoticeDays > mostNoticeDays):
			return refusal(field("noticeDays"), "%d is no notice: %d to %d days, in a rule with causes", r.NoticeDays, leastNoticeDays, mostNoticeDays)
		case stray(r.When.Topologies, []demarc.Topology{demarc.OwnCage, demarc.PartnerCage}) != "":
			return refusal(field("when.topologies"), "rule %s names a topology that there is not: say own-cage or partner", r.Name)
		case stray(r.When.Resiliencies, slices.Collect(maps.Keys(models))) != "":
			return refusal(field("when.resiliencies"), "rule %s names a resiliency that there is not: say single, dev-test, high or maximum", r.Name)
		case r.When.PrefixesAbove != nil && *r.When.PrefixesAbove < 0:
			return refusal(field("when.prefixesAbove"), "%d is no number of prefixes", *r.When.PrefixesAbove)
		}
		names[r.Name] = true
	}
	return nil
}

// A Judgement is what rules make of facts. Passed says of each rule before the
// one that counts why it does not apply.
type Judgement struct {
	demarc.PolicyRule
	Passed []string
}

// Judge finds the first rule whose condition holds; where none does a person
// decides.
func Judge(rules []demarc.PolicyRule, f demarc.PolicyFacts) Judgement {
	var passed []string
	for _, r := range rules {
		unmet := unmet(r.When, f)
		if unmet == "" {
			return Judgement{r, passed}
		}
		passed = append(passed, r.Name+": "+unmet)
	}
	return Judgement{demarc.PolicyRule{Verdict: demarc.VerdictQueue, Reason: "no rule applies"}, passed}
}

// unmet says what of a condition does not hold; empty where all does.
func unmet(c demarc.PolicyCondition, f demarc.PolicyFacts) string {
	if about := c.Termination != nil && *c.Termination; about != f.Termination { // what is said of one is not meant of the other
		return fmt.Sprintf("termination is %v", f.Termination)
	}
	if len(c.Causes) > 0 != (f.Cause != "") || !among(c.Causes, f.Cause) {
		return "the cause is " + cmp.Or(string(f.Cause), "none: the customer asks")
	}
	for _, is := range []struct {
		what   string
		wanted *bool
		fact   bool
	}{
		{"entitled", c.Entitled, f.Entitled},
		{"withinLimits", c.WithinLimits, f.Links <= f.MaxLinks},
		{"proven", c.Proven, f.Proof != ""},
		{"matchesLink", c.MatchesLink, f.Link != "" && len(f.Differences) == 0},
		{"overlap", c.Overlap, len(f.Overlaps) > 0},
		{"defaultRoute", c.DefaultRoute, f.DefaultRoute},
		{"splitDefault", c.SplitDefault, f.SplitDefault},
		{"redundant", c.Redundant, f.Redundant},
	} {
		if is.wanted != nil && *is.wanted != is.fact {
			return fmt.Sprintf("%s is %v", is.what, is.fact)
		}
	}
	switch {
	case !among(c.Environments, f.Environment):
		return "the environment is " + f.Environment
	case !among(c.Editions, f.Edition):
		return "the edition is " + f.Edition
	case !among(c.Topologies, f.Topology):
		return "the topology is " + string(f.Topology)
	case !among(c.Resiliencies, f.Resiliency):
		return "the resiliency is " + string(f.Resiliency)
	case c.PrefixesAbove != nil && f.Prefixes <= *c.PrefixesAbove:
		return fmt.Sprintf("there are %d prefixes", f.Prefixes)
	case c.RateAbove != 0 && f.Rate <= c.RateAbove:
		return "the rate is " + f.Rate.String()
	}
	return ""
}

// among reports whether a list that is given has the value.
func among[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}
