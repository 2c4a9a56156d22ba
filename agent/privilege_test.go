package agent_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"demarc/intent"
)

// nobody is a user without any right of its own.
const nobody = 65534

// capabilities are those that the systemd unit grants, in its own words.
func capabilities(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../deploy/systemd/demarc-agent.service")
	must(t, err)
	granted := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			granted[name] = value
		}
	}
	if granted["AmbientCapabilities"] == "" || granted["AmbientCapabilities"] != granted["CapabilityBoundingSet"] {
		t.Fatalf("the unit grants %q and bounds %q", granted["AmbientCapabilities"], granted["CapabilityBoundingSet"])
	}
	return strings.Fields(granted["AmbientCapabilities"])
}

// openNamespaceDir does what the unit does before it starts the agent.
func openNamespaceDir(t *testing.T) {
	t.Helper()
	const dir = "/run/netns"
	before, err := os.Stat(dir)
	must(t, err)
	must(t, os.Chown(dir, -1, nobody))
	must(t, os.Chmod(dir, 0o775))
	t.Cleanup(func() {
		must(t, os.Chown(dir, -1, 0))
		must(t, os.Chmod(dir, before.Mode().Perm()))
	})
}

// unprivileged starts an agent as nobody, with these capabilities and no other.
func (w *world) unprivileged(n intent.Node, capabilities []string) *exec.Cmd {
	w.t.Helper()
	text, err := json.Marshal(n)
	must(w.t, err)
	must(w.t, os.MkdirAll(w.dataDir(n.Node), 0o700))
	file := filepath.Join(w.dataDir(n.Node), "intent.json")
	must(w.t, os.WriteFile(file, text, 0o600))
	must(w.t, os.Chown(file, nobody, nobody))
	must(w.t, os.Chown(w.dataDir(n.Node), nobody, nobody))
	var list []string
	for _, c := range capabilities {
		list = append(list, "+"+strings.ToLower(strings.TrimPrefix(c, "CAP_")))
	}
	grant := "-all," + strings.Join(list, ",")
	cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs",
		"--bounding-set="+grant, "--inh-caps="+grant, "--ambient-caps="+grant, w.ownProgram())
	cmd.Env = append(os.Environ(), childNode+"="+string(n.Node), childInstance+"="+string(w.instance), childDir+"="+w.dataDir(n.Node))
	cmd.Stderr = testLog{w.t}
	must(w.t, cmd.Start())
	w.t.Cleanup(func() { stop(cmd) })
	return cmd
}

// ownProgram is this test's program where everybody may run it.
func (w *world) ownProgram() string {
	w.t.Helper()
	path := filepath.Join(w.dir, "agent")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	program, err := os.ReadFile(os.Args[0])
	must(w.t, err)
	must(w.t, os.WriteFile(path, program, 0o755))
	return path
}

// An agent with the rights of the systemd unit does all of its work, from the
// first namespace to the last route, and takes over after a crash.
func TestAnAgentNeedsNoMoreRightsThanItsUnitGrants(t *testing.T) {
	w := newWorld(t)
	openNamespaceDir(t)
	l := newLine("acme-r1", "p1").withInternet()
	c, app := w.customer(l.customer), w.place(l.customer+"-app")
	w.place("internet")
	granted := capabilities(t)
	w.unprivileged(hostIntent(1, l), granted)
	agent := w.unprivileged(deviceIntent(1, l), granted)
	if effective := effectiveCapabilities(t, agent.Process.Pid); effective != len(granted) {
		t.Fatalf("the agent has %d capabilities, want the unit's %d", effective, len(granted))
	}
	c.tag(l.vif.VLAN, theirs)
	c.bird(theirs.Addr(), ours.Addr(), key)
	eventually(t, "the customer reaches the app host", func() bool { return w.reaches(c.host, appAddress) })
	eventually(t, "the app host reaches the customer", func() bool { return w.reaches(app, hostAddress) })
	eventually(t, "the app host reaches the internet", func() bool { return w.reaches(app, webAddress) })
	stop(agent)
	if !w.reaches(c.host, appAddress) {
		t.Error("forwarding stopped with the agent")
	}
	w.unprivileged(deviceIntent(2), granted) // a newer one without the line
	eventually(t, "the new agent takes the line down", func() bool { return !w.reaches(c.host, appAddress) })
}

// effectiveCapabilities is how many the process has once it is the agent.
func effectiveCapabilities(t *testing.T, pid int) (count int) {
	t.Helper()
	eventually(t, "the process is the agent", func() bool {
		program, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
		return err == nil && filepath.Base(program) == "agent"
	})
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3, Pid: int32(pid)}
	var data [2]unix.CapUserData
	must(t, unix.Capget(&header, &data[0]))
	for _, d := range data {
		for bits := d.Effective; bits != 0; bits &= bits - 1 {
			count++
		}
	}
	return count
}
