package demarc

import (
	"net/netip"
	"slices"
	"time"
)

// CutoverApart is how long the two directions of a prefix at another Direct
// Connect may take different paths at most, if a plan says so: what it takes to
// update an association is the other service's affair.
const CutoverApart = 15 * time.Minute

// A CutoverThere is what a cut-over has besides whose environment is at another
// Direct Connect. The desk has no hands there: it says what it wants, and each
// party's own machine does its part and says what it sees then ([CutoverHand]).
type CutoverThere struct {
	// App is the address in the environment that is asked for echoes, from an
	// address in each IPv4 prefix (the prefix's Probe), App6 the one that is asked
	// from IPv6 prefixes; invalid where no prefix is of that family.
	App  netip.Addr `json:"app,omitzero"`
	App6 netip.Addr `json:"app6,omitzero"`
	// Apart is how long the two directions of a prefix may take different paths.
	Apart time.Duration `json:"apart"`
	// Lead are the prefixes that the environment's route tables are to lead to
	// the Transit Gateway now, Allow those that the customer's Direct Connect
	// gateways are to advertise besides. Revision goes up with each change.
	Lead     []netip.Prefix `json:"lead,omitempty"`
	Allow    []netip.Prefix `json:"allow,omitempty"`
	Revision int            `json:"revision"`
	// Settled is since when both machines have seen that it is so; zero while
	// one has not.
	Settled time.Time `json:"settled,omitzero"`
	// Kept are allowed prefixes that were there before: they are not ours to
	// take away.
	Kept []netip.Prefix `json:"kept,omitempty"`
	// Undoing is since when what a rehearsal turned is being put back. Late says
	// that a machine has not put its part back in time.
	Undoing time.Time `json:"undoing,omitzero"`
	Late    bool      `json:"late,omitempty"`
	// Tells says of each prefix how its way is known.
	Tells []CutoverTell `json:"tells,omitempty"`
}

// AppFor is the address that is asked for echoes from a probe's.
func (t CutoverThere) AppFor(probe netip.Addr) netip.Addr {
	if probe.Is4() {
		return t.App
	}
	return t.App6
}

// A CutoverTell is how the way of a prefix's packets is known, as the latest
// rehearsal has found: what comes out of the environment by the TTL that it has
// left, what goes in by the Amazon end that answers on the way. A blind one is
// not to be told so, and is then whatever the routes say.
type CutoverTell struct {
	OldTTL   uint8 `json:"oldTTL,omitempty"`
	NewTTL   uint8 `json:"newTTL,omitempty"`
	BlindOut bool  `json:"blindOut,omitempty"`
	BlindIn  bool  `json:"blindIn,omitempty"`
}

// A CutoverHand is what a party's machine has said last of a cut-over at another
// Direct Connect.
type CutoverHand struct {
	Cutover CutoverID `json:"cutover"`
	Party   Party     `json:"party"`
	// Term counts the machines, or processes, that there were: the latest alone
	// is listened to. Number is that of its last word.
	Term   int       `json:"term"`
	Number uint64    `json:"number"`
	Heard  time.Time `json:"heard,omitzero"`
	// Looked is when it last said what is there, and Revision what it had carried
	// out before it looked. Known says that it ever did.
	Looked   time.Time `json:"looked,omitzero"`
	Revision int       `json:"revision"`
	Known    bool      `json:"known,omitempty"`
	// Fully are prefixes that all of its route tables lead to the Transit Gateway,
	// or that all of its associations allow; Partly those of one at least.
	Fully  []netip.Prefix `json:"fully,omitempty"`
	Partly []netip.Prefix `json:"partly,omitempty"`
	// InTheWay is a route by hand that a cut-over could not beat. Associations
	// are those among the ways.
	InTheWay     string                 `json:"inTheWay,omitempty"`
	Associations []GatewayAssociationID `json:"associations,omitempty"`
	Interfaces   []CutoverHosted        `json:"interfaces,omitempty"`
	Echoes       []CutoverEcho          `json:"echoes,omitempty"`
	// Trouble is why it could not do its part, in the other service's words.
	Trouble string `json:"trouble,omitempty"`
}

// A CutoverHosted is a hosted interface that a party sees leading to the
// environment.
type CutoverHosted struct {
	ID    VirtualInterfaceID    `json:"id"`
	VLAN  VLAN                  `json:"vlan"`
	State VirtualInterfaceState `json:"state"`
}

// A CutoverPath is a way, in a party's words.
type CutoverPath string

const (
	CutoverOldPath CutoverPath = "old" // a hosted interface
	CutoverNewPath CutoverPath = "new" // the Transit Gateway
)

// A CutoverEcho is what a customer's machine has counted of the echoes that are
// asked for from an address of its.
type CutoverEcho struct {
	Probe netip.Addr `json:"probe"`
	// Run is what the present machine has counted, Past what those before it did.
	Run  CutoverCount `json:"run"`
	Past CutoverCount `json:"past"`
	// TTL is what the latest answer had left, In by which path requests go in;
	// empty for not seen. Silent says that nothing was answered for a second.
	TTL    uint8       `json:"ttl,omitempty"`
	In     CutoverPath `json:"in,omitempty"`
	Silent bool        `json:"silent,omitempty"`
}

// Total is all that was counted.
func (e CutoverEcho) Total() CutoverCount {
	return CutoverCount{e.Past.Sent + e.Run.Sent, e.Past.Answered + e.Run.Answered, e.Past.Lost + e.Run.Lost, e.Past.Silent + e.Run.Silent, e.Past.Asymmetric + e.Run.Asymmetric}
}

// EchoOf finds what was counted from an address.
func (h CutoverHand) EchoOf(probe netip.Addr) CutoverEcho {
	for _, e := range h.Echoes {
		if e.Probe == probe {
			return e
		}
	}
	return CutoverEcho{Probe: probe}
}

// clone is a copy that shares nothing that may change; nil for nil.
func (t *CutoverThere) clone() *CutoverThere {
	if t == nil {
		return nil
	}
	c := *t
	c.Lead, c.Allow, c.Kept, c.Tells = slices.Clone(t.Lead), slices.Clone(t.Allow), slices.Clone(t.Kept), slices.Clone(t.Tells)
	return &c
}
