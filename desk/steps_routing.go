package desk

import (
	"fmt"
	"net/netip"
	"slices"

	"demarc"
	"demarc/intent"
	"demarc/route"
)

// session is done when every session is established and each side has learned
// something: less than that carries no packet.
func (l leg) session() demarc.Step {
	s := demarc.Step{ID: "session", Title: "BGP established, routes both ways", Party: demarc.Customer}
	down := slices.IndexFunc(l.seen.Session, func(s intent.SessionSeen) bool { return !s.Established() })
	switch {
	case !alive(l.vif) || l.vif.Gateway == "":
		s.Evidence = "no accepted interface"
	case !l.seen.Built:
		s.Party, s.Evidence = demarc.Platform, "the edge has not built the interface yet"
	case len(l.seen.Session) == 0:
		s.Evidence = "no session was tried yet"
	case down >= 0:
		s.Since, s.Evidence = l.seen.Session[down].Since, l.notEstablished(l.seen.Session[down])
	case len(l.seen.Accepted) == 0:
		s.Evidence = "established, but the customer's router advertises nothing that we accept"
	case len(l.seen.Advertised) == 0:
		s.Party, s.Evidence = demarc.Platform, "established, but the gateway advertises nothing"
	default:
		s.Done, s.Since = true, l.seen.Session[0].Since
		s.Evidence = fmt.Sprintf("established since %s; received %s; advertised %s",
			stamp(l.seen.Session[0].Since), some(prefixes(l.seen.Accepted)), some(prefixes(l.seen.Advertised)))
		s.Evidence += liveness(l.seen.Session)
	}
	return s
}

// notEstablished says why a session is not up, from what arrived on the port.
func (l leg) notEstablished(session intent.SessionSeen) string {
	text := "the session is in state " + session.State
	if session.Overrun != nil {
		text = "E-PREFIX-EXCEEDED: " + text
	}
	if session.Reason != "" {
		text += ": " + session.Reason
	}
	switch {
	case l.seen.RxPackets == 0 && l.port.LastUnknownVLAN != 0:
		text += fmt.Sprintf("; frames arrive with tag %d, expected is %d", l.port.LastUnknownVLAN, l.vif.VLAN)
	case l.seen.RxPackets == 0 && l.port.Untagged > 0:
		text += fmt.Sprintf("; frames arrive without a tag, expected is %d", l.vif.VLAN)
	case l.seen.RxPackets == 0:
		text += fmt.Sprintf("; no frame with tag %d has arrived", l.vif.VLAN)
	case l.seen.MD5Failures > 0:
		text += fmt.Sprintf("; %d segments came with a wrong or missing MD5 signature", l.seen.MD5Failures)
	}
	return text
}

// liveness says how soon a silent line would be noticed. It is no condition of
// anything: BFD is the customer's choice.
func liveness(sessions []intent.SessionSeen) (text string) {
	for _, session := range sessions {
		switch b := session.BFD; {
		case b.Up():
			text += fmt.Sprintf("; BFD up, silence is noticed after %v", b.Detection)
		case b.Refused > 0:
			text += fmt.Sprintf("; BFD is not up, since the router's packets cannot be taken: %s", b.LastRefusal)
		case b.Remote != "":
			text += fmt.Sprintf("; BFD is %s here and %s at the router", b.State, b.Remote)
		}
	}
	return text
}

// some is joined, and no longer than can be read.
func some(prefixes []netip.Prefix) string {
	if len(prefixes) <= newestShown {
		return joined(prefixes)
	}
	return fmt.Sprintf("%s and %d more", joined(prefixes[:newestShown]), len(prefixes)-newestShown)
}

func prefixes(routes []intent.RouteSeen) []netip.Prefix {
	var out []netip.Prefix
	for _, r := range routes {
		out = append(out, r.Prefix)
	}
	return out
}

// defaultRoute notes what the customer's default route does, if there is one.
// Only a split default is something to be undone.
func (p *progress) defaultRoute() demarc.Step {
	s := demarc.Step{ID: "default-route", Title: "Internet traffic stays on the internet gateway", Party: demarc.Customer}
	var active []netip.Prefix
	var whole *route.Verdict
	for _, v := range p.table.Verdicts {
		if v.Kind != route.KindPropagated {
			continue
		}
		if v.Active {
			active = append(active, v.Prefix)
		}
		if v.Prefix.Bits() == 0 && whole == nil {
			whole = &v
		}
	}
	s.Done = true
	switch split := splitDefault(active); {
	case !p.table.Seen:
		s.Done, s.Party, s.Evidence = false, demarc.Platform, "the VPC's host has not reported its routes yet"
	case len(split) > 0:
		s.Done, s.Evidence = false, fmt.Sprintf("W-DEFAULT-SPLIT: %s are longer than 0.0.0.0/0 and take internet traffic over the line; withdraw them", joined(split))
	case whole == nil:
		s.Evidence = "no default route is learned over the line"
	case whole.Active:
		s.Evidence = fmt.Sprintf("%s over the line is in use: the environment has no route of its own to the internet", whole.Prefix)
	default:
		s.Evidence = fmt.Sprintf("W-DEFAULT-SHADOWED: %s over the line is shadowed by %s: %s", whole.Prefix, whole.BeatenBy.Target, whole.Rule)
	}
	return s
}
