package desk_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
)

// TestWhoHasASayInAnEnd has everybody make every call there is about the end of a
// link, one after another; who is no party learns the same as of a case that does
// not exist.
func TestWhoHasASayInAnEnd(t *testing.T) {
	w := newWorld(t)
	link, _ := w.twoLegs(true)
	ask := `{"kind":"termination","environment":"acme-drill","fields":{"link":"` + string(link) + `","reason":"we move"}}`
	var c desk.Case
	for _, step := range []struct {
		verb, body string
		by         string
		status     int
		code       string
		state      demarc.CaseState
	}{
		{"", ask, "partner", 404, "E-NOT-FOUND", ""},
		{"", ask, "stranger", 404, "E-NOT-FOUND", ""},
		{"", ask, "facility", 404, "E-NOT-FOUND", ""},
		{"", ask, "platform", 403, "E-NOT-CUSTOMER", ""},
		{"", ask, "agent", 403, "E-ROLE", ""},
		{"", ask, "auditor", 403, "E-ROLE", ""},
		{"", ask, "customer", 201, "", demarc.CaseOpen},
		{"accept", "", "customer", 403, "E-CASE-ASSIGNEE", ""},
		{"accept", "", "approver", 403, "E-ROLE", ""},
		{"accept", "", "auditor", 403, "E-ROLE", ""},
		{"approve", "", "approver", 409, "E-CASE-STATE", ""},
		{"resolve", "", "platform", 403, "E-CASE-OPENER", ""},
		{"accept", "", "agent", 200, "", demarc.CaseGranted},
		{"accept", "", "platform", 409, "E-CASE-STATE", ""},
		{"reject", `{"reason":"no"}`, "approver", 409, "E-CASE-STATE", ""},
		{"answer", `{"text":"no"}`, "agent", 409, "E-CASE-STATE", ""},
		{"resolve", "", "agent", 403, "E-ROLE", ""},
		{"resolve", "", "customer", 200, "", demarc.CaseResolved},
		{"resolve", "", "customer", 200, "", demarc.CaseResolved},
		{"accept", "", "platform", 409, "E-CASE-SETTLED", ""},
	} {
		path := "/desk/v1/cases"
		if step.verb != "" {
			path += "/" + string(c.ID) + "/" + step.verb
			absent := "/desk/v1/cases/case-absent00/" + step.verb
			for _, name := range []string{"partner", "stranger", "facility"} {
				status, there := w.act(players[name], "POST", path, step.body)
				nowhere, none := w.act(players[name], "POST", absent, step.body)
				if status != http.StatusNotFound || status != nowhere || strings.ReplaceAll(there, string(c.ID), "case-absent00") != none {
					t.Errorf("%s as %s: got %d %s, and of an absent one %d %s", step.verb, name, status, there, nowhere, none)
				}
			}
		}
		status, answer := w.act(players[step.by], "POST", path, step.body)
		if status != step.status || step.code != "" && !strings.Contains(answer, `"`+step.code+`"`) {
			t.Errorf("%s as %s: got %d %s, want %d %s", step.verb, step.by, status, answer, step.status, step.code)
		}
		if step.state == "" || status >= 300 {
			continue
		}
		c = desk.Case{}
		if w.read(answer, &c); c.State != step.state {
			t.Errorf("%s as %s: the case is %s, want %s", step.verb, step.by, c.State, step.state)
		}
		var shown desk.Link
		w.get(customer, "GET", "/desk/v1/links/"+string(link), "", &shown)
		granted := step.state == demarc.CaseGranted
		if len(shown.Endings) > 0 != granted || len(c.Steps) > 0 != granted || granted && (shown.Next == nil || shown.Next.ID != "end-told" || c.Next == nil) {
			t.Errorf("after %s as %s: endings %+v, next %+v, the case's steps %+v", step.verb, step.by, shown.Endings, shown.Next, c.Steps)
		}
	}
}

// TestWhoEndsALinkForCause: the platform's approver, and nobody else. Its
// customer reads by whom, why and when; the auditor reads it too, and who it was.
func TestWhoEndsALinkForCause(t *testing.T) {
	w := newWorld(t)
	link, _ := w.twoLegs(true)
	path, ask := "/desk/v1/links/"+string(link)+"/end", `{"cause":"non-payment","reason":"three invoices are open"}`
	for by, want := range map[string]struct {
		status int
		code   string
	}{
		"partner": {404, "E-NOT-FOUND"}, "stranger": {404, "E-NOT-FOUND"}, "facility": {404, "E-NOT-FOUND"},
		"customer": {403, "E-DENIED"}, "agent": {403, "E-ROLE"}, "auditor": {403, "E-ROLE"},
	} {
		if status, answer := w.act(players[by], "POST", path, ask); status != want.status || !strings.Contains(answer, `"`+want.code+`"`) {
			t.Errorf("%s: got %d %s", by, status, answer)
		}
	}
	status, answer := w.act(players["approver"], "POST", path, ask)
	var c desk.Case
	if err := json.Unmarshal([]byte(answer), &c); err != nil || status != 201 || c.State != demarc.CaseWaitingApprover {
		t.Fatalf("the approver: got %d %s", status, answer)
	}
	for _, by := range []string{"customer", "auditor"} {
		_, answer := w.act(players[by], "GET", "/desk/v1/cases/"+string(c.ID), "")
		var seen desk.Case
		if err := json.Unmarshal([]byte(answer), &seen); err != nil || seen.Opener != platform || seen.Cause != demarc.CauseNonPayment || seen.Fields.Reason != "three invoices are open" || seen.Fields.LastDay == "" || len(seen.History) == 0 {
			t.Errorf("%s reads %s", by, answer)
			continue
		}
		if knows := seen.History[0].Person != ""; knows != (by == "auditor") {
			t.Errorf("%s reads which person it was: %v", by, knows)
		}
	}
	if status, answer := w.act(players["approver"], "POST", "/desk/v1/cases/"+string(c.ID)+"/approve", ""); status != 403 || !strings.Contains(answer, `"E-CASE-FOUR-EYES"`) {
		t.Errorf("the same person approves: got %d %s", status, answer)
	}
}
