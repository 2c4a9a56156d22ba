package agent_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"demarc"
	"demarc/agent"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/intent"
	"demarc/route"
)

// childNode and childInstance make the test binary an agent without a control
// plane, so that it can be killed.
const (
	childNode     = "DEMARC_TEST_NODE"
	childInstance = "DEMARC_TEST_INSTANCE"
	childDir      = "DEMARC_TEST_DIR"
	childTeardown = "DEMARC_TEST_TEARDOWN" // take the node down instead
)

func TestMain(m *testing.M) {
	if os.Getenv(childNode) == "" {
		os.Exit(m.Run())
	}
	instance, node := naming.Instance(os.Getenv(childInstance)), demarc.NodeID(os.Getenv(childNode))
	if os.Getenv(childTeardown) != "" {
		if err := agent.Teardown(instance, node); err != nil {
			slog.Error("node was not taken down", "err", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	err := agent.Run(context.Background(), agent.Config{
		Instance: instance, Node: node,
		DataDir: os.Getenv(childDir), Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), EchoEvery: echoEvery,
	})
	slog.Error("agent ended", "err", err)
	os.Exit(1)
}

// A child is an agent that is a process of its own.
type child struct {
	cmd      *exec.Cmd
	sessions chan struct{} // one for each customer's session that came up
}

// Write takes the child's log.
func (c *child) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if bytes.Contains(line, []byte("session came up")) && bytes.Contains(line, []byte("vif=dxvif-")) {
			c.sessions <- struct{}{}
		}
	}
	return len(p), nil
}

func (w *world) child(id demarc.NodeID) *child {
	w.t.Helper()
	c := &child{cmd: exec.Command(os.Args[0]), sessions: make(chan struct{}, 100)}
	c.cmd.Env = append(os.Environ(), childNode+"="+string(id), childInstance+"="+string(w.instance), childDir+"="+w.dataDir(id))
	c.cmd.Stderr = c
	must(w.t, c.cmd.Start())
	w.t.Cleanup(c.kill)
	return c
}

// kill gives it no chance to say goodbye.
func (c *child) kill() {
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

// untilRepeated is how many packets pass, a hundred in a second, until both ends of
// a session that came back have repeated their routes: FRR takes a second to. Who is
// lost again before that loses them (RFC 4724, section 4.2).
const untilRepeated = 300

func TestForwardingNeverPausesWhileAgentsComeAndGo(t *testing.T) {
	for name, start := range routers {
		t.Run(name, func(t *testing.T) { comeAndGo(t, start) })
	}
}

func comeAndGo(t *testing.T, start func(*bed)) {
	b := newBed(t, newLine("acme-r1", "p1"))
	start(b)
	b.device.established(b.line)
	b.crosses()
	there, back := b.ping(b.customer.host, appAddress), b.ping(b.app, hostAddress)
	b.device.stop() // an upgrade
	b.host.stop()
	b.packetsPass(100) // without any agent
	for range 2 {
		deviceChild, hostChild := b.child(device), b.child(host) // there is no control plane
		select {
		case <-deviceChild.sessions:
		case <-time.After(patience):
			t.Fatal("the new agent's session does not come up")
		}
		b.packetsPass(untilRepeated)
		deviceChild.kill()
		hostChild.kill()
		b.packetsPass(50)
	}
	b.device, b.host = b.node(device), b.node(host)
	b.device.established(b.line)
	eventually(t, "the VPC host has learned again what it forgot", func() bool {
		p := b.vpc().Propagated
		return len(p) == 1 && p[0].Prefix == lan && len(p[0].ASPath) == 1 && p[0].Path.ASPathLength == 1 &&
			p[0].Path.LocalPreference == route.MediumPreference && p[0].Path.Internal
	})
	eventually(t, "both find all in place", func() bool {
		return b.device.done(1) && b.host.done(1)
	})
	b.packetsPass(100)
	for name, f := range map[string]*flood{"there": there, "back": back} {
		sent, lost := f.end(t)
		t.Logf("%s: %d packets, %d lost", name, sent, lost)
		if lost != 0 || sent < 200 {
			t.Errorf("%s: %d of %d packets were lost", name, lost, sent)
		}
	}
}

// packetsPass waits until so many more packets have reached the host behind the
// customer's router.
func (b *bed) packetsPass(n uint64) {
	b.t.Helper()
	received := func() uint64 {
		link, _, err := linux.LinkState(b.customer.host, "eth0")
		must(b.t, err)
		return link.RxPackets
	}
	until := received() + n
	eventually(b.t, "packets pass", func() bool { return received() >= until })
}

func TestTeardownAfterAKillLeavesNothing(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1").withInternet())
	b.up()
	b.device.stop()
	b.host.stop()
	deviceChild, hostChild := b.child(device), b.child(host)
	select {
	case <-deviceChild.sessions:
	case <-time.After(patience):
		t.Fatal("the new agent's session does not come up")
	}
	deviceChild.kill()
	hostChild.kill()
	for range 2 {
		must(t, agent.Teardown(b.instance, device))
		must(t, agent.Teardown(b.instance, host))
	}
	names, err := linux.ListNamespaces(string(b.instance) + "-")
	must(t, err)
	var want []string
	for _, name := range []string{"acme-r1", "acme-r1-app", "acme-r1-host", "internet"} {
		want = append(want, b.instance.Namespace(name))
	}
	if diff := cmp.Diff(names, want); diff != "" {
		t.Errorf("namespaces (-got +want):\n%s", diff)
	}
	b.nothingOf(b.line)
}

func TestASecondAgentRefuses(t *testing.T) {
	w := newWorld(t)
	first := w.node(host)
	if well, err := first.health.Check(time.Now()); err != nil || !strings.Contains(well, "no intent") {
		t.Errorf("before its first intent the agent says %q, %v", well, err)
	}
	first.tell(hostIntent(1))
	eventually(t, "the agent is well", func() bool {
		well, err := first.health.Check(time.Now())
		return well == "ok" && err == nil
	})
	for _, dir := range []string{w.dataDir(host), t.TempDir()} {
		err := agent.Run(t.Context(), agent.Config{Instance: w.instance, Node: host, DataDir: dir, Log: slog.New(slog.DiscardHandler)})
		if !errors.Is(err, agent.ErrRunning) {
			t.Errorf("a second agent that keeps its intent in %s says %v", dir, err)
		}
	}
	w.node("h2") // another node's agent is none of its business
	first.stop()
	second := w.node(host)
	eventually(t, "the next one may", func() bool { return second.report().Applied == 1 })
}

func TestWhatIsKept(t *testing.T) {
	w := newWorld(t)
	l := newLine("acme-r1", "p1")
	w.place("acme-r1-app")
	n := w.node(host)
	n.tell(hostIntent(7, l))
	n.tell(hostIntent(6)) // overtaken on its way
	eventually(t, "the newer intent is made true", func() bool { return n.report().Applied == 7 && len(n.report().VPCs) == 1 })
	file := filepath.Join(w.dataDir(host), "intent.json")
	eventually(t, "the newer intent is kept", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && bytes.Contains(text, []byte(l.vpc.ID))
	})
	info, err := os.Stat(file)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the intent is kept with mode %v", info.Mode())
	}
	n.stop()

	must(t, os.WriteFile(file, []byte(`{"node": "h1", "vpcHost": {"vp`), 0o600))
	n = w.node(host)
	n.tell(hostIntent(8, l))
	eventually(t, "a corrupt file does not matter", func() bool { return n.report().Applied == 8 })
	eventually(t, "the intent is kept again", func() bool { return exists(file) })
	n.stop()

	text, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, bytes.Replace(text, []byte(`"version":8`), []byte(`"version":9`), 1), 0o600)) // one bit and it is another intent
	n = w.node(host)
	n.tell(hostIntent(8, l))
	eventually(t, "nor does a turned bit", func() bool { return n.report().Applied == 8 })
	aside, err := filepath.Glob(file + ".corrupt-*")
	if err != nil || len(aside) != 2 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// An earlier version's agent left no checksum, and control may have been restored
// from a backup: then its versions are lower than the node's.
func TestControlGoesBack(t *testing.T) {
	w := newWorld(t)
	dir := w.dataDir(host)
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "intent.json"), []byte(`{"node":"h1","version":500,"vpcHost":{"routerID":"10.255.1.1"}}`), 0o600))
	n := w.node(host)
	eventually(t, "what an earlier agent kept is taken up", func() bool { return n.report().Applied == 500 })
	restored := hostIntent(20)
	restored.Anew = true
	n.tell(restored)
	eventually(t, "it goes back with control", func() bool { return n.report().Applied == 20 })
	n.tell(hostIntent(19)) // overtaken on its way
	n.tell(hostIntent(21))
	eventually(t, "and on from there", func() bool { return n.report().Applied == 21 })
}

// A full disk neither stops the node nor lets it forget what it was told.
func TestADiskThatIsFull(t *testing.T) {
	w := newWorld(t)
	dir := w.dataDir(host)
	must(t, os.Mkdir(dir, 0o700))
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"))
	t.Cleanup(func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 64<<10), 0o600); !errors.Is(err, unix.ENOSPC) && err != nil {
		t.Fatal(err)
	}
	l := newLine("acme-r1", "p1")
	w.place("acme-r1-app")
	n := w.node(host)
	n.tell(hostIntent(7, l))
	eventually(t, "the intent is made true, and that it is not kept is reported", func() bool {
		r := n.report()
		return r.Applied == 7 && len(r.VPCs) == 1 && strings.Contains(r.Problems[intent.Unkept], "no space left")
	})
	must(t, os.Remove(filler))
	eventually(t, "it is kept as soon as there is room", func() bool { return len(n.report().Problems) == 0 })
	n.stop()
	n = w.node(host)
	eventually(t, "the next agent finds it", func() bool { return n.report().Applied == 7 })
}

func TestAnIntentForAnotherNodeIsIgnored(t *testing.T) {
	w := newWorld(t)
	n := w.node(host)
	other := hostIntent(9)
	other.Node = "h2"
	n.tell(other)
	n.tell(intent.Node{Node: host, Version: 9}) // says nothing
	n.tell(hostIntent(1))
	eventually(t, "its own is made true", func() bool { return n.report().Applied == 1 })
}

func TestWhatTheIntentLostWhileTheAgentWasAwayIsRemoved(t *testing.T) {
	stays, goes := newLine("acme-r1", "p1"), newLine("zeta-r1", "p2").withInternet()
	w := newWorld(t)
	for _, name := range []string{"acme-r1", "acme-r1-app", "zeta-r1", "zeta-r1-app", "internet"} {
		w.place(name)
	}
	d, h := w.node(device), w.node(host)
	h.tell(hostIntent(1, stays, goes))
	d.tell(deviceIntent(1, stays, goes))
	eventually(t, "both lines are there, at the host as well", func() bool {
		names, err := linux.ListNamespaces(string(w.instance) + "-")
		must(t, err)
		there := func(l line) bool { return slices.Contains(names, w.instance.Network(host, string(l.vpc.ID))) }
		return d.done(1) && h.done(1) && there(stays) && there(goes)
	})
	d.stop()
	h.stop()
	must(t, os.Remove(filepath.Join(w.dataDir(device), "intent.json")))
	must(t, os.Remove(filepath.Join(w.dataDir(host), "intent.json")))
	d, h = w.node(device), w.node(host)
	h.tell(hostIntent(2, stays))
	d.tell(deviceIntent(2, stays))
	eventually(t, "one line is there", func() bool { return d.done(2) && h.done(2) })
	w.nothingOf(goes)
	if v, _ := d.vif(stays); !v.Built {
		t.Error("the other line is not there any more")
	}
}

// nothingOf checks that no namespace and no link of a line is left.
func (w *world) nothingOf(l line) {
	w.t.Helper()
	eventually(w.t, "nothing is left of "+l.customer, func() bool {
		names, err := linux.ListNamespaces(string(w.instance) + "-")
		must(w.t, err)
		for _, name := range names {
			for _, id := range []string{string(l.vif.ID), string(l.gateway), string(l.vpc.ID)} {
				if strings.Contains(name, id) {
					return false
				}
			}
			if w.hasLinkOf(name, l) {
				return false
			}
		}
		return true
	})
}

func (w *world) hasLinkOf(namespace string, l line) bool {
	n, err := linux.OpenNamespace(namespace)
	if err != nil {
		return false // it went just now
	}
	defer n.Close()
	links, err := linux.Links(n)
	must(w.t, err)
	own := []string{naming.VIFPort(l.vif.ID), naming.GatewayVIF(l.vif.ID), naming.BackboneDevice(host, string(l.vpc.ID)), naming.BackboneHost(l.gateway, device), l.port.Interface}
	if namespace == w.instance.Namespace(l.customer) || namespace == w.instance.Namespace(l.customer+"-app") {
		own = append(own, "eth0") // the cable's end went with it
	}
	for _, name := range own {
		if _, there := links[name]; there {
			return true
		}
	}
	return false
}
