package desk

import (
	"net/netip"
	"time"

	"demarc"
)

// A CutoverRequest plans a cut-over.
type CutoverRequest struct {
	Case   demarc.CaseID  `json:"case" doc:"of kind own-transit-gateway"`
	Probes []CutoverProbe `json:"probes" doc:"one for each prefix of the case"`
	Manual bool           `json:"manual,omitempty" doc:"the customer turns its routers itself when the prefixes have moved; else allowed prefixes of its Direct Connect gateway do"`
	Terms  *CutoverTerms  `json:"terms,omitempty" doc:"the times of the gate; defaults for what is left out"`
	// What follows is for an environment at another Direct Connect.
	App          string `json:"app,omitempty" doc:"an address in an environment at another Direct Connect, which is asked for echoes from the probe's address in each IPv4 prefix"`
	App6         string `json:"app6,omitempty" doc:"the same for IPv6 prefixes"`
	ApartSeconds int    `json:"apartSeconds,omitempty" doc:"there: how long the two directions may take different paths"`
}

// CutoverTerms are the times of a cut-over's gate, to which the parties agree
// with the plan.
type CutoverTerms struct {
	StableMinutes int `json:"stableMinutes,omitempty" doc:"how long packets pass both ways on the new path: 5 to 10080, 10 by default"`
	IdleMinutes   int `json:"idleMinutes,omitempty" doc:"how long the hosted interfaces carry nothing: 5 to 10080, 10 by default"`
	NoticeHours   int `json:"noticeHours,omitempty" doc:"how long before their end the parties are told first: 48 to 1440, 48 by default"`
	SilenceDays   int `json:"silenceDays,omitempty" doc:"how long the customer's silence lasts that counts as its signature: 7 to 90, 14 by default"`
}

// A CutoverProbe is an address that answers echo requests.
type CutoverProbe struct {
	Prefix  netip.Prefix `json:"prefix"`
	Address string       `json:"address" doc:"in the prefix"`
}

// An ObjectionRequest says why hosted interfaces are not to end.
type ObjectionRequest struct {
	Reason string `json:"reason"`
}

// A Cutover is a move from hosted interfaces to a Transit Gateway.
type Cutover struct {
	ID                   demarc.CutoverID        `json:"id"`
	Case                 demarc.CaseID           `json:"case"`
	Environment          string                  `json:"environment"`
	Gateway              demarc.GatewayID        `json:"gateway" doc:"the old path"`
	TransitGateway       demarc.TransitGatewayID `json:"transitGateway" doc:"the new path"`
	Manual               bool                    `json:"manual,omitempty"`
	There                *CutoverThere           `json:"there,omitempty" doc:"for an environment at another Direct Connect: what the parties' machines do"`
	State                demarc.CutoverState     `json:"state" enum:"planned,rehearsing,flipping,verifying,carrying,rolling-back,rolled-back,retiring,done,cancelled"`
	Since                time.Time               `json:"since" doc:"when it came to its state"`
	Why                  string                  `json:"why,omitempty" doc:"what led to its state, where that was not the plan"`
	CustomerAgreed       time.Time               `json:"customerAgreed,omitzero"`
	PlatformAgreed       time.Time               `json:"platformAgreed,omitzero"`
	Rehearsed            time.Time               `json:"rehearsed,omitzero" doc:"when it was rehearsed well"`
	Turned               time.Time               `json:"turned,omitzero" doc:"when the way back was turned"`
	RollbackMilliseconds int64                   `json:"rollbackMilliseconds,omitempty" doc:"from the decision until all probes took the old path both ways"`
	Prefixes             []CutoverPrefix         `json:"prefixes"`
	Terms                CutoverTerms            `json:"terms" doc:"the times of the gate, as planned"`
	Interfaces           []CutoverInterface      `json:"interfaces" doc:"the hosted ones that end"`
	Gate                 []Step                  `json:"gate,omitempty" doc:"what has to be true before they do"`
	Told                 []time.Time             `json:"told,omitempty" doc:"when the parties were told of it"`
	Due                  time.Time               `json:"due,omitzero" doc:"the earliest end of the hosted interfaces"`
	Created              time.Time               `json:"created"`
	Ended                time.Time               `json:"ended,omitzero"`
}

// A CutoverPrefix is what was moved and measured of one prefix.
type CutoverPrefix struct {
	Prefix                 netip.Prefix              `json:"prefix"`
	Probe                  string                    `json:"probe"`
	State                  demarc.CutoverPrefixState `json:"state" enum:"old,flipping,new"`
	Out                    string                    `json:"out,omitempty" doc:"by which requests leave the environment now"`
	In                     string                    `json:"in,omitempty" doc:"by which answers come in now"`
	Answers                bool                      `json:"answers" doc:"the latest request was answered within a second"`
	Sent                   uint64                    `json:"sent" doc:"since the cut-over began"`
	Lost                   uint64                    `json:"lost"`
	SilentMilliseconds     int64                     `json:"silentMilliseconds" doc:"what the lost ones stand for, both directions together"`
	AsymmetricMilliseconds int64                     `json:"asymmetricMilliseconds" doc:"how long requests and answers took different paths"`
	Rehearsal              string                    `json:"rehearsal,omitempty"`
}

// A CutoverThere is what a cut-over at another Direct Connect has besides.
type CutoverThere struct {
	App          netip.Addr  `json:"app,omitzero" doc:"what is asked for echoes from IPv4 prefixes"`
	App6         netip.Addr  `json:"app6,omitzero" doc:"what is asked from IPv6 prefixes"`
	ApartSeconds int         `json:"apartSeconds"`
	Platform     CutoverHand `json:"platform"`
	Customer     CutoverHand `json:"customer"`
}

// A CutoverHand is a party's machine, as the desk knows of it.
type CutoverHand struct {
	Heard   time.Time `json:"heard,omitzero" doc:"its last word"`
	Done    bool      `json:"done" doc:"it sees that what is wanted of it now is so"`
	Trouble string    `json:"trouble,omitempty"`
}

// A CutoverInterface is a hosted interface that ends.
type CutoverInterface struct {
	ID      demarc.VirtualInterfaceID `json:"id"`
	VLAN    int                       `json:"vlan"`
	Deleted time.Time                 `json:"deleted,omitzero"`
	Gone    time.Time                 `json:"gone,omitzero" doc:"the edge has nothing of it any more"`
}

// Cutovers is a list of them, the latest first.
type Cutovers struct {
	Cutovers []Cutover `json:"cutovers"`
}
