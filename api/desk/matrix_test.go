package desk_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
	"demarc/audit"
)

// A player is a column of the role matrix: an account, or a role of one.
type player struct {
	account demarc.AccountID
	role    string
}

var players = map[string]player{
	"customer": {customer, ""}, "partner": {partner, ""}, "platform": {platform, ""}, "facility": {building, ""}, "stranger": {stranger, ""},
	"agent": {platform, demarc.RoleAgent}, "approver": {platform, demarc.RoleApprover}, "auditor": {platform, demarc.RoleAuditor},
}

// act sends a request as somebody.
func (w *world) act(by player, method, path, body string) (int, string) {
	w.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Account", string(by.account))
	if by.role != "" {
		r = r.WithContext(audit.Through(r.Context(), demarc.RoleSession{Account: by.account, Role: by.role, Source: "666666666666"}))
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder.Code, recorder.Body.String()
}

// inOrder are the players, those first whom nothing is to be told: what the
// others do may take away what is asked about.
var inOrder = []string{"stranger", "partner", "facility", "auditor", "approver", "agent", "platform", "customer"}

// TestRoleMatrix makes every call of the desk about objects of the customer's as
// everybody, and of objects that do not exist. Who is not named may not, and
// learns the same from both: status, code and words. A narrow role learns less.
// A call that is not in the table fails the test.
func TestRoleMatrix(t *testing.T) {
	w := newWorld(t)
	var link desk.Link
	w.get(customer, "POST", "/desk/v1/links", partnerLink, &link)
	conn := w.order()
	v := w.offer(conn.ID)
	var asked desk.Case
	w.get(customer, "POST", "/desk/v1/cases", `{"kind":"accept-interface","environment":"acme-prod","virtualInterface":"`+string(v.ID)+`"}`, &asked)
	var token desk.Token
	w.get(customer, "POST", "/desk/v1/links/"+string(link.ID)+"/tokens", `{}`, &token)
	var file desk.Attachment
	w.get(customer, "POST", "/desk/v1/attachments", `{"name":"a","data":"eA=="}`, &file)
	w.get(customer, "POST", "/desk/v1/cases/"+string(asked.ID)+"/reply", `{"attachments":["`+string(file.ID)+`"]}`, &asked)
	public := w.offerPublic(conn.ID)
	w.operated()
	drilled, _ := w.twoLegs(true)
	var drill desk.Drill
	w.get(customer, "POST", "/desk/v1/links/"+string(drilled)+"/drills", `{"leg":"a","minutes":10}`, &drill)
	var work desk.Maintenance
	w.get(platform, "POST", "/desk/v1/platform/maintenance", `{"device":"lis1-d1","start":"2026-05-20T22:00:00Z","hours":4}`, &work)
	var hook, spare desk.Webhook
	for _, h := range []*desk.Webhook{&hook, &spare} {
		w.get(customer, "POST", "/desk/v1/notices/webhooks", `{"url":"http://127.0.0.1:1/"}`, h)
	}

	w.brought()
	distant := w.away()
	seen := sees(distant.Legs[0].Tag, offered(distant.Legs[0].Tag, "confirming"))
	w.get(customer, "POST", "/desk/v1/links/"+string(distant.ID)+"/offers", `{"seen":`+marshalled(t, seen)+`}`, &asked)
	drillThere := w.drillThere(distant)
	interfaceThere := func(id string) string {
		return strings.Replace(marshalled(t, offered("", "confirming")), "dxvif-there1", id, 1)
	}

	const everybody = "customer partner platform facility stranger agent approver auditor"
	const seers = "customer platform agent approver auditor" // of what is the customer's
	rows := map[string]struct {
		body           string
		object, absent string
		// may learn whether there is such an object; where the call is about
		// none, those who are not refused.
		may   string
		roles string // narrow ones that get as far as the object
	}{
		"GET /desk/v1/openapi.json":                                  {may: everybody},
		"GET /desk/v1/whoami":                                        {may: everybody},
		"GET /desk/v1/audit":                                         {may: everybody},
		"GET /desk/v1/environments":                                  {may: everybody},
		"GET /desk/v1/environments/{name}/routes":                    {"", "acme-prod", "acme-nosuch", seers, "all"},
		"POST /desk/v1/links:preflight":                              {strings.Replace(goodLink, "acme-prod", "{}", 1), "acme-prod", "acme-nosuch", seers, "all"},
		"POST /desk/v1/links":                                        {strings.Replace(goodLink, "acme-prod", "{}", 1), "acme-prod", "acme-nosuch", "customer platform", ""},
		"GET /desk/v1/links":                                         {may: everybody},
		"GET /desk/v1/links/{id}":                                    {"", string(link.ID), "lk-absent00", seers, "all"},
		"GET /desk/v1/case-forms":                                    {may: everybody},
		"POST /desk/v1/cases":                                        {`{"kind":"gossip","environment":"{}"}`, "acme-prod", "acme-nosuch", "customer platform", ""},
		"GET /desk/v1/cases":                                         {may: everybody},
		"GET /desk/v1/cases/{id}":                                    {"", string(asked.ID), "case-absent00", seers, "all"},
		"POST /desk/v1/cases/{id}/reply":                             {`{"text":""}`, string(asked.ID), "case-absent00", "customer platform agent", "agent"},
		"POST /desk/v1/cases/{id}/answer":                            {`{"text":""}`, string(asked.ID), "case-absent00", "customer platform agent", "agent"},
		"POST /desk/v1/cases/{id}/reject":                            {`{"reason":""}`, string(asked.ID), "case-absent00", "customer platform agent approver", "agent approver"},
		"POST /desk/v1/cases/{id}/approve":                           {"", string(asked.ID), "case-absent00", "customer platform approver", "approver"},
		"POST /desk/v1/cases/{id}/resolve":                           {"", string(asked.ID), "case-absent00", "customer platform", ""},
		"POST /desk/v1/cases/{id}/accept":                            {"", string(asked.ID), "case-absent00", "customer platform agent", "agent"},
		"POST /desk/v1/attachments":                                  {body: `{"name":""}`, may: "customer partner platform facility stranger agent"},
		"GET /desk/v1/attachments/{id}":                              {"", string(file.ID), "attachment-absent", seers, "all"},
		"POST /desk/v1/platform/policies":                            {body: `{"rules":[]}`, may: "platform"},
		"GET /desk/v1/platform/policies":                             {may: "platform agent approver auditor"},
		"POST /desk/v1/platform/policies:test":                       {`{"rules":[{"name":"all","verdict":"accept"}],"interface":"{}"}`, string(v.ID), "dxvif-fabsent0", "platform agent approver auditor", "all"},
		"GET /desk/v1/decisions":                                     {may: everybody},
		"POST /desk/v1/links/{id}/tokens":                            {`{"leg":"z"}`, string(link.ID), "lk-absent00", "customer platform", ""},
		"GET /desk/v1/links/{id}/tokens":                             {"", string(link.ID), "lk-absent00", seers, "all"},
		"POST /desk/v1/tokens/{id}/withdraw":                         {"", string(token.Terms.ID), "lt-absent", "customer", ""},
		"POST /desk/v1/partner/tokens:inspect":                       {`{"token":"{}"}`, token.Text, "demarc-link-1.e30.e30", "partner", "all"},
		"POST /desk/v1/partner/tokens:redeem":                        {`{"token":"{}","connection":"dxcon-fabsent0"}`, token.Text, "demarc-link-1.e30.e30", "partner", ""},
		"GET /desk/v1/partner/tokens":                                {may: everybody},
		"POST /desk/v1/cutovers":                                     {`{"case":"{}","probes":[]}`, string(planCase), "case-absent00", "customer platform", ""},
		"GET /desk/v1/cutovers":                                      {may: everybody},
		"GET /desk/v1/cutovers/{id}":                                 {"", string(moving), "co-absent00", seers, "all"},
		"POST /desk/v1/cutovers/{id}/agree":                          {"", string(moving), "co-absent00", "customer platform", ""},
		"POST /desk/v1/cutovers/{id}/cancel":                         {"", string(moving), "co-absent00", "customer platform", ""},
		"POST /desk/v1/cutovers/{id}/rehearse":                       {"", string(moving), "co-absent00", "customer platform", ""},
		"POST /desk/v1/cutovers/{id}/start":                          {"", string(moving), "co-absent00", "customer platform", ""},
		"POST /desk/v1/cutovers/{id}/object":                         {`{"reason":""}`, string(moving), "co-absent00", "customer platform", ""},
		"POST /desk/v1/cutovers/{id}/hand":                           {`{"hand":0}`, string(moving), "co-absent00", "customer platform agent", "agent"},
		"POST /desk/v1/links/{id}/end":                               {`{"cause":"gossip","reason":"x"}`, string(link.ID), "lk-absent00", "customer platform approver", "approver"},
		"GET /desk/v1/facility/cross-connects":                       {may: everybody},
		"POST /desk/v1/facility/cross-connects/{connection}/patch":   {"", string(conn.ID), "dxcon-fabsent0", "facility", ""},
		"POST /desk/v1/facility/cross-connects/{connection}/unpatch": {"", string(conn.ID), "dxcon-fabsent0", "facility", ""},
		"POST /desk/v1/facility/cross-connects/{connection}/report":  {`{"problem":"E-XC-POLARITY"}`, string(conn.ID), "dxcon-fabsent0", "facility", ""},
		"GET /desk/v1/clock":                                         {may: everybody},
		"POST /desk/v1/operator/clock":                               {body: `{"advance":"1s"}`, may: "platform"},
		"POST /desk/v1/links/{id}/drills":                            {`{"leg":"z","minutes":1}`, string(drilled), "lk-absent00", "customer platform", ""},
		"GET /desk/v1/links/{id}/drills":                             {"", string(drilled), "lk-absent00", seers, "all"},
		"POST /desk/v1/links/{id}/drills/{drill}/stop":               {"", string(drill.ID), "absent", "customer platform", ""},
		"POST /desk/v1/platform/maintenance":                         {`{"device":"{}","start":"2026-06-20T22:00:00Z","hours":4}`, "lis1-d1", "lis9-d9", "platform", ""},
		"GET /desk/v1/platform/maintenance":                          {may: "platform agent approver auditor"},
		"POST /desk/v1/platform/maintenance/{id}/cancel":             {"", string(work.ID), "mt-absent00", "platform", ""},
		"GET /desk/v1/notices":                                       {may: everybody},
		"GET /desk/v1/notices/webhooks":                              {may: everybody},
		"POST /desk/v1/notices/webhooks":                             {body: `{"url":"http://127.0.0.1:1/"}`, may: "customer partner platform facility stranger"},
		"POST /desk/v1/notices/webhooks/{id}/remove":                 {"", string(spare.ID), "wh-absent00", "customer", ""},
		"POST /desk/v1/notices/webhooks/{id}/test":                   {"", string(hook.ID), "wh-absent00", "customer", ""},
		"POST /desk/v1/notices/webhooks/{id}/replay":                 {`{"since":"2026-05-04T11:00:00Z"}`, string(hook.ID), "wh-absent00", "customer", ""},
		"GET /desk/v1/notices/webhooks/{id}/deliveries":              {"", string(hook.ID), "wh-absent00", "customer", "all"},
		"POST /desk/v1/cutovers/{id}/rollback":                       {"", string(moving), "co-absent00", "customer platform", ""},
		"POST /desk/v1/cutovers/{id}/sign-off":                       {"", string(moving), "co-absent00", "customer platform", ""},
		"POST /desk/v1/links/{id}/sightings":                         {`{"lines":[]}`, string(distant.ID), "lk-absent00", seers, "all"},
		"POST /desk/v1/links/{id}/vigil":                             {`{"lines":[]}`, string(distant.ID), "lk-absent00", "customer platform agent", "agent"},
		"POST /desk/v1/links/{id}/offers":                            {`{"leg":"z","seen":{"lines":[]}}`, string(distant.ID), "lk-absent00", "customer platform", ""},
		"POST /desk/v1/cases/{id}/sightings":                         {`{"attachments":[]}`, string(asked.ID), "case-absent00", seers, "all"},
		"POST /desk/v1/cases/{id}/transit":                           {`{"attachments":[]}`, string(asked.ID), "case-absent00", "customer platform agent", "agent"},
		"POST /desk/v1/platform/offers:judge":                        {`{"interfaces":[` + interfaceThere("{}") + `]}`, "dxvif-there1", "dxvif-absent1", "platform agent", "agent"},
		"POST /desk/v1/platform/drills:judge":                        {`{"case":"{}"}`, string(drillThere.ID), "case-absent00", "platform agent", "agent"},
		"POST /desk/v1/partner/tokens:redeem-elsewhere":              {`{"token":"{}","line":` + marshalled(t, seen.Lines[0]) + `,"interface":` + interfaceThere("dxvif-1") + `}`, token.Text, "demarc-link-1.e30.e30", "partner", ""},
		"POST /desk/v1/platform/virtual-interfaces/{id}/verify":      {"", string(public.ID), "dxvif-fabsent0", "platform", ""},
	}
	known := map[string]bool{}
	for _, op := range desk.Operations() {
		known[op.Method+" "+op.Path] = true
		if _, ok := rows[op.Method+" "+op.Path]; !ok {
			t.Errorf("%s %s has no row: say here who may", op.Method, op.Path)
		}
	}
	for _, call := range slices.Sorted(maps.Keys(rows)) {
		row := rows[call]
		if !known[call] {
			t.Errorf("%s is no call of the desk", call)
		}
		method, path, _ := strings.Cut(call, " ")
		within := strings.NewReplacer()
		if strings.Contains(path, "{drill}") { // it is of a link that there is
			within = strings.NewReplacer("{id}", string(drilled))
		}
		fill := func(with string) (string, string) {
			return strings.NewReplacer("{name}", with, "{id}", with, "{connection}", with, "{drill}", with).Replace(within.Replace(path)), strings.ReplaceAll(row.body, "{}", with)
		}
		for _, name := range inOrder {
			by := players[name]
			if row.object == "" {
				status, answer := w.act(by, method, path, row.body)
				let := status != http.StatusForbidden && status != http.StatusNotFound
				if may := strings.Contains(" "+row.may+" ", " "+name+" "); may != let || status >= 500 {
					t.Errorf("%s as %s: got %d %s; may: %v", call, name, status, answer, may)
				}
				continue
			}
			path, body := fill(row.object)
			status, there := w.act(by, method, path, body)
			path, body = fill(row.absent)
			absentStatus, absent := w.act(by, method, path, body)
			same := status == absentStatus && strings.ReplaceAll(there, row.object, row.absent) == absent
			if may := strings.Contains(" "+row.may+" ", " "+name+" "); may == same {
				t.Errorf("%s as %s: got %d %s and of an absent one %d %s; may know: %v", call, name, status, there, absentStatus, absent, may)
			}
			narrowed := demarc.Narrow(by.role) && row.roles != "all" && !strings.Contains(row.roles, name)
			if narrowed != strings.Contains(there, `"E-ROLE"`) {
				t.Errorf("%s as %s: got %d %s; its role may not: %v", call, name, status, there, narrowed)
			}
		}
	}
}

// TestAnAuditorChangesNothing has an auditor make every call that may change
// something, of whichever room.
func TestAnAuditorChangesNothing(t *testing.T) {
	w := newWorld(t)
	for _, op := range desk.Operations() {
		if !op.Changes {
			continue
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(op.Path)
		if status, answer := w.act(players["auditor"], op.Method, path, "{}"); status != 403 || !strings.Contains(answer, `"E-ROLE"`) {
			t.Errorf("%s %s: got %d %s", op.Method, op.Path, status, answer)
		}
	}
}
