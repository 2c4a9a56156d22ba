package vlan_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"demarc/agent/linux"
	"demarc/agent/vlan"
)

var serial atomic.Int64

// fresh makes a namespace that goes with the test.
func fresh(t *testing.T) *linux.Namespace {
	t.Helper()
	name := fmt.Sprintf("vlan%d-%d", os.Getpid(), serial.Add(1))
	n, err := linux.CreateNamespace(name)
	must(t, err)
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

func try(n *linux.Namespace, args ...string) (string, error) {
	out, err := exec.Command("ip", append([]string{"netns", "exec", n.Name()}, args...)...).CombinedOutput()
	return string(out), err
}

func run(t *testing.T, n *linux.Namespace, args ...string) {
	t.Helper()
	if out, err := try(n, args...); err != nil {
		t.Fatalf("%v in %s: %v\n%s", args, n, err, out)
	}
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

// A site is a provider's edge and a customer's router with a cable between
// them, "port" to "eth0", and a Demux at both ends.
type site struct {
	edge, router   *linux.Namespace
	provider, cust *vlan.Demux
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := cabled(t)
	s.provider, s.cust = open(t, s.edge), open(t, s.router)
	must(t, s.provider.EnsurePort("port"))
	must(t, s.cust.EnsurePort("eth0"))
	return s
}

// cabled is a site without programs.
func cabled(t *testing.T) *site {
	t.Helper()
	s := &site{edge: fresh(t), router: fresh(t)}
	must(t, linux.EnsureVeth(
		linux.End{Namespace: s.edge, Name: "port", MTU: 1504},
		linux.End{Namespace: s.router, Name: "eth0", MTU: 1504}))
	return s
}

func open(t *testing.T, n *linux.Namespace) *vlan.Demux {
	t.Helper()
	d, err := vlan.Open(n)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// line makes a VIF with a tag: 169.254.0.1 in a namespace of the provider,
// 169.254.0.2 in one of the customer. All lines have the same addresses.
func (s *site) line(t *testing.T, tag uint16) (provider, customer *linux.Namespace) {
	t.Helper()
	provider, customer = fresh(t), fresh(t)
	s.links(t, tag, provider, customer)
	must(t, s.provider.EnsureVIF(vlan.VIF{Port: "port", VLAN: tag, Link: name("vi", tag)}))
	must(t, s.cust.EnsureVIF(vlan.VIF{Port: "eth0", VLAN: tag, Link: name("h", tag)}))
	return provider, customer
}

func (s *site) links(t *testing.T, tag uint16, provider, customer *linux.Namespace) {
	t.Helper()
	must(t, linux.EnsureVeth(
		linux.End{Namespace: s.edge, Name: name("vi", tag), MTU: 1500},
		linux.End{Namespace: provider, Name: "vif", MTU: 1500, Addresses: []netip.Prefix{netip.MustParsePrefix("169.254.0.1/30")}}))
	must(t, linux.EnsureVeth(
		linux.End{Namespace: s.router, Name: name("h", tag), MTU: 1500},
		linux.End{Namespace: customer, Name: name("eth0.", tag), MTU: 1500, Addresses: []netip.Prefix{netip.MustParsePrefix("169.254.0.2/30")}}))
}

func name(prefix string, tag uint16) string { return fmt.Sprintf("%s%d", prefix, tag) }

func reading(t *testing.T, d *vlan.Demux) vlan.Counters {
	t.Helper()
	c, err := d.Counters()
	must(t, err)
	return c
}

func ping(t *testing.T, from *linux.Namespace, count int) {
	t.Helper()
	run(t, from, "ping", fmt.Sprintf("-c%d", count), "-i0.01", "-W2", "169.254.0.1")
}
