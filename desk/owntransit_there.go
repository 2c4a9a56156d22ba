package desk

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/route"
	"demarc/store"
	"demarc/transit"
)

// What is in this file is about a customer's own Transit Gateway at another
// Direct Connect. Nothing of it is here: what it has come to is what a party has
// just seen there, and what the parties have said in the case.

// TransitShareName is what a resource share at another Direct Connect is called
// that is for a case. Its owner alone can write that: so the platform takes up
// no share, and reaches no network, of somebody who is not the case's customer.
func TransitShareName(id demarc.CaseID) string { return "demarc-" + string(id) }

// FollowTransit derives the steps of a case about a Transit Gateway at another
// Direct Connect from what an account has just seen there. Nothing is kept.
func FollowTransit(r store.Reader, by demarc.Account, id demarc.CaseID, seen demarc.TransitSightings, now time.Time) (demarc.Case, []demarc.Step, error) {
	c, err := Case(r, by.ID, id)
	if err != nil {
		return c, nil, err
	}
	t, err := SightTransit(r, c, by, seen)
	if err != nil {
		return c, nil, err
	}
	return c, t.stepsThere(now), nil
}

// TellTransit keeps in a case what an account says of a Transit Gateway at
// another Direct Connect, by what it has just seen there, and gives the next
// move to whoever has it. Doing it again with the same changes nothing. When the
// platform says that its routes lead there the case is answered.
func TellTransit(tx *store.Tx, by demarc.Account, actor demarc.Actor, id demarc.CaseID, seen demarc.TransitSightings, now time.Time) (demarc.Case, []demarc.Step, error) {
	c, err := Case(tx, by.ID, id)
	if err == nil && c.Opener == by.ID {
		c, err = open(tx, actor, id) // the platform's attachment may go long after
	}
	if err != nil {
		return c, nil, err
	}
	t, err := SightTransit(tx, c, by, seen)
	if err != nil {
		return c, nil, err
	}
	before := t.word()
	word, said := t.tell(now)
	t.Case.Transit = &word
	steps := t.stepsThere(now)
	if word == before && c.Transit != nil {
		return c, steps, nil
	}
	c.Transit = &word
	if c.State == demarc.CaseAnswered && !before.Ready.IsZero() && word.Ready.IsZero() { // as when a cut-over is put back
		c.State, c.Answer, c.AnsweredBy, c.Answered = demarc.CaseWaitingAssignee, "", "", time.Time{}
	}
	if len(said) > 0 && !c.State.Ended() {
		if c, err = say(tx, c, actor, strings.Join(said, ". "), nil, now); err != nil {
			return c, nil, err
		}
	}
	if next, waiting := WhoseMove(steps); waiting && !c.State.Ended() {
		c.State = demarc.CaseWaitingOpener
		if next.Party == demarc.Platform {
			c.State = demarc.CaseWaitingAssignee
		}
	}
	if !word.Ready.IsZero() && !c.State.Ended() {
		c = end(tx, answered(c, fmt.Sprintf("Ready to use: the route tables of %s lead %s to %s", word.VPC, joined(t.Prefixes), word.Gateway), string(by.ID), now))
	}
	store.Cases.Put(tx, c)
	return c, steps, nil
}

// SightTransit is what a case about a Transit Gateway there has come to, as an
// account sees it. It refuses what that account cannot have seen. Of the account
// nothing but its id is asked for.
func SightTransit(r store.Reader, c demarc.Case, by demarc.Account, seen demarc.TransitSightings) (TransitStanding, error) {
	if c.Kind != demarc.CaseTransit {
		return TransitStanding{}, demarc.Errorf(demarc.Invalid, "case %s is of kind %s", c.ID, c.Kind).Coded("E-CASE-KIND", "Name one of kind "+string(demarc.CaseTransit))
	}
	env, _ := store.Environments.Get(r, c.Environment)
	if !env.Away() {
		return TransitStanding{}, notAway(env)
	}
	party := demarc.Customer
	if by.ID == c.Assignee {
		party = demarc.Platform
	}
	t := thereTransit(r, c, party, seen)
	return t, t.checkSighted(r, seen)
}

// thereTransit puts what a party has seen into the words of our own objects; by
// is empty where nobody has looked.
func thereTransit(r store.Reader, c demarc.Case, by demarc.Party, seen demarc.TransitSightings) TransitStanding {
	t := TransitStanding{Case: c, Prefixes: parsed(c.Prefixes), Ways: map[netip.Prefix]demarc.TransitGatewayAttachment{}, There: &There{By: by, Seen: seen}}
	env, _ := store.Environments.Get(r, c.Environment)
	t.Environment = env.There()
	word := t.word()
	t.Environment.Customer = cmp.Or(seen.Gateway.Owner, word.Owner, env.Customer)
	t.VPC, _ = store.VPCs.Get(r, string(env.VPC)) // the sketch of it, for its ranges
	t.VPC.ID = cmp.Or(seen.VPC.ID, word.VPC, t.VPC.ID)
	t.Gateway = demarc.TransitGateway{ID: seen.Gateway.ID, Owner: seen.Gateway.Owner, Region: seen.Gateway.Region, ASN: seen.Gateway.ASN, State: seen.Gateway.State}
	t.takeShare(seen.Share)
	for _, a := range seen.Attachments {
		if t.mine(a) && (t.Attachment.ID == "" || t.Attachment.Gone()) {
			t.Attachment = attachmentNoun(a)
		}
	}
	t.findWays(t.routesIn, t.behind)
	for _, table := range seen.Tables {
		t.Tables = append(t.Tables, demarc.RouteTable{ID: table.ID, VPC: t.VPC.ID, Static: table.Routes})
	}
	for _, v := range seen.Interfaces {
		if n := interfaceNoun(v); alive(n) && endOf(n) != "" {
			t.Hosted = append(t.Hosted, n)
		}
	}
	t.findCutover(r)
	return t
}

// word is what was said of it so far.
func (t TransitStanding) word() demarc.TransitWord {
	if t.Case.Transit == nil {
		return demarc.TransitWord{}
	}
	return *t.Case.Transit
}

// takeShare takes the share that is for the case, and no other.
func (t *TransitStanding) takeShare(s demarc.ShareSighted) {
	if s.Name != TransitShareName(t.Case.ID) || s.To != t.Environment.Platform || !slices.Contains(s.Gateways, t.Gateway.ID) {
		return
	}
	id := shareID(s.ARN)
	t.Share = demarc.ResourceShare{ID: id, Name: s.Name, Owner: s.Owner, State: demarc.ShareActive, Created: s.Created, Principals: []demarc.ShareAssociation{{Entity: string(s.To), State: s.State}}}
	became := map[demarc.ShareAssociationState]demarc.ResourceShareInvitationState{
		demarc.ShareAssociating: demarc.InvitationPending, demarc.ShareAssociated: demarc.InvitationAccepted, demarc.ShareFailed: demarc.InvitationRejected,
	}
	t.Invitation = demarc.ResourceShareInvitation{ID: demarc.ResourceShareInvitationID(id), Share: id, Sent: s.Sent, State: cmp.Or(became[s.State], demarc.InvitationExpired)}
}

// mine reports whether an attachment is the environment's: to the customer the
// one that the platform has named, to the platform that of its VPC to what is
// shared for the case, or was.
func (t TransitStanding) mine(a demarc.TransitAttachmentSighted) bool {
	word := t.word()
	switch {
	case a.Gateway != t.Gateway.ID || a.Owner != t.Environment.Platform || a.VPC == "":
		return false
	case t.There.By == demarc.Customer:
		return a.ID == word.Attachment
	}
	return a.VPC == t.There.Seen.VPC.ID && (a.ID == word.Attachment || t.Share.ID != "")
}

// attachmentNoun is an attachment as our own are. EC2 has states besides, in which
// one is used already or any more.
func attachmentNoun(a demarc.TransitAttachmentSighted) demarc.TransitGatewayAttachment {
	n := demarc.TransitGatewayAttachment{
		ID: a.ID, TransitGateway: a.Gateway, GatewayOwner: a.GatewayOwner, Owner: a.Owner, VPC: a.VPC, DirectConnectGateway: demarc.DirectConnectGatewayID(a.Resource),
		State: a.State, RouteTable: a.RouteTable, Created: a.Created, Options: demarc.AttachmentOptions{IPv6: a.IPv6},
	}
	switch a.State {
	case "modifying":
		n.State = demarc.AttachmentAvailable
	case "deleting", "failing", "failed", "rollingBack":
		n.State = demarc.AttachmentDeleted
	case "rejecting":
		n.State = demarc.AttachmentRejected
	}
	return n
}

// routesIn are those of a table of the Transit Gateway.
func (t TransitStanding) routesIn(id demarc.TransitRouteTableID) (routes []transit.Route) {
	for _, row := range t.There.Seen.Routes {
		if id == "" || row.Table != id {
			continue
		}
		for _, a := range t.There.Seen.Attachments {
			if a.ID == row.Attachment {
				routes = append(routes, transit.Route{TransitRoute: route.TransitRoute{Prefix: row.Prefix}, To: attachmentNoun(a)})
			}
		}
	}
	return routes
}

// behind is the association that an attachment stands for.
func (t TransitStanding) behind(to demarc.TransitGatewayAttachment) (demarc.GatewayAssociation, bool) {
	for _, a := range t.There.Seen.Associations {
		if a.DirectConnectGateway == to.DirectConnectGateway && a.DirectConnectGateway != "" {
			return demarc.GatewayAssociation{ID: a.ID, DirectConnectGateway: a.DirectConnectGateway, Owner: a.Owner, State: a.State, Allowed: a.Allowed}, true
		}
	}
	return demarc.GatewayAssociation{}, false
}

// tell is the party's word by what it sees, and what of it is new, for people.
func (t TransitStanding) tell(now time.Time) (word demarc.TransitWord, said []string) {
	word = t.word()
	tells := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if t.There.By == demarc.Platform {
		t.platformTells(&word, now, tells)
		return word, said
	}
	if t.Share.ID != "" && t.Gateway.Region == t.Environment.Region && (word.Gateway != t.Gateway.ID || word.Share != t.There.Seen.Share.ARN) {
		word.Gateway, word.Owner, word.Share = t.Gateway.ID, t.Gateway.Owner, t.There.Seen.Share.ARN
		tells("Shared %s as %s", word.Gateway, word.Share)
	}
	if word.Available.IsZero() && t.Attachment.State == demarc.AttachmentAvailable {
		word.Available = now
		tells("Attachment %s is accepted", word.Attachment)
	}
	switch routed := t.customerRoutes().Done; {
	case !routed && !word.Routed.IsZero():
		word.Routed = time.Time{}
		tells("%s", t.customerRoutes().Evidence)
	case routed && word.Routed.IsZero():
		word.Routed = now
		tells("%s reaches %s, and they reach %s", t.Gateway.ID, joined(t.Prefixes), joined(t.VPC.Ranges()))
	}
	return word, said
}

func (t TransitStanding) platformTells(word *demarc.TransitWord, now time.Time, tells func(string, ...any)) {
	switch a := t.Attachment; {
	case a.ID != "" && !a.Gone() && a.ID != word.Attachment:
		word.Attachment, word.VPC, word.Attached, word.Available = a.ID, a.VPC, now, time.Time{}
		word.Gateway, word.Owner = a.TransitGateway, cmp.Or(a.GatewayOwner, word.Owner)
		tells("Attached the environment as %s", a.ID)
	case a.ID != "" && a.ID == word.Attachment && a.Gone():
		word.Attachment, word.VPC, word.Attached, word.Available = "", "", time.Time{}, time.Time{}
		tells("Attachment %s is %s", a.ID, a.State)
	}
	if word.Attachment != "" && word.Available.IsZero() && t.Attachment.State == demarc.AttachmentAvailable {
		word.Available = now
	}
	switch ready := t.platformRoutesThere(); {
	case !ready.Done && !word.Ready.IsZero():
		word.Ready = time.Time{}
		tells("No longer ready to use: %s", ready.Evidence)
	case ready.Done && word.Ready.IsZero() && !word.Routed.IsZero():
		word.Ready = now
		tells("The route tables of %s lead %s to %s", word.VPC, joined(t.Prefixes), t.Gateway.ID)
	}
}

var transitID = regexp.MustCompile(`^(tgw|tgw-attach|tgw-rtb|vpc|rtb)-[a-z0-9]{1,40}$`)

// mostRoutesSighted bounds what anybody sees of one case.
const mostRoutesSighted = 2000

// checkSighted refuses what the party cannot have seen of the case.
func (t TransitStanding) checkSighted(r store.Reader, seen demarc.TransitSightings) error {
	refusal := func(field, format string, args ...any) error {
		return demarc.Errorf(demarc.Invalid, format, args...).Coded("E-SIGHTING", "Let demarc case status --as read it: it hands in what the service answers you").In(field)
	}
	var ids []string
	for _, a := range seen.Attachments {
		ids = append(ids, string(a.ID), string(a.Gateway), string(a.RouteTable), string(a.VPC))
	}
	for _, row := range seen.Routes {
		ids = append(ids, string(row.Table), string(row.Attachment))
	}
	for _, table := range seen.Tables {
		ids = append(ids, string(table.ID))
	}
	ids = append(ids, string(seen.Gateway.ID), string(seen.VPC.ID))
	customers := len(seen.Routes)+len(seen.Associations) > 0
	platforms := len(seen.Tables)+len(seen.VPC.Ranges) > 0
	switch odd := slices.IndexFunc(ids, func(id string) bool { return id != "" && !transitID.MatchString(id) }); {
	case len(seen.Attachments)+len(seen.Associations)+len(seen.Interfaces)+len(seen.Tables) > mostSighted || len(seen.Routes) > mostRoutesSighted:
		return refusal("attachments", "more than there may be of one Transit Gateway")
	case odd >= 0:
		return refusal("attachments", "%q is no id as EC2 writes one", clipped(ids[odd]))
	case t.There.By == demarc.Platform && customers:
		return refusal("routes", "a platform sees no route tables of its customers' Transit Gateways")
	case t.There.By == demarc.Customer && platforms:
		return refusal("tables", "a customer sees no route tables of the environment")
	case tooLong(seen.Share.Name, string(seen.Gateway.Owner), string(seen.Gateway.Region)) || len(seen.Share.ARN) > 2*longestSighted || len(seen.Share.Gateways) > mostSighted:
		return refusal("share", "%q is no share as RAM describes one", clipped(seen.Share.ARN))
	}
	for i, v := range seen.Interfaces {
		if err := checkInterface(v); err != nil || v.Owner != t.Environment.Platform {
			return refusal(fmt.Sprintf("interfaces[%d]", i), "%q is no interface to account %s", clipped(string(v.ID)), t.Environment.Platform)
		}
	}
	if e := seen.Echo; e != nil && (!slices.ContainsFunc(t.VPC.Ranges(), func(p netip.Prefix) bool { return p.Contains(e.Address) }) || e.Sent < 1 || e.Answered < 0 || e.Answered > e.Sent) {
		return refusal("echo.address", "%s is no address of environment %s that was asked", e.Address, t.Environment.Name)
	}
	return nil
}
