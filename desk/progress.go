package desk

import (
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// progress is what was found that belongs to a link. A zero value (an empty
// id) is something that does not exist yet.
type progress struct {
	link    demarc.Link
	env     demarc.Environment
	edition demarc.Edition
	now     time.Time

	conn  demarc.Connection
	cable demarc.CrossConnect
	port  intent.PortSeen

	account demarc.Case // the newest that asks for the account
	vif     demarc.VirtualInterface
	accept  demarc.Case // the newest that asks to accept vif
	seen    intent.VIFSeen
	table   RouteTable
}

// find collects the objects of a link as they are at now.
func find(r store.Reader, link demarc.Link, now time.Time) progress {
	p := progress{link: link, now: now}
	p.env, _ = store.Environments.Get(r, link.Environment)
	p.edition, _ = store.Editions.Get(r, p.env.Edition)
	p.conn = connectionOf(r, link)
	p.cable, _ = store.CrossConnects.Get(r, string(p.conn.ID))
	p.port, _ = store.PortSightings.Get(r, string(p.conn.Port))
	p.account = newest(r, link, func(c demarc.Case) bool { return c.Kind == demarc.CaseAccount })
	p.vif = interfaceOf(r, p.env, p.conn.ID)
	p.accept = newest(r, link, func(c demarc.Case) bool {
		return c.Kind == demarc.CaseAccept && c.VirtualInterface == p.vif.ID
	})
	p.seen, _ = store.VIFSightings.Get(r, string(p.vif.ID))
	p.table = routes(r, p.env)
	return p
}

// connectionOf finds the connection that a link runs on: the newest that is
// tagged with the link's id, or else the customer's newest untagged one that
// fits and is not older than the link.
func connectionOf(r store.Reader, link demarc.Link) demarc.Connection {
	var tagged, fitting demarc.Connection
	for c := range store.Connections.By(r, "location", string(link.Location)) {
		if c.State.Gone() || !mayCarry(r, link, c) {
			continue
		}
		switch tag, ok := linkTag(c); {
		case ok && tag == string(link.ID):
			tagged = newer(tagged, c)
		case !ok && c.Owner == link.Customer && c.Bandwidth == link.Bandwidth && !c.Created.Before(link.Created):
			fitting = newer(fitting, c)
		}
	}
	if tagged.ID != "" {
		return tagged
	}
	return fitting
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
		if v.Owner != env.Platform || !leads {
			continue
		}
		if found.ID == "" || alive(v) && !alive(found) || alive(v) == alive(found) && v.Created.After(found.Created) {
			found = v
		}
	}
	return found
}

// alive reports whether an interface is on its way up or there.
func alive(v demarc.VirtualInterface) bool {
	return v.ID != "" && !v.State.Gone() && v.State != demarc.VIFDeleting
}
