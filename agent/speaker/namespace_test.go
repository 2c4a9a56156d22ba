package speaker_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc/agent/speaker"
	"demarc/bgp"
)

// A netns is a fresh network namespace, entered by its name.
type netns string

// newNamespace makes a namespace that lives as long as the test.
func newNamespace(t *testing.T) netns {
	t.Helper()
	n := netns("spk-" + strings.ToLower(rand.Text()[:10]))
	run(t, "ip", "netns", "add", string(n))
	t.Cleanup(func() { run(t, "ip", "netns", "del", string(n)) })
	run(t, "ip", "-n", string(n), "link", "set", "lo", "up")
	return n
}

// Do implements speaker.Namespace. The thread is given back only if it could
// be put back into its own namespace.
func (n netns) Do(fn func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	there, err := os.Open("/run/netns/" + string(n))
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	result := fn()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		return errors.Join(result, err)
	}
	runtime.UnlockOSThread()
	return result
}

// command is a command inside the namespace.
func (n netns) command(args ...string) []string {
	return append([]string{"ip", "netns", "exec", string(n)}, args...)
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// wire joins two namespaces by a veth: v0 in a, v1 in b, with 169.254.10.1 and
// .2 on them.
func wire(t *testing.T, a, b netns) {
	t.Helper()
	run(t, "ip", "-n", string(a), "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", string(b))
	for n, words := range map[netns][]string{a: {"v0", "169.254.10.1/30"}, b: {"v1", "169.254.10.2/30"}} {
		run(t, "ip", "-n", string(n), "addr", "add", words[1], "dev", words[0])
		run(t, "ip", "-n", string(n), "link", "set", words[0], "up")
	}
}

// ours is the provider's end of a session in n.
func ours(n netns) speaker.Peer {
	return speaker.Peer{
		Namespace: n, TTL: 1,
		Session: bgp.Config{
			LocalASN: 64512, PeerASN: 65001, RouterID: netip.MustParseAddr("169.254.10.1"),
			LocalAddr: netip.MustParseAddr("169.254.10.1"), PeerAddr: netip.MustParseAddr("169.254.10.2"),
			IPv4: bgp.FamilyConfig{Enabled: true}, RestartTime: 120 * time.Second,
		},
	}
}

// theirs is the other end.
func theirs(n netns) speaker.Peer {
	p := ours(n)
	c := &p.Session
	c.LocalASN, c.PeerASN = c.PeerASN, c.LocalASN
	c.LocalAddr, c.PeerAddr = c.PeerAddr, c.LocalAddr
	c.RouterID = c.LocalAddr
	return p
}

// A node is a running speaker and what it has learned.
type node struct {
	*speaker.Speaker
	t    *testing.T
	stop func(cause error)

	mu  sync.Mutex
	log []speaker.Event // guarded by mu
}

// newNode runs a speaker until the test ends or stop is called.
func newNode(t *testing.T) *node { return newNodeThatLogs(t, slog.DiscardHandler) }

func newNodeThatLogs(t *testing.T, log slog.Handler) *node {
	t.Helper()
	n := &node{t: t}
	n.Speaker = speaker.New(slog.New(log), func(e speaker.Event) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.log = append(n.log, e)
	})
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	var once sync.Once
	n.stop = func(cause error) { once.Do(func() { n.end(cause, cancel, done) }) }
	t.Cleanup(func() { n.stop(nil) })
	return n
}

// end cancels Run and waits for it.
func (n *node) end(cause error, cancel context.CancelCauseFunc, done <-chan error) {
	cancel(cause)
	select {
	case err := <-done:
		if err != nil {
			n.t.Errorf("speaker: %v", err)
		}
	case <-time.After(10 * time.Second):
		n.t.Error("speaker did not end in 10s")
	}
}

func (n *node) set(key string, p speaker.Peer) {
	n.t.Helper()
	if err := n.Set(key, p); err != nil {
		n.t.Fatal(err)
	}
}

func (n *node) advertise(key string, prefixes ...string) {
	n.t.Helper()
	routes := map[netip.Prefix]bgp.Attributes{}
	for _, p := range prefixes {
		routes[netip.MustParsePrefix(p)] = bgp.Attributes{}
	}
	if err := n.Advertise(key, bgp.IPv4, routes); err != nil {
		n.t.Fatal(err)
	}
}

// table replays the events of key into its routes.
func (n *node) table(key string) map[netip.Prefix]bgp.Attributes {
	n.mu.Lock()
	defer n.mu.Unlock()
	routes := map[netip.Prefix]bgp.Attributes{}
	for _, e := range n.log {
		u, isUpdate := e.What.(bgp.Update)
		if d, isDown := e.What.(bgp.Down); isDown && d.Keep == 0 {
			clear(routes)
		}
		if e.Key != key || !isUpdate {
			continue
		}
		for _, p := range u.Withdrawn {
			delete(routes, p)
		}
		for _, p := range u.Announced {
			routes[p] = u.Attributes
		}
	}
	return routes
}

// last returns the last event of type A of key.
func last[A bgp.Action](n *node, key string) (A, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := len(n.log) - 1; i >= 0; i-- {
		if a, ok := n.log[i].What.(A); ok && n.log[i].Key == key {
			return a, true
		}
	}
	var none A
	return none, false
}

func (n *node) state(key string) bgp.State {
	st, _ := n.Status(key)
	return st.State
}

// patience is how long a session may take to come up, or back: it waits longer
// after each attempt in vain, and the machine may be busy.
const patience = time.Minute

// eventually polls until ok, and returns how long that took.
func eventually(t *testing.T, what string, ok func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for !ok() {
		if time.Since(begun) > patience {
			t.Fatalf("not after %v: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begun)
}

func (n *node) established(key string) {
	n.t.Helper()
	eventually(n.t, key+" established", func() bool { return n.state(key) == bgp.Established })
}

// A daemon is a router of somebody else's in a namespace.
type daemon struct {
	t   *testing.T
	cmd *exec.Cmd
	dir string
	out bytes.Buffer
}

// spawn starts a program inside n and ends it with the test.
func spawn(t *testing.T, n netns, dir string, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, dir: dir}
	argv := n.command(args...)
	d.cmd = exec.Command(argv[0], argv[1:]...)
	d.cmd.Stdout, d.cmd.Stderr = &d.out, &d.out
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.kill)
	return d
}

// kill ends the program as a crash would.
func (d *daemon) kill() {
	if d.cmd.ProcessState != nil {
		return
	}
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
	if d.t.Failed() {
		d.t.Logf("%s said:\n%s", filepath.Base(d.cmd.Args[len(d.cmd.Args)-1]), d.out.String())
	}
}

// startFRR runs zebra-less bgpd with config in n.
func startFRR(t *testing.T, n netns, config string) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "spk-frr-") // t.TempDir's parents are closed to frr
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "frr.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "chown", "-R", "frr:frr", dir)
	return restartFRR(t, n, dir)
}

func restartFRR(t *testing.T, n netns, dir string) *daemon {
	t.Helper()
	return spawn(t, n, dir, "/usr/lib/frr/bgpd", "-f", dir+"/frr.conf", "-z", dir+"/zserv.api",
		"--vty_socket", dir, "-i", dir+"/bgpd.pid", "-u", "frr", "-g", "frr", "-P", "0", "-p", "179")
}

// vtysh asks a running bgpd; an empty answer while it is not there yet.
func (d *daemon) vtysh(command string) string {
	out, _ := exec.Command("vtysh", "--vty_socket", d.dir, "-d", "bgpd", "-c", command).Output()
	return string(out)
}

func frrConfig(password string, extra ...string) string {
	return fmt.Sprintf(`frr defaults traditional
no ipv6 forwarding
router bgp 65001
 bgp router-id 169.254.10.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp graceful-restart
 neighbor 169.254.10.1 remote-as 64512
 neighbor 169.254.10.1 password %s
 neighbor 169.254.10.1 timers 10 30
 neighbor 169.254.10.1 timers connect 2
 %s
 address-family ipv4 unicast
  network 192.168.50.0/24
  neighbor 169.254.10.1 activate
 exit-address-family
`, password, strings.Join(extra, "\n "))
}

// batchIP runs ip commands inside n, one a line.
func batchIP(t *testing.T, n netns, lines string) {
	t.Helper()
	cmd := exec.Command("ip", "-n", string(n), "-batch", "-")
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ip -batch: %v\n%s", err, out)
	}
}
