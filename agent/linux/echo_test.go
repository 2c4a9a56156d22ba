package linux_test

import (
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"

	"demarc/agent/linux"
)

// Two ways lead from near to far, and far answers by the second whatever comes
// by the first: the echo says of each answer which way it came.
func TestEchoSaysBothWays(t *testing.T) {
	for _, family := range []struct{ source, target, near1, far1, near2, far2 string }{
		{"10.1.0.1", "10.2.0.1", "192.0.2.1/30", "192.0.2.2/30", "192.0.2.5/30", "192.0.2.6/30"},
		{"fd01::1", "fd02::1", "fd0a::1/126", "fd0a::2/126", "fd0b::1/126", "fd0b::2/126"},
	} {
		near, far := fresh(t), fresh(t)
		source, target := netip.MustParseAddr(family.source), netip.MustParseAddr(family.target)
		only := func(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
		address := func(text string) netip.Prefix { return netip.MustParsePrefix(text) }
		join := func(name string, ours, theirs []netip.Prefix) {
			t.Helper()
			if err := linux.EnsureVeth(linux.End{Namespace: near, Name: name, Addresses: ours, LinkLocal: true}, linux.End{Namespace: far, Name: name, Addresses: theirs, LinkLocal: true}); err != nil {
				t.Fatal(err)
			}
		}
		join("way1", []netip.Prefix{address(family.near1), only(source)}, []netip.Prefix{address(family.far1), only(target)})
		join("way2", []netip.Prefix{address(family.near2)}, []netip.Prefix{address(family.far2)})
		lead := func(n *linux.Namespace, prefix netip.Prefix, link string, by netip.Addr) {
			t.Helper()
			if err := linux.EnsureNexthop(n, linux.Nexthop{ID: 1, Link: link, Gateway: by}); err != nil {
				t.Fatal(err)
			}
			if err := linux.ApplyRoutes(n, []linux.Route{{Prefix: prefix, Nexthop: 1}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		lead(near, only(target), "way1", address(family.far1).Addr())
		lead(far, only(source), "way2", address(family.near2).Addr())
		for _, n := range []*linux.Namespace{near, far} {
			for _, name := range []string{"all", "way1", "way2"} {
				if err := n.Sysctl("net/ipv4/conf/"+name+"/rp_filter", "0"); err != nil {
					t.Fatal(err)
				}
			}
		}
		links, err := linux.Links(near)
		if err != nil {
			t.Fatal(err)
		}
		e, err := linux.OpenEcho(near, source)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { e.Close() })
		if got := e.LeavesBy(target); got != links["way1"].Index {
			t.Errorf("%s: a request would leave by link %d, want %d", target, got, links["way1"].Index)
		}
		if got := e.LeavesBy(netip.MustParseAddr("198.51.100.1")); got != 0 {
			t.Errorf("to nowhere a request would leave by link %d", got)
		}
		reply := answered(t, e, target)
		want := linux.EchoReply{From: target, Number: reply.Number, Link: links["way2"].Index}
		if reply != want {
			t.Errorf("got %+v, want %+v", reply, want)
		}
		for err == nil { // earlier requests may be answered late
			_, err = e.Receive(time.Now().Add(10 * time.Millisecond))
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("with nothing to receive: got %v", err)
		}
	}
}

// answered sends until the latest is answered: an address of IPv6 is tentative
// at first, and answers to earlier ones may be late.
func answered(t *testing.T, e *linux.Echo, to netip.Addr) linux.EchoReply {
	t.Helper()
	var last error
	for number := uint16(1); number < 200; number++ {
		if last = e.Send(to, number); last != nil {
			continue
		}
		for until := time.Now().Add(50 * time.Millisecond); last == nil; {
			var reply linux.EchoReply
			if reply, last = e.Receive(until); last == nil && reply.Number == number {
				return reply
			}
		}
	}
	t.Fatalf("no answer from %s: %v", to, last)
	return linux.EchoReply{}
}
