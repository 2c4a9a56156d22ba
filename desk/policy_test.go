package desk_test

import (
	"errors"
	"strings"
	"testing"

	"demarc"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

func TestJudge(t *testing.T) {
	facts := demarc.PolicyFacts{
		Environment: "acme-prod", Edition: "Enterprise", Link: "lk-1", Topology: demarc.OwnCage, Resiliency: demarc.SingleLeg,
		Entitled: true, Links: 1, MaxLinks: 2, Proof: demarc.ProofOwner, Prefixes: 80, Rate: demarc.Gbps,
	}
	for _, tt := range []struct {
		name string
		when demarc.PolicyCondition
		edit func(*demarc.PolicyFacts)
		want string // why it does not apply; empty where it does
	}{
		{"nothing asked", demarc.PolicyCondition{}, nil, ""},
		{"entitled", demarc.PolicyCondition{Entitled: new(true)}, nil, ""},
		{"not entitled", demarc.PolicyCondition{Entitled: new(true)}, func(f *demarc.PolicyFacts) { f.Entitled = false }, "entitled is false"},
		{"beyond limits", demarc.PolicyCondition{WithinLimits: new(true)}, func(f *demarc.PolicyFacts) { f.Links = 3 }, "withinLimits is false"},
		{"proven", demarc.PolicyCondition{Proven: new(false)}, nil, "proven is true"},
		{"unproven", demarc.PolicyCondition{Proven: new(false)}, func(f *demarc.PolicyFacts) { f.Proof = "" }, ""},
		{"no link", demarc.PolicyCondition{MatchesLink: new(true)}, func(f *demarc.PolicyFacts) { f.Link = "" }, "matchesLink is false"},
		{"another VLAN", demarc.PolicyCondition{MatchesLink: new(true)}, func(f *demarc.PolicyFacts) { f.Differences = []string{"vlan"} }, "matchesLink is false"},
		{"overlap", demarc.PolicyCondition{Overlap: new(true)}, func(f *demarc.PolicyFacts) { f.Overlaps = []string{"10.0.0.0/8"} }, ""},
		{"no default", demarc.PolicyCondition{DefaultRoute: new(true)}, nil, "defaultRoute is false"},
		{"split", demarc.PolicyCondition{SplitDefault: new(true)}, func(f *demarc.PolicyFacts) { f.SplitDefault = true }, ""},
		{"one leg", demarc.PolicyCondition{Redundant: new(true)}, nil, "redundant is false"},
		{"80 prefixes", demarc.PolicyCondition{PrefixesAbove: new(80)}, nil, "there are 80 prefixes"},
		{"81 prefixes", demarc.PolicyCondition{PrefixesAbove: new(80)}, func(f *demarc.PolicyFacts) { f.Prefixes = 81 }, ""},
		{"slow", demarc.PolicyCondition{RateAbove: demarc.Gbps}, nil, "the rate is 1Gbps"},
		{"fast", demarc.PolicyCondition{RateAbove: demarc.Gbps}, func(f *demarc.PolicyFacts) { f.Rate++ }, ""},
		{"another environment", demarc.PolicyCondition{Environments: []string{"acme-dev"}}, nil, "the environment is acme-prod"},
		{"its edition", demarc.PolicyCondition{Editions: []string{"Standard", "Enterprise"}}, nil, ""},
		{"another topology", demarc.PolicyCondition{Topologies: []demarc.Topology{demarc.PartnerCage}}, nil, "the topology is own-cage"},
		{"another resiliency", demarc.PolicyCondition{Resiliencies: []demarc.Resiliency{demarc.TwoLocations}}, nil, "the resiliency is single"},
		{"the end of a link", demarc.PolicyCondition{Termination: new(true)}, func(f *demarc.PolicyFacts) { f.Termination = true }, ""},
		{"no end", demarc.PolicyCondition{Termination: new(true)}, nil, "termination is false"},
		{"an end, and a rule about interfaces", demarc.PolicyCondition{Proven: new(true)}, func(f *demarc.PolicyFacts) { f.Termination = true }, "termination is true"},
		{"an end, and a rule that says so", demarc.PolicyCondition{Termination: new(false)}, func(f *demarc.PolicyFacts) { f.Termination = true }, "termination is true"},
		{"two of which one", demarc.PolicyCondition{Entitled: new(true), Redundant: new(true)}, nil, "redundant is false"},
	} {
		f := facts
		if tt.edit != nil {
			tt.edit(&f)
		}
		got := desk.Judge([]demarc.PolicyRule{{Name: "rule", When: tt.when, Verdict: demarc.VerdictAccept}}, f)
		switch {
		case tt.want == "" && (got.Name != "rule" || got.Verdict != demarc.VerdictAccept):
			t.Errorf("%s: got %+v, want the rule to apply", tt.name, got)
		case tt.want != "" && (got.Verdict != demarc.VerdictQueue || len(got.Passed) != 1 || got.Passed[0] != "rule: "+tt.want):
			t.Errorf("%s: got %+v, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRulesThatMakeNoPolicy(t *testing.T) {
	good := demarc.PolicyRule{Name: "all", Verdict: demarc.VerdictAccept}
	for field, rules := range map[string][]demarc.PolicyRule{
		"rules":                       {},
		"rules[0].name":               {{Name: "Not So", Verdict: demarc.VerdictAccept}},
		"rules[1].name":               {good, good},
		"rules[0].verdict":            {{Name: "all", Verdict: "perhaps"}},
		"rules[0].reason":             {{Name: "all", Verdict: demarc.VerdictReject}},
		"rules[0].fourEyes":           {{Name: "all", Verdict: demarc.VerdictAccept, FourEyes: true}},
		"rules[0].when.topologies":    {{Name: "all", Verdict: demarc.VerdictAccept, When: demarc.PolicyCondition{Topologies: []demarc.Topology{"partner", "own_cage"}}}},
		"rules[0].when.resiliencies":  {{Name: "all", Verdict: demarc.VerdictAccept, When: demarc.PolicyCondition{Resiliencies: []demarc.Resiliency{"max"}}}},
		"rules[0].when.prefixesAbove": {{Name: "all", Verdict: demarc.VerdictAccept, When: demarc.PolicyCondition{PrefixesAbove: new(-1)}}},
	} {
		refusal, _ := desk.CheckRules(rules).(*demarc.Error)
		if refusal == nil || refusal.Code != "E-POLICY" || refusal.Field != field {
			t.Errorf("%s: got %+v", field, refusal)
		}
	}
}

// TestRulesNameWhatThereIs refuses a rule that could never count, in a dry run
// and for good.
func TestRulesNameWhatThereIs(t *testing.T) {
	w := newWorld(t)
	w.neighbour("others-prod", stranger, "10.9.5.0/24")
	for _, tt := range []struct {
		when  demarc.PolicyCondition
		field string // at fault; empty for nothing
	}{
		{demarc.PolicyCondition{Environments: []string{"acme-prod", "others-prod"}, Editions: []string{"Standard", "Enterprise"}}, ""},
		{demarc.PolicyCondition{Environments: []string{"acme-prod", "acme-prd"}}, "rules[0].when.environments"},
		{demarc.PolicyCondition{Editions: []string{"enterprise"}}, "rules[0].when.editions"},
	} {
		rules := []demarc.PolicyRule{{Name: "named", When: tt.when, Verdict: demarc.VerdictQueue}}
		applied := w.try(func(tx *store.Tx) error {
			_, err := desk.ApplyPolicy(tx, root, "", rules, w.now)
			return err
		})
		_, _, err := desk.TryRequest(w.store.Local(), platform, rules, wanted(), w.now)
		tried, _ := errors.AsType[*demarc.Error](err)
		for _, refusal := range []*demarc.Error{applied, tried} {
			if (refusal == nil) != (tt.field == "") || refusal != nil && (refusal.Code != "E-POLICY" || refusal.Field != tt.field) {
				t.Errorf("%+v: got %+v, want field %q", tt.when, refusal, tt.field)
			}
		}
	}
}

// policy applies rules as the platform's.
func (w *world) policy(rules ...demarc.PolicyRule) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		_, err := desk.ApplyPolicy(tx, root, "", rules, w.now)
		return err
	})
}

// asked is a link with an interface that it asks for, and the case about that.
func (w *world) asked() (demarc.Link, demarc.VirtualInterface, demarc.Case) {
	w.Helper()
	link := w.link()
	v := w.allocate(w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)}).ID)
	c, refusal := w.open(customer, asking(v.ID))
	if refusal != nil {
		w.Fatal(refusal)
	}
	v, _ = store.VirtualInterfaces.Get(w.store.Local(), string(v.ID))
	return link, v, c
}

// TestPolicyAccepts is a customer that has to wait for nobody.
func TestPolicyAccepts(t *testing.T) {
	w := newWorld(t)
	w.policy(demarc.PolicyRule{Name: "split", When: demarc.PolicyCondition{SplitDefault: new(true)}, Verdict: demarc.VerdictReject, Reason: "no"},
		demarc.PolicyRule{Name: "proven", When: demarc.PolicyCondition{Proven: new(true), MatchesLink: new(true), WithinLimits: new(true), Overlap: new(false)}, Verdict: demarc.VerdictAccept})
	link, v, c := w.asked()
	if v.State != demarc.VIFPending || v.Gateway != vgw || c.State != demarc.CaseAnswered || c.AnsweredBy != desk.ByDesk {
		t.Fatalf("the interface is %s on %s, the case %s by %s", v.State, v.Gateway, c.State, c.AnsweredBy)
	}
	mine, theirs := desk.Decisions(w.store.Local(), platform), desk.Decisions(w.store.Local(), customer)
	if len(mine) != 1 || mine[0].Rule != "proven" || mine[0].Version != 1 || mine[0].Facts.Link != link.ID || mine[0].Facts.Proof != demarc.ProofOwner || mine[0].Case != c.ID {
		t.Errorf("the platform sees %+v", mine)
	}
	if len(theirs) != 1 || theirs[0].Verdict != demarc.VerdictAccept || theirs[0].Rule != "" || theirs[0].Facts.Edition != "" {
		t.Errorf("the customer sees %+v", theirs)
	}
	if got := desk.Decisions(w.store.Local(), partner); got != nil {
		t.Errorf("a partner sees %+v", got)
	}
}

func TestPolicyRejects(t *testing.T) {
	w := newWorld(t)
	w.policy(demarc.PolicyRule{Name: "spof", When: demarc.PolicyCondition{Redundant: new(false)}, Verdict: demarc.VerdictReject, Reason: "two legs at least"})
	_, v, c := w.asked()
	if v.State != demarc.VIFRejected || c.State != demarc.CaseRejected || c.Answer != "Rejected: two legs at least" {
		t.Errorf("the interface is %s, the case %s: %s", v.State, c.State, c.Answer)
	}
}

// TestFourEyes has two persons agree, and nobody go around them.
func TestFourEyes(t *testing.T) {
	w := newWorld(t)
	w.policy(demarc.PolicyRule{Name: "all", Verdict: demarc.VerdictQueue, FourEyes: true})
	_, v, c := w.asked()
	if c.State != demarc.CaseOpen || !c.FourEyes || v.State != demarc.VIFConfirming {
		t.Fatalf("the case is %+v", c)
	}
	around := w.try(func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, w.now)
		return err
	})
	if codeOf(around) != "E-ACCEPT-HELD" {
		t.Errorf("accepted by the API: got %v", around)
	}
	type act func(*store.Tx, demarc.Actor) (demarc.Case, error)
	accept := func(tx *store.Tx, by demarc.Actor) (demarc.Case, error) { return desk.Accept(tx, by, c.ID, w.now) }
	approve := func(tx *store.Tx, by demarc.Actor) (demarc.Case, error) { return desk.Approve(tx, by, c.ID, w.now) }
	reply := func(tx *store.Tx, by demarc.Actor) (demarc.Case, error) {
		return desk.Reply(tx, by, c.ID, "looks right", nil, w.now)
	}
	alsoAgent := demarc.Actor{Account: platform, Role: demarc.RoleApprover, Source: agent.Source}
	for _, tt := range []struct {
		name string
		act  act
		by   demarc.Actor
		code string
		want demarc.CaseState
	}{
		{"nothing to approve", approve, approver, "E-CASE-STATE", ""},
		{"the key speaks", reply, root, "", demarc.CaseWaitingOpener},
		{"an agent accepts", accept, agent, "", demarc.CaseWaitingApprover},
		{"another agent accepts", accept, root, "E-CASE-FOUR-EYES", ""},
		{"the agent approves, in another role", approve, alsoAgent, "E-CASE-FOUR-EYES", ""},
		{"who has spoken approves", approve, root, "E-CASE-FOUR-EYES", ""},
		{"the customer approves", approve, asker, "E-CASE-ASSIGNEE", ""},
		{"the approver approves", approve, approver, "", demarc.CaseAnswered},
		{"twice", approve, approver, "E-CASE-SETTLED", ""},
	} {
		got, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return tt.act(tx, tt.by) })
		if codeOf(refusal) != tt.code || tt.want != "" && got.State != tt.want {
			t.Errorf("%s: got %s, %v, want %s%s", tt.name, got.State, refusal, tt.code, tt.want)
		}
	}
	v, _ = store.VirtualInterfaces.Get(w.store.Local(), string(v.ID))
	if v.State != demarc.VIFPending || v.Gateway != vgw || v.Held != "" {
		t.Errorf("the interface is %s on %s, held by %q", v.State, v.Gateway, v.Held)
	}
}

// TestOverlaps tells a second path from prefixes that take each other's
// traffic.
func TestOverlaps(t *testing.T) {
	w := newWorld(t)
	w.policy(demarc.PolicyRule{Name: "overlap", When: demarc.PolicyCondition{Overlap: new(true)}, Verdict: demarc.VerdictReject, Reason: "overlap"})
	w.link() // with 192.168.50.0/24
	w.neighbour("acme-dev", customer, "10.8.5.0/24")
	w.neighbour("others-prod", stranger, "10.9.5.0/24") // is nobody's business
	for prefix, want := range map[string]demarc.Verdict{"192.168.50.0/24": demarc.VerdictQueue, "192.168.50.0/25": demarc.VerdictReject, "192.168.0.0/16": demarc.VerdictReject, "10.9.0.0/16": demarc.VerdictQueue, "10.8.5.128/25": demarc.VerdictReject} {
		req := wanted()
		req.Prefixes = []string{prefix}
		trials, findings, err := desk.TryRequest(w.store.Local(), platform, nil, req, w.now)
		if err != nil || len(findings) > 0 || len(trials) != 1 || trials[0].Verdict != want {
			t.Errorf("%s: got %+v, %v, %v, want %s", prefix, trials, findings, err, want)
		}
	}
}

func TestADryRunDoesNothing(t *testing.T) {
	w := newWorld(t)
	_, v, _ := w.asked()
	rules := []demarc.PolicyRule{{Name: "all", Verdict: demarc.VerdictAccept}}
	got, err := desk.TryInterface(w.store.Local(), platform, rules, v.ID)
	if err != nil || got.Name != "all" || got.Facts.Environment != "acme-prod" {
		t.Errorf("got %+v, %v", got, err)
	}
	if after, _ := store.VirtualInterfaces.Get(w.store.Local(), string(v.ID)); after.State != demarc.VIFConfirming {
		t.Errorf("the interface is %s", after.State)
	}
	if _, err := desk.TryInterface(w.store.Local(), platform, nil, v.ID); err == nil || !strings.Contains(err.Error(), "no policy") {
		t.Errorf("by no policy: got %v", err)
	}
	if _, err := desk.TryInterface(w.store.Local(), partner, rules, v.ID); demarc.KindOf(err) != demarc.NotFound {
		t.Errorf("by another platform: got %v", err)
	}
}
