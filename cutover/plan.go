package cutover

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/store"
)

// A Wish is what is asked for.
type Wish struct {
	Case demarc.CaseID
	// Probes has an address to probe for each prefix of the case.
	Probes map[string]netip.Addr
	// Manual says that the customer turns its routers itself.
	Manual bool
	// Terms are the times of the gate.
	Terms demarc.CutoverTerms
	// App is the address in an environment at another Direct Connect that is asked
	// for echoes from each IPv4 prefix's address, App6 the one for IPv6 prefixes,
	// and Apart how long the two directions may take different paths; zero is as
	// long as here.
	App, App6 netip.Addr
	Apart     time.Duration
}

// Plan writes down a cut-over for a case about one's own Transit Gateway. Both
// its parties may, and agree by that; until both have, nothing is done.
func Plan(tx *store.Tx, by demarc.AccountID, wish Wish, now time.Time) (demarc.Cutover, error) {
	if err := wish.Terms.Validate(); err != nil {
		return demarc.Cutover{}, err
	}
	of, err := desk.Case(tx, by, wish.Case)
	if err != nil {
		return demarc.Cutover{}, err
	}
	if of.Kind != demarc.CaseTransit || of.State == demarc.CaseRejected || of.State == demarc.CaseResolved {
		return demarc.Cutover{}, demarc.Errorf(demarc.Conflict, "case %s is of kind %s and %s", of.ID, of.Kind, of.State).
			Coded("E-CUTOVER-CASE", "Open a case of kind "+string(demarc.CaseTransit)).In("case")
	}
	t := desk.Transit(tx, of)
	if t.There != nil {
		return planThere(tx, by, of, wish, now)
	}
	if wish.App.IsValid() || wish.App6.IsValid() || wish.Apart != 0 {
		return demarc.Cutover{}, demarc.Errorf(demarc.Invalid, "environment %s is here, where our own edge probes", t.Environment.Name).
			Coded("E-ELSEWHERE", "Leave the address and the time out: they are for an environment at another Direct Connect").In("app")
	}
	if err := built(tx, of, now); err != nil {
		return demarc.Cutover{}, err
	}
	if err := lock(tx, t.Environment); err != nil {
		return demarc.Cutover{}, err
	}
	if err := desk.NoneEnding(tx, t.Environment.Name); err != nil { // it would go while it is measured
		return demarc.Cutover{}, err
	}
	for id, gw := range t.Shared {
		return demarc.Cutover{}, demarc.Errorf(demarc.Conflict, "hosted interface %s leads to gateway %s besides, and cannot end with the way to environment %s", id, gw, t.Environment.Name).
			Coded("E-CUTOVER-SHARED", "Give that gateway a Direct Connect gateway and interfaces of its own").By(demarc.Platform)
	}
	c := demarc.Cutover{
		ID: demarc.NewCutoverID(), Case: of.ID, Environment: t.Environment.Name, Platform: t.Environment.Platform, Customer: t.Environment.Customer,
		VPC: t.VPC.ID, Gateway: t.Environment.Gateway, TransitGateway: t.Gateway.ID, State: demarc.CutoverPlanned, Since: now, Created: now, Terms: wish.Terms.Filled(),
	}
	if c.Prefixes, err = targets(t, wish.Probes); err != nil {
		return c, err
	}
	if !wish.Manual {
		if c.Associations, err = steerable(t); err != nil {
			return c, err
		}
	}
	for _, v := range t.Hosted {
		c.Interfaces = append(c.Interfaces, demarc.CutoverInterface{ID: v.ID, VLAN: v.VLAN})
	}
	c = agreed(c, by, now)
	store.Cutovers.Put(tx, c)
	return c, nil
}

// built refuses a cut-over to what is not there as a whole, with the code of
// what is missing.
func built(r store.Reader, of demarc.Case, now time.Time) error {
	for _, s := range desk.TransitSteps(r, of, now) {
		switch {
		case s.ID == "platform-routes":
			return nil
		case s.Done:
			continue
		}
		code, text := "E-CUTOVER-EARLY", s.Evidence
		if named, rest, ok := strings.Cut(s.Evidence, ": "); ok && strings.HasPrefix(named, "E-") {
			code, text = named, rest
		}
		return demarc.Errorf(demarc.Conflict, "the way over the Transit Gateway is not built: %s", text).
			Coded(code, "See demarc case status "+string(of.ID)).In("case").By(s.Party)
	}
	return nil
}

// lock refuses a second cut-over of an environment.
func lock(tx *store.Tx, env demarc.Environment) error {
	for other := range store.Cutovers.By(tx, "environment", env.Name) {
		if c, ok := store.Cutovers.Get(tx, string(other.ID)); ok && !c.State.Ended() {
			return demarc.Errorf(demarc.Conflict, "cut-over %s of environment %s is %s", c.ID, env.Name, c.State).
				Coded("E-LOCKED", "Finish or cancel it first")
		}
	}
	return nil
}

// targets are the case's prefixes with what is probed in each.
func targets(t desk.TransitStanding, probes map[string]netip.Addr) (all []demarc.CutoverPrefix, err error) {
	refuse := func(format string, args ...any) error {
		return demarc.Errorf(demarc.Invalid, format, args...).
			Coded("E-CUTOVER-PROBE", "Give each prefix of the case an address in it that answers echo requests").In("probes")
	}
	for _, p := range t.Prefixes {
		probe, ok := probes[p.String()]
		switch {
		case !ok:
			return nil, refuse("nothing is to be probed in %s, and what is not measured is not moved", p)
		case !p.Contains(probe):
			return nil, refuse("%s is not in %s", probe, p)
		}
		source, ok := intent.ProbeSource(t.VPC, probe)
		if !ok {
			return nil, refuse("VPC %s has no router address that %s could be probed from: none of its app hosts has an address of that family", t.VPC.ID, probe)
		}
		if source == probe {
			return nil, refuse("%s is the environment's own", probe)
		}
		for _, table := range t.Tables {
			for _, s := range table.Static {
				if s.Prefix.Overlaps(p) && s.Prefix.Bits() >= p.Bits() && s.Target != string(t.Gateway.ID) {
					return nil, demarc.Errorf(demarc.Conflict, "route table %s leads %s to %s by hand", table.ID, s.Prefix, s.Target).
						Coded("E-ROUTE-OVERLAP", "Take that route out first").By(demarc.Platform)
				}
			}
		}
		row := demarc.CutoverPrefix{Prefix: p, Probe: probe, State: demarc.PrefixOld}
		if t.Routed(p) {
			row.Before, row.State = true, demarc.PrefixNew
		}
		all = append(all, row)
	}
	if len(probes) > len(all) {
		return nil, refuse("%d addresses are given for %d prefixes", len(probes), len(all))
	}
	return all, nil
}

// steerable are the associations whose allowed prefixes turn the way back.
func steerable(t desk.TransitStanding) (ids []demarc.GatewayAssociationID, err error) {
	all := t.Behind
	for _, a := range all {
		if a.Owner != t.Environment.Customer {
			return nil, demarc.Errorf(demarc.Conflict, "Direct Connect gateway %s is of account %s, which is no party to the cut-over", a.DirectConnectGateway, a.Owner).
				Coded("E-CUTOVER-STEER", "Say manual, and turn your routers yourself when the cut-over asks for it").In("manual")
		}
		ids = append(ids, a.ID)
	}
	if len(all) == 0 {
		return nil, demarc.Errorf(demarc.Conflict, "no Direct Connect gateway is on the way to the customer's prefixes").
			Coded("E-CUTOVER-STEER", "Say manual, and turn your routers yourself when the cut-over asks for it").In("manual")
	}
	return ids, nil
}

// agreed notes a party's agreement.
func agreed(c demarc.Cutover, by demarc.AccountID, now time.Time) demarc.Cutover {
	if by == c.Customer && c.CustomerAgreed.IsZero() {
		c.CustomerAgreed = now
	}
	if by == c.Platform && c.PlatformAgreed.IsZero() {
		c.PlatformAgreed = now
	}
	return c
}

// Get returns a cut-over that the account is party to.
func Get(r store.Reader, by demarc.AccountID, id demarc.CutoverID) (demarc.Cutover, error) {
	c, ok := store.Cutovers.Get(r, string(id))
	if !ok || !c.VisibleTo(by) {
		return demarc.Cutover{}, demarc.Errorf(demarc.NotFound, "no cut-over %q", id)
	}
	return c, nil
}

// List returns those that the account is party to, the latest first.
func List(r store.Reader, by demarc.AccountID) []demarc.Cutover {
	all := slices.Collect(store.Cutovers.By(r, "account", string(by)))
	slices.SortFunc(all, func(a, b demarc.Cutover) int { return b.Created.Compare(a.Created) })
	return all
}

// Gate is what has to be true before the hosted interfaces end.
func Gate(r store.Reader, c demarc.Cutover, now time.Time) []demarc.Step {
	return desk.Gate(standing(r, c), now)
}

// standing finds what a cut-over is about, with itself as it is held.
func standing(r store.Reader, c demarc.Cutover) desk.TransitStanding {
	of, _ := store.Cases.Get(r, string(c.Case))
	t := desk.Transit(r, of)
	t.Cutover = c
	if c.There != nil {
		t.Hosted = hostedSeen(hand(r, c.ID, demarc.Platform), hand(r, c.ID, demarc.Customer))
	}
	return t
}

// Expire forgets cut-overs that ended long ago.
func Expire(tx *store.Tx, now time.Time) error {
	for c := range store.Cutovers.All(tx) {
		if c.State.Ended() && now.Sub(c.Ended) >= demarc.CutoverKept {
			store.Cutovers.Delete(tx, string(c.ID))
			for _, party := range []demarc.Party{demarc.Platform, demarc.Customer} {
				store.CutoverHands.Delete(tx, handKey(c.ID, party))
			}
		}
	}
	return nil
}
