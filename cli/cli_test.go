package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"demarc"
	"demarc/api"
	"demarc/api/apitest"
	deskapi "demarc/api/desk"
	"demarc/cli"
	"demarc/rehearsal"
)

// run carries out a command line as a party and returns what it printed, what
// it complained of and its exit code.
func run(t *testing.T, door *apitest.Door, profile string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", door.Dir+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", door.Dir+"/credentials")
	root := cli.Root()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(append(args, "--endpoint", door.URL, "--profile", profile, "--data", t.TempDir()))
	complaints := captureStderr(t, func() { code = cli.Execute(t.Context(), root) })
	return out.String(), complaints, code
}

// captureStderr returns what fn wrote to the process's standard error.
func captureStderr(t *testing.T, fn func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	saved := os.Stderr
	os.Stderr = w
	defer func() { os.Stderr = saved }()
	fn()
	w.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func open(t *testing.T) *apitest.Door {
	t.Helper()
	return apitest.Open(t, func(c *api.Config) {
		c.Desk = deskapi.New(deskapi.Config{Store: c.Store, Clock: demarc.SystemClock, Identity: api.Caller})
	})
}

// TestAnOrderByCommands takes the parts of the procedure that are the desk's by
// the commands, as docs/procedure.md gives them.
func TestAnOrderByCommands(t *testing.T) {
	door := open(t)
	out, complaint, code := run(t, door, "customer", "link", "request", "--environment", "acme-prod", "--location", "LIS1", "--prefix", "192.168.50.0/24", "-o", "json")
	var link deskapi.Link
	if err := json.Unmarshal([]byte(out), &link); err != nil || code != 0 {
		t.Fatalf("link request: %v, exit %d, %s%s", err, code, out, complaint)
	}
	for profile, exit := range map[string]int{"customer": 8, "platform": 5} {
		out, _, code = run(t, door, profile, "link", "status", string(link.ID))
		if code != exit || !strings.Contains(out, "done") || !strings.Contains(out, "the customer moves next: Order a connection") {
			t.Errorf("link status for the %s: exit %d, want %d\n%s", profile, code, exit, out)
		}
	}
	if out, _, code = run(t, door, "customer", "link", "status", string(link.ID), "--wait", "--timeout", "100ms"); code != 6 {
		t.Errorf("a link that does not become live: exit %d, want 6\n%s", code, out)
	}
	out, _, code = run(t, door, "customer", "case", "open", "--kind", "account-association", "--environment", "acme-prod")
	if code != 0 || !strings.Contains(out, string(door.Account(t, "platform").ID)) {
		t.Errorf("the answer does not name the platform's account: exit %d\n%s", code, out)
	}
	for _, tt := range []struct {
		profile string
		args    []string
		want    string
	}{
		{"customer", []string{"link", "list"}, string(link.ID)},
		{"customer", []string{"case", "list"}, "account-association"},
		{"customer", []string{"environment", "list"}, "not included"},
		{"customer", []string{"environment", "routes", "acme-prod"}, "10.8.2.0/24"},
		{"facility", []string{"facility", "list"}, "CONNECTION"},
	} {
		if out, complaint, code := run(t, door, tt.profile, tt.args...); code != 0 || !strings.Contains(out, tt.want) {
			t.Errorf("%v: exit %d, want %q in:\n%s%s", tt.args, code, tt.want, out, complaint)
		}
	}
}

// TestThePolicyByCommands takes the sample policy from its dry run to a case
// that it answers.
func TestThePolicyByCommands(t *testing.T) {
	door := open(t)
	for _, tt := range []struct {
		profile string
		args    []string
		want    string
		code    int
	}{
		{"platform", []string{"policy", "show"}, "", 1},
		{"platform", []string{"policy", "test", "-f", "../docs/policy.yaml", "--request", "../docs/link.yaml"}, "leg a: accept by rule known-and-within-limits", 0},
		{"customer", []string{"policy", "apply", "-f", "../docs/policy.yaml"}, "", 3},
		{"platform", []string{"policy", "apply", "-f", "../docs/policy.yaml"}, "version 1", 0},
		{"platform", []string{"policy", "apply", "-f", "../docs/policy.yaml"}, "version 2", 0},
		{"platform", []string{"policy", "show", "--version", "1"}, "not-as-requested", 0},
		{"platform", []string{"policy", "decisions"}, "INTERFACE", 0},
		{"customer", []string{"case", "kinds"}, "failover-drill", 0},
	} {
		if out, complaint, code := run(t, door, tt.profile, tt.args...); code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%v: exit %d, want %d and %q in:\n%s%s", tt.args, code, tt.code, tt.want, out, complaint)
		}
	}
}

// TestATokenByCommands hands a token over, and has the partner read and redeem
// it.
func TestATokenByCommands(t *testing.T) {
	door := open(t)
	out, complaint, code := run(t, door, "customer", "link", "request", "--environment", "acme-prod", "--topology", "partner", "--location", "LIS1", "--bandwidth", "200Mbps", "-o", "json")
	var link deskapi.Link
	if err := json.Unmarshal([]byte(out), &link); err != nil || code != 0 {
		t.Fatalf("link request: %v, exit %d, %s%s", err, code, out, complaint)
	}
	out, complaint, code = run(t, door, "customer", "link", "token", string(link.ID), "--leg", "a", "--valid", "24h", "-o", "json")
	var token deskapi.Token
	if err := json.Unmarshal([]byte(out), &token); err != nil || code != 0 || token.Text == "" {
		t.Fatalf("link token: %v, exit %d, %s%s", err, code, out, complaint)
	}
	for _, tt := range []struct {
		profile string
		args    []string
		want    string
		code    int
	}{
		{"partner", []string{"partner", "inspect", token.Text}, "200Mbps at LIS1", 0},
		{"partner", []string{"partner", "inspect", token.Text + "x"}, "", 3},
		{"partner", []string{"partner", "redeem", token.Text, "--connection", "dxcon-fabsent0", "--asn", "65010"}, "", 3},
		{"partner", []string{"partner", "tokens"}, "TOKEN", 0},
		{"customer", []string{"link", "tokens", string(link.ID)}, "issued", 0},
		{"customer", []string{"link", "withdraw", string(token.Terms.ID)}, "withdrawn", 0},
	} {
		if out, complaint, code := run(t, door, tt.profile, tt.args...); code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%v: exit %d, want %d and %q in:\n%s%s", tt.args, code, tt.code, tt.want, out, complaint)
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	door := open(t)
	for _, tt := range []struct {
		name    string
		profile string
		args    []string
		code    int
		want    string
	}{
		{"an edition without Direct Connect", "customer", []string{"link", "request", "--environment", "acme-trial", "--location", "LIS1"}, 3, "E-EDITION-NODX"},
		{"and the way out", "customer", []string{"link", "request", "--environment", "acme-trial", "--location", "LIS1"}, 3, "what to do: "},
		{"another's environment", "partner", []string{"environment", "routes", "acme-prod"}, 3, `no environment "acme-prod"`},
		{"an unknown link", "customer", []string{"link", "status", "lk-nothing1"}, 3, "lk-nothing1"},
		{"an unknown command", "customer", []string{"link", "destroy"}, 2, `demarc link has no command "destroy"`},
		{"a missing flag", "customer", []string{"link", "request", "--environment", "acme-prod"}, 2, `missing [location]`},
		{"an unknown flag", "customer", []string{"link", "list", "--all"}, 2, "--all"},
		{"an unknown output", "customer", []string{"link", "list", "-o", "xml"}, 2, "expected table or json"},
		{"no account", "", []string{"link", "list"}, 2, "which account?"},
		{"an account without a profile", "nobody", []string{"link", "list"}, 1, "nobody"},
		{"patching somebody else's building", "customer", []string{"facility", "patch", "dxcon-fabc1234"}, 3, "dxcon-fabc1234"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, complaint, code := run(t, door, tt.profile, tt.args...)
			if code != tt.code || !strings.Contains(complaint, tt.want) {
				t.Errorf("exit %d, want %d, and %q in:\n%s%s", code, tt.code, tt.want, out, complaint)
			}
		})
	}
	out, _, _ := run(t, door, "customer", "link", "list", "-o", "json")
	if strings.TrimSpace(out) != "{\n  \"links\": []\n}" {
		t.Errorf("a refused request left something behind: %s", out)
	}
}

func TestPreflightChangesNothing(t *testing.T) {
	door := open(t)
	out, _, code := run(t, door, "customer", "link", "preflight", "--environment", "acme-prod", "--location", "LIS9", "--prefix", "10.8.2.0/25")
	if code != 3 || !strings.Contains(out, "LIS9") || !strings.Contains(out, "E-CIDR-OVERLAP") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, _, code = run(t, door, "customer", "link", "preflight", "--environment", "acme-prod", "--location", "LIS1")
	if code != 0 || !strings.Contains(out, "Nothing stands against it.") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	for name, tt := range map[string]struct {
		change func(string) string
		code   int
		says   string
	}{
		"the sample request":  {func(s string) string { return s }, 0, "Nothing stands against it."},
		"a field of no name":  {func(s string) string { return s + "colour: red\n" }, 2, "unknown field \"colour\""},
		"a leg too fast":      {func(s string) string { return strings.Replace(s, "1Gbps", "400Gbps", 1) }, 3, "E-LOCATION-SPEED  legs[0].bandwidth"},
		"half of what it was": {func(s string) string { return s[:len(s)/2] }, 3, "E-"},
	} {
		sample, err := os.ReadFile("../docs/link.yaml")
		if err != nil {
			t.Fatal(err)
		}
		file := t.TempDir() + "/link.yaml"
		if err := os.WriteFile(file, []byte(tt.change(string(sample))), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, complaint, code := run(t, door, "customer", "link", "preflight", "-f", file); code != tt.code || !strings.Contains(out+complaint, tt.says) {
			t.Errorf("%s: exit %d, want %d, and %q in:\n%s%s", name, code, tt.code, tt.says, out, complaint)
		}
	}
}

// The operator sees what everybody did, and others what they did.
func TestAuditShowsWhoChangedWhat(t *testing.T) {
	door := open(t)
	run(t, door, "customer", "link", "request", "--environment", "acme-prod", "--location", "LIS1")
	customer := string(door.Account(t, "customer").ID)
	for profile, sees := range map[string]bool{"customer": true, "platform": true, "partner": false} {
		out, complaint, code := run(t, door, profile, "audit")
		if code != 0 || (strings.Contains(out, "requestLink") && strings.Contains(out, customer) && strings.Contains(out, "+link/lk-")) != sees {
			t.Errorf("%s: exit %d, want the link %v:\n%s%s", profile, code, sees, out, complaint)
		}
	}
}

// The operator sees what was in the objects, and asks for one of them.
func TestAuditShowsTheFields(t *testing.T) {
	door := open(t)
	run(t, door, "customer", "link", "request", "--environment", "acme-prod", "--location", "LIS1")
	for object, sees := range map[string]bool{"": true, "lk-elsewhere": false} {
		out, complaint, code := run(t, door, "platform", "audit", "--fields", "--since", "1h", "--object", object)
		if code != 0 || (strings.Contains(out, "requestLink by ") && strings.Contains(out, `    environment: "acme-prod"`)) != sees {
			t.Errorf("of %q: exit %d, want the link %v:\n%s%s", object, code, sees, out, complaint)
		}
	}
}

// A stock client works with what demarc profile prints and installs, and what
// its owner had stays.
func TestProfilesForStockClients(t *testing.T) {
	door := open(t)
	data := t.TempDir()
	for _, name := range []string{"config", "credentials"} {
		text, err := os.ReadFile(filepath.Join(door.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(data, "aws"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, "aws", name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own := t.TempDir()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(own, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(own, "credentials"))
	mine := "[profile platform]\nregion = mars-1\n"
	if err := os.WriteFile(filepath.Join(own, "config"), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	profile := func(args ...string) string {
		root := cli.Root()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(append([]string{"profile", "--data", data, "--endpoint", door.URL}, args...))
		if code := cli.Execute(t.Context(), root); code != 0 {
			t.Fatalf("profile %v: exit %d\n%s", args, code, &out)
		}
		return out.String()
	}
	if out := profile(); !strings.Contains(out, "export AWS_CONFIG_FILE="+filepath.Join(data, "aws", "config")) || !strings.Contains(out, "customer") {
		t.Errorf("what a shell needs:\n%s", out)
	}
	profile("--install")
	config, err := os.ReadFile(filepath.Join(own, "config"))
	if err != nil || !strings.HasPrefix(string(config), mine) || strings.Count(string(config), "[profile platform]") != 1 ||
		!strings.Contains(string(config), "[profile customer]") || !strings.Contains(string(config), "endpoint_url = "+door.URL) {
		t.Errorf("my config: %v\n%s", err, config)
	}
	if again := profile("--install"); strings.Count(again, "nothing to add") != 2 {
		t.Errorf("a second time:\n%s", again)
	}
	out, err := exec.Command("/usr/bin/aws", "--profile", "customer", "--endpoint-url", door.URL, "sts", "get-caller-identity").CombinedOutput()
	if err != nil || !strings.Contains(string(out), string(door.Account(t, "customer").ID)) {
		t.Errorf("the AWS CLI with the installed profile: %v\n%s", err, out)
	}
}

// A site that rehearses is moved by its operator, and no other is.
func TestTheClockOfARehearsal(t *testing.T) {
	fixed := open(t)
	if _, complaint, code := run(t, fixed, "platform", "clock", "--advance", "168h"); code != 3 || !strings.Contains(complaint, "does not rehearse") {
		t.Errorf("a site that does not rehearse: exit %d\n%s", code, complaint)
	}
	door := apitest.Open(t, func(c *api.Config) {
		c.Wall, c.Clock = demarc.SystemClock, rehearsal.Clock(c.Store, demarc.SystemClock)
		c.Desk = deskapi.New(deskapi.Config{Store: c.Store, Clock: c.Clock, Identity: api.Caller, Rehearsal: true})
	})
	for _, tt := range []struct {
		profile, step string
		code          int
		says          string
	}{
		{"platform", "168h", 0, "168h0m0s ahead"},
		{"customer", "168h", 3, "the operator"},
		{"platform", "-1h", 3, "no step forward"},
		{"platform", "24h", 0, "192h0m0s ahead"},
	} {
		out, complaint, code := run(t, door, tt.profile, "clock", "--advance", tt.step)
		if code != tt.code || !strings.Contains(out+complaint, tt.says) {
			t.Errorf("%s by %s: exit %d, want %d and %q in:\n%s%s", tt.step, tt.profile, code, tt.code, tt.says, out, complaint)
		}
	}
	if out, _, code := run(t, door, "customer", "clock"); code != 0 || !strings.Contains(out, "192h0m0s ahead") {
		t.Errorf("the clock afterwards: exit %d\n%s", code, out)
	}
}
