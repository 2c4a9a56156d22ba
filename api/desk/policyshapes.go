package desk

import (
	"time"

	"demarc"
)

// A PolicyRule decides where its condition holds; the first that does counts.
type PolicyRule struct {
	Name       string          `json:"name" doc:"lower-case letters, digits and hyphens; unique in the policy"`
	When       PolicyCondition `json:"when,omitzero" doc:"holds where all of it that is given does"`
	Verdict    demarc.Verdict  `json:"verdict" enum:"accept,queue,reject"`
	Reason     string          `json:"reason,omitempty" doc:"what the customer is told; needed for reject"`
	FourEyes   bool            `json:"fourEyes,omitempty" doc:"for queue: two persons have to agree"`
	NoticeDays int             `json:"noticeDays,omitempty" doc:"with when.causes: how many days before the customer is told (30)"`
}

// A PolicyCondition is what a rule asks of an interface.
type PolicyCondition struct {
	Environments  []string            `json:"environments,omitempty" doc:"one of these"`
	Editions      []string            `json:"editions,omitempty" doc:"one of these"`
	Topologies    []demarc.Topology   `json:"topologies,omitempty" doc:"one of own-cage, partner"`
	Resiliencies  []demarc.Resiliency `json:"resiliencies,omitempty" doc:"one of single, dev-test, high, maximum"`
	Entitled      *bool               `json:"entitled,omitempty" doc:"the edition includes Direct Connect"`
	WithinLimits  *bool               `json:"withinLimits,omitempty" doc:"no more links than the edition allows"`
	Proven        *bool               `json:"proven,omitempty" doc:"the connection is the customer's, or a token of its was redeemed"`
	MatchesLink   *bool               `json:"matchesLink,omitempty" doc:"a leg asks for just this"`
	Overlap       *bool               `json:"overlap,omitempty" doc:"prefixes meet a range of this or another environment of the customer's, or a part of what another link has"`
	DefaultRoute  *bool               `json:"defaultRoute,omitempty" doc:"the customer means to advertise one"`
	SplitDefault  *bool               `json:"splitDefault,omitempty" doc:"in pieces, such as 0.0.0.0/1 with 128.0.0.0/1"`
	Redundant     *bool               `json:"redundant,omitempty" doc:"the link has more than one leg"`
	Termination   *bool               `json:"termination,omitempty" doc:"a rule about the end of links; without it a rule is about interfaces"`
	Causes        []demarc.EndCause   `json:"causes,omitempty" doc:"with termination: ends by the platform, for one of non-payment, abuse, entitlement-ended; a rule without is about what customers ask for"`
	PrefixesAbove *int                `json:"prefixesAbove,omitempty" doc:"more prefixes than this"`
	RateAbove     demarc.Bandwidth    `json:"rateAbove,omitempty" doc:"a higher rate than this"`
}

// A PolicyRequest makes rules those of the caller's platform.
type PolicyRequest struct {
	Comment string       `json:"comment,omitempty" doc:"why it is changed"`
	Rules   []PolicyRule `json:"rules"`
}

// A Policy is a version of a platform's.
type Policy struct {
	Version int              `json:"version" doc:"from 1"`
	Comment string           `json:"comment,omitempty"`
	Rules   []PolicyRule     `json:"rules"`
	By      demarc.AccountID `json:"by" doc:"who applied it"`
	Applied time.Time        `json:"applied"`
}

// Policies are all versions, the oldest first.
type Policies struct {
	Policies []Policy `json:"policies"`
}

// A PolicyTest asks what rules would decide.
type PolicyTest struct {
	Rules     []PolicyRule              `json:"rules,omitempty" doc:"those that are applied, where left out"`
	Interface demarc.VirtualInterfaceID `json:"interface,omitempty" doc:"one that was offered"`
	Request   *LinkRequest              `json:"request,omitempty" doc:"in place of interface: a link as its customer would ask for it"`
	End       *PolicyTestEnd            `json:"end,omitempty" doc:"in place of both: the end of a link, as its customer would ask for it"`
	Seen      *InterfaceSighted         `json:"seen,omitempty" doc:"in place of both: an interface that the caller sees at another Direct Connect"`
}

// A PolicyTestEnd is what would be asked to end.
type PolicyTestEnd struct {
	Link demarc.LinkID `json:"link"`
	Leg  string        `json:"leg,omitempty" doc:"its letter; the link where left out"`
	// Cause is empty where its customer would ask.
	Cause demarc.EndCause `json:"cause,omitempty" doc:"for an end by the platform: non-payment, abuse or entitlement-ended"`
}

// A PolicyTrial is what was decided, and nothing was done.
type PolicyTrial struct {
	Trials   []PolicyVerdict `json:"trials" doc:"one for each leg of a request"`
	Findings []Refusal       `json:"findings" doc:"what refuses it, whatever the rules say"`
}

// A PolicyVerdict is what rules make of one interface.
type PolicyVerdict struct {
	Rule     string         `json:"rule,omitempty" doc:"absent where none applies"`
	Verdict  demarc.Verdict `json:"verdict" enum:"accept,queue,reject"`
	Reason   string         `json:"reason,omitempty"`
	FourEyes bool           `json:"fourEyes,omitempty"`
	Passed   []string       `json:"passed" doc:"the rules before, each with why it does not apply"`
	Facts    PolicyFacts    `json:"facts"`
}

// PolicyFacts are what a policy judges.
type PolicyFacts struct {
	Environment  string                    `json:"environment"`
	Edition      string                    `json:"edition"`
	Interface    demarc.VirtualInterfaceID `json:"interface,omitempty"`
	Link         demarc.LinkID             `json:"link,omitempty"`
	Leg          string                    `json:"leg,omitempty"`
	Topology     demarc.Topology           `json:"topology,omitempty"`
	Resiliency   demarc.Resiliency         `json:"resiliency,omitempty"`
	Entitled     bool                      `json:"entitled"`
	Links        int                       `json:"links"`
	MaxLinks     int                       `json:"maxLinks"`
	Proof        demarc.AccountProof       `json:"proof,omitempty" doc:"owner, token or vouched; absent for none"`
	Differences  []string                  `json:"differences,omitempty" doc:"fields in which it is not what the leg asked for"`
	Overlaps     []string                  `json:"overlaps,omitempty"`
	Prefixes     int                       `json:"prefixes"`
	DefaultRoute bool                      `json:"defaultRoute"`
	SplitDefault bool                      `json:"splitDefault"`
	Redundant    bool                      `json:"redundant"`
	Rate         demarc.Bandwidth          `json:"rate"`
	Termination  bool                      `json:"termination,omitempty" doc:"the link, or the leg, is to end"`
	Cause        demarc.EndCause           `json:"cause,omitempty" doc:"why the platform ends it"`
}

// A Decision is what a policy made of an interface.
type Decision struct {
	ID        demarc.DecisionID         `json:"id"`
	Interface demarc.VirtualInterfaceID `json:"interface" doc:"empty for the end of a whole link"`
	Case      demarc.CaseID             `json:"case"`
	Verdict   demarc.Verdict            `json:"verdict" enum:"accept,queue,reject"`
	Reason    string                    `json:"reason,omitempty"`
	FourEyes  bool                      `json:"fourEyes,omitempty"`
	Rule      string                    `json:"rule,omitempty" doc:"shown to the platform"`
	Version   int                       `json:"version,omitempty" doc:"of the policy; shown to the platform"`
	Facts     *PolicyFacts              `json:"facts,omitempty" doc:"shown to the platform"`
	SeenBy    demarc.AccountID          `json:"seenBy,omitempty" doc:"who handed in the facts of an interface at another Direct Connect; shown to the platform"`
	At        time.Time                 `json:"at"`
}

// Decisions is a list of them, by id.
type Decisions struct {
	Decisions []Decision `json:"decisions"`
}
