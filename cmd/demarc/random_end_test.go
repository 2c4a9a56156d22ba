package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/api/edgelink"
	"demarc/store"
)

// movesAtMost is how many moves a link may take to come up, or to its end, whatever state it is
// in: three legs of a dozen steps each, some of them twice.
const movesAtMost = 120

// end has everybody do what the tracker says until every link is up, all at
// once, or has ended where that was agreed; then they all end by the desk, and
// what is left is given back.
func (l *life) end() {
	l.said = "the end begins"
	if all := slices.Collect(store.Links.All(l.store.Local())); len(all) == len(l.going()) && l.To >= 10000 {
		l.fault("none of %d links has come to its end before", len(all))
	}
	l.settleDown()
	links := l.going()
	for range 3 { // what is done for one may undo what was done for another
		for _, link := range links {
			l.bringUp(link.ID)
		}
	}
	for _, link := range links {
		if !l.step(link.ID) {
			l.fault("link %s came up and went down again:\n%s", link.ID, l.tracker(link.ID))
		}
		l.word.Ended = append(l.word.Ended, string(link.ID))
	}
	l.sound("all links up")
	l.endAll()
	l.giveAllBack()
}

// settleDown ends planned work, has a policy that rejects nothing, and gives
// back what no leg runs on: ports and cages are few.
func (l *life) settleDown() {
	platform := caller{name: "platform"}
	for m := range store.Maintenances.All(l.store.Local()) {
		if m.State == demarc.MaintenancePlanned || m.State == demarc.MaintenanceRunning {
			l.ask(platform, l.find("cancelMaintenance"), "/desk/v1/platform/maintenance/"+string(m.ID)+"/cancel", "")
		}
	}
	l.ask(platform, l.find("applyPolicy"), "/desk/v1/platform/policies", `{"rules":[{"name":"two","verdict":"queue","fourEyes":true,"when":{"proven":true}},{"name":"one","verdict":"queue"}]}`)
	used := l.inUse()
	for c := range store.Connections.All(l.store.Local()) {
		if !c.State.Gone() && !used[c.ID] {
			l.returns(c)
		}
	}
	l.advance(24 * time.Hour)
}

// advance lets time pass, and what is due happen.
func (l *life) advance(by time.Duration) {
	l.ask(caller{name: "platform"}, l.find("moveClock"), "/desk/v1/operator/clock", mustJSON(map[string]any{"advance": by.String()}))
	l.sequence++
	l.ticks = 0
	l.sweeper.Sweep(context.Background())
	l.report(true)
	l.sound("time passing")
}

// bringUp makes the moves of a link until there is none left.
func (l *life) bringUp(id demarc.LinkID) {
	for n := range movesAtMost {
		if l.step(id) {
			return
		}
		if n%10 == 9 { // a drill, a maintenance or a deletion is to be over
			l.advance(4 * time.Hour)
		}
		l.sequence++
		l.ticks = 0
		l.sound("a move")
	}
	l.fault("link %s did not come up in %d moves:\n%s\n%s", id, movesAtMost, strings.Join(l.recent, "\n"), l.tracker(id))
}

// tracker is the whole of a link as its customer sees it.
func (l *life) tracker(id demarc.LinkID) string {
	link, _ := store.Links.Get(l.store.Local(), string(id))
	said := l.said
	answer, _ := l.ask(caller{name: l.name(link.Customer)}, l.find("getLink"), "/desk/v1/links/"+string(id), "")
	return said + "\n" + strings.ReplaceAll(answer, `{"id"`, "\n"+`{"id"`)
}

// returns deletes a connection with what is on it, as its owner.
func (l *life) returns(c demarc.Connection) {
	if c.ID == "" {
		return
	}
	view := l.store.Local()
	for v := range store.VirtualInterfaces.By(view, "connection", string(c.ID)) {
		if !v.State.Gone() {
			l.order(caller{name: l.name(v.ConnectionOwner)}, "DeleteVirtualInterface", mustJSON(map[string]any{"virtualInterfaceId": v.ID}))
		}
	}
	for hosted := range store.Connections.By(view, "parent", string(c.ID)) {
		if !hosted.State.Gone() {
			l.returns(hosted)
		}
	}
	l.report(true) // the edge lets go of the interfaces
	if c.LAG != "" {
		l.order(caller{name: l.name(c.Owner)}, "DisassociateConnectionFromLag", mustJSON(map[string]any{"connectionId": c.ID, "lagId": c.LAG}))
	}
	by := caller{name: l.name(c.Owner)}
	l.order(by, "DeleteConnection", mustJSON(map[string]any{"connectionId": c.ID}))
}

// giveAllBack deletes everything and lets a year pass: nothing is left of it
// that anybody holds, or that the edge is told to make.
func (l *life) giveAllBack() {
	view := l.store.Local()
	for lag := range store.LAGs.All(view) {
		for v := range store.VirtualInterfaces.By(view, "connection", string(lag.ID)) {
			if !v.State.Gone() {
				l.order(caller{name: l.name(v.ConnectionOwner)}, "DeleteVirtualInterface", mustJSON(map[string]any{"virtualInterfaceId": v.ID}))
			}
		}
		if lag.Deleted.IsZero() {
			l.order(caller{name: l.name(lag.Owner)}, "UpdateLag", mustJSON(map[string]any{"lagId": lag.ID, "minimumLinks": 0}))
		}
	}
	for c := range store.Connections.All(view) {
		if now, _ := store.Connections.Get(l.store.Local(), string(c.ID)); !now.State.Gone() && c.Kind != demarc.Hosted {
			l.returns(c)
		}
	}
	for lag := range store.LAGs.All(view) {
		if lag.Deleted.IsZero() {
			l.order(caller{name: l.name(lag.Owner)}, "DeleteLag", mustJSON(map[string]any{"lagId": lag.ID}))
		}
	}
	for xc := range store.CrossConnects.All(l.store.Local()) { // what is still plugged in nobody else gets
		l.unplug(xc.Connection)
	}
	for range 14 { // a year, and once more for what goes after another
		l.advance(30 * 24 * time.Hour)
	}
	if left := l.left(); len(left) > 0 {
		l.fault("everything was given back, and this is left:\n%s", strings.Join(left, "\n"))
	}
}

// keptClaims are of what stays: accounts, what the site file names, the tokens
// that links were built with, gateways that accounts have made.
var keptClaims = []string{"account/", "vpc/", "token/", "client-token/", "webhook/", "maintenance/", "resiliency/", "gateways/", "associated/", "association/"}

func (l *life) left() (left []string) {
	view := l.store.Local()
	for name, holder := range view.Claims("") {
		if !slices.ContainsFunc(keptClaims, func(kept string) bool { return strings.HasPrefix(name, kept) }) {
			left = append(left, fmt.Sprintf("claim %s of %s", name, holder))
		}
	}
	for c := range store.Connections.All(view) {
		left = append(left, fmt.Sprintf("connection %s, %s", c.ID, c.State))
	}
	for v := range store.VirtualInterfaces.All(view) {
		left = append(left, fmt.Sprintf("interface %s, %s", v.ID, v.State))
	}
	for p := range store.PortSightings.All(view) {
		left = append(left, "sighting of port "+string(p.ID))
	}
	for v := range store.VIFSightings.All(view) {
		left = append(left, "sighting of interface "+string(v.ID))
	}
	for c := range store.Cases.All(view) {
		if !c.State.Ended() && c.Kind == demarc.CaseAccept {
			left = append(left, fmt.Sprintf("case %s, %s", c.ID, c.State))
		}
	}
	for d := range store.Drills.All(view) {
		left = append(left, "drill "+string(d.ID)) // goes with its test, after a year
	}
	for d := range store.Devices.All(view) {
		node, _ := edgelink.Compile(view, d.ID)
		if len(node.Device.Ports)+len(node.Device.VIFs)+len(node.Device.Gateways) > 0 {
			left = append(left, fmt.Sprintf("intent of %s: %d ports, %d interfaces, %d gateways", d.ID, len(node.Device.Ports), len(node.Device.VIFs), len(node.Device.Gateways)))
		}
	}
	return left
}
