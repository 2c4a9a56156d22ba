package linux_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"demarc/agent/linux"
)

var serial atomic.Int64

// fresh makes a namespace that goes with the test.
func fresh(t *testing.T) *linux.Namespace {
	t.Helper()
	name := fmt.Sprintf("lnx%d-%d", os.Getpid(), serial.Add(1))
	n, err := linux.CreateNamespace(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(n.Close(), linux.DeleteNamespace(name)); err != nil {
			t.Error(err)
		}
	})
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run executes a command in a namespace and returns its output.
func run(t *testing.T, n *linux.Namespace, args ...string) string {
	t.Helper()
	out, err := try(n, args...)
	if err != nil {
		t.Fatalf("%v in %s: %v\n%s", args, n, err, out)
	}
	return out
}

func try(n *linux.Namespace, args ...string) (string, error) {
	out, err := exec.Command("ip", append([]string{"netns", "exec", n.Name()}, args...)...).CombinedOutput()
	return string(out), err
}

// patience is how long something may take on a busy machine.
const patience = time.Minute

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func prefixes(list ...string) (found []netip.Prefix) {
	for _, text := range list {
		found = append(found, netip.MustParsePrefix(text))
	}
	return found
}

func TestNamespaceComesAndGoes(t *testing.T) {
	n := fresh(t)
	again, err := linux.CreateNamespace(n.Name())
	must(t, err)
	defer again.Close()
	if a, b := inode(t, n), inode(t, again); a != b {
		t.Errorf("creating %s twice gave two namespaces, %s and %s", n, a, b)
	}
	run(t, n, "ping", "-c1", "-W1", "127.0.0.1")

	names, err := linux.ListNamespaces(n.Name())
	must(t, err)
	if !slices.Equal(names, []string{n.Name()}) {
		t.Errorf("listed %v, want %s", names, n.Name())
	}
	must(t, linux.DeleteNamespace(n.Name()))
	must(t, linux.DeleteNamespace(n.Name()))
	if _, err := linux.OpenNamespace(n.Name()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what is deleted: %v, want %v", err, fs.ErrNotExist)
	}
}

// inode names the namespace that a function given to Do runs in.
func inode(t *testing.T, n *linux.Namespace) (link string) {
	t.Helper()
	must(t, n.Do(func() (err error) {
		link, err = os.Readlink("/proc/thread-self/ns/net")
		return err
	}))
	return link
}

func TestCrashWhileCreatingIsRepaired(t *testing.T) {
	name := fmt.Sprintf("lnx%d-half", os.Getpid())
	must(t, os.MkdirAll("/run/netns", 0o755))
	must(t, os.WriteFile("/run/netns/"+name, nil, 0o444))
	t.Cleanup(func() { linux.DeleteNamespace(name) })
	if _, err := linux.OpenNamespace(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening a name without a namespace: %v, want %v", err, fs.ErrNotExist)
	}
	n, err := linux.CreateNamespace(name)
	must(t, err)
	must(t, n.Close())
}

func TestNamespaceNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "../x"} {
		if n, err := linux.CreateNamespace(name); err == nil {
			n.Close()
			t.Errorf("made a namespace named %q", name)
		}
	}
}

func TestDoComesBack(t *testing.T) {
	own, err := linux.OwnNamespace()
	must(t, err)
	defer own.Close()
	n := fresh(t)
	if inode(t, own) == inode(t, n) {
		t.Fatal("a fresh namespace is the program's own")
	}
	before, err := os.Readlink("/proc/thread-self/ns/net")
	must(t, err)
	errTrip := errors.New("tripped")
	if err := n.Do(func() error { return errTrip }); !errors.Is(err, errTrip) {
		t.Errorf("Do returned %v, want %v", err, errTrip)
	}
	after, err := os.Readlink("/proc/thread-self/ns/net")
	must(t, err)
	if before != after || inode(t, own) != before {
		t.Errorf("was in %s, came back to %s", before, after)
	}
}

func TestSysctl(t *testing.T) {
	n := fresh(t)
	must(t, n.Sysctl("net/ipv4/ip_forward", "1"))
	if got := run(t, n, "cat", "/proc/sys/net/ipv4/ip_forward"); got != "1\n" {
		t.Errorf("ip_forward is %q, want 1", got)
	}
	if err := n.Sysctl("net/ipv4/no_such_thing", "1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown parameter: %v, want %v", err, fs.ErrNotExist)
	}
}

func TestRaiseNeighbourLimits(t *testing.T) {
	must(t, linux.RaiseNeighbourLimits())
	must(t, linux.RaiseNeighbourLimits())
	for _, family := range []string{"ipv4", "ipv6"} {
		var limit int
		text, err := os.ReadFile("/proc/sys/net/" + family + "/neigh/default/gc_thresh3")
		must(t, err)
		if fmt.Sscan(string(text), &limit); limit < 32768 {
			t.Errorf("%s neighbour limit is %d, want at least 32768", family, limit)
		}
	}
}
