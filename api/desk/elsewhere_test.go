package desk_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
	"demarc/store"
)

// there is the platform's account number at the other Direct Connect.
const there = demarc.AccountID("999999999999")

const awayLink = `{"environment":"acme-away","topology":"own-cage","legs":[{"location":"EqDC2","bandwidth":"1Gbps","vlan":103}],"prefixes":["192.168.60.0/24"]}`

// away is an environment at another Direct Connect with a link into it.
func (w *world) away() (link desk.Link) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		store.VPCs.Put(tx, demarc.VPC{ID: "vpc-away", Owner: platform, Region: "eu-west-1", CIDR: netip.MustParsePrefix("10.9.0.0/24")})
		store.Environments.Put(tx, demarc.Environment{
			Name: "acme-away", Edition: "Enterprise", Region: "eu-west-1", Platform: platform, Customer: customer, VPC: "vpc-away",
			Elsewhere: demarc.Elsewhere{At: "aws", Region: "us-east-1", Account: there, Gateway: "vgw-there"},
		})
		return nil
	})
	w.get(customer, "POST", "/desk/v1/links", awayLink, &link)
	return link
}

// offered is an interface there as its parties see it.
func offered(tag string, state demarc.VirtualInterfaceState) desk.InterfaceSighted {
	return desk.InterfaceSighted{
		ID: "dxvif-there1", Tag: tag, Connection: "dxcon-there1", State: state, Owner: there, Location: "EqDC2", VLAN: 103, ASN: 65010, MTU: 1500,
	}
}

// sees is what the customer sees of its link there.
func sees(tag string, interfaces ...desk.InterfaceSighted) desk.Sightings {
	return desk.Sightings{
		Lines:      []desk.LineSighted{{ID: "dxcon-there1", Tag: tag, State: "available", Owner: "888888888888", Location: "EqDC2", Bandwidth: "1Gbps", Device: "EqDC2-1"}},
		Interfaces: interfaces,
	}
}

func marshalled(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestALinkElsewhere takes a link from its request to live by what its parties
// see at another Direct Connect, each through calls of its own.
func TestALinkElsewhere(t *testing.T) {
	w := newWorld(t)
	link := w.away()
	path := "/desk/v1/links/" + string(link.ID)
	next := func(by demarc.AccountID, seen desk.Sightings, want string) {
		t.Helper()
		var shown desk.Link
		w.get(by, "POST", path+"/sightings", marshalled(t, seen), &shown)
		got := "live"
		if shown.Next != nil {
			got = fmt.Sprintf("%s %s", shown.Next.Party, shown.Next.ID)
		}
		if got != want {
			t.Errorf("next for %s: got %s, want %s\n%+v", by, got, want, shown.Next)
		}
	}
	if link.Elsewhere == nil || link.Elsewhere.Account != there || link.Next == nil || !strings.Contains(link.Next.Evidence, "nobody has looked") {
		t.Errorf("where nobody has looked: got %+v, next %+v", link.Elsewhere, link.Next)
	}
	tag := link.Legs[0].Tag
	next(customer, desk.Sightings{}, "customer order")
	next(customer, sees(tag), "customer loa")
	seen := sees(tag)
	seen.Lines[0].LOAIssued = start
	next(customer, seen, "customer account-case")
	var c desk.Case
	w.get(customer, "POST", "/desk/v1/cases", `{"kind":"account-association","environment":"acme-away"}`, &c)
	if want := "account 999999999999 at aws in us-east-1"; !strings.Contains(c.Answer, want) {
		t.Errorf("which account: got %q, want %q", c.Answer, want)
	}
	next(customer, seen, "customer allocate")
	seen.Interfaces = []desk.InterfaceSighted{offered(tag, "confirming")}
	next(customer, seen, "customer accept-case")
	w.get(customer, "POST", path+"/offers", `{"seen":`+marshalled(t, seen)+`}`, &c)
	next(customer, seen, "platform accept")
	next(platform, desk.Sightings{Interfaces: seen.Interfaces}, "platform accept")

	w.get(platform, "POST", "/desk/v1/platform/policies", `{"rules":[{"name":"known","when":{"proven":true,"matchesLink":true},"verdict":"accept"}]}`, &desk.Policy{})
	var heard desk.Rulings
	judge := func(v desk.InterfaceSighted) desk.Ruling {
		t.Helper()
		w.get(platform, "POST", "/desk/v1/platform/offers:judge", `{"interfaces":[`+marshalled(t, v)+`]}`, &heard)
		return heard.Rulings[0]
	}
	if got := judge(seen.Interfaces[0]); got.Verdict != demarc.VerdictAccept || got.Gateway != "vgw-there" || got.Case != c.ID {
		t.Errorf("the ruling: got %+v", got)
	}
	up := offered(tag, "available")
	up.Gateway, up.Session = "vgw-there", "up"
	judge(up)
	w.get(customer, "GET", "/desk/v1/cases/"+string(c.ID), "", &c)
	if c.State != demarc.CaseAnswered || c.Answer != "Accepted onto vgw-there" || c.AnsweredBy != "desk" {
		t.Errorf("the case: got %s %q by %s", c.State, c.Answer, c.AnsweredBy)
	}
	seen.Interfaces[0] = up
	next(customer, seen, "live")
	next(platform, desk.Sightings{Interfaces: []desk.InterfaceSighted{up}}, "live")
	up.Session = "down"
	next(platform, desk.Sightings{Interfaces: []desk.InterfaceSighted{up}}, "customer session")
	seen.Echo = &desk.EchoSighted{Address: netip.MustParseAddr("10.9.0.10"), Sent: 3}
	next(customer, seen, "customer packets")
	seen.Echo.Answered = 2
	next(customer, seen, "live")
}

// TestNobodySeesWhatIsNotTheirs: what a party cannot have seen is refused, and
// what it says of it is kept by nobody.
func TestNobodySeesWhatIsNotTheirs(t *testing.T) {
	w := newWorld(t)
	link := w.away()
	tag, path := link.Legs[0].Tag, "/desk/v1/links/"+string(link.ID)
	var here desk.Link
	w.get(customer, "POST", "/desk/v1/links", goodLink, &here)
	wrong := func(change func(*desk.Sightings)) string {
		seen := sees(tag, offered(tag, "confirming"))
		change(&seen)
		return marshalled(t, seen)
	}
	same := func(*desk.Sightings) {}
	before := w.everything()
	for _, tt := range []struct {
		name   string
		by     demarc.AccountID
		path   string
		body   string
		status int
		code   string
	}{
		{"a stranger", stranger, path + "/sightings", wrong(same), 404, "E-NOT-FOUND"},
		{"a partner", partner, path + "/sightings", wrong(same), 404, "E-NOT-FOUND"},
		{"a stranger asks", stranger, path + "/offers", `{"seen":` + wrong(same) + `}`, 404, "E-NOT-FOUND"},
		{"the platform asks", platform, path + "/offers", `{"seen":` + wrong(same) + `}`, 403, "E-NOT-CUSTOMER"},
		{"the platform sees a connection", platform, path + "/sightings", wrong(same), 400, "E-SIGHTING"},
		{"a connection of another link", customer, path + "/sightings", wrong(func(s *desk.Sightings) { s.Lines[0].Tag = here.Legs[0].Tag }), 400, "E-SIGHTING"},
		{"an interface of another link", customer, path + "/sightings", wrong(func(s *desk.Sightings) { s.Interfaces[0].Tag = here.Legs[0].Tag }), 400, "E-SIGHTING"},
		{"no id", customer, path + "/sightings", wrong(func(s *desk.Sightings) { s.Interfaces[0].ID = "i-1" }), 400, "E-SIGHTING"},
		{"an echo of another network", customer, path + "/sightings", wrong(func(s *desk.Sightings) {
			s.Echo = &desk.EchoSighted{Address: netip.MustParseAddr("192.0.2.1"), Sent: 1, Answered: 1}
		}), 400, "E-SIGHTING"},
		{"a link that is here", customer, "/desk/v1/links/" + string(here.ID) + "/sightings", `{"lines":[]}`, 409, "E-ELSEWHERE"},
		{"an offer of a link that is here", customer, "/desk/v1/links/" + string(here.ID) + "/offers", `{"seen":{}}`, 409, "E-ELSEWHERE"},
		{"another account's interface", customer, path + "/offers", `{"seen":` + wrong(func(s *desk.Sightings) { s.Interfaces[0].Owner = stranger }) + `}`, 400, "E-ACCOUNT-MISMATCH"},
		{"nothing to offer", customer, path + "/offers", `{"seen":{}}`, 409, "E-OFFER-NONE"},
		{"what is accepted", customer, path + "/offers", `{"seen":` + wrong(func(s *desk.Sightings) { s.Interfaces[0].State = "down" }) + `}`, 409, "E-CASE-SETTLED"},
		{"judged by a customer", customer, "/desk/v1/platform/offers:judge", `{"interfaces":[` + marshalled(t, offered(tag, "confirming")) + `]}`, 403, "E-DENIED"},
		{"a case of the kind that is here", customer, "/desk/v1/cases", `{"kind":"accept-interface","environment":"acme-away","virtualInterface":"dxvif-1"}`, 400, "E-ELSEWHERE"},
	} {
		status, refusal := w.refused(tt.by, "POST", tt.path, tt.body)
		if status != tt.status || refusal.Code != tt.code {
			t.Errorf("%s: got %d %+v, want %d %s", tt.name, status, refusal, tt.status, tt.code)
		}
	}
	w.get(customer, "POST", path+"/sightings", wrong(func(s *desk.Sightings) { s.Interfaces[0].State = "available" }), &link)
	if after := w.everything(); after != before {
		t.Errorf("something was kept:\n%s\nbefore:\n%s", after, before)
	}
}

// everything is what the desk has of cases, decisions and objects.
func (w *world) everything() string {
	var out []string
	r := w.store.Local()
	for c := range store.Cases.All(r) {
		out = append(out, fmt.Sprintf("%+v", c))
	}
	for d := range store.Decisions.All(r) {
		out = append(out, fmt.Sprintf("%+v", d))
	}
	for v := range store.VirtualInterfaces.All(r) {
		out = append(out, fmt.Sprintf("%+v", v))
	}
	for c := range store.Connections.All(r) {
		out = append(out, fmt.Sprintf("%+v", c))
	}
	return strings.Join(out, "\n")
}
