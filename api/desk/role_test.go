package desk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/desk"
)

// TestRoles has every account ask for every object of the customer's. Whoever
// may not see it gets the same bytes as for one that does not exist.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	var link desk.Link
	w.get(customer, "POST", "/desk/v1/links", goodLink, &link)
	conn := w.order()
	v := w.offer(conn.ID)
	var asked desk.Case
	w.get(customer, "POST", "/desk/v1/cases", `{"kind":"accept-interface","environment":"acme-prod","virtualInterface":"`+string(v.ID)+`"}`, &asked)

	open := w.offerPublic(conn.ID)
	var hook desk.Webhook
	w.get(customer, "POST", "/desk/v1/notices/webhooks", `{"url":"http://127.0.0.1:1/"}`, &hook)
	mine := []demarc.AccountID{customer}
	var work desk.Maintenance
	w.operated()
	w.get(platform, "POST", "/desk/v1/platform/maintenance", `{"device":"lis1-d1","start":"2026-05-20T22:00:00Z","hours":4}`, &work)
	lk, _ := w.twoLegs(true)
	both := []demarc.AccountID{customer, platform}
	tests := []struct {
		name          string
		method, path  string
		body          string
		object, other string // what is asked for, and one that does not exist
		sees          []demarc.AccountID
	}{
		{"a link", "GET", "/desk/v1/links/{}", "", string(link.ID), "lk-absent00", both},
		{"a case", "GET", "/desk/v1/cases/{}", "", string(asked.ID), "case-absent00", both},
		{"answering a case", "POST", "/desk/v1/cases/{}/answer", `{"text":""}`, string(asked.ID), "case-absent00", both},
		{"routes", "GET", "/desk/v1/environments/{}/routes", "", "acme-prod", "acme-nosuch", both},
		{"asking for a link", "POST", "/desk/v1/links", strings.Replace(goodLink, "acme-prod", "{}", 1), "acme-prod", "acme-nosuch", both},
		{"asking whether", "POST", "/desk/v1/links:preflight", strings.Replace(goodLink, "acme-prod", "{}", 1), "acme-prod", "acme-nosuch", both},
		{"opening a case", "POST", "/desk/v1/cases", `{"kind":"gossip","environment":"{}"}`, "acme-prod", "acme-nosuch", both},
		{"an edition without", "POST", "/desk/v1/cases", `{"kind":"account-association","environment":"{}"}`, "acme-trial", "acme-nosuch", both},
		{"a drill", "POST", "/desk/v1/links/{}/drills", `{"leg":"z","minutes":1}`, string(lk), "lk-absent00", both},
		{"drills", "GET", "/desk/v1/links/{}/drills", "", string(lk), "lk-absent00", both},
		{"calling off work", "POST", "/desk/v1/platform/maintenance/{}/cancel", "", string(work.ID), "mt-absent00", []demarc.AccountID{platform}},
		{"a webhook's deliveries", "GET", "/desk/v1/notices/webhooks/{}/deliveries", "", string(hook.ID), "wh-absent00", mine},
		{"testing a webhook", "POST", "/desk/v1/notices/webhooks/{}/test", "", string(hook.ID), "wh-absent00", mine},
		{"a replay", "POST", "/desk/v1/notices/webhooks/{}/replay", `{"since":"2026-05-04T11:00:00Z"}`, string(hook.ID), "wh-absent00", mine},
		{"reporting a fibre", "POST", "/desk/v1/facility/cross-connects/{}/report", `{"problem":"E-XC-POLARITY"}`, string(conn.ID), "dxcon-fabsent0", []demarc.AccountID{building}},
		{"unpatching", "POST", "/desk/v1/facility/cross-connects/{}/unpatch", "", string(conn.ID), "dxcon-fabsent0", []demarc.AccountID{building}},
		{"verifying", "POST", "/desk/v1/platform/virtual-interfaces/{}/verify", "", string(open.ID), "dxvif-fabsent0", []demarc.AccountID{platform}},
		{"patching", "POST", "/desk/v1/facility/cross-connects/{}/patch", "", string(conn.ID), "dxcon-fabsent0", []demarc.AccountID{building}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fill := func(text, with string) string { return strings.ReplaceAll(text, "{}", with) }
			for by, party := range parties {
				status, there := w.call(by, test.method, fill(test.path, test.object), fill(test.body, test.object))
				absentStatus, absent := w.call(by, test.method, fill(test.path, test.other), fill(test.body, test.other))
				same := status == absentStatus && strings.ReplaceAll(there, test.object, test.other) == absent
				if sees := slices.Contains(test.sees, by); sees == same {
					t.Errorf("%s %s: got %d %s and of an absent one %d %s; may see it: %v", party, by, status, there, absentStatus, absent, sees)
				}
				if absentStatus != 404 {
					t.Errorf("%s: an absent one: got %d, want 404", party, absentStatus)
				}
			}
		})
	}
}

// TestLists checks that a list has what its reader may see and no more.
func TestLists(t *testing.T) {
	w := newWorld(t)
	w.get(customer, "POST", "/desk/v1/links", goodLink, &desk.Link{})
	w.order()
	w.get(customer, "POST", "/desk/v1/cases", `{"kind":"account-association","environment":"acme-prod"}`, &desk.Case{})
	for by, want := range map[demarc.AccountID][4]int{customer: {2, 1, 1, 0}, platform: {2, 1, 1, 0}, partner: {}, building: {0, 0, 0, 1}, stranger: {}} {
		var environments desk.Environments
		var links desk.Links
		var cases desk.Cases
		var crossConnects desk.CrossConnects
		w.get(by, "GET", "/desk/v1/environments", "", &environments)
		w.get(by, "GET", "/desk/v1/links", "", &links)
		w.get(by, "GET", "/desk/v1/cases", "", &cases)
		w.get(by, "GET", "/desk/v1/facility/cross-connects", "", &crossConnects)
		got := [4]int{len(environments.Environments), len(links.Links), len(cases.Cases), len(crossConnects.CrossConnects)}
		if got != want {
			t.Errorf("%s: environments, links, cases, cross-connects: got %v, want %v", parties[by], got, want)
		}
	}
}

func TestEnvironments(t *testing.T) {
	w := newWorld(t)
	var got desk.Environments
	w.get(customer, "GET", "/desk/v1/environments", "", &got)
	want := []desk.Environment{
		{Name: "acme-prod", Edition: "Enterprise", Entitled: true, Region: "eu-west-1", Platform: platform, Customer: customer, VPC: vpc, Gateway: vgw, MaxLinks: 1},
		{Name: "acme-trial", Edition: "Standard", Region: "eu-west-1", Platform: platform, Customer: customer, VPC: vpc, Gateway: vgw},
	}
	if diff := cmp.Diff(got.Environments, want); diff != "" {
		t.Errorf("environments (-got +want):\n%s", diff)
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	_, got := w.call(customer, "GET", "/desk/v1/environments/acme-prod/routes", "")
	want := `{"environment":"acme-prod","vpc":"` + string(vpc) + `","seen":true,"table":"rtb-1","routes":[` +
		`{"prefix":"0.0.0.0/0","target":"` + igw + `","kind":"static","active":true},` +
		`{"prefix":"0.0.0.0/0","target":"` + string(vgw) + `","via":"lis1-d1","kind":"propagated","active":false,"rule":"static beats propagated at equal length","beatenBy":{"prefix":"0.0.0.0/0","target":"` + igw + `","kind":"static"}},` +
		`{"prefix":"10.8.2.0/24","target":"local","kind":"local","active":true}],` +
		`"others":[],"paths":[{"target":"` + igw + `","outPackets":7,"outBytes":700,"inPackets":0,"inBytes":0}]}` + "\n"
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("routes (-got +want):\n%s", diff)
	}
}

func TestWhoAmI(t *testing.T) {
	w := newWorld(t)
	for by, party := range parties {
		var got desk.Account
		w.get(by, "GET", "/desk/v1/whoami", "", &got)
		if got.ID != by || got.Party != party {
			t.Errorf("got %+v, want %s, %s", got, by, party)
		}
	}
}
