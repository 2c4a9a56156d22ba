package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
)

// There is what a party has seen of a Transit Gateway at another Direct Connect.
type There struct {
	By   demarc.Party // empty for nobody
	Seen demarc.TransitSightings
}

// stepsThere are the steps of a case whose Transit Gateway is at another Direct
// Connect: the same, judged by the same functions where the party sees what they
// go by. Of what it does not see it is told what the other one has said.
func (t TransitStanding) stepsThere(now time.Time) []demarc.Step {
	word := t.word()
	return []demarc.Step{
		t.asked(), t.told(), t.there(t.sharedThere()), t.there(t.shareAcceptedThere()), t.there(t.attachedThere()), t.there(t.attachmentAcceptedThere()),
		t.onlySeenBy(demarc.Customer, t.customerRoutes(), word.Routed), t.onlySeenBy(demarc.Platform, t.platformRoutesThere(), word.Ready),
		t.there(t.readyThere()), t.there(t.retiredThere(now)),
	}
}

// there says whose word a step is, and what to do where nobody has looked.
func (t TransitStanding) there(s demarc.Step) demarc.Step {
	place := strings.TrimSpace(t.Environment.Elsewhere.At + " " + string(t.Environment.Elsewhere.Region))
	if t.There.By == "" {
		s.Done, s.Unprovable, s.Deadline = false, false, time.Time{}
		s.Evidence = fmt.Sprintf("nobody has looked: %s is at %s, and the desk has no keys there; demarc case status %s --as PROFILE shows it", t.Environment.Name, place, t.Case.ID)
		return s
	}
	s.Evidence += fmt.Sprintf(" (at %s, seen by the %s)", place, t.There.By)
	return s
}

// onlySeenBy is a step that one party sees. To the other it is that one's word,
// which proves nothing, and holds nothing up once it is given.
func (t TransitStanding) onlySeenBy(party demarc.Party, s demarc.Step, said time.Time) demarc.Step {
	switch {
	case t.There.By == party || t.There.By == "":
		return t.there(s)
	case said.IsZero():
		s.Done, s.Evidence = false, fmt.Sprintf("the %s has not said so, and the %s does not see it", party, t.There.By)
	default:
		s.Done, s.Unprovable, s.Since = false, true, said
		s.Evidence = fmt.Sprintf("the %s said so on %s; the %s does not see it", party, stamp(said), t.There.By)
	}
	return s
}

func (t TransitStanding) sharedThere() demarc.Step {
	s := t.shared()
	switch {
	case s.Done || t.Gateway.ID != "" && t.Gateway.Region != t.Environment.Region:
	case t.There.By == demarc.Platform:
		s.Evidence = fmt.Sprintf("E-TGW-NOT-SHARED: no share that is named %s is offered to account %s", TransitShareName(t.Case.ID), t.Environment.Platform)
	case t.Gateway.ID == "":
		s.Evidence = "none of your Transit Gateways is said to be for this: demarc elsewhere transit share " + string(t.Case.ID)
	default:
		s.Evidence = fmt.Sprintf("E-TGW-NOT-SHARED: %s is in no share named %s with account %s: demarc elsewhere transit share %s", t.Gateway.ID, TransitShareName(t.Case.ID), t.Environment.Platform, t.Case.ID)
	}
	return s
}

func (t TransitStanding) shareAcceptedThere() demarc.Step {
	s := t.shareAccepted()
	if !s.Done && t.Invitation.State == demarc.InvitationPending {
		s.Evidence = fmt.Sprintf("%s: account %s was invited to share %s, and has not accepted: demarc elsewhere transit attach %s", notAccepted, t.Environment.Platform, t.Share.ID, t.Case.ID)
		if t.Invitation.Sent.IsZero() {
			s.Deadline = time.Time{}
		}
	}
	return s
}

func (t TransitStanding) attachedThere() demarc.Step {
	s := t.attached()
	switch {
	case s.Done || t.Attachment.Gone():
	case t.Attachment.ID != "":
		s.Evidence = fmt.Sprintf("attachment %s leaves IPv6 out, and prefixes of it are asked for: demarc elsewhere transit attach %s", t.Attachment.ID, t.Case.ID)
	case t.There.By == demarc.Customer && t.word().Attachment == "":
		s.Evidence = "the platform has not said that the environment is attached"
	case t.There.By == demarc.Customer:
		s.Evidence = fmt.Sprintf("the platform has named %s, and it is none of %s", t.word().Attachment, t.Gateway.ID)
	default:
		s.Evidence += ": demarc elsewhere transit attach " + string(t.Case.ID)
	}
	return s
}

func (t TransitStanding) attachmentAcceptedThere() demarc.Step {
	s := t.attachmentAccepted()
	if a := t.Attachment; a.State == "initiating" || a.State == "pending" { // EC2's own: it is being made
		s.Evidence = fmt.Sprintf("%s is %s", a.ID, a.State)
	}
	return s
}

func (t TransitStanding) platformRoutesThere() demarc.Step {
	s := demarc.Step{ID: "platform-routes", Title: "Route the prefixes to the Transit Gateway", Party: demarc.Platform, Since: t.word().Routed}
	left := slices.DeleteFunc(slices.Clone(t.Prefixes), t.Routed)
	switch {
	case t.Attachment.State != demarc.AttachmentAvailable:
		s.Evidence = "there is no attachment to route to"
	case len(t.Tables) == 0:
		s.Evidence = fmt.Sprintf("no route table of %s is seen", t.VPC.ID)
	case len(left) > 0 && t.Cutover.ID != "" && !t.Cutover.State.Ended():
		s.Party, s.Since = t.cutoverMove(), t.Cutover.Since
		s.Evidence = fmt.Sprintf("cut-over %s is %s; %s do not lead to %s yet", t.Cutover.ID, t.Cutover.State, joined(left), t.Gateway.ID)
	case len(left) > 0:
		s.Evidence = fmt.Sprintf("%s do not lead to %s: demarc cutover plan %s, or demarc elsewhere transit routes %s", joined(left), t.Gateway.ID, t.Case.ID, t.Case.ID)
	default:
		s.Done, s.Evidence = true, fmt.Sprintf("the route tables of %s lead %s to %s", t.VPC.ID, joined(t.Prefixes), t.Gateway.ID)
	}
	return s
}

// readyThere is proven by a cut-over that was measured; without one by an echo
// alone, once no hosted interface can have carried it.
func (t TransitStanding) readyThere() demarc.Step {
	s := demarc.Step{ID: "ready", Title: "Ready to use: packets through", Party: demarc.Customer, Since: t.word().Ready}
	switch e := t.There.Seen.Echo; {
	case t.ready().Done:
		return t.ready()
	case t.word().Ready.IsZero() && !t.platformRoutesThere().Done:
		s.Unprovable, s.Evidence = true, "routes do not lead both ways yet"
	case e == nil:
		s.Unprovable, s.Evidence = true, "not to be seen from outside: --ping with an address of the environment, from behind your router, proves it"
	case e.Answered == 0:
		s.Evidence = fmt.Sprintf("%s answered none of %d echo requests", e.Address, e.Sent)
	case len(t.Hosted) > 0:
		s.Unprovable = true
		s.Evidence = fmt.Sprintf("%s answered %d of %d echo requests; whether by the Transit Gateway or by a hosted interface nobody sees", e.Address, e.Answered, e.Sent)
	default:
		s.Done, s.Evidence = true, fmt.Sprintf("%s answered %d of %d echo requests, and no hosted interface leads there", e.Address, e.Answered, e.Sent)
	}
	return s
}

// retiredThere is done when the party sees no hosted interface any more.
func (t TransitStanding) retiredThere(now time.Time) demarc.Step {
	if c := t.Cutover; len(t.Hosted) > 0 && c.State == demarc.CutoverCarrying {
		return t.retired(now)
	}
	s := demarc.Step{ID: "retire", Title: "End the hosted interfaces", Party: demarc.Platform, Since: t.word().Ready, Done: len(t.Hosted) == 0, Evidence: "no hosted interface leads to the environment"}
	if !s.Done {
		s.Evidence = t.hosted() + "; they end after the Transit Gateway carries"
	}
	return s
}
