package desk_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/desk"
	"demarc/store"
	"demarc/vif"
)

// TestProcedure walks what the desk has part in, each act with the account
// whose move it is.
func TestProcedure(t *testing.T) {
	w := newWorld(t)
	var link desk.Link
	w.get(customer, "POST", "/desk/v1/links", goodLink, &link)
	if link.Next == nil || link.Next.ID != "order" || link.Next.Party != demarc.Customer || len(link.Steps) != 11 {
		t.Errorf("a new link: got %+v, want the customer to order", link)
	}
	conn := w.order()
	w.patched(conn)
	w.get(platform, "GET", "/desk/v1/links/"+string(link.ID), "", &link)
	if link.Next == nil || link.Next.ID != "available" {
		t.Errorf("after the patch: got %+v, want available next", link.Next)
	}

	var asked desk.Case
	w.get(customer, "POST", "/desk/v1/cases", `{"kind":"account-association","environment":"acme-prod"}`, &asked)
	if asked.State != demarc.CaseAnswered || asked.AnsweredBy != "desk" || !strings.Contains(asked.Answer, string(platform)) {
		t.Errorf("which account: got %+v", asked)
	}
	v := w.offer(conn.ID)
	w.get(customer, "POST", "/desk/v1/cases", `{"kind":"accept-interface","environment":"acme-prod","virtualInterface":"`+string(v.ID)+`"}`, &asked)
	if asked.State != demarc.CaseOpen {
		t.Errorf("please accept: got %+v, want open", asked)
	}
	w.write(func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, start)
		return err
	})
	w.get(platform, "GET", "/desk/v1/cases/"+string(asked.ID), "", &asked)
	if asked.State != demarc.CaseAnswered || asked.Answer != "Accepted onto "+string(vgw) {
		t.Errorf("after acceptance: got %+v", asked)
	}
}

// patched is the facility finding the order, plugging it in, out and in again.
func (w *world) patched(conn demarc.Connection) {
	w.Helper()
	var list desk.CrossConnects
	w.get(building, "GET", "/desk/v1/facility/cross-connects", "", &list)
	want := desk.CrossConnect{
		Connection: conn.ID, Location: "LIS1", Port: "lis1-d1/p1", Rack: "R07", Panel: "PP-07", PanelPort: "1",
		Router: "acme-r1", Interface: "eth0", Changed: start,
	}
	if diff := cmp.Diff(list.CrossConnects, []desk.CrossConnect{want}); diff != "" {
		w.Errorf("cross-connects (-got +want):\n%s", diff)
	}
	path := "/desk/v1/facility/cross-connects/" + string(conn.ID)
	for _, act := range []string{"/patch", "/unpatch", "/patch"} {
		var xc desk.CrossConnect
		w.get(building, "POST", path+act, "", &xc)
		want.Patched = act == "/patch"
		if diff := cmp.Diff(xc, want); diff != "" {
			w.Errorf("after %s (-got +want):\n%s", act, diff)
		}
	}
	if status, refusal := w.refused(building, "POST", path+"/patch", ""); status != 409 || refusal.Code != "E-XC-PATCHED" {
		w.Errorf("patched twice: got %d %+v", status, refusal)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name         string
		by           demarc.AccountID
		method, path string
		body         string
		status       int
		want         desk.Refusal // Message and Fix are not compared when empty
	}{
		{"a misspelt field", customer, "POST", "/desk/v1/links", `{"enviroment":"acme-prod"}`, 400, desk.Refusal{Code: "E-FIELD-UNKNOWN", Field: "enviroment", Message: `there is no field "enviroment"`}},
		{"a misspelt parameter", customer, "GET", "/desk/v1/audit?acount=1", ``, 400, desk.Refusal{Code: "E-FIELD-UNKNOWN", Field: "acount", Message: `there is no parameter "acount"`}},
		{"a parameter that is no time", customer, "GET", "/desk/v1/audit?since=monday", ``, 400, desk.Refusal{Code: "E-FIELD-TYPE", Field: "since"}},
		{"a field of another type", customer, "POST", "/desk/v1/links", `{"legs":[{"bandwidth":1}]}`, 400, desk.Refusal{Code: "E-FIELD-TYPE", Field: "legs.bandwidth"}},
		{"no body", customer, "POST", "/desk/v1/links", ``, 400, desk.Refusal{Code: "E-BODY"}},
		{"half a body", customer, "POST", "/desk/v1/links", `{"environment":`, 400, desk.Refusal{Code: "E-BODY"}},
		{"two bodies", customer, "POST", "/desk/v1/links", goodLink + goodLink, 400, desk.Refusal{Code: "E-BODY"}},
		{"a list", customer, "POST", "/desk/v1/cases", `[]`, 400, desk.Refusal{Code: "E-BODY"}},
		{"too much", customer, "POST", "/desk/v1/links", `{"environment":"` + strings.Repeat("x", 1<<20) + `"}`, 400, desk.Refusal{Code: "E-BODY"}},
		{"no bandwidth", customer, "POST", "/desk/v1/links", strings.Replace(goodLink, "1Gbps", "fast", 1), 400, desk.Refusal{Code: "E-BANDWIDTH", Field: "legs[0].bandwidth"}},
		{"no Direct Connect", customer, "POST", "/desk/v1/links", strings.Replace(goodLink, "acme-prod", "acme-trial", 1), 403,
			desk.Refusal{Code: "E-EDITION-NODX", Field: "environment", Fixer: "customer", Message: "environment acme-trial is in edition Standard, which does not include Direct Connect", Fix: "Move the environment to an edition that includes it: Enterprise"}},
		{"the platform asks", platform, "POST", "/desk/v1/links", goodLink, 403, desk.Refusal{Code: "E-NOT-CUSTOMER", Fixer: "customer"}},
		{"an overlap", customer, "POST", "/desk/v1/links", strings.Replace(goodLink, "192.168.50.0", "10.8.2.0", 1), 409, desk.Refusal{Code: "E-CIDR-OVERLAP", Field: "prefixes[0]"}},
		{"an unknown path", customer, "GET", "/desk/v1/nosuch", ``, 404, desk.Refusal{Code: "E-PATH"}},
		{"a path with something behind it", customer, "GET", "/desk/v1/links/lk-1/steps", ``, 404, desk.Refusal{Code: "E-PATH"}},
		{"another method", customer, "DELETE", "/desk/v1/links", ``, 405, desk.Refusal{Code: "E-METHOD", Message: "DELETE does not work here; use GET or POST"}},
		{"nobody", "", "GET", "/desk/v1/links", ``, 403, desk.Refusal{Code: "E-IDENTITY"}},
		{"nobody at an unknown path", "", "GET", "/desk/v1/nosuch", ``, 403, desk.Refusal{Code: "E-IDENTITY"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, got := w.refused(test.by, test.method, test.path, test.body)
			if test.want.Message == "" {
				got.Message = ""
			}
			if test.want.Fix == "" {
				got.Fix = ""
			}
			if diff := cmp.Diff(got, test.want); status != test.status || diff != "" {
				t.Errorf("got %d, want %d (-got +want):\n%s", status, test.status, diff)
			}
		})
	}
	var links desk.Links
	w.get(customer, "GET", "/desk/v1/links", "", &links)
	if len(links.Links) != 0 {
		t.Errorf("refused requests left %+v", links.Links)
	}
}

func TestAQuotaIsA429(t *testing.T) {
	w := newWorld(t)
	w.get(customer, "POST", "/desk/v1/links", goodLink, &desk.Link{})
	status, refusal := w.refused(customer, "POST", "/desk/v1/links", goodLink)
	if status != 429 || refusal.Code != "E-LIMIT-LINKS" || refusal.Fixer != "platform" {
		t.Errorf("one link too many: got %d %+v", status, refusal)
	}
	var preflight desk.Preflight
	w.get(customer, "POST", "/desk/v1/links:preflight", goodLink, &preflight)
	if preflight.Ready || len(preflight.Findings) != 1 || preflight.Findings[0].Code != "E-LIMIT-LINKS" {
		t.Errorf("preflight: got %+v", preflight)
	}
}

// TestWhatIsOursToFixIsLoggedNotTold breaks the store under the handler.
func TestWhatIsOursToFixIsLoggedNotTold(t *testing.T) {
	w := newWorld(t)
	account, _ := store.Accounts.Get(w.store.Local(), string(customer))
	var log bytes.Buffer
	handler := desk.New(desk.Config{
		Store: w.store, Clock: demarc.SystemClock, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Identity: func(*http.Request) (demarc.Account, error) { return account, nil },
	})
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/desk/v1/links", nil))
	if recorder.Code != 500 || !strings.Contains(recorder.Body.String(), "E-INTERNAL") || strings.Contains(recorder.Body.String(), "store") {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}
	if !strings.Contains(log.String(), store.ErrClosed.Error()) {
		t.Errorf("the log does not say why: %s", &log)
	}
}

func TestHeadIsAGet(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest("HEAD", "/desk/v1/whoami", nil)
	r.Header.Set("Account", string(customer))
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	if recorder.Code != 200 {
		t.Errorf("got %d, want 200", recorder.Code)
	}
}

// TestAudit has the customer ask for a link, which the operator sees as well.
func TestAudit(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		account, _ := store.Accounts.Get(tx, string(platform))
		account.Operator = true
		store.Accounts.Put(tx, account)
		return nil
	})
	var link desk.Link
	w.get(customer, "POST", "/desk/v1/links", goodLink, &link)
	object := "link/" + string(link.ID)
	want := desk.AuditList{Records: []desk.AuditRecord{{At: start, Account: customer, Operation: "requestLink", After: []string{object}}}}
	nothing := desk.AuditList{Records: []desk.AuditRecord{}}
	for path, want := range map[string]map[demarc.AccountID]desk.AuditList{
		"/desk/v1/audit": {customer: want, platform: want, stranger: nothing},
		"/desk/v1/audit?operation=requestLink&object=" + string(link.ID): {customer: want, platform: want, stranger: nothing},
		"/desk/v1/audit?since=2200-01-01T00:00:00Z":                      {customer: nothing, platform: nothing},
		"/desk/v1/audit?account=" + string(stranger):                     {customer: nothing, platform: nothing},
	} {
		for by, want := range want {
			var got desk.AuditList
			w.get(by, "GET", path, "", &got)
			for i := range got.Records { // what it has more than an account sees
				if changes := got.Records[i].Changes; by == platform && (len(changes) != 1 || changes[0].Before != nil || !strings.Contains(string(changes[0].After), `"environment":"acme-prod"`)) {
					t.Errorf("%s for the operator: got changes %s", path, changes)
				} else if by == platform {
					got.Records[i].Changes = nil
				}
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("%s for %s: %s", path, by, diff)
			}
		}
	}
}
