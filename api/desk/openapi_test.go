package desk_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
	"demarc/store"
	"demarc/vif"
)

// document fetches the OpenAPI document as anybody may.
func (w *world) document() map[string]any {
	w.Helper()
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/desk/v1/openapi.json", nil))
	var doc map[string]any
	if err := json.Unmarshal(recorder.Body.Bytes(), &doc); err != nil || recorder.Code != 200 {
		w.Fatalf("got %d %s: %v", recorder.Code, recorder.Body, err)
	}
	return doc
}

// at walks into a document; what is not there fails the test.
func at(t *testing.T, doc any, keys ...string) any {
	t.Helper()
	for _, key := range keys {
		object, _ := doc.(map[string]any)
		next, ok := object[key]
		if !ok {
			t.Fatalf("the document has no %s", strings.Join(keys, " → "))
		}
		doc = next
	}
	return doc
}

func TestTheDocumentHasEveryRoute(t *testing.T) {
	w := newWorld(t)
	paths := at(t, w.document(), "paths").(map[string]any)
	count, ids := 0, map[string]bool{}
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			count++
			ids[at(t, op, "operationId").(string)] = true
			request := strings.NewReplacer("{", "", "}", "").Replace(path)
			if _, answer := w.call(customer, strings.ToUpper(method), request, ""); strings.Contains(answer, "E-PATH") || strings.Contains(answer, "E-METHOD") {
				t.Errorf("%s %s is described and not served: %s", method, path, answer)
			}
			for _, name := range strings.Split(path, "/") {
				if name, ok := strings.CutPrefix(name, "{"); ok && !strings.Contains(fmt.Sprint(at(t, op, "parameters")), "name:"+strings.TrimSuffix(name, "}")) {
					t.Errorf("%s %s does not describe its parameter %s", method, path, name)
				}
			}
		}
	}
	if want := len(desk.Operations()); count != want || len(ids) != want {
		t.Errorf("got %d operations with %d ids, want %d", count, len(ids), want)
	}
}

// TestAnswersAreAsDescribed validates a real answer of every operation against
// the document, and the request that led to it.
func TestAnswersAreAsDescribed(t *testing.T) {
	w := newWorld(t)
	conn := w.order()
	v := w.offer(conn.ID)
	doc := w.document()
	w.write(func(tx *store.Tx) error {
		store.Editions.Put(tx, demarc.Edition{Name: "Enterprise", DirectConnect: true, MaxLinks: 3})
		return nil
	})
	cable := "/desk/v1/facility/cross-connects/" + string(conn.ID)
	type sample struct {
		path   string // as in the document
		by     demarc.AccountID
		method string
		sent   string // path with the ids; empty for path itself
		body   string
		seeds  func(w *world, id string) // what has to be so before; id is the last one made
	}
	samples := []sample{
		{path: "/desk/v1/openapi.json"},
		{path: "/desk/v1/whoami"},
		{path: "/desk/v1/clock"},
		{path: "/desk/v1/operator/clock", body: `{"advance":"1h"}`, by: platform, seeds: func(w *world, _ string) {
			w.write(func(tx *store.Tx) error {
				a, _ := store.Accounts.Get(tx, string(platform))
				a.Operator = true
				store.Accounts.Put(tx, a)
				return nil
			})
		}},
		{path: "/desk/v1/environments"},
		{path: "/desk/v1/audit"},
		{path: "/desk/v1/environments/{name}/routes", sent: "/desk/v1/environments/acme-prod/routes"},
		{path: "/desk/v1/links:preflight", body: strings.Replace(goodLink, "192.168.50.0/24", "0.0.0.0/0", 1)},
		{path: "/desk/v1/links", body: goodLink},
		{path: "/desk/v1/links"},
		{path: "/desk/v1/links/{id}", sent: "/desk/v1/links/{link}"},
		{path: "/desk/v1/cases", body: `{"kind":"accept-interface","environment":"acme-prod","virtualInterface":"` + string(v.ID) + `"}`},
		{path: "/desk/v1/cases"},
		{path: "/desk/v1/cases/{id}", sent: "/desk/v1/cases/{case}"},
		{path: "/desk/v1/case-forms"},
		{path: "/desk/v1/platform/policies:test", body: `{"rules":[{"name":"all","verdict":"accept"}],"request":` + goodLink + `}`, by: platform},
		{path: "/desk/v1/platform/policies", body: `{"comment":"x","rules":[{"name":"all","when":{"proven":true,"prefixesAbove":80,"rateAbove":"1Gbps"},"verdict":"queue","fourEyes":true}]}`, by: platform},
		{path: "/desk/v1/platform/policies", by: platform},
		{path: "/desk/v1/decisions", by: platform},
		{path: "/desk/v1/attachments", body: `{"name":"r1.conf","data":"cm91dGVy"}`},
		{path: "/desk/v1/attachments/{id}", sent: "/desk/v1/attachments/{case}"},
		{path: "/desk/v1/cases", body: `{"kind":"termination","environment":"acme-prod","fields":{"reason":"moved","lastDay":"2026-06-30"},"text":"soon"}`},
		{path: "/desk/v1/cases/{id}/reply", sent: "/desk/v1/cases/{case}/reply", body: `{"text":"why?"}`, by: platform},
		{path: "/desk/v1/cases/{id}/approve", sent: "/desk/v1/cases/{case}/approve", method: "POST", by: platform, seeds: func(w *world, id string) {
			w.write(func(tx *store.Tx) error {
				c, _ := store.Cases.Get(tx, id)
				c.State, c.Proposer = demarc.CaseWaitingApprover, building
				c.History = nil
				store.Cases.Put(tx, c)
				return nil
			})
		}},
		{path: "/desk/v1/links"}, // one is to end
		{path: "/desk/v1/cases/{id}", sent: "/desk/v1/cases/{case}"},
		{path: "/desk/v1/cases/{id}/resolve", sent: "/desk/v1/cases/{case}/resolve", method: "POST"},
		{path: "/desk/v1/cases", body: `{"kind":"termination","environment":"acme-prod","fields":{"reason":"moved","lastDay":"2026-06-30"}}`},
		{path: "/desk/v1/cases/{id}/reject", sent: "/desk/v1/cases/{case}/reject", body: `{"reason":"no"}`, by: platform},
		{path: "/desk/v1/cases", body: `{"kind":"termination","environment":"acme-prod","fields":{"reason":"moved","lastDay":"2026-06-30"}}`},
		{path: "/desk/v1/cases/{id}/accept", sent: "/desk/v1/cases/{case}/accept", method: "POST", by: platform},
		{path: "/desk/v1/cases/{id}/resolve", sent: "/desk/v1/cases/{case}/resolve", method: "POST"},
		{path: "/desk/v1/cases", body: `{"kind":"termination","environment":"acme-prod","fields":{"reason":"moved","lastDay":"2026-06-30"}}`},
		{path: "/desk/v1/cases/{id}/answer", sent: "/desk/v1/cases/{case}/answer", body: `{"text":"no"}`, by: platform},
		{path: "/desk/v1/links", body: partnerLink},
		{path: "/desk/v1/links/{id}/tokens", sent: "/desk/v1/links/{link}/tokens", body: `{"hours":1,"prefixes":10}`},
		{path: "/desk/v1/links/{id}/tokens", sent: "/desk/v1/links/{link}/tokens"},
		{path: "/desk/v1/partner/tokens:inspect", body: `{"token":"{text}"}`, by: partner},
		{path: "/desk/v1/partner/tokens:redeem", body: `{"token":"{text}","connection":"` + string(w.carry().ID) + `"}`, by: partner},
		{path: "/desk/v1/partner/tokens", by: partner},
		{path: "/desk/v1/links", body: partnerLink},
		{path: "/desk/v1/links/{id}/tokens", sent: "/desk/v1/links/{link}/tokens", body: `{"leg":"a"}`},
		{path: "/desk/v1/tokens/{id}/withdraw", sent: "/desk/v1/tokens/{token}/withdraw", method: "POST"},
		{path: "/desk/v1/facility/cross-connects", by: building},
		{path: "/desk/v1/facility/cross-connects/{connection}/patch", sent: cable + "/patch", method: "POST", by: building},
		{path: "/desk/v1/facility/cross-connects/{connection}/report", sent: cable + "/report", body: `{"problem":"E-XC-POLARITY","note":"roll Tx and Rx"}`, by: building},
		{path: "/desk/v1/facility/cross-connects/{connection}/unpatch", sent: cable + "/unpatch", method: "POST", by: building},
	}
	lk, _ := w.twoLegs(true)
	drills := "/desk/v1/links/" + string(lk) + "/drills"
	samples = append(samples,
		sample{path: "/desk/v1/links/{id}/drills", sent: drills, body: `{"leg":"a","minutes":10}`},
		sample{path: "/desk/v1/links/{id}/drills", sent: drills},
		sample{path: "/desk/v1/links/{id}/drills/{drill}/stop", sent: drills + "/{case}/stop", method: "POST"},
	)
	w.brought()
	cutovers, latest := "/desk/v1/cutovers", "/desk/v1/cutovers/{case}"
	samples = append(samples,
		sample{path: "/desk/v1/cases/{id}", sent: "/desk/v1/cases/" + string(planCase)},
		sample{path: cutovers, body: plan},
		sample{path: cutovers},
		sample{path: cutovers + "/{id}", sent: cutovers + "/" + string(moving)},
		sample{path: cutovers + "/{id}/sign-off", sent: cutovers + "/" + string(moving) + "/sign-off", method: "POST"},
		sample{path: cutovers + "/{id}/object", sent: cutovers + "/" + string(moving) + "/object", body: `{"reason":"not on a Friday"}`},
		sample{path: cutovers + "/{id}/hand", sent: cutovers + "/co-there00000/hand", body: `{"hand":0}`, seeds: func(w *world, _ string) { w.movingThere() }},
		sample{path: cutovers + "/{id}/hand", sent: cutovers + "/co-there00000/hand", body: `{"hand":1,"number":1,"revision":0,"echoes":[{"probe":"192.168.70.10","sent":9,"answered":8,"lost":1,"silentMilliseconds":20,"ttl":61,"in":"old"}]}`},
		sample{path: cutovers + "/{id}", sent: cutovers + "/co-there00000"},
		sample{path: cutovers + "/{id}/rollback", sent: cutovers + "/" + string(moving) + "/rollback", method: "POST"},
		sample{path: cutovers, body: plan, seeds: func(w *world, _ string) {
			w.write(func(tx *store.Tx) error {
				for c := range store.Cutovers.By(tx, "environment", "acme-own") {
					store.Cutovers.Delete(tx, string(c.ID))
				}
				return nil
			})
		}},
		sample{path: cutovers + "/{id}/agree", sent: latest + "/agree", method: "POST", by: platform},
		sample{path: cutovers + "/{id}/cancel", sent: latest + "/cancel", method: "POST"},
		sample{path: cutovers, body: plan},
		sample{path: cutovers + "/{id}/agree", sent: latest + "/agree", method: "POST", by: platform},
		sample{path: cutovers + "/{id}/rehearse", sent: latest + "/rehearse", method: "POST"},
		sample{path: cutovers + "/{id}/start", sent: latest + "/start", method: "POST", seeds: func(w *world, id string) {
			w.write(func(tx *store.Tx) error {
				c, _ := store.Cutovers.Get(tx, id)
				c.State, c.Rehearsed = demarc.CutoverPlanned, start
				store.Cutovers.Put(tx, c)
				return nil
			})
		}},
	)
	works := "/desk/v1/platform/maintenance"
	w.operated()
	samples = append(samples,
		sample{path: works, by: platform, body: `{"device":"lis1-d1","start":"2026-05-20T22:00:00Z","hours":4,"override":true}`},
		sample{path: works, by: platform},
		sample{path: works + "/{id}/cancel", sent: works + "/{case}/cancel", method: "POST", by: platform},
	)
	var hook desk.Webhook
	w.get(customer, "POST", "/desk/v1/notices/webhooks", `{"url":"http://127.0.0.1:1/"}`, &hook)
	hookPath := "/desk/v1/notices/webhooks/"
	w.write(func(tx *store.Tx) error { return tell(tx, customer) })
	samples = append(samples,
		sample{path: "/desk/v1/notices"},
		sample{path: "/desk/v1/notices/webhooks"},
		sample{path: "/desk/v1/notices/webhooks", body: `{"url":"https://host.example/x","types":["vif.*"]}`},
		sample{path: hookPath + "{id}/test", sent: hookPath + string(hook.ID) + "/test", method: "POST"},
		sample{path: hookPath + "{id}/replay", sent: hookPath + string(hook.ID) + "/replay", body: `{"since":"2026-05-04T11:00:00Z"}`},
		sample{path: hookPath + "{id}/deliveries", sent: hookPath + string(hook.ID) + "/deliveries"},
		sample{path: hookPath + "{id}/remove", sent: hookPath + string(hook.ID) + "/remove", method: "POST"},
	)
	open := w.offerPublic(v.Connection)
	w.write(func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, platform, open.ID, demarc.PublicVIF, vif.Onto{}, start)
		return err
	})
	samples = append(samples, sample{
		path: "/desk/v1/platform/virtual-interfaces/{id}/verify", method: "POST", by: platform,
		sent: "/desk/v1/platform/virtual-interfaces/" + string(open.ID) + "/verify",
	})
	distant := w.away()
	tag := distant.Legs[0].Tag
	seen := marshalled(t, sees(tag, offered(tag, "confirming")))
	w.write(func(tx *store.Tx) error {
		store.Locations.Put(tx, demarc.Location{Code: "EqDC2", Region: "eu-west-1"})
		return nil
	})
	handed := strings.Replace(awayLink, "own-cage", "partner", 1)
	samples = append(samples,
		sample{path: "/desk/v1/links/{id}/sightings", sent: "/desk/v1/links/" + string(distant.ID) + "/sightings", body: seen},
		sample{path: "/desk/v1/links/{id}/vigil", sent: "/desk/v1/links/" + string(distant.ID) + "/vigil", body: seen},
		sample{path: "/desk/v1/links/{id}/offers", sent: "/desk/v1/links/" + string(distant.ID) + "/offers", body: `{"leg":"a","seen":` + seen + `}`},
		sample{path: "/desk/v1/platform/offers:judge", by: platform, body: `{"interfaces":[` + marshalled(t, offered(tag, "confirming")) + `]}`},
		sample{path: "/desk/v1/platform/drills:judge", by: platform, body: marshalled(t, reported(w.drillThere(distant)))},
		sample{path: "/desk/v1/cases/{id}", sent: "/desk/v1/cases/{case}"},
		sample{path: "/desk/v1/cases", body: `{"kind":"own-transit-gateway","environment":"acme-away","fields":{"prefixes":["192.168.60.0/24"]}}`},
		sample{path: "/desk/v1/cases/{id}/sightings", sent: "/desk/v1/cases/{case}/sightings", body: hubSeen("{case}")},
		sample{path: "/desk/v1/cases/{id}/transit", sent: "/desk/v1/cases/{case}/transit", body: hubSeen("{case}")},
		sample{path: "/desk/v1/links", body: handed},
		sample{path: "/desk/v1/links/{id}/tokens", sent: "/desk/v1/links/{link}/tokens", body: `{}`},
		sample{path: "/desk/v1/partner/tokens:redeem-elsewhere", by: partner, body: `{"token":"{text}","line":` +
			marshalled(t, sees("{link}/a").Lines[0]) + `,"interface":` + strings.Replace(marshalled(t, offered("{link}/a", "confirming")), "dxvif-there1", "dxvif-there2", 1) + `}`},
	)
	samples = append(samples, sample{path: "/desk/v1/links/{id}/end", sent: "/desk/v1/links/" + string(lk) + "/end", by: platform, body: `{"cause":"non-payment","reason":"three invoices are open"}`})
	covered := map[string]bool{}
	made := strings.NewReplacer()
	for _, s := range samples {
		if s.by == "" {
			s.by = customer
		}
		if s.method == "" {
			s.method = "GET"
		}
		if s.body != "" {
			s.method = "POST"
		}
		if s.sent == "" {
			s.sent = s.path
		}
		if s.seeds != nil {
			s.seeds(w, made.Replace("{case}"))
		}
		status, answer := w.call(s.by, s.method, made.Replace(s.sent), made.Replace(s.body))
		if status >= 300 {
			t.Fatalf("%s %s: got %d %s", s.method, s.path, status, answer)
		}
		op := at(t, doc, "paths", s.path, strings.ToLower(s.method))
		covered[s.method+s.path] = true
		name := s.method + " " + s.path
		check(t, doc, name, at(t, op, "responses", fmt.Sprint(status), "content", "application/json", "schema"), parse(t, answer))
		if s.body != "" {
			check(t, doc, name+" request", at(t, op, "requestBody", "content", "application/json", "schema"), parse(t, s.body))
		}
		if object, ok := parse(t, answer).(map[string]any); ok && s.method == "POST" && object["id"] != nil {
			made = strings.NewReplacer("{link}", fmt.Sprint(object["id"]), "{case}", fmt.Sprint(object["id"]))
		} else if ok && s.method == "POST" && object["text"] != nil {
			made = strings.NewReplacer("{link}", made.Replace("{link}"), "{text}", object["text"].(string), "{token}", at(t, object, "terms", "id").(string))
		}
	}
	if len(covered) != len(desk.Operations()) {
		t.Errorf("samples cover %d operations, want all %d", len(covered), len(desk.Operations()))
	}
	_, refusal := w.call(stranger, "GET", "/desk/v1/links/lk-1", "")
	check(t, doc, "a refusal", at(t, doc, "components", "schemas", "Refusal"), parse(t, refusal))
}

func parse(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("read %s: %v", text, err)
	}
	return v
}

// check validates a value against the part of JSON Schema that the document
// uses, and is stricter in one thing: a field must be described.
func check(t *testing.T, doc any, where string, schema, value any) {
	t.Helper()
	s := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		s = at(t, doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
	}
	if values, ok := s["enum"].([]any); ok && !slices.Contains(values, value) {
		t.Errorf("%s: %v is not one of %v", where, value, values)
	}
	kind := ""
	switch v := value.(type) {
	case string:
		kind = "string"
	case bool:
		kind = "boolean"
	case float64:
		kind = "integer"
	case []any:
		kind = "array"
		for i, item := range v {
			check(t, doc, fmt.Sprintf("%s[%d]", where, i), s["items"], item)
		}
	case map[string]any:
		kind = "object"
		checkObject(t, doc, where, s, v)
	}
	if s["type"] != kind {
		t.Errorf("%s: got a %T, want a %v", where, value, s["type"])
	}
}

func checkObject(t *testing.T, doc any, where string, schema, value map[string]any) {
	t.Helper()
	properties, described := schema["properties"].(map[string]any)
	if !described {
		return // the document itself
	}
	for name, field := range value {
		if properties[name] == nil {
			t.Errorf("%s: field %s is not described", where, name)
			continue
		}
		check(t, doc, where+"."+name, properties[name], field)
	}
	for _, name := range schema["required"].([]any) {
		if _, ok := value[name.(string)]; !ok {
			t.Errorf("%s: field %s is required and missing", where, name)
		}
	}
}
