package support_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"demarc/api/apitest"
)

// aws runs the stock command line as an account; a refusal is what it wrote.
func aws(t *testing.T, d *apitest.Door, profile string, args ...string) (out string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/aws", append([]string{"--endpoint-url", d.URL, "--output", "text", "support"}, args...)...)
	cmd.Env = d.Environ(profile)
	text, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(text)), err == nil
}

func must(t *testing.T, d *apitest.Door, profile string, args ...string) string {
	t.Helper()
	out, ok := aws(t, d, profile, args...)
	if !ok {
		t.Fatalf("aws support %v: %s", args, out)
	}
	return out
}

// TestTheCommandLine asks for a link and talks about its end, by AWS Support
// alone.
func TestTheCommandLine(t *testing.T) {
	d := apitest.Open(t)
	if got := must(t, d, "customer", "describe-services", "--query", "services[0].categories[].code"); !strings.Contains(got, "link-request") || !strings.Contains(got, "termination") {
		t.Errorf("categories: %s", got)
	}
	if got := must(t, d, "customer", "describe-severity-levels", "--query", "severityLevels[].code"); !strings.Contains(got, "critical") {
		t.Errorf("severities: %s", got)
	}
	form, err := filepath.Abs("../../docs/link.yaml")
	if err != nil {
		t.Fatal(err)
	}
	id := must(t, d, "customer", "create-case", "--subject", "A link, please", "--service-code", "direct-connect", "--category-code", "link-request", "--communication-body", "file://"+form)
	platform := string(d.Account(t, "platform").ID)
	got := must(t, d, "customer", "describe-cases", "--case-id-list", id, "--query", "cases[0].[status,recentCommunications.communications[0].body]")
	if !strings.Contains(got, "resolved") || !strings.Contains(got, platform) {
		t.Errorf("the link's case: %s", got)
	}

	set := must(t, d, "customer", "add-attachments-to-set", "--attachments", `[{"fileName":"r1.conf","data":"cm91dGVyIGJncCA2NTAwMQ=="}]`, "--query", "attachmentSetId")
	id = must(t, d, "customer", "create-case", "--subject", "We move", "--category-code", "termination", "--severity-code", "low", "--attachment-set-id", set,
		"--communication-body", "{environment: acme-prod, fields: {reason: we move, lastDay: \"2099-12-31\"}}")
	must(t, d, "platform", "add-communication-to-case", "--case-id", id, "--communication-body", "when?")
	for _, tt := range []struct{ profile, query, want string }{
		{"customer", "cases[0].status", "pending-customer-action"},
		{"platform", "cases[0].[categoryCode,severityCode,subject]", "termination\tlow\tWe move"},
		{"customer", "cases[0].recentCommunications.communications[0].body", "when?"},
		{"partner", "length(cases)", "0"},
	} {
		if got := must(t, d, tt.profile, "describe-cases", "--query", tt.query); got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.profile, tt.query, got, tt.want)
		}
	}
	attachment := must(t, d, "platform", "describe-communications", "--case-id", id, "--query", "communications[-1].attachmentSet[0].attachmentId")
	// The CLI shows base64 as it is on the wire.
	if got := must(t, d, "platform", "describe-attachment", "--attachment-id", attachment, "--query", "attachment.[fileName,data]"); !strings.Contains(got, "r1.conf") || !strings.Contains(got, "cm91dGVyIGJncCA2NTAwMQ==") {
		t.Errorf("the attachment: %s", got)
	}
	if got := must(t, d, "customer", "resolve-case", "--case-id", id); got != "resolved\tpending-customer-action" {
		t.Errorf("resolved: %q", got)
	}
}

func TestRefusals(t *testing.T) {
	d := apitest.Open(t)
	for name, tt := range map[string]struct {
		profile string
		args    []string
		want    string
	}{
		"another's case":      {"partner", []string{"describe-cases", "--case-id-list", "case-absent00"}, "CaseIdNotFound"},
		"no such set":         {"customer", []string{"create-case", "--subject", "x", "--category-code", "termination", "--attachment-set-id", "none", "--communication-body", "{environment: acme-prod}"}, "AttachmentSetIdNotFound"},
		"no such attachment":  {"customer", []string{"describe-attachment", "--attachment-id", "none"}, "AttachmentIdNotFound"},
		"words in the body":   {"customer", []string{"create-case", "--subject", "x", "--category-code", "termination", "--communication-body", "please"}, "E-BODY"},
		"a misspelt field":    {"customer", []string{"create-case", "--subject", "x", "--category-code", "termination", "--communication-body", "{enviroment: acme-prod}"}, "enviroment"},
		"a field is missing":  {"customer", []string{"create-case", "--subject", "x", "--category-code", "accept-interface", "--communication-body", "{environment: acme-prod}"}, "E-CASE-FIELD"},
		"another's place":     {"partner", []string{"create-case", "--subject", "x", "--category-code", "accept-interface", "--communication-body", "{environment: acme-prod}"}, `no environment "acme-prod"`},
		"mail":                {"customer", []string{"create-case", "--subject", "x", "--cc-email-addresses", "a@b.example", "--communication-body", "{}"}, "nobody is mailed"},
		"what there is not":   {"customer", []string{"describe-trusted-advisor-checks", "--language", "en"}, "UnknownOperationException"},
		"no such page":        {"customer", []string{"describe-cases", "--starting-token", "eyJuZXh0VG9rZW4iOiAibm9uZSJ9"}, "there is no page"},
		"another's set again": {"partner", []string{"add-attachments-to-set", "--attachment-set-id", "none", "--attachments", "fileName=a,data=eA=="}, "AttachmentSetIdNotFound"},
	} {
		if out, ok := aws(t, d, tt.profile, tt.args...); ok || !strings.Contains(out, tt.want) {
			t.Errorf("%s: got %s, want %s", name, out, tt.want)
		}
	}
}

// TestPages lists more cases than a page has.
func TestPages(t *testing.T) {
	d := apitest.Open(t)
	form, err := filepath.Abs("../../docs/link.yaml")
	if err != nil {
		t.Fatal(err)
	}
	must(t, d, "customer", "create-case", "--subject", "A link", "--category-code", "link-request", "--communication-body", "file://"+form)
	script := `
import boto3, sys
c = boto3.Session(profile_name="customer").client("support", endpoint_url=sys.argv[1])
for i in range(12):
    c.create_case(subject="case %d" % i, categoryCode="route-change", communicationBody="{environment: acme-prod, fields: {add: [192.168.%d.0/24]}}" % (60 + i))
pages = list(c.get_paginator("describe_cases").paginate(PaginationConfig={"PageSize": 10}))
assert [len(p["cases"]) for p in pages] == [10, 2], pages
assert pages[0]["cases"][0]["caseId"] != pages[1]["cases"][0]["caseId"]
print(sum(len(p["cases"]) for p in pages))
`
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", script, d.URL)
	cmd.Env = d.Environ("customer")
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != fmt.Sprint(12) {
		t.Errorf("%v\n%s", err, out)
	}
}
