package desk

import (
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
}

// A leg is what was found that belongs to one of a link's. A zero value (an
// empty id) is something that does not exist yet.
type leg struct {
	progress *progress
	demarc.Leg

	conn  demarc.Connection
	wire  demarc.Connection // what conn is on: itself, or the partner's where it is hosted
	token demarc.LinkToken  // the newest, redeemed or not
	cable demarc.CrossConnect
	port  intent.PortSeen

	vif    demarc.VirtualInterface
	accept demarc.Case // the newest that asks to accept vif
	seen   intent.VIFSeen
	// otherTags are those of other interfaces on the connection: theirs, if they
	// are on their way in.
	otherTags map[demarc.VLAN]bool
}

// find collects the objects of a link as they are at now.
func find(r store.Reader, link demarc.Link, now time.Time) *progress {
	p := &progress{link: link, now: now, deadlines: account.Deadlines(r)}
	p.env, _ = store.Environments.Get(r, link.Environment)
	p.edition, _ = store.Editions.Get(r, p.env.Edition)
	p.account = newest(r, link, func(c demarc.Case) bool { return c.Kind == demarc.CaseAccount })
	p.table = routes(r, p.env)
	connections := connectionsOf(r, link)
	for _, l := range link.Legs {
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
	l.port, _ = store.PortSightings.Get(r, string(l.wire.Port))
	if tied, ok := tiedBy(r, p.link, of.ID); ok {
		l.vif, _ = store.VirtualInterfaces.Get(r, string(tied.Interface))
	} else {
		l.vif = interfaceOf(r, p.env, conn.ID)
	}
	l.accept = newest(r, p.link, func(c demarc.Case) bool {
		return c.Kind == demarc.CaseAccept && c.VirtualInterface == l.vif.ID
	})
	l.seen, _ = store.VIFSightings.Get(r, string(l.vif.ID))
	l.otherTags = map[demarc.VLAN]bool{}
	for v := range store.VirtualInterfaces.By(r, "connection", string(l.vif.Connection)) {
		l.otherTags[v.VLAN] = alive(v) && v.ID != l.vif.ID || l.otherTags[v.VLAN]
	}
	return l
}

// connectionsOf finds the connections that a link's legs run on: for each leg
// the one that a token was redeemed on, the newest that is tagged with it, or with the link alone, or else the
// customer's newest untagged one that fits and is not older than the link. No
// two legs run on one.
func connectionsOf(r store.Reader, link demarc.Link) map[string]demarc.Connection {
	found, taken := map[string]demarc.Connection{}, map[demarc.ConnectionID]bool{}
	for _, l := range link.Legs {
		if tied, ok := tiedBy(r, link, l.ID); ok {
			found[l.ID] = physical(r, tied.Connection)
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
		for _, l := range link.Legs {
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

// newest finds the latest of the customer's cases about the environment that
// match.
func newest(r store.Reader, link demarc.Link, match func(demarc.Case) bool) demarc.Case {
	var latest demarc.Case
	for _, c := range Cases(r, link.Customer) {
		if c.Environment == link.Environment && c.Opener == link.Customer && match(c) &&
			(latest.ID == "" || c.Created.After(latest.Created)) {
			latest = c
		}
	}
	return latest
}

// interfaceOf finds the interface to an environment's gateway on a connection:
// the newest that is alive, or else the newest that was.
func interfaceOf(r store.Reader, env demarc.Environment, conn demarc.ConnectionID) demarc.VirtualInterface {
	var found demarc.VirtualInterface
	for v := range store.VirtualInterfaces.By(r, "connection", string(conn)) {
		leads := v.Gateway == "" || v.Gateway == env.Gateway
		if v.Owner != env.Platform || !leads || tied(r, v) {
			continue
		}
		if found.ID == "" || alive(v) && !alive(found) || alive(v) == alive(found) && v.Created.After(found.Created) {
			found = v
		}
	}
	return found
}

// tied reports whether a token says whose an interface is: several customers'
// may be on a partner's connection.
func tied(r store.Reader, v demarc.VirtualInterface) bool {
	for range store.LinkTokens.By(r, "interface", string(v.ID)) {
		return true
	}
	return false
}

// tiedBy is the token of a leg that was redeemed last.
func tiedBy(r store.Reader, link demarc.Link, leg string) (last demarc.LinkToken, ok bool) {
	for t := range store.LinkTokens.By(r, "link", string(link.ID)) {
		if t.Leg == leg && !t.Redeemed.IsZero() && (!ok || t.Redeemed.After(last.Redeemed)) {
			last, ok = t, true
		}
	}
	return last, ok
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
	// Accepted counts the customer's prefixes in use.
	Accepted int
	// Prefixes are what each of its sessions sends against what it may.
	Prefixes []PrefixUse
	// Tag is what the leg's connection is to be tagged with (LinkTag).
	Tag string
}

// Legs are a link's, as they are at now.
func Legs(r store.Reader, link demarc.Link, now time.Time) []LegStanding {
	p := find(r, link, now)
	var out []LegStanding
	for _, l := range p.legs {
		out = append(out, LegStanding{
			Wanted: l.Leg, Connection: l.conn, Interface: l.vif, Session: l.worst(), Accepted: len(l.seen.Accepted), Prefixes: PrefixUses(l.vif, l.seen), Tag: p.tag(l.ID),
		})
	}
	return out
}

func (l leg) worst() string {
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
