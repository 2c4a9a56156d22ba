package cutover

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// What is in this file is about an environment at another Direct Connect. The
// row and its states are those of every cut-over; the hands and the eyes are each
// party's own machine, which asks what is wanted of it, does that there, and says
// what it sees then (tell.go).

// How long is waited there. Another service's API takes its time, and so do words
// between machines.
const (
	// stale is how old what a machine said may be for something to be turned by
	// it.
	stale = 3 * time.Second
	// deaf is how long nothing may be heard of a machine while something is
	// turned, before it is put back.
	deaf = 10 * time.Second
	// flipPatienceThere is how long a prefix may take to be seen on its new way.
	flipPatienceThere = 30 * time.Second
	// holdsThere is how long a prefix is watched on its new way before the next
	// one follows.
	holdsThere = time.Second
	// tellPatience is how long is waited for a way to be seen on the wire, before
	// it is taken from the routes.
	tellPatience = 3 * time.Second
	// hostedThere is what the old path is called where the site file names no
	// gateway.
	hostedThere = demarc.GatewayID("hosted")
)

// there is a place at another Direct Connect, with what the parties' machines said
// last.
type there struct {
	*move
	platform, customer demarc.CutoverHand
}

func (m *there) pace() pace {
	apart := m.c.There.Apart
	return pace{blind: deaf, apart: apart, flip: flipPatienceThere, holds: holdsThere, turn: max(turnPatience, apart)}
}

// planThere writes down a cut-over at another Direct Connect.
func planThere(tx *store.Tx, by demarc.AccountID, of demarc.Case, wish Wish, now time.Time) (demarc.Cutover, error) {
	t := desk.Transit(tx, of)
	if err := saidThere(of); err != nil {
		return demarc.Cutover{}, err
	}
	if err := lock(tx, t.Environment); err != nil {
		return demarc.Cutover{}, err
	}
	if err := desk.NoneEnding(tx, t.Environment.Name); err != nil {
		return demarc.Cutover{}, err
	}
	c := demarc.Cutover{
		ID: demarc.NewCutoverID(), Case: of.ID, Environment: t.Environment.Name, Platform: of.Assignee, Customer: of.Opener,
		Gateway: cmp.Or(demarc.GatewayID(t.Environment.Elsewhere.Gateway), hostedThere), TransitGateway: of.Transit.Gateway, State: demarc.CutoverPlanned, Since: now, Created: now, Terms: wish.Terms.Filled(),
		There: &demarc.CutoverThere{App: wish.App, App6: wish.App6, Apart: cmp.Or(wish.Apart, demarc.CutoverMostAsymmetry)},
	}
	if err := wishThere(t, wish, c.There.Apart); err != nil {
		return c, err
	}
	for _, p := range t.Prefixes {
		c.Prefixes = append(c.Prefixes, demarc.CutoverPrefix{Prefix: p, Probe: wish.Probes[p.String()], State: demarc.PrefixOld})
	}
	c.There.Tells = make([]demarc.CutoverTell, len(c.Prefixes))
	c = agreed(c, by, now)
	store.Cutovers.Put(tx, c)
	return c, nil
}

// saidThere refuses what its parties have not said to be built.
func saidThere(of demarc.Case) error {
	missing, fixer := "", demarc.Customer
	switch w := of.Transit; {
	case w == nil || w.Attachment == "":
		missing, fixer = "the platform has not said that the environment is attached", demarc.Platform
	case w.Available.IsZero():
		missing = "nobody has said that attachment " + string(w.Attachment) + " is accepted"
	case w.Routed.IsZero():
		missing = "the customer has not said that its side leads both ways"
	default:
		return nil
	}
	return demarc.Errorf(demarc.Conflict, "the way over the Transit Gateway is not built: %s", missing).
		Coded("E-CUTOVER-EARLY", "See demarc case status "+string(of.ID)+" --as PROFILE").In("case").By(fixer)
}

// wishThere refuses what could not be measured there.
func wishThere(t desk.TransitStanding, wish Wish, apart time.Duration) error {
	switch {
	case wish.Manual:
		return demarc.Errorf(demarc.Invalid, "at another Direct Connect the way back is turned by allowed prefixes alone").
			Coded("E-CUTOVER-STEER", "Leave manual out").In("manual")
	case apart < time.Second || apart > demarc.CutoverApart:
		return demarc.Errorf(demarc.Invalid, "%s of two paths: expected %s to %s", apart, time.Second, demarc.CutoverApart).
			Coded("E-CUTOVER-TERMS", "Give how long the two directions may take different paths").In("apartSeconds")
	case len(wish.Probes) > len(t.Prefixes):
		return unmeasured("probes", "%d addresses are given for %d prefixes", len(wish.Probes), len(t.Prefixes))
	}
	if err := wishApp(t, "app", wish.App, netip.Addr.Is4); err != nil {
		return err
	}
	if err := wishApp(t, "app6", wish.App6, netip.Addr.Is6); err != nil {
		return err
	}
	for _, p := range t.Prefixes {
		switch probe, ok := wish.Probes[p.String()]; {
		case !ok:
			return unmeasured("probes", "nothing is to be asked from %s, and what is not measured is not moved", p)
		case !p.Contains(probe):
			return unmeasured("probes", "%s is not in %s", probe, p)
		}
	}
	return nil
}

// wishApp refuses an address that nothing would be asked of, and one that is
// missing, or not of the environment, where prefixes of its family are moved.
func wishApp(t desk.TransitStanding, field string, app netip.Addr, is func(netip.Addr) bool) error {
	ofFamily := func(p netip.Prefix) bool { return is(p.Addr()) }
	asked := slices.ContainsFunc(t.Prefixes, ofFamily)
	inside := slices.ContainsFunc(t.VPC.Ranges(), func(p netip.Prefix) bool { return p.Contains(app) })
	switch {
	case !asked && app.IsValid():
		return unmeasured(field, "nothing is asked of %s: no prefix of the case is of its family", app)
	case asked && !slices.ContainsFunc(t.VPC.Ranges(), ofFamily):
		return demarc.Errorf(demarc.Conflict, "environment %s is not said to have addresses of that family", t.Environment.Name).
			Coded("E-CUTOVER-PROBE", "Write its ipv6 there into the site file").In(field).By(demarc.Platform)
	case asked && !app.IsValid():
		return unmeasured(field, "no address of environment %s is given that could be asked from prefixes of that family", t.Environment.Name)
	case asked && !(is(app) && inside):
		return unmeasured(field, "%s is no address of environment %s", app, t.Environment.Name)
	}
	return nil
}

func unmeasured(field, format string, args ...any) error {
	return demarc.Errorf(demarc.Invalid, format, args...).
		Coded("E-CUTOVER-PROBE", "Give an address in each prefix of the case, from which your machine can ask, and with --app one in the environment that answers echo requests, for each family of the prefixes").In(field)
}

// ready refuses to move what the parties' machines do not see, each its
// part, at this moment.
func (m *there) ready() error {
	if err := saidThere(m.t.Case); err != nil {
		return err
	}
	for _, h := range []demarc.CutoverHand{m.platform, m.customer} {
		switch {
		case !h.Known || m.now.Sub(h.Heard) > stale:
			return demarc.Errorf(demarc.Conflict, "nothing is heard of the %s's machine", h.Party).
				Coded("E-CUTOVER-BLIND", "Leave demarc elsewhere cutover "+string(m.c.ID)+" running there").By(h.Party)
		case h.Trouble != "":
			return demarc.Errorf(demarc.Conflict, "the %s's machine is in trouble: %s", h.Party, h.Trouble).Coded("E-CUTOVER-BLIND", "See what it says").By(h.Party)
		}
	}
	switch {
	case m.platform.InTheWay != "":
		return demarc.Errorf(demarc.Conflict, "%s", m.platform.InTheWay).Coded("E-ROUTE-OVERLAP", "Take that route out first").By(demarc.Platform)
	case len(m.customer.Associations) == 0:
		return demarc.Errorf(demarc.Conflict, "no Direct Connect gateway of the customer's is on the way to its prefixes").
			Coded("E-CUTOVER-STEER", "Associate one with the Transit Gateway: demarc elsewhere transit routes").By(demarc.Customer)
	}
	for _, p := range m.c.Prefixes {
		if e := m.customer.EchoOf(p.Probe); e.Silent || e.Run.Answered == 0 {
			return demarc.Errorf(demarc.Conflict, "%s does not answer echo requests from %s", m.c.There.AppFor(p.Probe), p.Probe).
				Coded("E-CUTOVER-PROBE", "Let it answer, or plan with other addresses").In("probes").By(demarc.Customer)
		}
	}
	m.c.Associations, m.c.Interfaces = m.customer.Associations, nil
	for _, v := range m.platform.Interfaces {
		m.c.Interfaces = append(m.c.Interfaces, demarc.CutoverInterface{ID: v.ID, VLAN: v.VLAN})
	}
	return nil
}

// managed are the prefixes that a party's machine puts there and takes away:
// those that were there before are none.
func (m *there) managed(party demarc.Party) (all []netip.Prefix) {
	if party == demarc.Customer {
		return m.unkept(append(halves(m.t.VPC, m.c.Prefixes), m.apps()...))
	}
	for _, p := range m.c.Prefixes {
		if !p.Before {
			all = append(all, p.Prefix)
		}
	}
	return append(all, m.canaries()...)
}

// apps are the addresses that answer, alone: what the way in is rehearsed with.
func (m *there) apps() (all []netip.Prefix) {
	for _, p := range m.c.Prefixes {
		if app := only(m.c.There.AppFor(p.Probe)); !slices.Contains(all, app) {
			all = append(all, app)
		}
	}
	return all
}

// unkept are those of some prefixes that were not allowed before.
func (m *there) unkept(prefixes []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(prefixes), func(p netip.Prefix) bool { return slices.Contains(m.c.There.Kept, p) })
}

// wanted are those of them that are to be there now.
func (m *there) wanted(party demarc.Party) []netip.Prefix {
	if party == demarc.Customer {
		return m.c.There.Allow
	}
	return m.c.There.Lead
}

// done reports whether a machine has seen that what is wanted of it is so, after
// it was wanted.
func (m *there) done(h demarc.CutoverHand) bool {
	if !h.Known || h.Revision != m.c.There.Revision {
		return false
	}
	return !slices.ContainsFunc(m.managed(h.Party), func(p netip.Prefix) bool {
		if slices.Contains(m.wanted(h.Party), p) {
			return !slices.Contains(h.Fully, p)
		}
		return slices.Contains(h.Partly, p)
	})
}

// want changes what is wanted, if it does.
func (m *there) want(lead, allow []netip.Prefix) {
	t := m.c.There
	if slices.Equal(t.Lead, lead) && slices.Equal(t.Allow, allow) {
		return
	}
	t.Lead, t.Allow, t.Settled = lead, allow, time.Time{}
	t.Revision++
}

// observe notes since when both machines have done what is wanted.
func (m *there) observe() {
	t := m.c.There
	t.Settled = kept(t.Settled, m.done(m.platform) && m.done(m.customer), m.now)
}

// lately reports whether both machines were heard so lately that something may be
// turned.
func (m *there) lately() bool {
	return m.now.Sub(m.platform.Heard) <= stale && m.now.Sub(m.customer.Heard) <= stale && m.now.Sub(m.c.Heard) <= stale
}

// hindered says what of a machine there is no going on with; empty for nothing.
func (m *there) hindered() string {
	for _, h := range []demarc.CutoverHand{m.platform, m.customer} {
		switch {
		case m.waited(h.Heard) > deaf:
			return fmt.Sprintf("nothing was heard of the %s's machine for %s", h.Party, deaf)
		case h.Trouble != "" && h.Revision != m.c.There.Revision:
			return fmt.Sprintf("the %s's machine could not do its part: %s", h.Party, h.Trouble)
		}
	}
	return ""
}

// late are the parties whose machines have not done what is wanted.
func (m *there) late() string {
	var all []string
	for _, h := range []demarc.CutoverHand{m.platform, m.customer} {
		if !m.done(h) {
			all = append(all, fmt.Sprintf("the %s's machine has not put its part back: demarc elsewhere cutover %s", h.Party, m.c.ID))
		}
	}
	return strings.Join(all, "; ")
}

// lead, unlead, steer and unsteer say what is wanted: the machines do it.
func (m *there) lead(p netip.Prefix) error {
	m.want(append(slices.Clone(m.c.There.Lead), p), m.c.There.Allow)
	return nil
}

func (m *there) unlead(...netip.Prefix) error {
	m.want(nil, m.c.There.Allow)
	return nil
}

func (m *there) steer(prefixes []netip.Prefix) error {
	m.want(m.c.There.Lead, m.unkept(prefixes))
	return nil
}

func (m *there) unsteer() error {
	m.want(m.c.There.Lead, nil)
	return nil
}
