package desk

import (
	"cmp"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/account"
	"demarc/connection"
	"demarc/intent"
	"demarc/store"
)

// progress is what was found that belongs to a link as a whole.
type progress struct {
	link    demarc.Link
	env     demarc.Environment
	edition demarc.Edition
	now     time.Time

	deadlines demarc.Deadlines
	account   demarc.Case // the newest that asks for the account
	table     RouteTable
	legs      []leg

	// away is what was found of a link at another Direct Connect.
	away away
}

// A leg is what was found that belongs to one of a link's. A zero value (an
// empty id) is something that does not exist yet.
type leg struct {
	progress *progress
	demarc.Leg

	conn  demarc.Connection
	wire  demarc.Connection // what conn is on: itself, or the partner's where it is hosted
	token demarc.LinkToken  // the newest, redeemed or not
	// tied is the one that conn and vif were built with, none where a tag says
	// which they are; lost is why token, redeemed, is not tied.
	tied  demarc.LinkToken
	lost  string
	cable demarc.CrossConnect
	// homeless says that the cable was ordered by who has no place in a cage
	// for its far end; occupied is the fibre of an ended connection that is still
	// in one.
	homeless bool
	occupied demarc.CrossConnect
	port     intent.PortSeen

	vif    demarc.VirtualInterface
	accept demarc.Case // the newest that asks to accept vif
	seen   intent.VIFSeen
	// silent is when vif's device was heard of last, where that is too long ago.
	silent time.Time
	// Of a leg at another Direct Connect: bgp is what its API says of the session,
	// and stray an interface that was allocated to a wrong account.
	bgp   string
	stray demarc.VirtualInterface
	// unpairable is why vif could never be accepted; nil for nothing.
	unpairable *demarc.Error
	// otherTags are those of other interfaces on the connection: theirs, if they
	// are on their way in.
	otherTags map[demarc.VLAN]bool
}

// find collects the objects of a link as they are at now.
func find(r store.Reader, link demarc.Link, now time.Time) *progress {
	p := &progress{link: link, now: now, deadlines: account.Deadlines(r)}
	p.env, _ = store.Environments.Get(r, link.Environment)
	p.edition, _ = store.Editions.Get(r, p.env.Edition)
	p.account = newest(store.Cases.By(r, "account", string(link.Customer)), link, demarc.CaseAccount)
	if p.env.Away() {
		p.findAway(r)
		return p
	}
	p.table = routes(r, p.env)
	connections := connectionsOf(r, link)
	for _, l := range link.Legs {
		if _, of, ending := link.EndingOf(l.ID); ending {
			p.legs = append(p.legs, departingLeg(r, p, l, of))
			continue
		}
		p.legs = append(p.legs, findLeg(r, p, l, connections[l.ID]))
	}
	return p
}

func findLeg(r store.Reader, p *progress, of demarc.Leg, conn demarc.Connection) leg {
	l := leg{progress: p, Leg: of, conn: conn, wire: conn, token: newestToken(r, p.link, of.ID)}
	if conn.Kind == demarc.Hosted {
		l.wire = physical(r, conn.Parent)
	}
	l.cable, _ = store.CrossConnects.Get(r, string(l.wire.ID))
	l.homeless = l.cable.Connection != "" && l.cable.Cage == (demarc.Cage{}) && !freeCage(r, l.wire)
	if l.homeless {
		l.occupied = stillPlugged(r, l.wire)
	}
	l.port, _ = store.PortSightings.Get(r, string(l.wire.Port))
	var ok bool
	if l.tied, ok = tiedBy(r, p.link, of); ok {
		l.vif, _ = store.VirtualInterfaces.Get(r, string(l.tied.Interface))
	} else {
		l.vif = interfaceOf(r, p.env, conn)
	}
	if l.vif.ID != "" {
		l.accept = settled(r, newest(store.Cases.By(r, "interface", string(l.vif.ID)), p.link, demarc.CaseAccept))
	}
	l.unpairable = pairTaken(r, p.link.Customer, p.env, l.vif)
	l.seen, _ = store.VIFSightings.Get(r, string(l.vif.ID))
	l.silent = silentSince(r, l.vif.Device, p.now)
	l.otherTags = map[demarc.VLAN]bool{}
	for v := range store.VirtualInterfaces.By(r, "connection", string(l.vif.Connection)) {
		l.otherTags[v.VLAN] = alive(v) && v.ID != l.vif.ID || l.otherTags[v.VLAN]
	}
	l.lost = lost(r, l.token, of)
	return l
}

// freeCage reports whether a connection's owner has a place in a cage of its
// location that no other fibre ends in: whoever patches takes it.
func freeCage(r store.Reader, c demarc.Connection) bool {
	location, _ := store.Locations.Get(r, string(c.Location))
	taken := map[demarc.Cage]bool{}
	for xc := range store.CrossConnects.By(r, "location", string(c.Location)) {
		taken[xc.Cage] = true
	}
	return slices.ContainsFunc(location.Cages, func(cage demarc.Cage) bool { return cage.Account == c.Owner && !taken[cage] })
}

// stillPlugged is the first fibre of an ended connection of the same owner that
// the facility has not pulled yet; none is the zero value.
func stillPlugged(r store.Reader, c demarc.Connection) (first demarc.CrossConnect) {
	for xc := range store.CrossConnects.By(r, "location", string(c.Location)) {
		if !xc.Unpatch.IsZero() && xc.Owner == c.Owner && (first.Connection == "" || xc.Unpatch.Before(first.Unpatch)) {
			first = xc
		}
	}
	return first
}

// connectionsOf finds the connections that a link's legs run on: for each leg
// the one that a token was redeemed on, the newest that is tagged with it, or with the link alone, or else the
// customer's newest untagged one that fits and is not older than the link. No
// two legs run on one.
func connectionsOf(r store.Reader, link demarc.Link) map[string]demarc.Connection {
	found, taken := map[string]demarc.Connection{}, map[demarc.ConnectionID]bool{}
	legs := slices.DeleteFunc(slices.Clone(link.Legs), func(l demarc.Leg) bool {
		_, of, ending := link.EndingOf(l.ID)
		taken[of.Connection] = true // what ends runs on what it did
		return ending
	})
	for _, l := range legs {
		if tied, ok := tiedBy(r, link, l); ok {
			v, _ := store.VirtualInterfaces.Get(r, string(tied.Interface))
			found[l.ID] = physical(r, v.Connection) // it may have moved since
			taken[found[l.ID].ID] = true
		}
	}
	for _, fits := range []func(demarc.Leg, demarc.Connection) bool{
		func(l demarc.Leg, c demarc.Connection) bool { return taggedWith(c, string(link.ID)+"/"+l.ID) },
		func(l demarc.Leg, c demarc.Connection) bool { return taggedWith(c, string(link.ID)) },
		func(l demarc.Leg, c demarc.Connection) bool {
			_, tagged := linkTag(c)
			return !tagged && c.Owner == link.Customer && c.Bandwidth == l.Bandwidth && !c.Created.Before(link.Created)
		},
	} {
		for _, l := range legs {
			if found[l.ID].ID != "" {
				continue
			}
			var best demarc.Connection
			for c := range store.Connections.By(r, "location", string(l.Location)) {
				if !c.State.Gone() && !taken[c.ID] && mayCarry(r, link, c) && fits(l, c) {
					best = newer(best, c)
				}
			}
			if best.ID != "" {
				found[l.ID], taken[best.ID] = best, true
			}
		}
	}
	return found
}

func taggedWith(c demarc.Connection, value string) bool {
	tag, ok := linkTag(c)
	return ok && tag == value
}

// mayCarry reports whether a tag on the connection is to be believed: the
// customer's own, or a partner's where the customer said that one builds.
func mayCarry(r store.Reader, link demarc.Link, c demarc.Connection) bool {
	if c.Owner == link.Customer {
		return true
	}
	owner, _ := store.Accounts.Get(r, string(c.Owner))
	return link.Topology == demarc.PartnerCage && owner.Party == demarc.Partner
}

func linkTag(c demarc.Connection) (string, bool) {
	for _, tag := range c.Tags {
		if tag.Key == LinkTag {
			return tag.Value, true
		}
	}
	return "", false
}

func newer(a, b demarc.Connection) demarc.Connection {
	if a.ID != "" && !b.Created.After(a.Created) {
		return a
	}
	return b
}

// newest is the latest of some cases that the link's customer has opened about
// its environment, of a kind. Looking at all of an account's is only for what
// has no interface: there may be many.
func newest(cases iter.Seq[demarc.Case], link demarc.Link, kind demarc.CaseKind) (latest demarc.Case) {
	for c := range cases {
		if c.Kind != kind || c.Environment != link.Environment || c.Opener != link.Customer {
			continue
		}
		if fresher := c.Created.After(latest.Created) || latest.State.Ended() && !c.State.Ended(); latest.ID == "" || fresher {
			latest = c
		}
	}
	return latest
}

// interfaceOf finds the interface to an environment's gateway on a connection,
// or on the LAG that it is in: the newest that is alive, or else the newest that
// was.
func interfaceOf(r store.Reader, env demarc.Environment, conn demarc.Connection) demarc.VirtualInterface {
	var found demarc.VirtualInterface
	on := conn.ID
	if conn.LAG != "" {
		on = demarc.ConnectionID(conn.LAG)
	}
	for v := range store.VirtualInterfaces.By(r, "connection", string(on)) {
		if v.Owner != env.Platform || !leadsTo(r, v, env) || tied(r, v) {
			continue
		}
		if found.ID == "" || alive(v) && !alive(found) || alive(v) == alive(found) && v.Created.After(found.Created) {
			found = v
		}
	}
	return found
}

// leadsTo reports whether a private interface leads to an environment, or may
// yet: nobody has accepted it, or it was accepted onto the environment's
// gateway, or onto a Direct Connect gateway that this one is associated with.
func leadsTo(r store.Reader, v demarc.VirtualInterface, env demarc.Environment) bool {
	if v.DirectConnectGateway == "" {
		return v.Type == demarc.PrivateVIF && (v.Gateway == "" || v.Gateway == env.Gateway)
	}
	for a := range store.GatewayAssociations.By(r, "direct-connect-gateway", string(v.DirectConnectGateway)) {
		if a.Gateway.ID == string(env.Gateway) && intent.Joined(a) {
			return v.Type == demarc.PrivateVIF
		}
	}
	return false
}

// endOf is the gateway that an interface was accepted onto, of whichever kind;
// empty for none.
func endOf(v demarc.VirtualInterface) string {
	return cmp.Or(string(v.Gateway), string(v.DirectConnectGateway))
}

// tied reports whether a token says whose an interface is: several customers'
// may be on a partner's connection.
func tied(r store.Reader, v demarc.VirtualInterface) bool {
	for range store.LinkTokens.By(r, "interface", string(v.ID)) {
		return true
	}
	return false
}

// tiedBy is the token that a leg runs on: the one that was redeemed last, as
// long as what was built with it is there. Afterwards the leg needs another.
func tiedBy(r store.Reader, link demarc.Link, leg demarc.Leg) (last demarc.LinkToken, ok bool) {
	for t := range store.LinkTokens.By(r, "link", string(link.ID)) {
		if t.Leg == leg.ID && !t.Redeemed.IsZero() && (!ok || t.Redeemed.After(last.Redeemed)) && lost(r, t, leg) == "" {
			last, ok = t, true
		}
	}
	return last, ok
}

// lost says what of that which a token was redeemed for is not there for its
// leg any more; empty for nothing. A partner may move a hosted connection.
func lost(r store.Reader, t demarc.LinkToken, leg demarc.Leg) string {
	env, _ := store.Environments.Get(r, t.Environment)
	v, ok := store.VirtualInterfaces.Get(r, string(t.Interface))
	switch {
	case !ok:
		return fmt.Sprintf("%s is gone", t.Interface)
	case !alive(v):
		return fmt.Sprintf("%s is %s", v.ID, v.State)
	case v.Location != leg.Location:
		return fmt.Sprintf("%s is at %s", v.ID, v.Location)
	case !leadsTo(r, v, env):
		return fmt.Sprintf("%s leads to %s", v.ID, endOf(v))
	}
	return ""
}

func newestToken(r store.Reader, link demarc.Link, leg string) (last demarc.LinkToken) {
	for t := range store.LinkTokens.By(r, "link", string(link.ID)) {
		if t.Leg == leg && (last.ID == "" || t.Issued.After(last.Issued)) {
			last = t
		}
	}
	return last
}

// physical is a connection, or the first member of a LAG.
func physical(r store.Reader, id demarc.ConnectionID) demarc.Connection {
	if group, ok := id.LAG(); ok {
		for _, member := range connection.Members(r, group) {
			return member
		}
	}
	c, _ := store.Connections.Get(r, string(id))
	return c
}

// alive reports whether an interface is on its way up or there.
func alive(v demarc.VirtualInterface) bool {
	return v.ID != "" && !v.State.Gone() && v.State != demarc.VIFDeleting
}

// A LegStanding is a leg with what it has come to.
type LegStanding struct {
	Wanted     demarc.Leg
	Connection demarc.Connection
	Interface  demarc.VirtualInterface
	// Session is the state of the BGP session that is furthest from
	// Established; empty where none was reported.
	Session string
	// Silent is when the interface's device was heard of last, where that is too
	// long ago to know what has become of it; zero otherwise.
	Silent time.Time
	// Accepted counts the customer's prefixes in use.
	Accepted int
	// Routes are those prefixes.
	Routes []netip.Prefix
	// Prefixes are what each of its sessions sends against what it may.
	Prefixes []PrefixUse
	// Echo is what its line loses; nil while nobody asks it.
	Echo *intent.EchoSeen
	// Tag is what the leg's connection is to be tagged with (LinkTag).
	Tag string
	// Hosted is the hosted connection at another Direct Connect that its token was
	// redeemed for.
	Hosted demarc.ConnectionID
}

// Legs are a link's, as they are at now.
func Legs(r store.Reader, link demarc.Link, now time.Time) []LegStanding {
	return find(r, link, now).standings()
}

func (p *progress) standings() []LegStanding {
	var out []LegStanding
	for _, l := range p.legs {
		out = append(out, LegStanding{
			Wanted: l.Leg, Connection: l.conn, Interface: l.vif, Session: l.worst(), Silent: l.silent, Accepted: l.seen.Accepted.Len(), Routes: prefixes(l.seen.Accepted), Prefixes: l.prefixUses(), Echo: l.seen.Echo, Tag: p.tag(l.ID), Hosted: l.token.Hosted,
		})
	}
	return out
}

// prefixUses are those of its sessions: of one at another Direct Connect nobody
// sees any.
func (l leg) prefixUses() []PrefixUse {
	if l.progress.env.Away() {
		return nil
	}
	return PrefixUses(l.vif, l.seen)
}

func (l leg) worst() string {
	if l.progress.env.Away() {
		return l.bgp
	}
	for _, s := range l.seen.Session {
		if !s.Established() {
			return s.State
		}
	}
	if len(l.seen.Session) == 0 {
		return ""
	}
	return l.seen.Session[0].State
}
