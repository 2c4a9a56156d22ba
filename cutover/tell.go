package cutover

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/store"
)

// A Word is what a party's machine says of a cut-over at another Direct Connect.
type Word struct {
	// Hand is the term of the machine that says it; zero asks for one. From then
	// on the desk listens to no machine before it.
	Hand int
	// Number goes up with each word: one that comes again is not counted again.
	Number uint64
	// Revision is that of the orders that were carried out before Seen was looked
	// at; Seen is nil where nothing was looked at.
	Revision int
	Seen     *demarc.TransitSightings
	// Echoes are the customer's to count, each since its machine began.
	Echoes []Echoed
	// Trouble is why an order could not be carried out; empty for none.
	Trouble string
}

// An Echoed is what was counted of the echoes asked for from an address.
type Echoed struct {
	Probe                netip.Addr
	Sent, Answered, Lost uint64
	SilentFor            time.Duration
	TTL                  uint8
	In                   demarc.CutoverPath
	Silent               bool
}

// Orders are what is wanted of a party's machine, at this moment.
type Orders struct {
	Hand     int
	Revision int
	Party    demarc.Party
	State    demarc.CutoverState
	// Over says that there is nothing more to do, or to put back.
	Over bool
	// Routes are the prefixes that are the cut-over's in the environment's route
	// tables (platform) or among the allowed prefixes of Associations (customer),
	// each to be there or not to be. Others are not touched.
	Routes       []Ordered
	Associations []demarc.GatewayAssociationID
	// Delete are hosted interfaces whose gate is open (platform).
	Delete []demarc.VirtualInterfaceID
	// Hurry says that something is being turned.
	Hurry bool
	// TransitGateway is where routes lead, App and App6 what is asked for echoes
	// from Probes of their family.
	Case           demarc.CaseID
	TransitGateway demarc.TransitGatewayID
	App, App6      netip.Addr
	Probes         []netip.Addr
}

// An Ordered is a prefix that is to be there, or is not to be.
type Ordered struct {
	Prefix netip.Prefix
	There  bool
}

// longestTrouble bounds what a machine says of its trouble.
const longestTrouble = 500

// Tell takes in what a party's machine sees of a cut-over at another Direct
// Connect, and answers with what is wanted of it. It refuses what that party
// cannot have seen, and a machine that another has followed (E-CUTOVER-HAND).
// Telling the same again changes nothing.
func Tell(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, word Word, now time.Time) (Orders, error) {
	c, err := Get(tx, by, id)
	if err != nil {
		return Orders{}, err
	}
	if c.There == nil {
		return Orders{}, demarc.Errorf(demarc.Invalid, "cut-over %s is of environment %s, which is here: the desk turns and measures it by itself", c.ID, c.Environment).
			Coded("E-ELSEWHERE", "See demarc cutover status "+string(c.ID))
	}
	party := demarc.Customer
	if by == c.Platform {
		party = demarc.Platform
	}
	h := hand(tx, id, party)
	switch {
	case word.Hand == 0:
		h = followed(h)
	case word.Hand != h.Term:
		return Orders{}, demarc.Errorf(demarc.Conflict, "another machine of the %s's has taken over cut-over %s", party, id).
			Coded("E-CUTOVER-HAND", "Leave it to that one, or begin again").By(party)
	case word.Number <= h.Number: // said before; the answer was lost
	default:
		m := about(tx, c, now, now).at.(*there)
		if err := m.hear(&h, by, word); err != nil {
			return Orders{}, err
		}
		h.Number = word.Number
		if party == demarc.Platform { // the customer is heard when it has counted
			h.Heard = now
		}
		if !reflect.DeepEqual(c, m.c) {
			store.Cutovers.Put(tx, m.c)
			c = m.c
		}
	}
	store.CutoverHands.Put(tx, h)
	return about(tx, c, now, now).at.(*there).orders(h), nil
}

func handKey(id demarc.CutoverID, party demarc.Party) string { return string(id) + " " + string(party) }

// hand is what a party's machine said last; without a word where none did.
func hand(r store.Reader, id demarc.CutoverID, party demarc.Party) demarc.CutoverHand {
	h, _ := store.CutoverHands.Get(r, handKey(id, party))
	h.Cutover, h.Party = id, party
	return h
}

// followed makes way for another machine. What the one before counted stays.
func followed(h demarc.CutoverHand) demarc.CutoverHand {
	h.Term, h.Number, h.Trouble = h.Term+1, 0, ""
	h.Echoes = slices.Clone(h.Echoes)
	for i, e := range h.Echoes {
		h.Echoes[i] = demarc.CutoverEcho{Probe: e.Probe, Past: e.Total()}
	}
	return h
}

// hear takes in a word.
func (m *there) hear(h *demarc.CutoverHand, by demarc.AccountID, word Word) error {
	if len(word.Trouble) > longestTrouble {
		return sighting("trouble", "more than %d characters of trouble", longestTrouble)
	}
	h.Trouble = word.Trouble
	if word.Seen != nil {
		if err := m.see(h, by, word); err != nil {
			return err
		}
	}
	return m.count(h, word.Echoes)
}

func sighting(field, format string, args ...any) error {
	return demarc.Errorf(demarc.Invalid, format, args...).
		Coded("E-SIGHTING", "Let demarc elsewhere cutover say it: it hands in what it sees").In(field)
}

// see takes in what is there.
func (m *there) see(h *demarc.CutoverHand, by demarc.AccountID, word Word) error {
	of, err := desk.SightTransit(m.tx, m.t.Case, demarc.Account{ID: by}, *word.Seen)
	if err != nil {
		return err
	}
	if word.Revision > m.c.There.Revision {
		return sighting("revision", "orders %d were not given yet", word.Revision)
	}
	h.Looked, h.Revision = m.now, word.Revision
	h.Interfaces = nil
	for _, v := range of.Hosted {
		h.Interfaces = append(h.Interfaces, demarc.CutoverHosted{ID: v.ID, VLAN: v.VLAN, State: v.State})
	}
	if h.Party == demarc.Platform {
		m.seeTables(h, of)
	} else {
		m.seeAssociations(h, of)
	}
	h.Known = true
	return nil
}

// seeTables takes in what the environment's route tables lead to the Transit
// Gateway. What they lead there before anything was wanted stays as it is.
func (m *there) seeTables(h *demarc.CutoverHand, of desk.TransitStanding) {
	h.Fully, h.Partly, h.InTheWay = nil, nil, ""
	first := !h.Known
	for _, p := range append(m.managed(demarc.Platform), m.before()...) {
		here := 0
		for _, table := range of.Tables {
			if slices.Contains(table.Static, demarc.StaticRoute{Prefix: p, Target: string(m.c.TransitGateway)}) {
				here++
			}
		}
		if here > 0 {
			h.Partly = append(h.Partly, p)
		}
		if here > 0 && here == len(of.Tables) {
			h.Fully = append(h.Fully, p)
		}
	}
	for _, table := range of.Tables {
		for _, s := range table.Static {
			for _, p := range m.c.Prefixes {
				if s.Prefix.Overlaps(p.Prefix) && s.Prefix.Bits() >= p.Prefix.Bits() && s.Target != string(m.c.TransitGateway) {
					h.InTheWay = fmt.Sprintf("route table %s leads %s to %s by hand", table.ID, s.Prefix, s.Target)
				}
			}
		}
	}
	for i := range m.c.Prefixes {
		if p := &m.c.Prefixes[i]; first && m.c.There.Revision == 0 && slices.Contains(h.Fully, p.Prefix) {
			p.Before, p.State = true, demarc.PrefixNew
		}
	}
}

// before are the prefixes that were led before the cut-over.
func (m *there) before() (all []netip.Prefix) {
	for _, p := range m.c.Prefixes {
		if p.Before {
			all = append(all, p.Prefix)
		}
	}
	return all
}

// seeAssociations takes in what the customer's Direct Connect gateways advertise.
// One that is being updated has none of it fully.
func (m *there) seeAssociations(h *demarc.CutoverHand, of desk.TransitStanding) {
	first := !h.Known
	h.Fully, h.Partly = nil, nil
	if m.c.State == demarc.CutoverPlanned {
		h.Associations = nil
		for _, a := range of.Behind {
			if a.Owner == of.Environment.Customer {
				h.Associations = append(h.Associations, a.ID)
			}
		}
	}
	for _, p := range append(m.managed(demarc.Customer), m.c.There.Kept...) {
		some, all := false, len(h.Associations) > 0
		for _, id := range h.Associations {
			allows, whole := false, false
			for _, a := range of.There.Seen.Associations {
				if a.ID == id {
					allows = slices.Contains(a.Allowed, p)
					whole = allows && a.State == demarc.GatewayAssociated
				}
			}
			some, all = some || allows, all && whole
		}
		if some {
			h.Partly = append(h.Partly, p)
		}
		if all {
			h.Fully = append(h.Fully, p)
		}
	}
	if first && m.c.There.Revision == 0 {
		m.c.There.Kept = slices.Clone(h.Partly)
	}
}

// count takes in what was counted: the customer alone can, of the addresses that
// were planned, and nothing less than it said before.
func (m *there) count(h *demarc.CutoverHand, echoes []Echoed) error {
	if len(echoes) > 0 && h.Party != demarc.Customer {
		return sighting("echoes", "echoes are counted behind the customer's router, and the %s is not there", h.Party)
	}
	taken := map[netip.Addr]Echoed{}
	for i, e := range echoes {
		field := fmt.Sprintf("echoes[%d]", i)
		before := h.EchoOf(e.Probe).Run
		switch {
		case !slices.ContainsFunc(m.c.Prefixes, func(p demarc.CutoverPrefix) bool { return p.Probe == e.Probe }):
			return sighting(field+".probe", "%s is none of the addresses that the cut-over asks from", e.Probe)
		case e.Answered+e.Lost > e.Sent || e.Sent < before.Sent || e.Answered < before.Answered || e.SilentFor < 0 || e.Lost > 1<<40:
			return sighting(field+".sent", "%d sent, %d answered, %d lost is no count that follows %d sent, %d answered", e.Sent, e.Answered, e.Lost, before.Sent, before.Answered)
		case e.In != "" && e.In != demarc.CutoverOldPath && e.In != demarc.CutoverNewPath:
			return sighting(field+".in", "%q is no path: expected old, new or nothing", e.In)
		}
		taken[e.Probe] = e
	}
	switch len(taken) {
	case 0:
		return nil
	case len(m.c.Prefixes):
	default:
		return sighting("echoes", "%d of %d addresses were counted for", len(taken), len(m.c.Prefixes))
	}
	last := h.Heard
	var all []demarc.CutoverEcho
	for _, p := range m.c.Prefixes {
		kept := h.EchoOf(p.Probe)
		if e, ok := taken[p.Probe]; ok {
			kept.Run = demarc.CutoverCount{Sent: e.Sent, Answered: e.Answered, Lost: e.Lost, Silent: e.SilentFor, Asymmetric: kept.Run.Asymmetric}
			kept.TTL, kept.In, kept.Silent = e.TTL, e.In, e.Silent
		}
		all = append(all, kept)
	}
	h.Echoes, h.Heard = all, m.now
	m.customer = *h
	for i := range h.Echoes { // the prefixes' own order
		if seen := m.seen(i); seen.Out != "" && seen.In != "" && seen.Out != seen.In && !last.IsZero() {
			h.Echoes[i].Run.Asymmetric += min(m.now.Sub(last), stale)
		}
	}
	return nil
}

// orders are what is wanted of a party's machine.
func (m *there) orders(h demarc.CutoverHand) Orders {
	o := Orders{
		Hand: h.Term, Revision: m.c.There.Revision, Party: h.Party, State: m.c.State, Hurry: m.c.State.Moving(),
		Case: m.c.Case, TransitGateway: m.c.TransitGateway, App: m.c.There.App, App6: m.c.There.App6,
	}
	o.Over = m.c.State.Ended() && (m.done(h) || m.c.There.Revision == 0)
	if h.Party == demarc.Customer {
		for _, p := range m.c.Prefixes {
			o.Probes = append(o.Probes, p.Probe)
		}
	}
	if !h.Known { // what is there may have been there before
		return o
	}
	for _, p := range m.managed(h.Party) {
		o.Routes = append(o.Routes, Ordered{p, slices.Contains(m.wanted(h.Party), p)})
	}
	if h.Party == demarc.Customer {
		o.Associations = h.Associations
		return o
	}
	for _, v := range m.c.Interfaces {
		if m.c.State == demarc.CutoverRetiring && v.Gone.IsZero() {
			o.Delete = append(o.Delete, v.ID)
		}
	}
	return o
}

// hostedSeen are the interfaces that either machine sees leading to the
// environment, as the platform's says where both do.
func hostedSeen(hands ...demarc.CutoverHand) (all []demarc.VirtualInterface) {
	for _, h := range hands {
		for _, v := range h.Interfaces {
			if !slices.ContainsFunc(all, func(have demarc.VirtualInterface) bool { return have.ID == v.ID }) {
				all = append(all, demarc.VirtualInterface{ID: v.ID, VLAN: v.VLAN, State: v.State})
			}
		}
	}
	return all
}

// A HandStanding is a party's machine, as the desk knows of it.
type HandStanding struct {
	Heard   time.Time
	Done    bool // what is wanted of it is so
	Trouble string
}

// Hands are the machines of a cut-over at another Direct Connect.
func Hands(r store.Reader, c demarc.Cutover) (platform, customer HandStanding) {
	m := reading(r, c, time.Time{}).at.(*there)
	of := func(h demarc.CutoverHand) HandStanding { return HandStanding{h.Heard, m.done(h), h.Trouble} }
	return of(m.platform), of(m.customer)
}

// Echo is what is known of a prefix at another Direct Connect, in the words of
// our own probes; false where nothing was counted lately.
func Echo(r store.Reader, c demarc.Cutover, i int, now time.Time) (intent.ProbeSeen, bool) {
	m := reading(r, c, now).at.(*there)
	return m.seen(i), now.Sub(m.customer.Heard) <= stale
}
