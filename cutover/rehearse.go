package cutover

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/intent"
)

// rehearse leads the probed addresses alone to the Transit Gateway, and answers
// to the probes' source back by it, until both is seen; then it takes that away
// again.
func (m here) rehearse() error {
	if !m.c.Canary {
		if err := m.placeCanary(); err != nil {
			return m.endRehearsal(err.Error())
		}
		m.c.Canary, m.c.Turned = true, m.now
		return nil
	}
	both := len(m.c.Associations) > 0
	switch {
	case !m.all(string(m.c.TransitGateway), both) && m.waited(m.c.Turned) > rehearsalPatience:
		return m.endRehearsal(m.missed(both))
	case !m.all(string(m.c.TransitGateway), both):
		return nil
	case m.waited(m.c.Turned) < rehearsalHolds:
		return nil
	}
	return m.endRehearsal("")
}

// placeCanary leads what is probed, unless its prefix was led before.
func (m here) placeCanary() error {
	for _, p := range m.canaries() {
		if err := m.lead(p); err != nil {
			return err
		}
	}
	var sources []netip.Prefix
	for _, p := range m.c.Prefixes {
		if source, ok := intent.ProbeSource(m.t.VPC, p.Probe); ok && !slices.Contains(sources, only(source)) {
			sources = append(sources, only(source))
		}
	}
	return m.steer(sources)
}

func (m *move) canaries() (all []netip.Prefix) {
	for _, p := range m.c.Prefixes {
		if !p.Before && only(p.Probe) != p.Prefix && !slices.Contains(all, only(p.Probe)) {
			all = append(all, only(p.Probe))
		}
	}
	return all
}

// missed says what was not seen, for each prefix.
func (m *move) missed(both bool) string {
	var all []string
	for i := range m.c.Prefixes {
		p, seen := &m.c.Prefixes[i], m.at.seen(i)
		out, in := m.on(i, string(m.c.TransitGateway))
		switch {
		case seen.Silent:
			p.Rehearsal = "nothing answers over " + string(m.c.TransitGateway)
		case !out:
			p.Rehearsal = "requests still leave by " + seen.Out
		case both && !in:
			p.Rehearsal = "answers still come by " + seen.In
		default:
			continue
		}
		all = append(all, p.Prefix.String()+": "+p.Rehearsal)
	}
	return strings.Join(all, "; ")
}

// endRehearsal takes back what was placed; without a reason all was well.
func (m here) endRehearsal(why string) error {
	if err := m.unsteer(); err != nil {
		return err
	}
	if err := m.unlead(m.canaries()...); err != nil {
		return err
	}
	m.c.Canary, m.c.Turned, m.c.Why = false, time.Time{}, why
	for i := range m.c.Prefixes {
		if p := &m.c.Prefixes[i]; p.Rehearsal == "" && why == "" {
			p.Rehearsal = fmt.Sprintf("took %s both ways", m.c.TransitGateway)
			if len(m.c.Associations) == 0 {
				p.Rehearsal = fmt.Sprintf("took %s one way; the way back is turned by hand", m.c.TransitGateway)
			}
		}
	}
	if why == "" {
		m.c.Rehearsed = m.now
	}
	m.enter(demarc.CutoverPlanned)
	return nil
}
