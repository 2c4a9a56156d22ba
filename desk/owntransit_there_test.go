package desk_test

import (
	"net/netip"
	"strings"
	"testing"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// bob runs the environments.
var bob = demarc.Account{ID: platform, Party: demarc.Platform}

// hubThere is a case about a Transit Gateway at another Direct Connect, with what
// each party sees there when all is well.
type hubThere struct {
	*world
	c                demarc.Case
	owner, guest     demarc.TransitSightings
	ours             netip.Prefix
	attached, behind demarc.TransitAttachmentSighted
}

func newHubThere(t *testing.T, by demarc.Account, env string) *hubThere {
	w := newWorld(t)
	return w.hubThere(by, env)
}

func (w *world) hubThere(by demarc.Account, env string) *hubThere {
	w.Helper()
	w.away(env, by.ID)
	h := &hubThere{world: w, ours: netip.MustParsePrefix("192.168.50.0/24")}
	var refusal *demarc.Error
	h.c, refusal = w.open(by.ID, desk.New{Kind: demarc.CaseTransit, Environment: env, Fields: demarc.CaseFields{Prefixes: []string{h.ours.String()}}})
	if refusal != nil {
		w.Fatal(refusal)
	}
	const theirs = demarc.AccountID("888888888888")
	v, _ := store.VPCs.Get(w.store.Local(), string(vpc))
	gw := demarc.TransitGatewaySighted{ID: "tgw-1", Owner: theirs, Region: "us-east-1", ASN: 64900, State: demarc.TransitGatewayAvailable}
	share := demarc.ShareSighted{
		ARN: "arn:aws:ram:us-east-1:888888888888:resource-share/1", Name: desk.TransitShareName(h.c.ID), Owner: theirs,
		Gateways: []demarc.TransitGatewayID{"tgw-1"}, To: there, State: demarc.ShareAssociated,
	}
	h.attached = demarc.TransitAttachmentSighted{ID: "tgw-attach-1", Gateway: "tgw-1", GatewayOwner: theirs, Owner: there, VPC: "vpc-there", State: demarc.AttachmentAvailable, RouteTable: "tgw-rtb-1"}
	h.behind = demarc.TransitAttachmentSighted{ID: "tgw-attach-2", Gateway: "tgw-1", GatewayOwner: theirs, Owner: theirs, Resource: "dxgw-1", State: demarc.AttachmentAvailable, RouteTable: "tgw-rtb-1"}
	h.owner = demarc.TransitSightings{
		Gateway: gw, Share: share, Attachments: []demarc.TransitAttachmentSighted{h.attached, h.behind},
		Routes: []demarc.TransitRouteSighted{
			{Table: "tgw-rtb-1", Prefix: h.ours, Attachment: "tgw-attach-2"}, {Table: "tgw-rtb-1", Prefix: v.CIDR, Attachment: "tgw-attach-1"},
		},
		Associations: []demarc.GatewayAssociationSighted{{ID: "a-1", DirectConnectGateway: "dxgw-1", Owner: theirs, State: demarc.GatewayAssociated, Allowed: []netip.Prefix{v.CIDR}}},
	}
	seen := h.attached
	seen.RouteTable = ""
	h.guest = demarc.TransitSightings{
		Gateway: gw, Share: share, Attachments: []demarc.TransitAttachmentSighted{seen}, VPC: demarc.VPCSighted{ID: "vpc-there", Ranges: []netip.Prefix{v.CIDR}},
		Tables: []demarc.RouteTableSighted{{ID: "rtb-1", Routes: []demarc.StaticRoute{{Prefix: h.ours, Target: "tgw-1"}}}},
	}
	return h
}

// step is one as a party sees it.
func (h *hubThere) step(by demarc.Account, seen demarc.TransitSightings, id string) demarc.Step {
	h.Helper()
	_, steps, err := desk.FollowTransit(h.store.Local(), by, h.c.ID, seen, h.now)
	if err != nil {
		h.Fatal(err)
	}
	for _, s := range steps {
		if s.ID == id {
			return s
		}
	}
	h.Fatalf("no step %s", id)
	return demarc.Step{}
}

func (h *hubThere) tell(by demarc.Account, seen demarc.TransitSightings) demarc.Case {
	h.Helper()
	var c demarc.Case
	h.write(func(tx *store.Tx) (err error) {
		c, _, err = desk.TellTransit(tx, by, demarc.Actor{Account: by.ID}, h.c.ID, seen, h.now)
		return err
	})
	return c
}

func marks(steps []demarc.Step) string {
	var all []string
	for _, s := range steps {
		mark := map[bool]string{true: "+", false: "-"}[s.Done]
		if s.Unprovable {
			mark = "?"
		}
		all = append(all, mark+s.ID)
	}
	return strings.Join(all, " ")
}

// TestEachPartysWordIsItsOwn: what one hands in proves nothing to the other, who
// is told that it was said, and only then is not waited for.
func TestEachPartysWordIsItsOwn(t *testing.T) {
	h := newHubThere(t, alice, "acme-away")
	follow := func(by demarc.Account, seen demarc.TransitSightings, want string) {
		t.Helper()
		_, steps, err := desk.FollowTransit(h.store.Local(), by, h.c.ID, seen, h.now)
		if got := marks(steps); err != nil || got != want {
			t.Errorf("%s: got %s, %v\nwant %s", by.Party, got, err, want)
		}
	}
	follow(alice, h.owner, "+request +account +share +share-accept -attach -attach-accept -customer-routes -platform-routes ?ready +retire")
	follow(bob, h.guest, "+request +account +share +share-accept +attach +attach-accept -customer-routes +platform-routes ?ready +retire")
	if c := h.tell(bob, h.guest); c.State != demarc.CaseWaitingOpener || !c.Transit.Ready.IsZero() {
		t.Errorf("before the customer has spoken: got %s, %+v", c.State, c.Transit)
	}
	follow(alice, h.owner, "+request +account +share +share-accept +attach +attach-accept +customer-routes -platform-routes ?ready +retire")
	said := h.tell(alice, h.owner)
	if again := h.tell(alice, h.owner); len(again.History) != len(said.History) {
		t.Errorf("saying it again is %d communications more", len(again.History)-len(said.History))
	}
	follow(bob, h.guest, "+request +account +share +share-accept +attach +attach-accept ?customer-routes +platform-routes ?ready +retire")
	if c := h.tell(bob, h.guest); c.State != demarc.CaseAnswered || !strings.HasPrefix(c.Answer, "Ready to use: the route tables of vpc-there lead 192.168.50.0/24 to tgw-1") || c.AnsweredBy != string(platform) {
		t.Errorf("the end: got %s %q by %s", c.State, c.Answer, c.AnsweredBy)
	}
	echoed := h.owner
	echoed.Echo = &demarc.EchoSighted{Address: netip.MustParseAddr("10.8.2.10"), Sent: 3, Answered: 3}
	follow(alice, echoed, "+request +account +share +share-accept +attach +attach-accept +customer-routes ?platform-routes +ready +retire")
	hosted, _ := sighted("dxvif-a", "")
	hosted.State = demarc.VIFAvailable
	echoed.Interfaces = []demarc.InterfaceSighted{hosted}
	follow(alice, echoed, "+request +account +share +share-accept +attach +attach-accept +customer-routes ?platform-routes ?ready -retire")
	for _, s := range desk.TransitSteps(h.store.Local(), said, h.now)[2:6] {
		if s.Done || !strings.Contains(s.Evidence, "nobody has looked") {
			t.Errorf("without a look: %+v", s)
		}
	}
}

// TestAShareNamedForAnotherCase is nobody's: else a customer who knows of another
// one's share would have its own environment attached to that one's network.
func TestAShareNamedForAnotherCase(t *testing.T) {
	h := newHubThere(t, alice, "acme-away")
	mallory := h.hubThere(other, "evil-away")
	stolen := mallory.guest
	stolen.Share.Name = desk.TransitShareName(h.c.ID)
	for name, seen := range map[string]demarc.TransitSightings{"another case's": stolen, "one without": {Gateway: h.guest.Gateway, VPC: h.guest.VPC, Tables: h.guest.Tables}} {
		if s := mallory.step(bob, seen, "share"); s.Done || !strings.Contains(s.Evidence, "E-TGW-NOT-SHARED") {
			t.Errorf("%s: %+v", name, s)
		}
		if s := mallory.step(bob, seen, "attach"); s.Done {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := h.step(bob, h.guest, "share"); !s.Done {
		t.Errorf("its own: %+v", s)
	}
	named := h.owner
	named.Share.ARN = "arn:aws:ram:us-east-1:888888888888:resource-share/2"
	h.tell(bob, h.guest)
	foreign := h.attached
	foreign.ID = "tgw-attach-9"
	named.Attachments = append([]demarc.TransitAttachmentSighted{foreign}, named.Attachments[1:]...)
	if s := h.step(alice, named, "attach"); s.Done || !strings.Contains(s.Evidence, "the platform has named tgw-attach-1") {
		t.Errorf("an attachment that the platform has not named: %+v", s)
	}
}

// TestWrongWaysThere are refused with the codes that they have here.
func TestWrongWaysThere(t *testing.T) {
	h := newHubThere(t, alice, "acme-away")
	h.tell(bob, h.guest)
	for _, tt := range []struct {
		name, step, want string
		change           func(*demarc.TransitSightings)
	}{
		{"another Region", "share", "E-REGION-TGW: tgw-1 is in eu-central-1", func(s *demarc.TransitSightings) { s.Gateway.Region = "eu-central-1" }},
		{"with somebody else", "share", "E-TGW-NOT-SHARED: tgw-1 is in no share", func(s *demarc.TransitSightings) { s.Share.To, s.Attachments = "777777777777", nil }},
		{"another Transit Gateway", "share", "E-TGW-NOT-SHARED", func(s *demarc.TransitSightings) {
			s.Share.Gateways, s.Attachments = []demarc.TransitGatewayID{"tgw-2"}, nil
		}},
		{"not accepted", "share-accept", "E-SHARE-NOT-ACCEPTED: account 999999999999 was invited", func(s *demarc.TransitSightings) { s.Share.State, s.Attachments = demarc.ShareAssociating, nil }},
		{"lapsed", "share-accept", "take the account out of the share and put it in again", func(s *demarc.TransitSightings) { s.Share.State, s.Attachments = demarc.ShareFailed, nil }},
		{"no allowed prefixes", "customer-routes", "E-ALLOWED-PREFIXES-EMPTY: Direct Connect gateway dxgw-1 does not advertise 10.8.2.0/24", func(s *demarc.TransitSightings) {
			s.Associations = []demarc.GatewayAssociationSighted{s.Associations[0]}
			s.Associations[0].Allowed = nil
		}},
		{"no way back", "customer-routes", "does not reach 192.168.50.0/24, or what comes from there", func(s *demarc.TransitSightings) { s.Routes = s.Routes[:1] }},
		{"no way out", "customer-routes", "does not reach 192.168.50.0/24", func(s *demarc.TransitSightings) { s.Routes = s.Routes[1:] }},
	} {
		seen := h.owner
		tt.change(&seen)
		if s := h.step(alice, seen, tt.step); s.Done || !strings.Contains(s.Evidence, tt.want) {
			t.Errorf("%s: got %+v, want %q", tt.name, s, tt.want)
		}
	}
	if _, refusal := h.open(customer, desk.New{Kind: demarc.CaseTransit, Environment: "acme-away", Fields: demarc.CaseFields{Prefixes: []string{"192.168.60.0/24"}, ResourceShare: "arn:aws:ram:eu-west-1:888888888888:resource-share/1"}}); refusal == nil || refusal.Code != "E-REGION-TGW" {
		t.Errorf("a share in the desk's Region, and not in the environment's: got %v", refusal)
	}
	if refusal := h.try(func(tx *store.Tx) error { _, err := desk.Accept(tx, root, h.c.ID, h.now); return err }); refusal == nil || refusal.Code != "E-ELSEWHERE" {
		t.Errorf("the desk attaches nothing there: got %v", refusal)
	}
}

// TestWhatAPartyCannotHaveSeenOfIt is refused, whoever says it.
func TestWhatAPartyCannotHaveSeenOfIt(t *testing.T) {
	h := newHubThere(t, alice, "acme-away")
	hosted, _ := sighted("dxvif-a", "")
	hosted.Owner = stranger
	refused := func(name string, by demarc.Account, seen demarc.TransitSightings, want string) {
		t.Helper()
		_, _, err := desk.FollowTransit(h.store.Local(), by, h.c.ID, seen, h.now)
		told := h.try(func(tx *store.Tx) error {
			_, _, err := desk.TellTransit(tx, by, demarc.Actor{Account: by.ID}, h.c.ID, seen, h.now)
			return err
		})
		if err == nil || told == nil || told.Code != want {
			t.Errorf("%s: got %v, %v, want %s", name, err, told, want)
		}
	}
	refused("the customer's routes by the platform", bob, h.owner, "E-SIGHTING")
	refused("the platform's tables by the customer", alice, h.guest, "E-SIGHTING")
	refused("no id", alice, demarc.TransitSightings{Gateway: demarc.TransitGatewaySighted{ID: "gw 1"}}, "E-SIGHTING")
	refused("an interface of others", bob, demarc.TransitSightings{Interfaces: []demarc.InterfaceSighted{hosted}}, "E-SIGHTING")
	refused("an echo of another network", alice, demarc.TransitSightings{Echo: &demarc.EchoSighted{Address: netip.MustParseAddr("10.9.0.1"), Sent: 1}}, "E-SIGHTING")
	refused("a stranger", other, h.owner, "") // there is no such case
	c, refusal := h.open(customer, desk.New{Kind: demarc.CaseRoutes, Environment: "acme-away", Fields: demarc.CaseFields{Add: []string{"192.168.70.0/24"}}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	h.c = c
	refused("another kind of case", alice, h.owner, "E-CASE-KIND")
}

// TestATransitGatewayThereExcludesLines from when either party says that it is
// attached until the platform says that it is not.
func TestATransitGatewayThereExcludesLines(t *testing.T) {
	h := newHubThere(t, alice, "acme-away")
	link, _ := store.Links.Get(h.store.Local(), string(h.linkInto("acme-away")))
	v, seen := sighted("dxvif-a", string(link.ID))
	if _, refusal := h.offer(alice, link, seen); refusal != nil {
		t.Fatal(refusal)
	}
	waiting := h.guest
	waiting.Attachments = []demarc.TransitAttachmentSighted{h.attached}
	waiting.Attachments[0].State = demarc.AttachmentPendingAcceptance
	h.tell(bob, waiting)
	ask := func() *demarc.Error {
		_, refusal := h.request(customer, func(r *desk.Request) {
			r.Environment, r.Legs[0].Location, r.Prefixes = "acme-away", "EqDC2", []string{"192.168.61.0/24"}
		})
		return refusal
	}
	if refusal := ask(); refusal != nil {
		t.Errorf("before the customer has accepted: %v", refusal)
	}
	h.tell(alice, h.owner)
	if refusal := ask(); refusal == nil || refusal.Code != "E-TGW-EXCLUSIVE" || !strings.Contains(refusal.Text, "tgw-1 of account 888888888888") {
		t.Errorf("a link beside it: got %v", refusal)
	}
	if got := h.judge(v); got.Verdict != "" || !strings.Contains(got.Reason, "already connected to a Transit Gateway") {
		t.Errorf("an interface beside it: got %+v", got)
	}
	gone := h.owner
	gone.Attachments = []demarc.TransitAttachmentSighted{h.attached}
	gone.Attachments[0].State = demarc.AttachmentDeleted
	h.tell(alice, gone)
	if refusal := ask(); refusal == nil {
		t.Error("the customer alone says that it is gone, and is believed")
	}
	left := h.guest
	left.Attachments = gone.Attachments
	if c := h.tell(bob, left); c.Transit.Attachment != "" {
		t.Errorf("got %+v", c.Transit)
	}
	if got := h.judge(v); got.Verdict != demarc.VerdictQueue {
		t.Errorf("when it is gone: got %+v", got)
	}
}

// linkInto is the link that there is into an environment.
func (w *world) linkInto(env string) (id demarc.LinkID) {
	for link := range store.Links.By(w.store.Local(), "environment", env) {
		id = link.ID
	}
	return id
}

// TestRoutesThatAreTakenOutAgain open the case again: it was answered by them.
func TestRoutesThatAreTakenOutAgain(t *testing.T) {
	h := newHubThere(t, alice, "acme-away")
	h.tell(bob, h.guest)
	h.tell(alice, h.owner)
	if c := h.tell(bob, h.guest); c.State != demarc.CaseAnswered {
		t.Fatalf("got %s", c.State)
	}
	back := h.guest
	back.Tables = []demarc.RouteTableSighted{{ID: "rtb-1"}}
	c := h.tell(bob, back)
	if last := c.History[len(c.History)-1]; c.State != demarc.CaseWaitingAssignee || c.Answer != "" || !strings.HasPrefix(last.Text, "No longer ready to use: 192.168.50.0/24 do not lead") {
		t.Errorf("got %s %q, %q", c.State, c.Answer, last.Text)
	}
	if c = h.tell(bob, h.guest); c.State != demarc.CaseAnswered {
		t.Errorf("again: %s", c.State)
	}
	half := h.guest
	half.Tables = append([]demarc.RouteTableSighted{{ID: "rtb-2"}}, half.Tables...)
	if s := h.step(bob, half, "platform-routes"); s.Done {
		t.Errorf("one of two tables: %+v", s)
	}
}

// TestStatesOfEC2sOwn are read as what they mean for who waits.
func TestStatesOfEC2sOwn(t *testing.T) {
	h := newHubThere(t, alice, "acme-away")
	for state, want := range map[demarc.TransitGatewayAttachmentState]string{"modifying": "++", "deleting": "--", "failed": "--", "pending": "+-", "initiating": "+-", "pendingAcceptance": "+-"} {
		seen := h.guest
		seen.Attachments = []demarc.TransitAttachmentSighted{h.attached}
		seen.Attachments[0].State = state
		mark := map[bool]string{true: "+", false: "-"}
		attached, accepted := h.step(bob, seen, "attach"), h.step(bob, seen, "attach-accept")
		if got := mark[attached.Done] + mark[accepted.Done]; got != want {
			t.Errorf("%s: got %s (%s; %s), want %s", state, got, attached.Evidence, accepted.Evidence, want)
		}
	}
}
