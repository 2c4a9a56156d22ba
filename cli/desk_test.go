package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"demarc/api/apitest"
	deskapi "demarc/api/desk"
)

// requested is a link of the customer's that the flags ask for.
func requested(t *testing.T, door *apitest.Door, flags ...string) deskapi.Link {
	t.Helper()
	out, complaint, code := run(t, door, "customer", append([]string{"link", "request", "--environment", "acme-prod", "--location", "LIS1", "-o", "json"}, flags...)...)
	var link deskapi.Link
	if err := json.Unmarshal([]byte(out), &link); err != nil || code != 0 {
		t.Fatalf("link request: %v, exit %d, %s%s", err, code, out, complaint)
	}
	return link
}

// TestTheExitCodesOfALink has a script tell apart how a link stands.
func TestTheExitCodesOfALink(t *testing.T) {
	door := open(t)
	waits, ended := string(requested(t, door).ID), string(requested(t, door).ID)
	if out, complaint, code := run(t, door, "customer", "link", "end", ended, "--reason", "a test"); code != 0 {
		t.Fatalf("link end: exit %d, %s%s", code, out, complaint)
	}
	for _, tt := range []struct {
		name, profile string
		args          []string
		code          int
	}{
		{"nothing is left of it", "customer", []string{ended, "--wait"}, 0},
		{"my move", "customer", []string{waits}, 8},
		{"another's move", "platform", []string{waits}, 5},
		{"not in time", "customer", []string{waits, "--wait", "--timeout", "50ms"}, 6},
		{"refused", "partner", []string{waits}, 3},
		{"refused while it waits", "partner", []string{waits, "--wait"}, 3},
		{"nobody there", "customer", []string{waits, "--endpoint", "http://127.0.0.1:1"}, 1},
		{"which link?", "customer", nil, 2},
	} {
		args := append([]string{"link", "status"}, tt.args...)
		out, complaint, code := runAt(t, door, tt.profile, args...)
		if code != tt.code {
			t.Errorf("%s: exit %d, want %d\n%s%s", tt.name, code, tt.code, out, complaint)
		}
	}
}

// runAt is run, but that an endpoint among the arguments counts.
func runAt(t *testing.T, door *apitest.Door, profile string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	for i, arg := range args {
		if arg == "--endpoint" {
			other := *door
			other.URL = args[i+1]
			return run(t, &other, profile, append(args[:i:i], args[i+2:]...)...)
		}
	}
	return run(t, door, profile, args...)
}

// TestMistakesOnTheCommandLine are told before anything is asked, and have an
// exit code of their own.
func TestMistakesOnTheCommandLine(t *testing.T) {
	door := open(t)
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "form.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"lnik"}, `no command "lnik"`},
		{[]string{"link", "status"}, "accepts 1 arg(s), received 0; the command is: demarc link status LINK"},
		{[]string{"link", "preflight"}, "[file environment]"},
		{[]string{"case", "answer", "case-1"}, `"text" not set`},
		{[]string{"case", "open", "--kind", "account-association"}, "missing [environment]"},
		{[]string{"link", "token", "lk-1", "--valid", "0h"}, "--valid 0s: expected whole hours"},
		{[]string{"link", "token", "lk-1", "--valid", "-24h"}, "--valid -24h0m0s: expected whole hours"},
		{[]string{"link", "token", "lk-1", "--prefixes", "0"}, "--prefixes 0: expected at least 1"},
		{[]string{"link", "token", "lk-1", "--first-vlan", "0", "--last-vlan", "0"}, "within 1 to 4094"},
		{[]string{"link", "preflight", "-f", file("environment: acme-prod\n---\nenvironment: acme-dev\n")}, "second document"},
		{[]string{"case", "open", "-f", file("kind: route-change\nenvironment: acme-prod\nfield: {}\n")}, `unknown field "field"`},
		{[]string{"policy", "test", "--request", "../docs/link.yaml", "-f", file("comment: nothing yet\n")}, "there are no rules in it"},
		{[]string{"policy", "apply", "-f", file("rules: [{name: all, when: {rateAbov: 1Gbps}, verdict: accept}]\n")}, `unknown field "rateAbov"`},
	} {
		out, complaint, code := run(t, door, "customer", tt.args...)
		if code != 2 || !strings.Contains(complaint, tt.want) {
			t.Errorf("%v: exit %d, want 2, and %q in:\n%s%s", tt.args, code, tt.want, out, complaint)
		}
	}
}

// TestACodeLeadsToItsExplanation goes from a refusal to the catalogue, which is
// in the program.
func TestACodeLeadsToItsExplanation(t *testing.T) {
	door := open(t)
	_, complaint, _ := run(t, door, "customer", "link", "request", "--environment", "acme-trial", "--location", "LIS1")
	_, command, ok := strings.Cut(complaint, "explained by: demarc ")
	if !ok {
		t.Fatalf("no way to the explanation: %s", complaint)
	}
	out, complaint, code := run(t, door, "", strings.Fields(command)...)
	for _, want := range []string{"E-EDITION-NODX\n", "what was seen:\n      an environment in an edition without", "whose move:\n      customer\n", "how to verify:\n"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, want %q in:\n%s%s", code, want, out, complaint)
		}
	}
	if out, _, code := run(t, door, "", "error", "e-cidr-overlap"); code != 0 || !strings.Contains(out, "E-CIDR-OVERLAP\n") {
		t.Errorf("in small letters: exit %d, %s", code, out)
	}
	if _, complaint, code := run(t, door, "", "error", "E-NONE"); code != 2 || !strings.Contains(complaint, `no code "E-NONE"`) {
		t.Errorf("a code that there is not: exit %d, %s", code, complaint)
	}
}

// TestKeysWithoutARegion are those of an assumed role in the environment: they
// sign nothing that anybody would take, and it is said which word is missing.
func TestKeysWithoutARegion(t *testing.T) {
	door := open(t)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": ""} {
		t.Setenv(name, value)
	}
	if out, complaint, code := run(t, door, "", "case", "list"); code != 2 || !strings.Contains(complaint, "set AWS_REGION") {
		t.Errorf("exit %d, %s%s", code, out, complaint)
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	if out, complaint, code := run(t, door, "", "case", "list"); code != 3 || !strings.Contains(complaint, "E-IDENTITY") {
		t.Errorf("with a Region, and a key that is nobody's: exit %d, %s%s", code, out, complaint)
	}
}

// TestACaseShowsWhatItAsks has who decides read the whole of what is asked for,
// and what to type.
func TestACaseShowsWhatItAsks(t *testing.T) {
	door := open(t)
	link := string(requested(t, door, "--prefix", "192.168.50.0/24").ID)
	out, complaint, code := run(t, door, "customer", "case", "open", "--kind", "route-change", "--environment", "acme-prod",
		"--subject", "the plant", "--add", "192.168.60.0/24", "--add", "192.168.61.0/24", "--remove", "192.168.50.0/24",
		"--text", "first\n  second,\x07 indented", "-o", "json")
	var c deskapi.Case
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != 0 {
		t.Fatalf("case open: %v, exit %d, %s%s", err, code, out, complaint)
	}
	customer, platform := string(door.Account(t, "customer").ID), string(door.Account(t, "platform").ID)
	shows := func(wants ...string) {
		t.Helper()
		out, complaint, code := run(t, door, "platform", "case", "show", string(c.ID))
		for _, want := range wants {
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("exit %d, want %q in:\n%s%s", code, want, out, complaint)
			}
		}
		if strings.ContainsAny(out, "\x1b\x07") {
			t.Errorf("the terminal is told what to do: %q", out)
		}
	}
	shows("by "+customer+", for "+platform+" to answer", "  subject: the plant\n", "  link: "+link+"\n",
		"  add: 192.168.60.0/24 192.168.61.0/24\n", "  remove: 192.168.50.0/24\n", "      first\n        second,\\x07 indented\n",
		"Next, account "+platform+": demarc case accept "+string(c.ID))
	run(t, door, "platform", "case", "reply", string(c.ID), "--text", "why?")
	shows("Next, account " + customer + ": demarc case reply " + string(c.ID))
	if out, _, _ = run(t, door, "platform", "case", "answer", string(c.ID), "--text", "no"); strings.Contains(out, "Next,") {
		t.Errorf("after its end:\n%s", out)
	}
}

// TestAnAddressOfEachFamily is given once, and is one.
func TestAnAddressOfEachFamily(t *testing.T) {
	door := open(t)
	for _, apps := range [][]string{{"10.8.2.10", "10.8.2.11"}, {"fd20:8:2::10", "fd20:8:2::11"}, {"acme-app1"}} {
		line := []string{"cutover", "plan", "case-absent", "--probe", "192.168.50.0/24=192.168.50.10"}
		for _, app := range apps {
			line = append(line, "--app", app)
		}
		if out, complaints, code := run(t, door, "customer", line...); code != 2 || !strings.Contains(complaints, "one of a family") {
			t.Errorf("%v: %d %s%s", apps, code, out, complaints)
		}
	}
}
