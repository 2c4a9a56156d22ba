package desk

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// What is in this file is about links at another Direct Connect. Their objects
// are not in our store, and are never looked for there: what a leg has come to
// is what a party says it has just seen, and a party is told nothing on the
// strength of it but what it has said itself.

// away is what belongs to a link at another Direct Connect as a whole.
type away struct {
	seen demarc.Sightings
	by   demarc.Party  // who has looked; empty for nobody
	asks []demarc.Case // the customer's offers of its interfaces
	// drills are the cases that ask for one.
	drills []demarc.Case
}

// A Follow is a link at another Direct Connect as a party sees it.
type Follow struct {
	Legs  []LegStanding
	Steps []demarc.Step
}

// FollowLink derives the steps of a link at another Direct Connect from what an
// account has just seen of it there. Nothing is kept.
func FollowLink(r store.Reader, by demarc.Account, id demarc.LinkID, seen demarc.Sightings, now time.Time) (demarc.Link, Follow, error) {
	link, err := Link(r, by.ID, id)
	if err != nil {
		return link, Follow{}, err
	}
	p := find(r, link, now)
	if !p.env.Away() {
		return link, Follow{}, notAway(p.env)
	}
	if err := p.checkSighted(r, by.Party, seen); err != nil {
		return link, Follow{}, err
	}
	p.look(by.Party, seen)
	return link, Follow{p.standings(), p.steps(r, now)}, nil
}

func notAway(env demarc.Environment) error {
	return demarc.Errorf(demarc.Conflict, "environment %s is here, and the desk sees its links by itself", env.Name).
		Coded("E-ELSEWHERE", "Leave the other service out; or have the platform say in the site file that the environment is elsewhere").By(demarc.Platform)
}

// OnlyHere refuses what the desk does with its own site's objects alone.
func OnlyHere(env demarc.Environment, what string) error {
	if !env.Away() {
		return nil
	}
	return demarc.Errorf(demarc.Invalid, "environment %s is at another Direct Connect (%s, %s), and the desk has no %s there", env.Name, env.Elsewhere.At, env.Elsewhere.Region, what).
		Coded("E-ELSEWHERE", "See demarc elsewhere --help for what is done there, and docs/elsewhere.md")
}

// checkAway refuses what of a request our own edge would have to do.
func checkAway(env demarc.Environment, req Request) (findings []*demarc.Error) {
	for _, ask := range []struct {
		field, what string
		given       bool
	}{
		{"probe", "host that asks an address", req.Probe != ""},
		{"drainLossy", "line that it could drain", req.DrainLossy},
	} {
		if refusal, ok := errors.AsType[*demarc.Error](OnlyHere(env, ask.what)); ok && ask.given {
			findings = append(findings, refusal.In(ask.field))
		}
	}
	return findings
}

// findAway takes what the desk knows of a link whose objects are not here.
func (p *progress) findAway(r store.Reader) {
	for c := range store.Cases.By(r, "account", string(p.link.Customer)) {
		switch {
		case c.Link != p.link.ID || c.Opener != p.link.Customer:
		case c.Offer != nil:
			p.away.asks = append(p.away.asks, c)
		case c.Drill != nil:
			p.away.drills = append(p.away.drills, c)
		}
	}
	for _, of := range p.link.Legs {
		l := leg{progress: p, Leg: of, token: newestToken(r, p.link, of.ID)}
		if l.tiedCase().ID != "" { // as long as what was allocated with it may come up
			l.tied = l.token
		}
		l.lost = "what was allocated with it was not accepted"
		p.legs = append(p.legs, l)
	}
}

// Bounds of what anybody sees of one link.
const (
	mostSighted    = 200
	longestSighted = 100
)

var sightedID = regexp.MustCompile(`^dx(con|lag|vif)-[a-z0-9]{1,40}$`)

// checkSighted refuses what a party cannot have seen of the link.
func (p *progress) checkSighted(r store.Reader, by demarc.Party, seen demarc.Sightings) error {
	refusal := func(field, format string, args ...any) error {
		return demarc.Errorf(demarc.Invalid, format, args...).
			Coded("E-SIGHTING", "Let demarc link status read it: it hands in what the service answers you").In(field)
	}
	if len(seen.Lines)+len(seen.Interfaces) > mostSighted {
		return refusal("lines", "a link has no more than %d connections and interfaces", mostSighted)
	}
	for i, l := range seen.Lines {
		switch {
		case by == demarc.Platform:
			return refusal(fmt.Sprintf("lines[%d]", i), "a platform sees no connections of its customers'")
		case !p.hasTag(l.Tag):
			return refusal(fmt.Sprintf("lines[%d].tag", i), "no leg of link %s has the tag %q", p.link.ID, l.Tag)
		case !sightedID.MatchString(string(l.ID)) || tooLong(string(l.State), l.Bandwidth, l.Device, string(l.Location), string(l.Owner)):
			return refusal(fmt.Sprintf("lines[%d]", i), "%q is no connection as Direct Connect describes one", clipped(string(l.ID)))
		}
	}
	for i, v := range seen.Interfaces {
		if err := checkInterface(v); err != nil {
			return refusal(fmt.Sprintf("interfaces[%d]", i), "%v", err)
		}
		if v.Tag != "" && !p.hasTag(v.Tag) {
			return refusal(fmt.Sprintf("interfaces[%d].tag", i), "no leg of link %s has the tag %q", p.link.ID, v.Tag)
		}
	}
	if e := seen.Echo; e != nil && (!p.inside(r, e.Address) || e.Sent < 1 || e.Answered < 0 || e.Answered > e.Sent) {
		return refusal("echo.address", "%s is no address of environment %s that was asked", e.Address, p.env.Name)
	}
	return nil
}

// checkInterface refuses what no interface looks like.
func checkInterface(v demarc.InterfaceSighted) error {
	if !sightedID.MatchString(string(v.ID)) || !sightedID.MatchString(string(v.Connection)) ||
		tooLong(v.Tag, string(v.State), v.Device, v.Gateway, v.DirectConnectGateway, v.Session, v.Rate, string(v.Location), string(v.Owner)) {
		return demarc.Errorf(demarc.Invalid, "%q is no interface as Direct Connect describes one", clipped(string(v.ID)))
	}
	return nil
}

func tooLong(texts ...string) bool {
	return slices.ContainsFunc(texts, func(s string) bool { return len(s) > longestSighted })
}

func clipped(s string) string { return s[:min(len(s), longestSighted)] }

func (p *progress) hasTag(tag string) bool {
	return slices.ContainsFunc(p.link.Legs, func(l demarc.Leg) bool { return p.names(tag, l.ID) })
}

// names reports whether a tag names a leg: its own, or the one that is as good
// where the link has no other leg, and which a token's terms make.
func (p *progress) names(tag, leg string) bool {
	return tag == p.tag(leg) || tag == string(p.link.ID)+"/"+leg
}

// inside reports whether an address is of the environment.
func (p *progress) inside(r store.Reader, a netip.Addr) bool {
	vpc, _ := store.VPCs.Get(r, string(p.env.VPC))
	return slices.ContainsFunc(vpc.Ranges(), func(of netip.Prefix) bool { return of.Contains(a) })
}

// look puts what a party has seen to the legs that it is of.
func (p *progress) look(by demarc.Party, seen demarc.Sightings) {
	p.away.by, p.away.seen = by, seen
	for i := range p.legs {
		p.legs[i].look()
	}
}

func (l *leg) look() {
	p := l.progress
	for _, line := range p.away.seen.Lines {
		if c := lineNoun(line); l.isLine(line) && (l.conn.ID == "" || l.conn.State.Gone()) {
			l.conn, l.wire = c, c
		}
	}
	if l.conn.State.Gone() {
		l.conn, l.wire = demarc.Connection{}, demarc.Connection{}
	}
	for _, v := range p.away.seen.Interfaces {
		mine := p.names(v.Tag, l.ID) || v.Tag == "" && l.conn.ID != "" && v.Connection == l.conn.ID
		switch n := interfaceNoun(v); {
		case !mine || l.conn.ID != "" && v.Connection != l.conn.ID:
		case v.Owner != p.receiver():
			l.stray = n
		case l.rank(n) >= l.rank(l.vif):
			l.vif, l.bgp = n, v.Session
		}
	}
	if l.conn.ID == "" && alive(l.vif) { // the connection is another's
		l.conn.ID = l.vif.Connection
	}
	for _, c := range p.away.asks {
		if c.Offer.Leg != l.ID {
			continue
		}
		if l.vif.ID != "" && c.Offer.Interface.ID == l.vif.ID && (l.accept.ID == "" || l.accept.State.Ended() && c.Created.After(l.accept.Created)) {
			l.accept = c
		}
	}
}

// rank puts an interface before others of the leg: anybody who has heard of the
// link may write it into the name of one, and the customer asks for its own.
func (l *leg) rank(v demarc.VirtualInterface) (rank int) {
	asked := slices.ContainsFunc(l.progress.away.asks, func(c demarc.Case) bool { return c.Offer.Leg == l.ID && c.Offer.Interface.ID == v.ID })
	for i, is := range []bool{v.ID != "", asked, alive(v)} {
		if is {
			rank += 1 << i
		}
	}
	return rank
}

// lineNoun is a connection as our own are.
func lineNoun(l demarc.LineSighted) demarc.Connection {
	c := demarc.Connection{ID: l.ID, Owner: l.Owner, Location: l.Location, State: l.State, Port: demarc.PortID(l.Device), LOAIssued: l.LOAIssued}
	c.Bandwidth, _ = demarc.ParseBandwidth(l.Bandwidth)
	return c
}

// interfaceNoun is an interface as our own are. To who allocated it a service
// need not say where it leads: that it is accepted is seen by its state.
func interfaceNoun(i demarc.InterfaceSighted) demarc.VirtualInterface {
	v := demarc.VirtualInterface{
		ID: i.ID, Type: demarc.PrivateVIF, Owner: i.Owner, Connection: i.Connection, State: i.State, Location: i.Location, Device: demarc.NodeID(i.Device),
		VLAN: i.VLAN, MTU: i.MTU, Gateway: demarc.GatewayID(cmp.Or(i.Gateway, i.DirectConnectGateway)),
		Peers: []demarc.BGPPeer{{ASN: i.ASN, AmazonAddress: i.AmazonAddress, CustomerAddress: i.CustomerAddress}},
	}
	if accepted := v.State == demarc.VIFPending || v.State.InPlace(); accepted && v.Gateway == "" {
		v.Gateway = "a gateway of account " + demarc.GatewayID(i.Owner)
	}
	return v
}

// place names the other service.
func (p *progress) place() string {
	return strings.TrimSpace(p.env.Elsewhere.At + " " + string(p.env.Elsewhere.Region))
}
