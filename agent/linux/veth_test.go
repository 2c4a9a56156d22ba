package linux_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
)

// pair describes a veth "x" in a with .1 and "x" in b with .2.
func pair(a, b *linux.Namespace) (linux.End, linux.End) {
	return linux.End{Namespace: a, Name: "x", MTU: 1500, Addresses: prefixes("10.9.0.1/30", "fe80::1/64")},
		linux.End{Namespace: b, Name: "x", MTU: 1500, Addresses: prefixes("10.9.0.2/30", "fe80::2/64")}
}

func state(t *testing.T, n *linux.Namespace, name string) linux.Link {
	t.Helper()
	link, exists, err := linux.LinkState(n, name)
	must(t, err)
	if !exists {
		t.Fatalf("no link %s in %s", name, n)
	}
	return link
}

// addresses lists what is on a link, in the words of ip-address(8).
func addresses(t *testing.T, n *linux.Namespace, name string) (found []string) {
	t.Helper()
	for line := range strings.Lines(run(t, n, "ip", "-o", "addr", "show", "dev", name)) {
		found = append(found, strings.Fields(line)[3])
	}
	return found
}

func TestEnsureVethIsUsableAtOnce(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	b.MAC = net.HardwareAddr{2, 0, 0, 0, 0, 7}
	must(t, linux.EnsureVeth(a, b))
	run(t, a.Namespace, "ping", "-c1", "-W2", "10.9.0.2")
	run(t, a.Namespace, "ping", "-c1", "-W2", "fe80::2%x")
	link := state(t, b.Namespace, "x")
	if !link.AdminUp || !link.Carrier || link.MAC.String() != b.MAC.String() || link.RxPackets == 0 {
		t.Errorf("link is %+v, want it up, with carrier, its MAC and packets", link)
	}
}

func TestEnsureVethRepairs(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage []string // a command in the first end's namespace
		anew   bool     // the pair has to be made again
	}{
		{"nothing", []string{"true"}, false},
		{"set down", []string{"ip", "link", "set", "x", "down"}, false},
		{"other MTU", []string{"ip", "link", "set", "x", "mtu", "1400"}, false},
		{"address lost", []string{"ip", "addr", "flush", "dev", "x"}, false},
		{"primary address added before ours", []string{"sh", "-c", "ip addr flush dev x && ip addr add 10.9.0.9/30 dev x"}, false},
		{"foreign primary in our subnet", []string{"sh", "-c", "ip addr flush dev x && ip addr add 10.9.0.3/30 dev x && ip addr add 10.9.0.1/30 dev x"}, false},
		{"address added", []string{"ip", "addr", "add", "192.0.2.1/24", "dev", "x"}, false},
		{"IPv6 off", []string{"sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/x/disable_ipv6"}, false},
		{"deleted", []string{"ip", "link", "del", "x"}, true},
		{"renamed", []string{"sh", "-c", "ip link set x down && ip link set x name y"}, true},
		{"another pair in its place", []string{"sh", "-c", "ip link del x && ip link add x type veth peer name z"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := pair(fresh(t), fresh(t))
			must(t, linux.EnsureVeth(a, b))
			index := state(t, a.Namespace, "x").Index
			run(t, a.Namespace, test.damage...)
			must(t, linux.EnsureVeth(a, b))
			run(t, a.Namespace, "ping", "-c1", "-W2", "10.9.0.2")
			want := []string{"10.9.0.1/30", "fe80::1/64"}
			if diff := cmp.Diff(want, addresses(t, a.Namespace, "x")); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			link := state(t, a.Namespace, "x")
			if link.MTU != 1500 || (link.Index != index) != test.anew {
				t.Errorf("MTU is %d, index %d was %d; want MTU 1500, made anew: %v", link.MTU, link.Index, index, test.anew)
			}
		})
	}
}

// Indices repeat across namespaces: here both peers of a third party's pairs
// have the very indices that a true pair would have.
func TestEnsureVethIsNotFooledByIndices(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	c, d := fresh(t), fresh(t)
	run(t, a.Namespace, "ip", "link", "add", "x", "index", "77", "type", "veth", "peer", "name", "x", "index", "77", "netns", c.Name())
	run(t, b.Namespace, "ip", "link", "add", "x", "index", "77", "type", "veth", "peer", "name", "x", "index", "77", "netns", d.Name())
	must(t, linux.EnsureVeth(a, b))
	run(t, a.Namespace, "ping", "-c1", "-W2", "10.9.0.2")
}

func TestEnsureVethInOneNamespace(t *testing.T) {
	n := fresh(t)
	a := linux.End{Namespace: n, Name: "eth0.101", MTU: 1500, Addresses: prefixes("10.9.0.1/30")}
	b := linux.End{Namespace: n, Name: "hidden", MTU: 1504}
	must(t, linux.EnsureVeth(a, b))
	index := state(t, n, "eth0.101").Index
	must(t, linux.EnsureVeth(a, b))
	if got := state(t, n, "eth0.101").Index; got != index {
		t.Errorf("made anew without need: index %d was %d", got, index)
	}
	if got := addresses(t, n, "hidden"); got != nil {
		t.Errorf("the hidden end has addresses %v, want none", got)
	}
	if got := run(t, n, "cat", "/proc/sys/net/ipv6/conf/hidden/disable_ipv6"); got != "1\n" {
		t.Error("the hidden end has IPv6 and would send multicast by itself")
	}
}

func TestCounted(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	run(t, a.Namespace, "ping", "-c5", "-i0.01", "-W2", "10.9.0.2")
	counted, err := linux.Counted(a.Namespace)
	must(t, err)
	link := state(t, a.Namespace, "x")
	if got := counted[link.Index]; got.RxPackets < 5 || got.TxBytes < 5*98 || got != link.Traffic {
		t.Errorf("counted %+v, the link says %+v", got, link.Traffic)
	}
}

func TestEnsureVethSparesOthers(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	run(t, a.Namespace, "ip", "link", "add", "x", "type", "bridge")
	if err := linux.EnsureVeth(a, b); err == nil || !strings.Contains(err.Error(), "bridge") {
		t.Errorf("error is %v, want one that says that x is a bridge", err)
	}
	state(t, a.Namespace, "x")
}

func TestLinkGone(t *testing.T) {
	n := fresh(t)
	must(t, linux.DeleteLink(n, "nothing"))
	if _, exists, err := linux.LinkState(n, "nothing"); exists || err != nil {
		t.Errorf("absent link: exists %v, error %v", exists, err)
	}
}

// An event names the links that it is about; those that nobody has read yet are
// one event.
func TestWatchLinksNamesThem(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, err := linux.WatchLinks(ctx, a.Namespace)
	must(t, err)
	if first := <-events; first != nil || !first.Has("x") {
		t.Errorf("the first event is of %v, want any", first)
	}
	run(t, a.Namespace, "ip", "link", "set", "lo", "mtu", "9000")
	if changed := <-events; !changed.Has("lo") || changed.Has("x") {
		t.Errorf("the event is of %v, want lo", changed)
	}
	run(t, a.Namespace, "ip", "link", "set", "x", "mtu", "1400")
	run(t, a.Namespace, "ip", "link", "set", "lo", "mtu", "9001")
	run(t, a.Namespace, "ip", "link", "del", "x")
	seen := linux.Changed{}
	eventually(t, "both are named", func() bool {
		changed := <-events
		for name := range changed {
			seen[name] = true
		}
		return changed != nil && seen["x"] && seen["lo"]
	})
}

func TestWatchLinksSeesCarrier(t *testing.T) {
	a, b := pair(fresh(t), fresh(t))
	must(t, linux.EnsureVeth(a, b))
	ctx, cancel := context.WithCancel(t.Context())
	events, err := linux.WatchLinks(ctx, a.Namespace)
	must(t, err)
	for _, up := range []bool{true, false, true} {
		must(t, linux.SetLink(b.Namespace, "x", up))
		eventually(t, "carrier follows the far end", func() bool {
			<-events
			return state(t, a.Namespace, "x").Carrier == up
		})
	}
	cancel()
	eventually(t, "the channel is closed", func() bool { _, open := <-events; return !open })
}

func TestTheFirstMACIsOfANewEndOnly(t *testing.T) {
	first, other := net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.HardwareAddr{2, 0, 0, 0, 0, 2}
	a, b := pair(fresh(t), fresh(t))
	a.FirstMAC, b.FirstMAC = first, other
	must(t, linux.EnsureVeth(a, b))
	a.FirstMAC = other
	must(t, linux.EnsureVeth(a, b))
	if got := [2]string{state(t, a.Namespace, "x").MAC.String(), state(t, b.Namespace, "x").MAC.String()}; got != [2]string{first.String(), other.String()} {
		t.Errorf("the ends have %v, want %v and %v", got, first, other)
	}
	a.MAC = other
	must(t, linux.EnsureVeth(a, b))
	if got := state(t, a.Namespace, "x").MAC.String(); got != other.String() {
		t.Errorf("the end has %v, want %v", got, other)
	}
}
