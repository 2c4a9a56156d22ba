package cutover

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
)

// seenThere is what the customer's machine says of a prefix, in the words of our
// own probes: what leaves the environment are the answers, what comes in the
// requests. What it said too long ago says no way.
func (m *there) seen(i int) intent.ProbeSeen {
	p := m.c.Prefixes[i]
	e := m.customer.EchoOf(p.Probe)
	seen := intent.ProbeSeen{Target: p.Probe, Count: e.Total()}
	if m.now.Sub(m.customer.Heard) > stale {
		return seen
	}
	seen.Silent = e.Silent
	tell := m.c.There.Tells[i]
	seen.Out = m.path(outBy(tell, e.TTL))
	if tell.BlindOut || p.Before || tell.OldTTL == 0 || tell.NewTTL == 0 {
		seen.Out = m.path(m.routed(m.platform, p))
	}
	seen.In = m.path(e.In)
	if tell.BlindIn {
		seen.In = m.path(m.routed(m.customer, p))
	}
	return seen
}

// outBy is the way that a TTL tells.
func outBy(tell demarc.CutoverTell, ttl uint8) demarc.CutoverPath {
	switch {
	case ttl == 0 || tell.OldTTL == tell.NewTTL:
		return ""
	case ttl == tell.NewTTL:
		return demarc.CutoverNewPath
	case ttl == tell.OldTTL:
		return demarc.CutoverOldPath
	}
	return ""
}

// routed is the way that what a party's machine sees written there makes: all of
// it, none of it, or neither.
func (m *there) routed(h demarc.CutoverHand, p demarc.CutoverPrefix) demarc.CutoverPath {
	canary, whole := only(p.Probe), []netip.Prefix{p.Prefix}
	if h.Party == demarc.Customer {
		canary, whole = only(m.c.There.AppFor(p.Probe)), halves(m.t.VPC, []demarc.CutoverPrefix{p})
	}
	missing := func(in []netip.Prefix) func(netip.Prefix) bool {
		return func(w netip.Prefix) bool { return !slices.Contains(in, w) }
	}
	switch {
	case slices.Contains(h.Fully, canary) || !slices.ContainsFunc(whole, missing(h.Fully)):
		return demarc.CutoverNewPath
	case slices.ContainsFunc(append(whole, canary), func(w netip.Prefix) bool { return slices.Contains(h.Partly, w) }):
		return ""
	}
	return demarc.CutoverOldPath
}

// path is what our own rows call it.
func (m *there) path(p demarc.CutoverPath) string {
	return map[demarc.CutoverPath]string{demarc.CutoverNewPath: string(m.c.TransitGateway), demarc.CutoverOldPath: string(m.c.Gateway)}[p]
}

// rehearse has the machines lead the probes' own addresses to the Transit
// Gateway, and the one that answers back by it, and finds how each way is told.
func (m *there) rehearse() error {
	if !m.c.There.Undoing.IsZero() {
		return m.watchUndoing()
	}
	if why := m.hindered(); why != "" {
		m.undoRehearsal(why)
		return nil
	}
	if !m.c.Canary {
		for i, p := range m.c.Prefixes {
			m.c.There.Tells[i] = demarc.CutoverTell{OldTTL: m.customer.EchoOf(p.Probe).TTL}
		}
		m.want(m.canaries(), m.unkept(m.apps()))
		m.c.Canary, m.c.Turned = true, m.now
		return nil
	}
	m.tell()
	switch there := m.all(string(m.c.TransitGateway), true); {
	case !there && m.waited(m.c.Turned) > m.pace().turn:
		m.undoRehearsal(m.missed(true))
	case there && !m.c.There.Settled.IsZero() && m.waited(m.c.There.Settled) >= tellPatience+rehearsalHolds:
		m.undoRehearsal("")
	}
	return nil
}

// tell finds how the way of each prefix is told, once both machines have turned
// the canaries: by the wire, or, where that shows nothing, by the routes.
func (m *there) tell() {
	settled := m.c.There.Settled
	if settled.IsZero() || !m.customer.Heard.After(settled) {
		return
	}
	for i, p := range m.c.Prefixes {
		e, tell := m.customer.EchoOf(p.Probe), &m.c.There.Tells[i]
		if e.Silent {
			continue
		}
		waited := m.waited(settled) >= tellPatience
		switch {
		case tell.NewTTL != 0 || p.Before:
		case e.TTL != 0 && e.TTL != tell.OldTTL:
			tell.NewTTL = e.TTL
		case waited:
			tell.BlindOut = true
		}
		if e.In == "" && waited {
			tell.BlindIn = true
		}
	}
}

// undoRehearsal has the machines put back what was turned; without a reason all
// was well.
func (m *there) undoRehearsal(why string) {
	m.want(nil, nil)
	m.c.There.Undoing, m.c.Why = m.now, why
	if why != "" {
		return
	}
	for i := range m.c.Prefixes {
		m.c.Prefixes[i].Rehearsal = fmt.Sprintf("took %s both ways", m.c.TransitGateway)
		tell := m.c.There.Tells[i]
		if tell.BlindOut || tell.BlindIn {
			blind := map[[2]bool]string{{true, false}: "out", {false, true}: "in", {true, true}: "out and in"}[[2]bool{tell.BlindOut, tell.BlindIn}]
			m.c.Prefixes[i].Rehearsal = fmt.Sprintf("is answered over %s; which way %s is taken from the routes, the wire does not show it", m.c.TransitGateway, blind)
		}
	}
}

// watchUndoing ends a rehearsal when both machines have put back what it turned.
// One that has not in time makes it one that did not work.
func (m *there) watchUndoing() error {
	switch {
	case !m.c.There.Settled.IsZero():
		if m.c.Why == "" {
			m.c.Rehearsed = m.now
		}
		m.c.Canary, m.c.Turned, m.c.There.Undoing, m.c.There.Late = false, time.Time{}, time.Time{}, false
		m.enter(demarc.CutoverPlanned)
	case m.waited(m.c.There.Undoing) > backPatience && !m.c.There.Late:
		m.c.There.Late = true
		m.c.Why = joinWhy(m.c.Why, m.late())
	}
	return nil
}

func joinWhy(why, more string) string {
	return strings.TrimPrefix(why+"; "+more, "; ")
}

// watchRollback measures how long it takes until all echoes take the old
// path again, and lasts until both machines have put their parts back: nothing of
// ours is forgotten there.
func (m *there) watchRollback() error {
	if m.c.RollbackTook == 0 && m.all(string(m.c.Gateway), true) {
		m.c.RollbackTook = m.now.Sub(m.c.Since)
	}
	settled, over := !m.c.There.Settled.IsZero(), m.waited(m.c.Since) > backPatience
	switch {
	case settled && m.c.RollbackTook > 0:
		m.enter(demarc.CutoverRolledBack)
	case settled && over:
		m.c.Why = joinWhy(m.c.Why, fmt.Sprintf("after %s not all echoes are seen to take the old path", backPatience))
		m.enter(demarc.CutoverRolledBack)
	case over && !m.c.There.Late:
		m.c.There.Late = true
		m.c.Why = joinWhy(m.c.Why, m.late())
	}
	return nil
}

// carry watches the new path until the gate is open, and goes back to the
// old one if it falls silent and the old one is there. That nobody watches puts
// nothing back: it only proves nothing.
func (m *there) carry() error {
	if why := m.fellSilent(); why != "" {
		m.rollBack(why)
		return nil
	}
	m.look()
	m.remind()
	m.t.Cutover = m.c
	ended := len(m.c.Interfaces) > 0 && len(m.platform.Interfaces) == 0 && m.platform.Looked.After(m.c.Since)
	if ended || desk.Open(desk.Gate(m.t, m.now)) {
		m.enter(demarc.CutoverRetiring)
	}
	return nil
}

// look holds what was counted against the last look, when something was
// heard lately.
func (m *there) look() {
	g := &m.c.Gate
	if m.waited(m.customer.Heard) > demarc.CutoverUnseen {
		g.TrafficSince, g.Looked = time.Time{}, time.Time{}
		return
	}
	if m.now.Sub(m.customer.Heard) > stale || !g.Looked.IsZero() && m.now.Sub(g.Looked) < looks {
		return
	}
	first := g.Looked.IsZero()
	passes, before := m.all(string(m.c.TransitGateway), true), g.Before
	g.Looked, g.Before = m.now, demarc.CutoverFlows{}
	for i := range m.c.Prefixes {
		p := &m.c.Prefixes[i]
		count := m.seen(i).Count.Since(p.Base)
		passes = passes && count.Answered-p.Measured.Answered >= heard && count.Silent-p.Measured.Silent <= demarc.CutoverMostLoss
		p.Measured = count
		g.Before.Probed, g.Before.Answered = g.Before.Probed+count.Sent, g.Before.Answered+count.Answered
	}
	if !first && before.Answered <= g.Before.Answered {
		g.TrafficSince = kept(g.TrafficSince, passes, m.now)
	}
}

// retire waits until the platform sees none of the hosted interfaces any
// more, and then has the customer's machine take back what turned the way in:
// there is no other way left.
func (m *there) retire() error {
	if m.platform.Looked.After(m.c.Since) {
		for i := range m.c.Interfaces {
			of := &m.c.Interfaces[i]
			there := slices.ContainsFunc(m.platform.Interfaces, func(v demarc.CutoverHosted) bool { return v.ID == of.ID })
			if !there && of.Gone.IsZero() {
				of.Deleted, of.Gone = m.c.Since, m.now
			}
		}
	}
	if slices.ContainsFunc(m.c.Interfaces, func(v demarc.CutoverInterface) bool { return v.Gone.IsZero() }) {
		return nil
	}
	m.want(m.c.There.Lead, nil)
	if !m.c.There.Settled.IsZero() {
		m.enter(demarc.CutoverDone)
	}
	return nil
}
