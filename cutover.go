package demarc

import (
	"net/netip"
	"slices"
	"time"
)

// CutoverState says how far an environment has been moved from its hosted
// interfaces to a Transit Gateway of its customer's, and who moves next.
//
//	planned ──rehearse──► rehearsing ──measured, and put back──► planned
//	   │ both have agreed, and it was rehearsed
//	   └──start──► flipping ──every prefix, and the way back──► verifying ──quiet──► carrying
//	                  └────────────┬────────────────────────────────┘                  │
//	       what is measured, or either party                                            │
//	                               ▼                                                    │
//	   rolled-back ◄──measured── rolling-back ◄──what is measured, or either party──────┤
//	                                                                                    │ the gate is open
//	planned ──either party──► cancelled          done ◄──nothing is left── retiring ◄───┘
type CutoverState string

const (
	CutoverPlanned     CutoverState = "planned"      // the parties move next: agree, rehearse, start
	CutoverRehearsing  CutoverState = "rehearsing"   // only the probes' own addresses take the new path; we move next
	CutoverFlipping    CutoverState = "flipping"     // prefix by prefix; we move next
	CutoverVerifying   CutoverState = "verifying"    // everything takes the new path; a few seconds are waited
	CutoverCarrying    CutoverState = "carrying"     // the new path carries; the customer signs off, and the gate opens
	CutoverRollingBack CutoverState = "rolling-back" // the old path is in place again; we measure
	CutoverRolledBack  CutoverState = "rolled-back"  // the end; another may be planned
	CutoverRetiring    CutoverState = "retiring"     // the hosted interfaces are deleted; the edge moves next
	CutoverDone        CutoverState = "done"         // the end
	CutoverCancelled   CutoverState = "cancelled"    // the end; nothing was moved
)

// Ended reports whether nothing will happen any more.
func (s CutoverState) Ended() bool {
	return s == CutoverRolledBack || s == CutoverDone || s == CutoverCancelled
}

// Moving reports whether routes are about to change: nothing else is to be
// changed about the environment meanwhile.
func (s CutoverState) Moving() bool {
	switch s {
	case CutoverRehearsing, CutoverFlipping, CutoverVerifying, CutoverRollingBack, CutoverRetiring:
		return true
	}
	return false
}

// MayRollBack reports whether there is something to put back, and the old path
// is still there.
func (s CutoverState) MayRollBack() bool {
	return s == CutoverFlipping || s == CutoverVerifying || s == CutoverCarrying
}

// What a cut-over is held against.
const (
	// CutoverMostLoss is how long a prefix may be silent altogether.
	CutoverMostLoss = time.Second
	// CutoverMostAsymmetry is how long its two directions may take different
	// paths. What takes longer is put back, within the same minute.
	CutoverMostAsymmetry = 45 * time.Second
	// CutoverKept is how long one that has ended is remembered.
	CutoverKept = 365 * 24 * time.Hour
)

// A Cutover moves an environment from the hosted interfaces on its virtual
// private gateway to the Transit Gateway of its customer's, prefix by prefix,
// measured, and so that it can be put back until the interfaces are gone. What
// to do next is derived from it and from the objects each time, so that whoever
// finds it goes on with it.
type Cutover struct {
	ID          CutoverID `json:"id"`
	Case        CaseID    `json:"case"`
	Environment string    `json:"environment"`
	Platform    AccountID `json:"platform"`
	Customer    AccountID `json:"customer"`
	VPC         VPCID     `json:"vpc"`
	// Gateway has the hosted interfaces: the old path. TransitGateway is the new.
	Gateway        GatewayID        `json:"gateway"`
	TransitGateway TransitGatewayID `json:"transitGateway"`
	// Associations are those of the customer's Direct Connect gateways with the
	// Transit Gateway, by whose allowed prefixes the way back is turned; none
	// where the customer turns its routers itself.
	Associations []GatewayAssociationID `json:"associations,omitempty"`
	Prefixes     []CutoverPrefix        `json:"prefixes"`
	// Interfaces are the hosted ones that end.
	Interfaces []CutoverInterface `json:"interfaces,omitempty"`
	State      CutoverState       `json:"state"`
	// Since is when it came to its state, Why what led there, where that is not
	// as planned.
	Since time.Time `json:"since"`
	Why   string    `json:"why,omitempty"`
	// The parties' agreement, and when it was rehearsed well last.
	CustomerAgreed time.Time `json:"customerAgreed,omitzero"`
	PlatformAgreed time.Time `json:"platformAgreed,omitzero"`
	Rehearsed      time.Time `json:"rehearsed,omitzero"`
	// Steered are the allowed prefixes that were added to turn the way back, at
	// Turned. Canary says that those, and the routes, are of the probes alone.
	Steered []CutoverSteering `json:"steered,omitempty"`
	Turned  time.Time         `json:"turned,omitzero"`
	Canary  bool              `json:"canary,omitempty"`
	// Heard is when the probes were last seen to count.
	Heard time.Time `json:"heard,omitzero"`
	// RollbackTook is from the decision until all probes took the old path both
	// ways.
	RollbackTook time.Duration `json:"rollbackTook,omitempty"`
	Terms        CutoverTerms  `json:"terms,omitzero"`
	Gate         CutoverGate   `json:"gate,omitzero"`
	// There is for an environment at another Direct Connect; nil here.
	There   *CutoverThere `json:"there,omitempty"`
	Created time.Time     `json:"created"`
	Ended   time.Time     `json:"ended,omitzero"`
}

// VisibleTo reports whether an account may know that the cut-over exists.
func (c Cutover) VisibleTo(account AccountID) bool {
	return account == c.Platform || account == c.Customer
}

// A CutoverPrefixState says which path leads to a prefix.
type CutoverPrefixState string

const (
	PrefixOld      CutoverPrefixState = "old"      // the virtual private gateway's
	PrefixFlipping CutoverPrefixState = "flipping" // the route is written, and not seen in use
	PrefixNew      CutoverPrefixState = "new"      // the Transit Gateway's
)

// A CutoverPrefix is a network of the customer's with the address in it that is
// probed.
type CutoverPrefix struct {
	Prefix netip.Prefix `json:"prefix"`
	Probe  netip.Addr   `json:"probe"`
	// Before says that the route was there before the cut-over, which leaves it.
	Before  bool               `json:"before,omitempty"`
	State   CutoverPrefixState `json:"state"`
	Flipped time.Time          `json:"flipped,omitzero"`
	// Base is what the probe had counted when the cut-over began, Measured what
	// it has counted since then.
	Base     CutoverCount `json:"base,omitzero"`
	Measured CutoverCount `json:"measured,omitzero"`
	// Silent is since when no probe is answered; zero while they are.
	Silent time.Time `json:"silent,omitzero"`
	// Rehearsal is what the latest rehearsal said of it.
	Rehearsal string `json:"rehearsal,omitempty"`
}

// A CutoverSteering are allowed prefixes that were added to an association.
type CutoverSteering struct {
	Association GatewayAssociationID `json:"association"`
	Prefixes    []netip.Prefix       `json:"prefixes"`
}

// A CutoverCount is what a probe counts: requests, those that were answered
// within a second and those that were not, the time that the unanswered ones
// stand for, and the time for which requests and answers took different paths.
type CutoverCount struct {
	Sent       uint64        `json:"sent"`
	Answered   uint64        `json:"answered"`
	Lost       uint64        `json:"lost"`
	Silent     time.Duration `json:"silent"`
	Asymmetric time.Duration `json:"asymmetric"`
}

// Since is what was counted after base; counters that began anew are taken from
// there.
func (c CutoverCount) Since(base CutoverCount) CutoverCount {
	if c.Sent < base.Sent {
		return c
	}
	return CutoverCount{c.Sent - base.Sent, c.Answered - base.Answered, c.Lost - base.Lost, c.Silent - base.Silent, c.Asymmetric - base.Asymmetric}
}

// A CutoverInterface is a hosted interface that the cut-over ends.
type CutoverInterface struct {
	ID   VirtualInterfaceID `json:"id"`
	VLAN VLAN               `json:"vlan"`
	// Deleted is when its end was asked for, Gone when the edge had nothing of
	// it any more.
	Deleted time.Time `json:"deleted,omitzero"`
	Gone    time.Time `json:"gone,omitzero"`
}

// A CutoverGate is what has to be true before hosted interfaces are deleted.
type CutoverGate struct {
	// Told is when the parties were told of the termination, the first first.
	Told []time.Time `json:"told,omitempty"`
	// Due is the earliest termination.
	Due time.Time `json:"due,omitzero"`
	// SignedOff is when the customer agreed to it, Objection why it does not.
	SignedOff time.Time `json:"signedOff,omitzero"`
	Objection string    `json:"objection,omitempty"`
	// TrafficSince is since when every look has found packets both ways on the
	// new path, besides the probes; IdleSince since when none has found packets
	// on the hosted interfaces. Looked is when that was last looked at, Before
	// what was counted then, and Noted the latest word by then of the machines
	// that the hosted interfaces are on, by the clock on the wall.
	TrafficSince time.Time    `json:"trafficSince,omitzero"`
	IdleSince    time.Time    `json:"idleSince,omitzero"`
	Looked       time.Time    `json:"looked,omitzero"`
	Before       CutoverFlows `json:"before,omitzero"`
	Noted        time.Time    `json:"noted,omitzero"`
}

// Opens is when the hosted interfaces may end as far as notices go: when it is
// due, and a day after the second notice. Zero is that the second was not sent.
func (g CutoverGate) Opens() time.Time {
	if len(g.Told) < 2 {
		return time.Time{}
	}
	if opens := g.Told[1].Add(CutoverLastNotice); opens.After(g.Due) {
		return opens
	}
	return g.Due
}

// Ends is the earliest end of the hosted interfaces, as far as it is known.
func (g CutoverGate) Ends() time.Time {
	if opens := g.Opens(); !opens.IsZero() {
		return opens
	}
	return g.Due
}

// CutoverFlows are packets counted so far: out of the VPC and into it on the
// new path, sent and answered by the probes, and forwarded by the hosted
// interfaces.
type CutoverFlows struct {
	Out      uint64 `json:"out"`
	In       uint64 `json:"in"`
	Probed   uint64 `json:"probed"`
	Answered uint64 `json:"answered"`
	Hosted   uint64 `json:"hosted"`
}

// Clone is a copy that shares nothing that may change.
func (c Cutover) Clone() Cutover {
	c.Associations = slices.Clone(c.Associations)
	c.Prefixes = slices.Clone(c.Prefixes)
	c.Interfaces = slices.Clone(c.Interfaces)
	c.Steered = slices.Clone(c.Steered)
	c.Gate.Told = slices.Clone(c.Gate.Told)
	c.There = c.There.clone()
	return c
}
