package main

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/desk"
	"demarc/store"
)

// A move is what the party whose step it is does about it, as its page in docs
// says. It may be refused; then there will be another.
var moves = map[string]func(l *life, link desk.Link, leg desk.Leg){
	"token": func(l *life, link desk.Link, leg desk.Leg) { l.issue(link, leg.ID) },
	"order": func(l *life, link desk.Link, leg desk.Leg) {
		if link.Topology == demarc.PartnerCage {
			l.redeem(link, leg)
			return
		}
		l.order(l.owner(link), "CreateConnection", mustJSON(map[string]any{
			"location": leg.Location, "bandwidth": leg.Bandwidth.String(), "connectionName": link.Environment, "tags": []any{map[string]string{"key": "demarc:link", "value": leg.Tag}},
		}))
	},
	"loa":           func(l *life, link desk.Link, leg desk.Leg) { l.readLetter(leg.Connection) },
	"cross-connect": func(l *life, link desk.Link, leg desk.Leg) { l.patch(leg.Connection) },
	"available": func(l *life, link desk.Link, leg desk.Leg) {
		l.lighten(leg.Connection)
		l.report(true)
	},
	"account-case": func(l *life, link desk.Link, _ desk.Leg) {
		l.ask(l.owner(link), l.find("openCase"), "/desk/v1/cases", mustJSON(map[string]any{"kind": "account-association", "environment": link.Environment, "fields": map[string]any{"link": link.ID}}))
	},
	"allocate": func(l *life, link desk.Link, leg desk.Leg) { l.allocate(link, leg) },
	"accept-case": func(l *life, link desk.Link, leg desk.Leg) {
		l.ask(l.owner(link), l.find("openCase"), "/desk/v1/cases", mustJSON(map[string]any{"kind": "accept-interface", "environment": link.Environment, "virtualInterface": leg.VirtualInterface}))
	},
	"accept":        func(l *life, link desk.Link, leg desk.Leg) { l.accept(link, leg) },
	"session":       func(l *life, _ desk.Link, _ desk.Leg) { l.report(true) },
	"default-route": func(l *life, _ desk.Link, _ desk.Leg) { l.report(true) },

	"end-told":      func(l *life, link desk.Link, leg desk.Leg) { l.waitForEnd(link, leg) },
	"end-interface": func(l *life, _ desk.Link, _ desk.Leg) { l.advance(time.Hour) },
	"end-edge":      func(l *life, _ desk.Link, _ desk.Leg) { l.report(true) },
	"give-back": func(l *life, _ desk.Link, leg desk.Leg) {
		c, _ := store.Connections.Get(l.store.Local(), string(leg.Connection))
		l.returns(c)
	},
	"unplug": func(l *life, _ desk.Link, leg desk.Leg) { l.unplug(leg.Connection) },
	"ended":  func(l *life, _ desk.Link, _ desk.Leg) { l.advance(time.Minute) },
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// follow does for some link what the tracker says is to be done next, so many
// times.
func (l *life) follow(times int) {
	links := l.going()
	if len(links) == 0 {
		return
	}
	id := apitest.Pick(l.Rand, links...).ID
	for range times {
		if live := l.step(id); live {
			return
		}
	}
}

// step makes the next move of a link, and reports whether there is none left.
func (l *life) step(id demarc.LinkID) (live bool) {
	stored, _ := store.Links.Get(l.store.Local(), string(id))
	var link desk.Link
	answer, ok := l.ask(caller{name: l.name(stored.Customer)}, l.find("getLink"), "/desk/v1/links/"+string(id), "")
	if err := json.Unmarshal([]byte(answer), &link); err != nil || !ok {
		l.fault("read link %s: %v", id, err)
	}
	if link.Next == nil {
		return true
	}
	l.pull()
	move, known := moves[link.Next.ID]
	if !known {
		l.fault("nobody knows what to do about step %q: %s", link.Next.ID, link.Next.Evidence)
	}
	i := slices.IndexFunc(link.Legs, func(leg desk.Leg) bool { return leg.ID == link.Next.Leg })
	if i < 0 {
		i = 0
	}
	move(l, link, link.Legs[i])
	return false
}

// pull is the facility doing one of its orders to unpatch, now and then.
func (l *life) pull() {
	for xc := range store.CrossConnects.All(l.store.Local()) {
		if !xc.Unpatch.IsZero() && l.IntN(2) == 0 {
			l.unplug(xc.Connection)
			return
		}
	}
}

func (l *life) unplug(id demarc.ConnectionID) {
	l.ask(caller{name: "facility"}, l.find("unpatchCrossConnect"), "/desk/v1/facility/cross-connects/"+string(id)+"/unpatch", "")
}

func (l *life) name(id demarc.AccountID) string {
	a, _ := store.Accounts.Get(l.store.Local(), string(id))
	return a.Name
}

func (l *life) owner(link desk.Link) caller { return caller{name: l.name(link.Customer)} }

// builder is who owns a connection, and asks for its letter.
func (l *life) builder(id demarc.ConnectionID) (demarc.Connection, caller) {
	c, _ := store.Connections.Get(l.store.Local(), string(id))
	if c.Kind == demarc.Hosted {
		parent, _ := store.Connections.Get(l.store.Local(), string(c.Parent))
		if c.Parent != "" && parent.ID == "" {
			parent = l.member(c.Parent)
		}
		c = parent
	}
	return c, caller{name: l.name(c.Owner)}
}

// member is the first connection of a LAG.
func (l *life) member(lag demarc.ConnectionID) demarc.Connection {
	for c := range store.Connections.By(l.store.Local(), "lag", string(lag)) {
		if !c.State.Gone() {
			return c
		}
	}
	return demarc.Connection{}
}

func (l *life) issue(link desk.Link, leg string) {
	l.ask(l.owner(link), l.find("issueToken"), "/desk/v1/links/"+string(link.ID)+"/tokens", mustJSON(map[string]any{"leg": leg}))
}

// redeem is the partner's: with the token that it was handed, on a connection
// of its own. One whose text nobody has any more it asks for again.
func (l *life) redeem(link desk.Link, leg desk.Leg) {
	text := ""
	for t := range store.LinkTokens.By(l.store.Local(), "link", string(link.ID)) {
		if t.Leg == leg.ID && t.StateAt(l.now()) == demarc.TokenIssued {
			text = l.texts[t.ID]
		}
	}
	if text == "" {
		l.issue(link, leg.ID)
		return
	}
	var fit []string
	for c := range store.Connections.By(l.store.Local(), "location", string(leg.Location)) {
		if !c.State.Gone() && c.LAG == "" && l.name(c.Owner) == "partner" && c.Bandwidth >= leg.Bandwidth {
			fit = append(fit, string(c.ID))
		}
	}
	partner := caller{name: "partner"}
	if len(fit) == 0 || l.IntN(8) == 0 {
		speed := demarc.Gbps
		if leg.Bandwidth > speed {
			speed = 10 * demarc.Gbps
		}
		l.order(partner, "CreateInterconnect", mustJSON(map[string]any{"location": leg.Location, "bandwidth": speed.String(), "interconnectName": "trunk"}))
		return
	}
	on := apitest.Pick(l.Rand, fit...)
	c, _ := store.Connections.Get(l.store.Local(), on)
	l.ask(partner, l.find("redeemToken"), "/desk/v1/partner/tokens:redeem", mustJSON(map[string]any{
		"token": text, "connection": on, "asn": l.asn(link.ID, leg.ID), "hostedConnection": c.Kind == demarc.Interconnect && l.IntN(2) == 0,
	}))
}

// asn is what the partner chooses where the leg leaves it to it.
func (l *life) asn(id demarc.LinkID, leg string) int {
	link, _ := store.Links.Get(l.store.Local(), string(id))
	for _, wanted := range link.Legs {
		if wanted.ID == leg && wanted.ASN != 0 {
			return 0
		}
	}
	return 65010
}

func (l *life) readLetter(id demarc.ConnectionID) {
	c, by := l.builder(id)
	l.order(by, "DescribeLoa", mustJSON(map[string]any{"connectionId": c.ID}))
}

// patch is the facility's: what it has reported it puts right, and what leads
// elsewhere it plugs again. Where it is refused, the owner of the fibre does
// what the refusal asks for.
func (l *life) patch(id demarc.ConnectionID) {
	c, by := l.builder(id)
	facility, path := caller{name: "facility"}, "/desk/v1/facility/cross-connects/"+string(c.ID)
	xc, _ := store.CrossConnects.Get(l.store.Local(), string(c.ID))
	switch {
	case xc.Actual != (demarc.Cage{}):
		l.ask(facility, l.find("unpatchCrossConnect"), path+"/unpatch", "")
		return
	case xc.Problem != "":
		l.ask(facility, l.find("reportCrossConnect"), path+"/report", `{}`)
		return
	}
	answer, ok := l.ask(facility, l.find("patchCrossConnect"), path+"/patch", "")
	switch {
	case ok:
	case strings.Contains(answer, "E-LOA"):
		l.readLetter(c.ID)
	case strings.Contains(answer, "E-XC-NO-CAGE"):
		if !l.giveBack(by, string(c.Location)) {
			l.returns(c) // all others are in use: what was built on it is built on one of those
		}
	}
}

// lighten takes back what keeps a connection dark: that it must encrypt, which
// nothing here does.
func (l *life) lighten(id demarc.ConnectionID) {
	if c, by := l.builder(id); c.MACsec.Dark() {
		l.order(by, "UpdateConnection", mustJSON(map[string]any{"connectionId": c.ID, "encryptionMode": "no_encrypt"}))
	}
}

func (l *life) allocate(link desk.Link, leg desk.Leg) {
	c, _ := store.Connections.Get(l.store.Local(), string(leg.Connection))
	on := string(c.ID)
	if c.LAG != "" {
		on = string(c.LAG)
	}
	env, _ := store.Environments.Get(l.store.Local(), link.Environment)
	if leg.State == demarc.VIFConfirming { // its pair of ASNs is taken: another, then
		v, _ := store.VirtualInterfaces.Get(l.store.Local(), string(leg.VirtualInterface))
		l.order(caller{name: l.name(v.ConnectionOwner)}, "DeleteVirtualInterface", mustJSON(map[string]any{"virtualInterfaceId": v.ID}))
		return
	}
	vlan, asn := leg.VLAN, 65010
	if l.IntN(2) == 0 {
		asn = 64600 + l.IntN(300)
	}
	switch {
	case c.Kind == demarc.Hosted:
		vlan = int(c.VLAN)
	case vlan == 0:
		vlan = 200 + l.IntN(3000)
	}
	_, refusal := l.order(caller{name: l.name(c.Owner)}, "AllocatePrivateVirtualInterface", mustJSON(map[string]any{
		"connectionId": on, "ownerAccount": env.Platform,
		"newPrivateVirtualInterfaceAllocation": map[string]any{"virtualInterfaceName": link.Environment, "vlan": vlan, "asn": asn},
	}))
	if refusal != "" {
		l.clear(on, env)
	}
}

// clear deletes what is on a connection and does not lead to an environment.
func (l *life) clear(on string, env demarc.Environment) {
	for v := range store.VirtualInterfaces.By(l.store.Local(), "connection", on) {
		if v.State.Gone() || v.Gateway == env.Gateway {
			continue
		}
		l.order(caller{name: l.name(v.ConnectionOwner)}, "DeleteVirtualInterface", mustJSON(map[string]any{"virtualInterfaceId": v.ID}))
		return
	}
}

// accept is the platform's: by the case, where there is one, and with two
// persons where the policy asks for them.
func (l *life) accept(link desk.Link, leg desk.Leg) {
	agent, approver := caller{"platform", demarc.RoleAgent, "ann"}, caller{"platform", demarc.RoleApprover, "bob"}
	for c := range store.Cases.By(l.store.Local(), "interface", string(leg.VirtualInterface)) {
		if c.State.Ended() || c.Kind != demarc.CaseAccept {
			continue
		}
		path := "/desk/v1/cases/" + string(c.ID)
		if c.State == demarc.CaseWaitingApprover {
			if c.Proposer != l.account("ann") {
				approver = caller{"platform", demarc.RoleApprover, "ann"}
			}
			for _, by := range []caller{approver, {name: "platform"}} {
				answer, ok := l.ask(by, l.find("approveCase"), path+"/approve", "")
				if ok || l.unfit(answer, path) {
					return
				}
			}
			l.ask(l.owner(link), l.find("resolveCase"), path+"/resolve", "") // all have spoken: another case, then
			return
		}
		if c.FourEyes || l.IntN(3) > 0 {
			answer, _ := l.ask(agent, l.find("acceptCase"), path+"/accept", "")
			l.unfit(answer, path)
			return
		}
	}
	env, _ := store.Environments.Get(l.store.Local(), link.Environment)
	l.order(caller{name: "platform"}, "ConfirmPrivateVirtualInterface", mustJSON(map[string]any{"virtualInterfaceId": leg.VirtualInterface, "virtualGatewayId": env.Gateway}))
}

// unfit rejects what cannot be on the connection that it is on, and reports
// whether that was so: the next is on another.
func (l *life) unfit(answer, path string) bool {
	if !strings.Contains(answer, "E-ASN-PAIR") {
		return false
	}
	l.ask(caller{"platform", demarc.RoleAgent, "ann"}, l.find("rejectCase"), path+"/reject", `{"reason":"on another connection, please"}`)
	return true
}

// giveBack deletes a connection of somebody's at a location that no leg of a
// link runs on, and reports whether there was one.
func (l *life) giveBack(by caller, location string) bool {
	used := l.inUse()
	for c := range store.Connections.By(l.store.Local(), "location", location) {
		if !c.State.Gone() && l.name(c.Owner) == by.name && !used[c.ID] {
			l.returns(c)
			return true
		}
	}
	return false
}

// inUse are the connections that legs of links run on, with those below; what is
// to end may be given back before.
func (l *life) inUse() map[demarc.ConnectionID]bool {
	used := map[demarc.ConnectionID]bool{}
	for _, link := range l.going() {
		for _, leg := range l.legs(link) {
			if _, _, ending := link.EndingOf(leg.ID); ending {
				continue
			}
			used[leg.Connection] = true
			if c, _ := store.Connections.Get(l.store.Local(), string(leg.Connection)); c.Parent != "" {
				used[c.Parent] = true
			}
		}
	}
	return used
}

// legs are a link's as its customer sees them.
func (l *life) legs(link demarc.Link) []desk.Leg {
	var shown desk.Link
	answer, _ := l.ask(caller{name: l.name(link.Customer)}, l.find("getLink"), "/desk/v1/links/"+string(link.ID), "")
	if err := json.Unmarshal([]byte(answer), &shown); err != nil {
		l.fault("read link %s: %v", link.ID, err)
	}
	return shown.Legs
}
