package desk

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/share"
	"demarc/store"
	"demarc/transit"
)

// moveTransit does the platform's next move in a case about one's own Transit
// Gateway, as its account would by the API: it takes up the share and attaches
// the environment. What is done is said in the case.
func moveTransit(tx *store.Tx, c demarc.Case, by demarc.Actor, now time.Time) (demarc.Case, error) {
	t := Transit(tx, c)
	if err := OnlyHere(t.Environment, "Transit Gateway"); err != nil {
		return c, err
	}
	done, err := t.takeUp(tx, now)
	if err != nil {
		return c, err
	}
	if done == "" {
		next, waiting := WhoseMove(TransitSteps(tx, c, now))
		if !waiting {
			next.Evidence = "nothing is left to do"
		}
		return c, demarc.Errorf(demarc.Conflict, "there is nothing to accept now: %s", next.Evidence).
			Coded("E-CASE-STATE", "See demarc case status "+string(c.ID)).By(next.Party)
	}
	if c, err = say(tx, c, by, done, nil, now); err != nil {
		return c, err
	}
	c.State = demarc.CaseWaitingOpener
	if Transit(tx, c).Attachment.State == demarc.AttachmentAvailable {
		c.State = demarc.CaseWaitingAssignee
	}
	store.Cases.Put(tx, c)
	return c, nil
}

// takeUp accepts the share where it waits and attaches the VPC where it is not,
// for the platform, and says what it did; nothing where nothing was to do.
func (t TransitStanding) takeUp(tx *store.Tx, now time.Time) (string, error) {
	env := t.Environment
	var done []string
	switch {
	case t.Gateway.ID == "":
		return "", nil
	case t.Share.ID == "" && (t.Attachment.ID == "" || t.Attachment.Gone()):
		return "", notShared("Transit Gateway "+string(t.Gateway.ID)+" is not shared with", env)
	case t.Invitation.State == demarc.InvitationPending:
		if _, err := share.Accept(tx, env.Platform, t.Invitation.ID, now); err != nil {
			return "", err
		}
		done = append(done, "Accepted the share "+string(t.Share.ID))
	}
	if t.Attachment.ID == "" || t.Attachment.Gone() {
		a, err := transit.AttachVPC(tx, env.Platform, demarc.TransitGatewayAttachment{
			TransitGateway: t.Gateway.ID, VPC: env.VPC, Subnets: subnetPerZone(tx, env.VPC),
			Options: demarc.AttachmentOptions{IPv6: t.asksIPv6()},
		}, now)
		if err != nil {
			return "", err
		}
		text := "Attached the environment as " + string(a.ID)
		if a.State == demarc.AttachmentPendingAcceptance {
			text += ", which the Transit Gateway's owner accepts next"
		}
		done = append(done, text)
	}
	return strings.Join(done, ". "), nil
}

// asksIPv6 reports whether prefixes of IPv6 are to be reached: attachments leave
// that family out unless told.
func (t TransitStanding) asksIPv6() bool {
	return slices.ContainsFunc(t.Prefixes, func(p netip.Prefix) bool { return p.Addr().Is6() })
}

// subnetPerZone is one subnet of each zone that a VPC has any in.
func subnetPerZone(r store.Reader, id demarc.VPCID) (subnets []demarc.SubnetID) {
	zones := map[string]bool{}
	for s := range store.Subnets.By(r, "vpc", string(id)) {
		if !zones[s.Zone] {
			zones[s.Zone] = true
			subnets = append(subnets, s.ID)
		}
	}
	return subnets
}

// TransitReady ends a case about one's own Transit Gateway, once a cut-over has
// moved its environment and measured that.
func TransitReady(tx *store.Tx, moved demarc.Cutover, now time.Time) error {
	c, ok := store.Cases.Get(tx, string(moved.Case))
	if !ok || c.State.Ended() {
		return nil
	}
	if c.Transit != nil { // there, it is the platform's machine that has seen the routes
		word := *c.Transit
		word.Ready = now
		c.Transit = &word
	}
	end(tx, answered(c, "Ready to use: "+measured(moved), ByDesk, now))
	return nil
}

// TransitUnready opens such a case again, whose environment was moved back.
func TransitUnready(tx *store.Tx, back demarc.Cutover, now time.Time) {
	c, ok := store.Cases.Get(tx, string(back.Case))
	if !ok || c.State != demarc.CaseAnswered || c.AnsweredBy != ByDesk {
		return
	}
	c.State, c.Answer, c.AnsweredBy, c.Answered = demarc.CaseWaitingAssignee, "", "", time.Time{}
	if c.Transit != nil {
		word := *c.Transit
		word.Ready = time.Time{}
		c.Transit = &word
	}
	c.History = append(c.History, demarc.Communication{By: ByDesk, At: now, Text: "Cut-over " + string(back.ID) + " is put back: " + back.Why})
	store.Cases.Put(tx, c)
}
