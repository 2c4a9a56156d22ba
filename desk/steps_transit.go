package desk

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// notAccepted is the code of a share that its receiver is not in.
const notAccepted = "E-SHARE-NOT-ACCEPTED"

// TransitSteps reads from the real objects how far a case about one's own
// Transit Gateway has come, in the order of the procedure. Each is judged by
// itself. There are none for cases of other kinds.
func TransitSteps(r store.Reader, c demarc.Case, now time.Time) []demarc.Step {
	if c.Kind != demarc.CaseTransit {
		return nil
	}
	t := Transit(r, c)
	if t.There != nil {
		return t.stepsThere(now)
	}
	return []demarc.Step{
		t.asked(), t.told(), t.shared(), t.shareAccepted(), t.attached(), t.attachmentAccepted(),
		t.customerRoutes(), t.platformRoutes(), t.ready(), t.retired(now),
	}
}

func (t TransitStanding) asked() demarc.Step {
	return demarc.Step{
		ID: "request", Title: "Ask, with the prefixes behind the Transit Gateway", Party: demarc.Customer, Done: true, Since: t.Case.Created,
		Evidence: fmt.Sprintf("case %s asks for %s", t.Case.ID, joined(t.Prefixes)),
	}
}

func (t TransitStanding) told() demarc.Step {
	return demarc.Step{
		ID: "account", Title: "Say the account to share with, and the range to route", Party: demarc.Platform, Done: true, Since: t.Case.Created,
		Evidence: fmt.Sprintf("account %s, %s", t.Environment.Platform, joined(t.VPC.Ranges())),
	}
}

func (t TransitStanding) shared() demarc.Step {
	s := demarc.Step{ID: "share", Title: "Share the Transit Gateway with the platform", Party: demarc.Customer, Since: t.Case.Created}
	switch gw := t.Gateway; {
	case gw.ID == "" && t.Case.TransitGateway != "":
		s.Evidence = fmt.Sprintf("Transit Gateway %s is gone", t.Case.TransitGateway)
	case gw.ID == "":
		s.Evidence = fmt.Sprintf("account %s has no Transit Gateway", t.Environment.Customer)
	case gw.Region != t.Environment.Region:
		s.Evidence = fmt.Sprintf("E-REGION-TGW: %s is in %s, and environment %s runs in %s", gw.ID, gw.Region, t.Environment.Name, t.Environment.Region)
	case t.Share.ID == "" && t.Attachment.ID == "":
		s.Evidence = fmt.Sprintf("E-TGW-NOT-SHARED: %s is not shared with account %s", gw.ID, t.Environment.Platform)
	case t.Share.ID == "": // what is attached stays so
		s.Done, s.Since, s.Evidence = true, t.Attachment.Created, fmt.Sprintf("%s was shared, and is attached", gw.ID)
	default:
		s.Done, s.Since, s.Evidence = true, t.Share.Created, fmt.Sprintf("%s is in share %s", gw.ID, t.Share.ID)
	}
	return s
}

func (t TransitStanding) shareAccepted() demarc.Step {
	s := demarc.Step{ID: "share-accept", Title: "Accept the share", Party: demarc.Platform, Since: t.Invitation.Sent}
	switch i := t.Invitation; {
	case slices.Contains(t.Share.Receivers(), t.Environment.Platform):
		s.Done, s.Since, s.Evidence = true, i.Ended, fmt.Sprintf("account %s is in share %s", t.Environment.Platform, t.Share.ID)
	case t.Attachment.ID != "" && !t.Attachment.Gone():
		s.Done, s.Since, s.Evidence = true, t.Attachment.Created, fmt.Sprintf("%s was attached while it was shared", t.Gateway.ID)
	case i.State == demarc.InvitationPending:
		s.Deadline = i.Sent.Add(demarc.InvitationLapse)
		s.Evidence = fmt.Sprintf("%s: invitation %s to share %s waits since %s", notAccepted, i.ID, t.Share.ID, stamp(i.Sent))
	case i.ID != "":
		s.Party, s.Since = demarc.Customer, i.Ended
		s.Evidence = fmt.Sprintf("%s: invitation %s is %s; take the account out of the share and put it in again", notAccepted, i.ID, i.State)
	default:
		s.Evidence = "there is no share to accept"
	}
	return s
}

func (t TransitStanding) attached() demarc.Step {
	s := demarc.Step{ID: "attach", Title: "Attach the environment's VPC", Party: demarc.Platform, Since: t.Invitation.Ended}
	switch a := t.Attachment; {
	case a.ID == "":
		s.Evidence = fmt.Sprintf("VPC %s is attached to no Transit Gateway of account %s", t.VPC.ID, t.Environment.Customer)
	case a.Gone():
		s.Since, s.Evidence = a.Deleted, fmt.Sprintf("attachment %s is %s; attach it again", a.ID, a.State)
	case t.leavesIPv6Out():
		s.Since, s.Evidence = a.Created, fmt.Sprintf("attachment %s leaves IPv6 out, and prefixes of it are asked for: aws ec2 modify-transit-gateway-vpc-attachment --options Ipv6Support=enable", a.ID)
	default:
		s.Done, s.Since, s.Evidence = true, a.Created, fmt.Sprintf("%s is attached to %s as %s", t.VPC.ID, a.TransitGateway, a.ID)
	}
	return s
}

// leavesIPv6Out reports whether the attachment takes no IPv6, which is asked for,
// and can be changed: it is accepted first. Of one at another Direct Connect its
// owner alone is told.
func (t TransitStanding) leavesIPv6Out() bool {
	told := t.There == nil || t.There.By == demarc.Platform
	return told && t.asksIPv6() && t.Attachment.State == demarc.AttachmentAvailable && !t.Attachment.Options.IPv6
}

func (t TransitStanding) attachmentAccepted() demarc.Step {
	s := demarc.Step{ID: "attach-accept", Title: "Accept the attachment", Party: demarc.Customer, Since: t.Attachment.Created}
	switch a := t.Attachment; a.State {
	case demarc.AttachmentAvailable:
		s.Done, s.Evidence = true, fmt.Sprintf("%s is available", a.ID)
	case demarc.AttachmentPendingAcceptance:
		s.Evidence = fmt.Sprintf("%s waits to be accepted", a.ID)
	default:
		s.Evidence = "there is no attachment to accept"
	}
	return s
}

// customerRoutes is done when the Transit Gateway knows the way to each prefix
// and back, and the customer's network hears of the environment.
func (t TransitStanding) customerRoutes() demarc.Step {
	s := demarc.Step{ID: "customer-routes", Title: "Route between your network and the environment", Party: demarc.Customer, Since: t.Attachment.Created}
	if t.Attachment.State != demarc.AttachmentAvailable {
		s.Evidence = "there is no attachment to route to"
		return s
	}
	var without []netip.Prefix
	for _, p := range t.Prefixes {
		if t.Ways[p].ID == "" {
			without = append(without, p)
		}
	}
	missing, by := t.Unadvertised()
	switch {
	case t.Attachment.RouteTable == "":
		s.Evidence = fmt.Sprintf("%s is associated with no route table of %s", t.Attachment.ID, t.Gateway.ID)
	case len(without) > 0:
		s.Evidence = fmt.Sprintf("%s does not reach %s, or what comes from there does not find the environment", t.Gateway.ID, joined(without))
	case len(missing) > 0:
		s.Evidence = fmt.Sprintf("E-ALLOWED-PREFIXES-EMPTY: Direct Connect gateway %s does not advertise %s; it is not among the allowed prefixes of %s", by.DirectConnectGateway, joined(missing), t.Gateway.ID)
	default:
		s.Done, s.Evidence = true, fmt.Sprintf("%s reaches %s, and they reach %s", t.Gateway.ID, joined(t.Prefixes), joined(t.VPC.Ranges()))
	}
	return s
}

func (t TransitStanding) platformRoutes() demarc.Step {
	s := demarc.Step{ID: "platform-routes", Title: "Route the prefixes to the Transit Gateway, one by one", Party: demarc.Platform, Since: t.Cutover.Created}
	var left []netip.Prefix
	for _, p := range t.Prefixes {
		if !t.Routed(p) {
			left = append(left, p)
		}
	}
	switch c := t.Cutover; {
	case len(left) == 0:
		s.Done, s.Since = true, c.Turned
		s.Evidence = fmt.Sprintf("the route tables of %s lead %s to %s", t.VPC.ID, joined(t.Prefixes), t.Gateway.ID)
	case c.ID == "" || c.State.Ended():
		s.Evidence = fmt.Sprintf("%s do not lead to %s: demarc cutover plan %s", joined(left), t.Gateway.ID, t.Case.ID)
	default:
		s.Party, s.Since, s.Evidence = t.cutoverMove(), c.Since, fmt.Sprintf("cut-over %s is %s; %s do not lead to %s yet", c.ID, c.State, joined(left), t.Gateway.ID)
	}
	return s
}

// cutoverMove is who has to do something before a cut-over begins: whoever has
// not agreed, else the platform.
func (t TransitStanding) cutoverMove() demarc.Party {
	if c := t.Cutover; c.State == demarc.CutoverPlanned && c.CustomerAgreed.IsZero() {
		return demarc.Customer
	}
	return demarc.Platform
}

// ready is done when probes took the Transit Gateway both ways, in a cut-over
// that was not put back: routes alone prove nothing.
func (t TransitStanding) ready() demarc.Step {
	s := demarc.Step{ID: "ready", Title: "Ready to use: measured both ways", Party: demarc.Platform, Since: t.Cutover.Since}
	switch c := t.Cutover; c.State {
	case demarc.CutoverCarrying, demarc.CutoverRetiring, demarc.CutoverDone:
		s.Done, s.Since, s.Evidence = true, c.Turned, "measured by cut-over "+string(c.ID)+": "+measured(c)
	case "":
		s.Evidence = "nothing was measured: no cut-over was made"
	default:
		s.Evidence = fmt.Sprintf("cut-over %s is %s", c.ID, c.State)
		if c.Why != "" {
			s.Evidence += ": " + c.Why
		}
	}
	return s
}

// measured sums up what a cut-over cost, at worst.
func measured(c demarc.Cutover) string {
	var lost uint64
	var silent, asymmetric time.Duration
	for _, p := range c.Prefixes {
		lost += p.Measured.Lost
		silent, asymmetric = max(silent, p.Measured.Silent), max(asymmetric, p.Measured.Asymmetric)
	}
	return fmt.Sprintf("%d prefixes, %d probes lost, at most %.2f s of silence and %.2f s of two paths for one prefix", len(c.Prefixes), lost, silent.Seconds(), asymmetric.Seconds())
}

// retired is done when no hosted interface leads to the environment any more.
func (t TransitStanding) retired(now time.Time) demarc.Step {
	s := demarc.Step{ID: "retire", Title: "End the hosted interfaces", Party: demarc.Platform, Since: t.Cutover.Since}
	switch c := t.Cutover; {
	case len(t.Hosted) == 0 && t.ready().Done:
		s.Done, s.Since, s.Evidence = true, c.Ended, fmt.Sprintf("no hosted interface leads to %s", t.Environment.Gateway)
	case len(t.Hosted) == 0:
		s.Evidence = "there is none; they end after the Transit Gateway carries"
	case c.State != demarc.CutoverCarrying:
		s.Evidence = fmt.Sprintf("%s; they end after the Transit Gateway carries", t.hosted())
	default:
		s.Deadline = c.Gate.Ends()
		s.Evidence = t.hosted()
		for _, g := range Gate(t, now) {
			if !g.Done {
				s.Party = g.Party
				s.Evidence += "; " + g.Evidence
			}
		}
	}
	return s
}

func (t TransitStanding) hosted() string {
	var names []string
	for _, v := range t.Hosted {
		names = append(names, fmt.Sprintf("%s (VLAN %d) is %s", v.ID, v.VLAN, v.State))
	}
	return listed(names)
}
