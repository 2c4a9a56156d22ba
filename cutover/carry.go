package cutover

import (
	"fmt"
	"slices"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

const (
	// looks is how far apart two looks at what is carried are: near enough to
	// find a pause, and far enough that the probes' counters, which are read at
	// other moments, do not matter.
	looks = time.Minute
	// heard is how many requests the probes must have sent since then, so that
	// there is something to look at: some seconds of them.
	heard = 20
)

// carry watches the new path until the gate is open, and goes back to the old
// one if it falls silent and the old one is there.
func (m here) carry() error {
	if why := m.fellSilent(); why != "" {
		m.rollBack(why)
		return nil
	}
	looked := m.look()
	m.remind()
	if len(m.t.Hosted) == 0 {
		return m.finish()
	}
	m.t.Cutover = m.c
	if looked && desk.Open(desk.Gate(m.t, m.now)) { // by what is so now, and not by what once was
		return m.end()
	}
	return nil
}

// fellSilent says which prefix has been silent for too long while a hosted
// interface could carry it.
func (m *move) fellSilent() (why string) {
	for i := range m.c.Prefixes {
		p := &m.c.Prefixes[i]
		switch {
		case !m.at.seen(i).Silent:
			p.Silent = time.Time{}
		case p.Silent.IsZero():
			p.Silent = m.now
		case m.waited(p.Silent) >= silence:
			why = fmt.Sprintf("%s is silent over %s for %s", p.Prefix, m.c.TransitGateway, silence)
		}
	}
	if !slices.ContainsFunc(m.t.Hosted, func(v demarc.VirtualInterface) bool { return v.State == demarc.VIFAvailable }) {
		return ""
	}
	return why
}

// look holds what was counted against the last look, and reports whether there
// was something to look at: there is not as long as not much was heard since
// then, or nothing of a machine that counts. Counters that stand still may only
// be old.
func (m here) look() bool {
	g := &m.c.Gate
	now, last := m.flows(), g.Before
	oldest, newest := m.noted()
	first := g.Looked.IsZero()
	if !first && (m.now.Sub(g.Looked) < looks || more(now.Probed, last.Probed) < heard || len(m.t.Hosted) > 0 && !oldest.After(g.Noted)) {
		return false
	}
	g.Looked, g.Before, g.Noted = m.now, now, newest
	if first {
		return false
	}
	passes := more(now.Out, last.Out) > more(now.Probed, last.Probed) && more(now.In, last.In) > more(now.Answered, last.Answered)
	g.TrafficSince = kept(g.TrafficSince, passes, m.now)
	g.IdleSince = kept(g.IdleSince, now.Hosted == last.Hosted, m.now)
	return true
}

// noted is when the machines of the hosted interfaces were heard of last: the one
// that is silent for longest, and the one that is not.
func (m here) noted() (oldest, newest time.Time) {
	for i, v := range m.t.Hosted {
		seen, _ := store.NodeSightings.Get(m.tx, string(v.Device))
		if i == 0 || seen.At.Before(oldest) {
			oldest = seen.At
		}
		if seen.At.After(newest) {
			newest = seen.At
		}
	}
	return oldest, newest
}

// kept is since when something holds.
func kept(since time.Time, holds bool, now time.Time) time.Time {
	switch {
	case !holds:
		return time.Time{}
	case since.IsZero():
		return now
	}
	return since
}

// more is how far a counter went; one that began anew went from zero.
func more(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// flows are the counters as they are.
func (m here) flows() (f demarc.CutoverFlows) {
	path := m.t.Seen.PathOf(string(m.c.TransitGateway))
	f.Out, f.In = path.OutPackets, path.InPackets
	for _, p := range m.t.Seen.Probes {
		f.Probed += p.Count.Sent
		f.Answered += p.Count.Answered
	}
	for _, v := range m.t.Hosted {
		seen, _ := store.VIFSightings.Get(m.tx, string(v.ID))
		f.Hosted += seen.Forwarded
	}
	return f
}

// remind has the parties told again: a day before the termination is due, and
// each day after that as long as it is held up.
func (m *move) remind() {
	g := &m.c.Gate
	last := g.Told[len(g.Told)-1]
	second := len(g.Told) == 1 && !m.now.Before(g.Due.Add(-demarc.CutoverLastNotice))
	if second || len(g.Told) > 1 && !m.now.Before(g.Due) && m.now.Sub(last) >= demarc.CutoverLastNotice {
		g.Told = append(g.Told, m.now)
	}
}

// end deletes the hosted interfaces, as their owner would.
func (m here) end() error {
	for _, v := range m.t.Hosted {
		if _, err := vif.Delete(m.tx, m.c.Platform, v.ID, m.now); err != nil {
			return err
		}
		m.did(m.c.Platform, "DeleteVirtualInterface")
		i := slices.IndexFunc(m.c.Interfaces, func(have demarc.CutoverInterface) bool { return have.ID == v.ID })
		if i < 0 {
			i = len(m.c.Interfaces)
			m.c.Interfaces = append(m.c.Interfaces, demarc.CutoverInterface{ID: v.ID, VLAN: v.VLAN})
		}
		m.c.Interfaces[i].Deleted = m.now
	}
	m.enter(demarc.CutoverRetiring)
	return nil
}

// retire waits until the edge has nothing of the interfaces any more.
func (m here) retire() error {
	left := false
	for i := range m.c.Interfaces {
		of := &m.c.Interfaces[i]
		v, there := store.VirtualInterfaces.Get(m.tx, string(of.ID))
		switch {
		case !of.Gone.IsZero():
		case !there || v.State.Gone():
			of.Gone = m.now
		default:
			left = true
		}
	}
	if left {
		return nil
	}
	return m.finish()
}

// finish takes back what turned the way back: there is no other way left.
func (m here) finish() error {
	if err := m.unsteer(); err != nil {
		return err
	}
	m.enter(demarc.CutoverDone)
	return nil
}
