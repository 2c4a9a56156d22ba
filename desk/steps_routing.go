package desk

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/intent"
	"demarc/route"
)

// session is done when every session is established, each side has learned
// something, and packets as long as the MTU come through: less than that
// carries not every packet.
func (l leg) session() demarc.Step {
	s := demarc.Step{ID: "session", Title: "BGP established, routes both ways", Party: demarc.Customer}
	down := slices.IndexFunc(l.seen.Session, func(s intent.SessionSeen) bool { return !s.Established() })
	switch {
	case !alive(l.vif) || endOf(l.vif) == "":
		s.Evidence = "no accepted interface"
	case !l.seen.Built:
		s.Party, s.Evidence = demarc.Platform, "the edge has not built the interface yet"
	case len(l.seen.Session) == 0:
		s.Evidence = "no session was tried yet"
	case down >= 0 && l.seen.Session[down].Overrun != nil: // we have ended it, and the far end works
		s.Since, s.Code = l.seen.Session[down].Since, "E-PREFIX-EXCEEDED"
		s.Evidence = s.Code + ": " + notEstablished(l.seen.Session[down])
	case down >= 0:
		s.Since = l.seen.Session[down].Since
		name(&s, l.farEnd(l.seen.Session[down]).down(), notEstablished(l.seen.Session[down]))
	case l.seen.Accepted.Len() == 0:
		name(&s, l.farEnd(l.seen.Session[0]).silent(), "established, but the customer's router advertises nothing that we accept"+refusals(l.seen.Refused))
	case l.seen.Advertised.Len() == 0:
		s.Party, s.Evidence = demarc.Platform, "established, but the gateway advertises nothing"
	default:
		s.Since = l.seen.Session[0].Since
		established := fmt.Sprintf("established since %s; received %s; advertised %s",
			stamp(l.seen.Session[0].Since), some(prefixes(l.seen.Accepted)), some(prefixes(l.seen.Advertised)))
		found := l.mtu()
		if s.Done = found == (fault{}); s.Done {
			for _, look := range []func() fault{l.loss, l.full, l.bfd} {
				if found = look(); found != (fault{}) {
					break
				}
			}
		}
		name(&s, found, established+refusals(l.seen.Refused)+liveness(l.seen.Session)+l.losses())
	}
	s.Evidence += l.old()
	return s
}

// refusals says which of the customer's prefixes are not accepted, and why: who
// misses one does not find it among those that are. Pieces of a default route are
// told in a step of their own ([progress.defaultRoute]).
func refusals(refused []intent.RefusedSeen) (text string) {
	by := map[string][]netip.Prefix{}
	for _, r := range refused {
		if !strings.HasPrefix(r.Reason, intent.SplitRefused) {
			by[r.Why()] = append(by[r.Why()], r.Prefix)
		}
	}
	reasons := slices.SortedFunc(maps.Keys(by), func(a, b string) int { return by[a][0].Compare(by[b][0]) })
	for i, why := range reasons {
		if i == refusalsShown {
			return fmt.Sprintf("%s; others are refused for %d more reasons", text, len(reasons)-i)
		}
		text += fmt.Sprintf("; refused %s: %s", some(by[why]), why)
	}
	return text
}

// refusalsShown is how many reasons are told at once; each update that is in error
// may have one of its own.
const refusalsShown = 3

// name says what is wrong before what was seen, where it has a name.
func name(s *demarc.Step, f fault, seen string) {
	s.Evidence = seen
	if f != (fault{}) {
		s.Code, s.Evidence = f.code, f.String()+"; "+seen
	}
}

func notEstablished(session intent.SessionSeen) string {
	if session.Reason == "" {
		return "the session is in state " + session.State
	}
	return "the session is in state " + session.State + ": " + session.Reason
}

// full is about a route table that has no room for all that the leg brings: its
// session is up, and what is left out is not reached. It holds nothing up.
func (l leg) full() fault {
	accepted := prefixes(l.seen.Accepted)
	out := slices.DeleteFunc(l.progress.table.LeftOut(), func(p netip.Prefix) bool { return !slices.Contains(accepted, p) })
	if len(out) == 0 {
		return fault{}
	}
	return faulty("W-TABLE-FULL", "the environment's route table takes %d propagated prefixes, and has no room for %s: advertise fewer that are shorter", route.MaxPropagated, some(out))
}

// liveness says how soon a silent line would be noticed. It is no condition of
// anything: BFD is the customer's choice.
func liveness(sessions []intent.SessionSeen) (text string) {
	for _, session := range sessions {
		switch b := session.BFD; {
		case b.Up():
			text += fmt.Sprintf("; BFD up, silence is noticed after %v", b.Detection)
		case b.Remote != "" && b.Refused == 0:
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

func prefixes(routes intent.RoutesSeen) []netip.Prefix {
	var out []netip.Prefix
	for r := range routes.All() {
		out = append(out, r.Prefix)
	}
	return out
}

// defaultRoute notes what the customer's default routes do, if there are any.
// Only pieces that are taken without the platform's leave are something to be
// undone.
func (p *progress) defaultRoute() demarc.Step {
	s := demarc.Step{ID: "default-route", Title: "Internet traffic stays on the internet gateway", Party: demarc.Customer, Done: true}
	if !p.table.Seen {
		s.Done, s.Party, s.Evidence = false, demarc.Platform, "the VPC's host has not reported its routes yet"
		return s
	}
	var notes []string
	if taken := p.table.Split(); len(taken) > 0 {
		s.Done = p.env.SplitDefault
		notes = append(notes, fmt.Sprintf("W-DEFAULT-SPLIT: %s are longer than a default route and take internet traffic over the line; %s",
			joined(taken), map[bool]string{true: "the platform's policy takes them", false: "withdraw them"}[s.Done]))
	}
	var refused []netip.Prefix
	for _, l := range p.legs {
		refused = append(refused, refusedSplit(l.seen)...)
	}
	if len(refused) > 0 {
		notes = append(notes, fmt.Sprintf("W-DEFAULT-SPLIT: %s are pieces of a default route, which the platform's policy does not take; they are not used", joined(refused)))
	}
	for _, v := range p.table.Verdicts {
		switch {
		case v.Kind != route.KindPropagated || v.Prefix.Bits() != 0:
		case v.Active:
			notes = append(notes, fmt.Sprintf("%s over the line is in use: the environment has no route of its own to the internet", v.Prefix))
		case v.BeatenBy.Kind != route.KindPropagated: // one of two legs is no news
			notes = append(notes, fmt.Sprintf("W-DEFAULT-SHADOWED: %s over the line is shadowed by %s: %s", v.Prefix, v.BeatenBy.Target, v.Rule))
		}
	}
	if s.Evidence = strings.Join(notes, "; "); s.Evidence == "" {
		s.Evidence = "no default route is learned over the line"
	}
	return s
}
