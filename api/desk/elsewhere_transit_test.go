package desk_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
)

// hubSeen is what a customer sees of its Transit Gateway there, shared for a
// case.
func hubSeen(of string) string {
	return strings.ReplaceAll(`{
		"gateway": {"id": "tgw-there1", "owner": "888888888888", "region": "us-east-1", "asn": 64900, "state": "available"},
		"share": {"arn": "arn:aws:ram:us-east-1:888888888888:resource-share/1", "name": "demarc-{of}", "owner": "888888888888", "gateways": ["tgw-there1"], "to": "999999999999", "state": "associating"},
		"attachments": [{"id": "tgw-attach-2", "gateway": "tgw-there1", "gatewayOwner": "888888888888", "owner": "888888888888", "resource": "dxgw-1", "state": "available", "routeTable": "tgw-rtb-1"}],
		"routes": [{"table": "tgw-rtb-1", "prefix": "192.168.60.0/24", "attachment": "tgw-attach-2"}],
		"associations": [{"id": "a-1", "directConnectGateway": "dxgw-1", "owner": "888888888888", "state": "associated", "allowed": ["10.9.0.0/24"]}]
	}`, "{of}", of)
}

// TestACaseAboutATransitGatewayThere is answered with steps by what each of its
// parties hands in, and says to each where to look, and what was said.
func TestACaseAboutATransitGatewayThere(t *testing.T) {
	w := newWorld(t)
	w.away()
	var c desk.Case
	w.get(customer, "POST", "/desk/v1/cases", `{"kind":"own-transit-gateway","environment":"acme-away","fields":{"prefixes":["192.168.60.0/24"]}}`, &c)
	path := "/desk/v1/cases/" + string(c.ID)
	if c.Transit == nil || c.Transit.Elsewhere.Account != there || c.Transit.Elsewhere.At != "aws" || c.Transit.ShareName != "demarc-"+string(c.ID) || len(c.Transit.Ranges) != 1 {
		t.Fatalf("where it is: got %+v", c.Transit)
	}
	if !strings.Contains(c.History[0].Text, "Share the Transit Gateway with account 999999999999, and route 10.9.0.0/24 to it") {
		t.Errorf("the first words: %q", c.History[0].Text)
	}
	next := func(by demarc.AccountID, sent, body, want string) (got desk.Case) {
		t.Helper()
		w.get(by, "POST", path+sent, body, &got)
		if got.Next == nil || string(got.Next.Party)+" "+got.Next.ID != want {
			t.Errorf("%s: next is %+v, want %s", by, got.Next, want)
		}
		return got
	}
	next(customer, "/sightings", `{}`, "customer share")
	next(customer, "/sightings", hubSeen(string(c.ID)), "platform share-accept")
	var kept desk.Case
	if w.get(customer, "GET", path, "", &kept); kept.Transit.Gateway != "" || len(kept.History) != 1 {
		t.Errorf("looking is kept: %+v", kept.Transit)
	}
	if told := next(customer, "/transit", hubSeen(string(c.ID)), "platform share-accept"); told.Transit.Gateway != "tgw-there1" || told.State != "waiting-assignee" {
		t.Errorf("saying is not kept: %s %+v", told.State, told.Transit)
	}
	if seen := next(platform, "/sightings", `{}`, "customer share"); seen.Transit.Party != "platform" || seen.Transit.Gateway != "tgw-there1" {
		t.Errorf("the platform is told %+v", seen.Transit)
	}
	if status, answer := w.call(platform, "POST", path+"/transit", hubSeen(string(c.ID))); status != 400 || !strings.Contains(answer, "E-SIGHTING") {
		t.Errorf("what the customer alone sees, by the platform: got %d %s", status, answer)
	}
}
