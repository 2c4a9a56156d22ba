package main_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"demarc/lab"
)

// neighbour is what the customer's router, FRR, says of its session.
type neighbour struct {
	State   string `json:"bgpState"`
	Reason  string `json:"lastNotificationReason"`
	Written string `json:"lastShutdownDescription"`
}

func (r *running) neighbour() (n neighbour) {
	dir := filepath.Join(lab.RunDir(r.instance), "acme-r1")
	out, err := exec.Command("vtysh", "--vty_socket", dir, "-c", "show bgp neighbors json").Output()
	var all map[string]neighbour
	if err != nil || json.Unmarshal(out, &all) != nil {
		return n
	}
	for _, n = range all { // there is one
	}
	return n
}

// aws has Debian's AWS CLI call Direct Connect as the account of a profile. It
// asks again by itself while control is away.
func (r *running) aws(profile, operation string, args ...string) map[string]any {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "/usr/bin/aws", append([]string{
		"--endpoint-url", "http://" + r.listen, "--output", "json", "directconnect", operation}, args...)...)
	dir := filepath.Join(r.data, "aws")
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "HOME=" + dir, "LC_ALL=C.UTF-8", "NO_PROXY=*", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=10",
		"AWS_CONFIG_FILE=" + dir + "/config", "AWS_SHARED_CREDENTIALS_FILE=" + dir + "/credentials", "AWS_PROFILE=" + profile,
	}
	out, err := cmd.Output()
	var said *exec.ExitError
	if errors.As(err, &said) {
		r.t.Fatalf("aws directconnect %s: %s", operation, said.Stderr)
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		r.t.Fatalf("aws directconnect %s: %v: %s", operation, err, out)
	}
	return answer
}

// interfaceIs waits until the platform's one interface is in a state, and gives
// its id.
func (r *running) interfaceIs(state string) (id string) {
	r.t.Helper()
	var seen map[string]any
	r.eventually("the interface is "+state, func() bool {
		seen = r.aws("platform", "describe-virtual-interfaces")["virtualInterfaces"].([]any)[0].(map[string]any)
		return seen["virtualInterfaceState"] == state
	})
	return seen["virtualInterfaceId"].(string)
}

func (r *running) eventually(what string, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("never: %s; FRR says %+v", what, r.neighbour())
		}
	}
}

// TestFailoverTest takes a session really down, by the AWS CLI, and has it back
// when it is stopped, and when its time is up though control was killed.
func TestFailoverTest(t *testing.T) {
	r := newUp(t).start()
	r.walk(func(int) bool { return true })
	id := r.interfaceIs("available")
	shut := func() bool {
		n := r.neighbour()
		return n.State != "Established" && n.Reason == "Cease/Administrative Shutdown" && strings.Contains(n.Written, "failover test")
	}
	established := func() bool { return r.neighbour().State == "Established" }
	history := func(test string) string {
		tests := r.aws("platform", "list-virtual-interface-test-history", "--test-id", test)["virtualInterfaceTestHistory"].([]any)
		return tests[0].(map[string]any)["status"].(string)
	}

	stopped := r.aws("platform", "start-bgp-failover-test", "--virtual-interface-id", id)["virtualInterfaceTest"].(map[string]any)
	r.eventually("FRR is told that the session is shut", shut)
	r.interfaceIs("testing")
	r.aws("platform", "stop-bgp-failover-test", "--virtual-interface-id", id)
	r.eventually("FRR has its session again", established)
	r.interfaceIs("available")

	begun := time.Now()
	ended := r.aws("platform", "start-bgp-failover-test", "--virtual-interface-id", id, "--test-duration-in-minutes", "1")["virtualInterfaceTest"].(map[string]any)
	r.eventually("FRR is told that the session is shut", shut)
	r.kill("control")
	r.interfaceIs("testing")
	r.eventually("FRR has its session again", established)
	if took := time.Since(begun); took < time.Minute {
		t.Errorf("a test of a minute ended after %s", took)
	}
	r.interfaceIs("available")

	for test, want := range map[string]string{stopped["testId"].(string): "cancelled", ended["testId"].(string): "completed"} {
		if got := history(test); got != want {
			t.Errorf("test %s is %s, want %s", test, got, want)
		}
	}
	r.end(syscall.SIGTERM)
	r.mustBeGone()
}
