package main_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"demarc/lab"
)

// TestLabExecLeavesNothing: a command in the lab ends with who runs it there,
// however that ends.
func TestLabExecLeavesNothing(t *testing.T) {
	u := newUp(t)
	namespace := lab.Namespace(u.instance, "place")
	ip := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("ip", append([]string{"netns"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("ip netns %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	ip("add", namespace)
	t.Cleanup(func() { ip("delete", namespace) })
	await := func(want bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); (ip("pids", namespace) != "") != want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("something runs in the namespace: %t, want %t", !want, want)
			}
		}
	}
	inside := exec.Command(binary, "--data", u.data, "lab", "exec", "place", "--", "sleep", "1000")
	if err := inside.Start(); err != nil {
		t.Fatal(err)
	}
	await(true)
	if err := inside.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = inside.Wait()
	await(false)
}
