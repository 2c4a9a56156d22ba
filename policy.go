package demarc

import "time"

// A Policy says which interfaces a platform accepts, and which ends of links it
// agrees to, without a person looking.
// Its versions are kept; the latest counts.
type Policy struct {
	Platform AccountID `json:"platform"`
	// Version counts from 1.
	Version int `json:"version"`
	// Comment says why it was changed.
	Comment string       `json:"comment,omitempty"`
	Rules   []PolicyRule `json:"rules"`
	// By is the person who applied it.
	By      AccountID `json:"by"`
	Applied time.Time `json:"applied"`
}

// A Verdict is what a policy makes of an interface.
type Verdict string

const (
	VerdictAccept Verdict = "accept" // onto the environment's gateway, at once
	VerdictQueue  Verdict = "queue"  // a person decides
	VerdictReject Verdict = "reject" // with a reason
)

// A PolicyRule decides where its condition holds. The first of a policy that
// does is the one that counts, and where none does a person decides.
type PolicyRule struct {
	// Name is unique in the policy.
	Name    string          `json:"name"`
	When    PolicyCondition `json:"when,omitzero"`
	Verdict Verdict         `json:"verdict"`
	Reason  string          `json:"reason,omitempty"`
	// FourEyes says that two persons have to agree, where persons decide.
	FourEyes bool `json:"fourEyes,omitempty"`
	// NoticeDays is of a rule about ends for cause: how long before the customer is
	// told. Zero is CauseNoticeDays.
	NoticeDays int `json:"noticeDays,omitempty"`
}

// A PolicyCondition holds where all of it that is given does; nil and empty are
// not given.
type PolicyCondition struct {
	Environments []string     `json:"environments,omitempty"`
	Editions     []string     `json:"editions,omitempty"`
	Topologies   []Topology   `json:"topologies,omitempty"`
	Resiliencies []Resiliency `json:"resiliencies,omitempty"`
	Entitled     *bool        `json:"entitled,omitempty"`
	WithinLimits *bool        `json:"withinLimits,omitempty"`
	Proven       *bool        `json:"proven,omitempty"`
	MatchesLink  *bool        `json:"matchesLink,omitempty"`
	Overlap      *bool        `json:"overlap,omitempty"`
	DefaultRoute *bool        `json:"defaultRoute,omitempty"`
	SplitDefault *bool        `json:"splitDefault,omitempty"`
	Redundant    *bool        `json:"redundant,omitempty"`
	// Termination is true for rules about the end of links; all others are about
	// interfaces alone.
	Termination *bool `json:"termination,omitempty"`
	// Causes are given in rules about ends for cause: a platform's own. Rules
	// without are about what customers ask for.
	Causes []EndCause `json:"causes,omitempty"`
	// PrefixesAbove holds where there are more; RateAbove where the rate is
	// higher.
	PrefixesAbove *int      `json:"prefixesAbove,omitempty"`
	RateAbove     Bandwidth `json:"rateAbove,omitempty"`
}

// PolicyFacts are what a policy judges.
type PolicyFacts struct {
	Environment string             `json:"environment"`
	Edition     string             `json:"edition"`
	Interface   VirtualInterfaceID `json:"interface,omitempty"`
	// Link and Leg are empty where no leg asks for the interface.
	Link       LinkID     `json:"link,omitempty"`
	Leg        string     `json:"leg,omitempty"`
	Topology   Topology   `json:"topology,omitempty"`
	Resiliency Resiliency `json:"resiliency,omitempty"`
	Entitled   bool       `json:"entitled"`
	Links      int        `json:"links"`
	MaxLinks   int        `json:"maxLinks"`
	// Proof is how the customer is known to stand behind the interface.
	Proof AccountProof `json:"proof,omitempty"`
	// Differences are the fields in which the interface is not what the leg
	// asked for, Overlaps the prefixes that meet the environment's ranges, those of
	// its customer's other environments, or a part of what another link has.
	Differences  []string  `json:"differences,omitempty"`
	Overlaps     []string  `json:"overlaps,omitempty"`
	Prefixes     int       `json:"prefixes"`
	DefaultRoute bool      `json:"defaultRoute"`
	SplitDefault bool      `json:"splitDefault"`
	Redundant    bool      `json:"redundant"`
	Rate         Bandwidth `json:"rate"`
	// Termination says that the link, or the leg, is to end.
	Termination bool `json:"termination,omitempty"`
	// Cause is why the platform ends it; empty where its customer asks.
	Cause EndCause `json:"cause,omitempty"`
}

// An AccountProof is how the customer of an environment is known to stand
// behind an interface; empty is not at all.
type AccountProof string

const (
	ProofOwner AccountProof = "owner" // the connection is the customer's
	ProofToken AccountProof = "token" // the connection's owner redeemed a token of the customer's
	// ProofVouched is for an interface at another Direct Connect: the customer
	// says that it is on a connection of its own, and the platform sees the link
	// in the name that only the connection's owner could give it.
	ProofVouched AccountProof = "vouched"
)

// A Decision is what a policy made of an interface, with what it went by.
type Decision struct {
	ID        DecisionID         `json:"id"`
	Interface VirtualInterfaceID `json:"interface"`
	Case      CaseID             `json:"case"`
	Platform  AccountID          `json:"platform"`
	Customer  AccountID          `json:"customer"`
	// SeenBy is who of the platform handed in what it went by, of an interface at
	// another Direct Connect; empty where the desk has seen for itself.
	SeenBy   AccountID `json:"seenBy,omitempty"`
	Verdict  Verdict   `json:"verdict"`
	Reason   string    `json:"reason,omitempty"`
	FourEyes bool      `json:"fourEyes,omitempty"`
	// Rule is empty where none applied.
	Rule    string      `json:"rule,omitempty"`
	Version int         `json:"version"`
	Facts   PolicyFacts `json:"facts"`
	At      time.Time   `json:"at"`
}
