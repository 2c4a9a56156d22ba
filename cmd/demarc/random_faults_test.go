package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/edgelink"
	room "demarc/desk"
	"demarc/store"
)

// sound ends the test where something is so that must never be.
func (l *life) sound(when string) {
	view := l.store.Local()
	if view.Revision() == l.checked {
		return
	}
	l.checked = view.Revision()
	faults := slices.Concat(apitest.Faults(view), deskFaults(view), intentFaults(view), stepFaults(view, l.now()))
	if len(faults) > 0 {
		l.fault("%s:\n%s", when, strings.Join(faults, "\n"))
	}
}

// A fault is noted by a function.
type note func(format string, args ...any)

// deskFaults are objects of the desk's that name what is not there, and claims
// that do not fit who holds them.
func deskFaults(view *store.View) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for name, holder := range view.Claims("") {
		kind, rest, _ := strings.Cut(name, "/")
		switch kind {
		case "link":
			if link, ok := store.Links.Get(view, holder); !ok || rest != link.Environment+"/"+holder {
				fault("claim %s of %s: there is no such link", name, holder)
			}
		case "case":
			c, ok := store.Cases.Get(view, holder)
			about := string(c.VirtualInterface)
			if c.Kind == demarc.CaseTermination {
				about, ok = string(c.Link), ok && c.State != demarc.CaseGranted
			}
			if !ok || c.State.Ended() || about != rest {
				fault("claim %s of %s: the case is %q about %s", name, holder, c.State, about)
			}
		case "token":
			if t, ok := store.LinkTokens.Get(view, holder); !ok || t.Redeemed.IsZero() {
				fault("claim %s of %s: the token was not redeemed", name, holder)
			}
		}
	}
	links(view, fault)
	tokens(view, fault)
	cases(view, fault)
	for a := range store.Attachments.All(view) {
		if _, ok := store.Cases.Get(view, string(a.Case)); a.Case != "" && !ok {
			fault("attachment %s is of the missing case %s", a.ID, a.Case)
		}
	}
	for d := range store.Drills.All(view) {
		if _, ok := store.Links.Get(view, string(d.Link)); !ok {
			fault("drill %s is of the missing link %s", d.ID, d.Link)
		}
	}
	for d := range store.Decisions.All(view) {
		if _, ok := store.Cases.Get(view, string(d.Case)); !ok {
			fault("decision %s is about the missing case %s", d.ID, d.Case)
		}
	}
	for d := range store.Deliveries.All(view) {
		if _, ok := store.Webhooks.Get(view, string(d.Webhook)); !ok {
			fault("notice %s waits for the missing webhook %s", d.Notice, d.Webhook)
		}
	}
	return faults
}

func links(view *store.View, fault note) {
	counted := map[string]int{}
	for link := range store.Links.All(view) {
		want := 1
		if link.Over() {
			want = 0
		}
		counted[link.Environment] += want
		if _, ok := store.Environments.Get(view, link.Environment); !ok {
			fault("link %s is into the missing environment %s", link.ID, link.Environment)
		}
		claims := 0
		for range view.Claims("link/" + link.Environment + "/" + string(link.ID)) {
			claims++
		}
		if claims != want {
			fault("link %s is counted %d times, want %d", link.ID, claims, want)
		}
		for _, e := range link.Endings {
			if c, ok := store.Cases.Get(view, string(e.Case)); !ok || c.State != demarc.CaseGranted && c.State != demarc.CaseAnswered || c.State.Ended() == e.Ended.IsZero() {
				fault("link %s is to end as case %s asks, which is %q", link.ID, e.Case, c.State)
			}
		}
	}
	for env := range store.Environments.All(view) {
		if edition, _ := store.Editions.Get(view, env.Edition); counted[env.Name] > edition.MaxLinks {
			fault("environment %s has %d links, and its edition allows %d", env.Name, counted[env.Name], edition.MaxLinks)
		}
	}
}

// tokens: one was redeemed wholly or not at all, for a leg that there is, and
// no leg has two that a partner could redeem.
func tokens(view *store.View, fault note) {
	good := map[string]demarc.LinkTokenID{}
	for t := range store.LinkTokens.All(view) {
		link, ok := store.Links.Get(view, string(t.Link))
		if !ok || !slices.ContainsFunc(link.Legs, func(leg demarc.Leg) bool { return leg.ID == t.Leg }) {
			fault("token %s is for the missing link %s, leg %s", t.ID, t.Link, t.Leg)
		}
		whole := []bool{!t.Redeemed.IsZero(), t.Partner != "", t.Interface != "", t.Connection != "", claimed(view, "token/"+string(t.ID))}
		if slices.Contains(whole, true) && slices.Contains(whole, false) {
			fault("token %s was redeemed in part: time, partner, interface, connection, claim are %v", t.ID, whole)
		}
		if t.Redeemed.IsZero() && t.Withdrawn.IsZero() {
			key := string(t.Link) + "/" + t.Leg
			if other := good[key]; other != "" {
				if before, _ := store.LinkTokens.Get(view, string(other)); before.Expires.After(t.Issued) && t.Expires.After(before.Issued) {
					fault("leg %s has two tokens that are good: %s and %s", key, other, t.ID)
				}
			}
			good[key] = t.ID
		}
	}
}

func claimed(view *store.View, name string) bool {
	for full := range view.Claims(name) {
		if full == name {
			return true
		}
	}
	return false
}

// cases: each is of a link or an interface that there is, or was; one that asks
// to accept an interface holds it as long as it is open, and nobody else does.
func cases(view *store.View, fault note) {
	for c := range store.Cases.All(view) {
		if _, ok := store.Links.Get(view, string(c.Link)); c.Link != "" && !ok {
			fault("case %s is of the missing link %s", c.ID, c.Link)
		}
		if c.Kind == demarc.CaseAccept && c.State.Ended() == claimed(view, "case/"+string(c.VirtualInterface)) && c.State.Ended() == holds(view, c) {
			fault("case %s is %s, and holds its interface: %v", c.ID, c.State, holds(view, c))
		}
	}
	for v := range store.VirtualInterfaces.All(view) {
		if v.Held == "" || v.State != demarc.VIFConfirming {
			continue
		}
		if c, ok := store.Cases.Get(view, string(v.Held)); !ok || c.VirtualInterface != v.ID {
			fault("interface %s waits for two persons in case %s, which is about %q", v.ID, v.Held, c.VirtualInterface)
		}
	}
}

func holds(view *store.View, c demarc.Case) bool {
	for _, holder := range view.Claims("case/" + string(c.VirtualInterface)) {
		if holder == string(c.ID) {
			return true
		}
	}
	return false
}

// intentFaults: the edge is told of what there is and of nothing else, and no
// two interfaces share a tag on a port.
func intentFaults(view *store.View) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	told := map[demarc.VirtualInterfaceID]bool{}
	for d := range store.Devices.All(view) {
		node, _ := edgelink.Compile(view, d.ID)
		tags := map[string]demarc.VirtualInterfaceID{}
		for _, v := range node.Device.VIFs {
			told[v.ID] = true
			stored, ok := store.VirtualInterfaces.Get(view, string(v.ID))
			switch tag := fmt.Sprintf("%s/%d", v.Port, v.VLAN); {
			case !ok || stored.State != demarc.VIFPending && !stored.State.InPlace():
				fault("%s is to have interface %s, which is %q", d.ID, v.ID, stored.State)
			case tags[tag] != "":
				fault("%s is to have two interfaces with the tag %s: %s and %s", d.ID, tag, v.ID, tags[tag])
			default:
				tags[tag] = v.ID
			}
			for _, p := range v.Peers {
				if !slices.ContainsFunc(stored.Peers, func(peer demarc.BGPPeer) bool { return peer.ID == p.ID }) {
					fault("%s is to have a session %s that interface %s has not", d.ID, p.ID, v.ID)
				}
			}
		}
		for _, p := range node.Device.Ports {
			if !claimed(view, "port/"+string(p.ID)) {
				fault("%s is to have port %s, which is nobody's", d.ID, p.ID)
			}
		}
	}
	for v := range store.VirtualInterfaces.All(view) {
		accepted := v.State == demarc.VIFPending || v.State.InPlace()
		if c, plain := store.Connections.Get(view, string(v.Connection)); accepted && !told[v.ID] && plain && c.Port != "" {
			fault("interface %s is %s, and %s is not told of it", v.ID, v.State, v.Device)
		}
	}
	return faults
}

// named are the objects that a step's evidence speaks of.
var named = regexp.MustCompile(`\b(dxcon|dxvif|case|lt|lk)-[a-z0-9]+`)

// stepFaults are steps that are shown done without what they are about. It
// looks at the objects and at what the step says; how the desk came to think so
// is no matter here.
func stepFaults(view *store.View, now time.Time) (faults []string) {
	for link := range store.Links.All(view) {
		fault := func(s demarc.Step, format string, args ...any) {
			faults = append(faults, fmt.Sprintf("link %s shows %s %s done (%s): ", link.ID, s.ID, s.Leg, s.Evidence)+fmt.Sprintf(format, args...))
		}
		legs := map[string]room.LegStanding{}
		for _, leg := range room.Legs(view, link, now) {
			legs[leg.Wanted.ID] = leg
		}
		for _, s := range room.Steps(view, link, now) {
			if !s.Done {
				continue
			}
			for _, id := range named.FindAllString(s.Evidence, -1) {
				if _, departing := departed[s.ID]; !departing && !there(view, id) {
					fault(s, "there is no %s", id)
				}
			}
			if why := undone(view, link, s, legs[s.Leg], now); why != "" {
				fault(s, "%s", why)
			}
		}
	}
	return faults
}

// there reports whether an object exists and is not on its way out.
func there(view *store.View, id string) bool {
	switch kind, _, _ := strings.Cut(id, "-"); kind {
	case "dxcon":
		c, ok := store.Connections.Get(view, id)
		return ok && !c.State.Gone()
	case "dxvif":
		v, ok := store.VirtualInterfaces.Get(view, id)
		return ok && !v.State.Gone()
	case "case":
		_, ok := store.Cases.Get(view, id)
		return ok
	case "lt":
		_, ok := store.LinkTokens.Get(view, id)
		return ok
	}
	_, ok := store.Links.Get(view, id)
	return ok
}

// undone says what a step that is shown done does not have; empty if nothing.
func undone(view *store.View, link demarc.Link, s demarc.Step, leg room.LegStanding, now time.Time) string {
	env, _ := store.Environments.Get(view, link.Environment)
	c, _ := store.Connections.Get(view, string(leg.Connection.ID))
	v, _ := store.VirtualInterfaces.Get(view, string(leg.Interface.ID))
	wire := wireOf(view, c)
	cable, _ := store.CrossConnects.Get(view, string(wire.ID))
	switch edition, _ := store.Editions.Get(view, env.Edition); s.ID {
	case "entitled":
		return unless(edition.DirectConnect, "the edition has no Direct Connect")
	case "order":
		return unless(c.ID != "" && !c.State.Gone() && c.Location == leg.Wanted.Location, "the connection is %q at %q", c.State, c.Location)
	case "loa":
		return unless(cable.Patched || !wire.LOAIssued.IsZero() && now.Sub(wire.LOAIssued) <= demarc.LOAValidity, "the letter was issued at %v", wire.LOAIssued)
	case "cross-connect":
		return unless(cable.Patched && cable.Problem == "" && cable.Actual == (demarc.Cage{}), "the fibre is %+v", cable)
	case "available":
		return unless(c.State == demarc.ConnectionAvailable, "the connection is %s", c.State)
	case "allocate":
		return unless(v.Owner == env.Platform && claimed(view, fmt.Sprintf("vlan/%s/%d", v.Connection, v.VLAN)), "interface %q is %q of %q", v.ID, v.State, v.Owner)
	case "accept-case":
		return unless(v.State != demarc.VIFConfirming || asked(view, v), "nobody has asked, or the case has ended")
	case "accept":
		return unless(leads(view, v, env) && v.State != demarc.VIFConfirming, "the interface is %q and leads to %q %q", v.State, v.Gateway, v.DirectConnectGateway)
	case "session":
		seen, _ := store.VIFSightings.Get(view, string(v.ID))
		return unless(leads(view, v, env) && len(seen.Session) > 0 && seen.Accepted.Len() > 0, "the edge sees %+v", seen)
	case "token", "account-case", "default-route":
		return ""
	}
	if why, known := departed[s.ID]; known {
		return why(view, link, s, now)
	}
	return "this test does not know what the step is about"
}

func unless(holds bool, format string, args ...any) string {
	if holds {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// leads reports whether packets of an interface get to an environment's gateway.
func leads(view *store.View, v demarc.VirtualInterface, env demarc.Environment) bool {
	for a := range store.GatewayAssociations.By(view, "gateway", string(env.Gateway)) {
		if a.DirectConnectGateway == v.DirectConnectGateway {
			return true
		}
	}
	return v.Gateway == env.Gateway
}

// asked reports whether a case about an interface lets the platform accept it.
func asked(view *store.View, v demarc.VirtualInterface) bool {
	for c := range store.Cases.By(view, "interface", string(v.ID)) {
		if c.Kind == demarc.CaseAccept && (!c.State.Ended() || c.State == demarc.CaseAnswered && v.Held == "") {
			return true
		}
	}
	return false
}

// wireOf is what a connection is on: itself, or its parent, or a member of that.
func wireOf(view *store.View, c demarc.Connection) demarc.Connection {
	if c.Parent == "" {
		return c
	}
	if parent, ok := store.Connections.Get(view, string(c.Parent)); ok {
		return parent
	}
	for member := range store.Connections.By(view, "lag", string(c.Parent)) {
		if !member.State.Gone() {
			return member
		}
	}
	return demarc.Connection{}
}
