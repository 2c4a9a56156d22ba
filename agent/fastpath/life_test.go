package fastpath_test

import (
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/fastpath"
	"demarc/agent/linux"
)

func TestProgramsOutliveTheAgentAndAreReplacedOnlyByOthers(t *testing.T) {
	s := newSite(t, 1)
	before := s.programs(t)
	if len(before) != 2 {
		t.Fatalf("there are programs on %v, want both links", before)
	}
	s.put(t) // nothing is remembered: this is what another agent does
	if diff := cmp.Diff(before, s.programs(t)); diff != "" {
		t.Errorf("the programs were attached anew without need (-was +is):\n%s", diff)
	}
	ways := s.ways()
	ways["h"] = fastpath.Way{Table: subnet + 1}
	got(fastpath.Put(s.router, ways))(t)
	after := s.programs(t)
	if after["h"] == before["h"] || after["g0"] != before["g0"] {
		t.Errorf("programs were %v, and are %v after one link has got another table", before, after)
	}
	// An address more is another that nobody may send from.
	run(t, s.router, "ip", "address", "add", "10.1.7.1/32", "dev", "h")
	s.put(t)
	app, gateway := newWire(t, s.app, "eth0"), newWire(t, s.gateways[0], "b")
	app.send(s.frame(t, datagram{from: "10.1.7.1", to: behind, mark: 1}))
	app.send(s.frame(t, datagram{from: host, to: behind, mark: 2}))
	if before, _ := gateway.until(2); len(before) > 0 {
		t.Error("a packet from the router's new address was handed on")
	}
	delete(ways, "h")
	got(fastpath.Put(s.router, ways))(t)
	if _, there := s.programs(t)["h"]; there {
		t.Error("a link that is not listed has a program")
	}
}

var lostPackets = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)

// Each of these happens while packets flow, at a thousand a second both ways.
func TestNothingIsLostWhileProgramsChange(t *testing.T) {
	s := newSite(t, 1)
	s.twoTables(t)
	flow := exec.Command("ip", "netns", "exec", s.app.Name(), "ping", "-q", "-i0.001", "-c3000", "-W5", behind)
	done := make(chan string)
	go func() {
		out, _ := flow.CombinedOutput()
		done <- string(out)
	}()
	for i := 0; ; i++ {
		select {
		case out := <-done:
			m := lostPackets.FindStringSubmatch(out)
			if m == nil || m[1] != m[2] {
				t.Errorf("after %d changes:\n%s", i, out)
			}
			if i < 10 {
				t.Errorf("there were %d changes only", i)
			}
			return
		default:
		}
		ways := s.ways()
		switch i % 3 {
		case 0:
			ways["h"] = fastpath.Way{Table: subnet + 1}
		case 1:
			must(t, fastpath.Remove(s.router))
		}
		got(fastpath.Put(s.router, ways))(t)
	}
}

// twoTables has the next table lead where the subnet's does.
func (s *site) twoTables(t *testing.T) {
	t.Helper()
	run(t, s.router, "ip", "route", "add", "10.2.0.0/16", "via", "inet6", "fe80::1", "dev", link(0), "table", strconv.FormatUint(uint64(subnet+1), 10))
}

func TestDamageIsRepaired(t *testing.T) {
	s := newSite(t, 1)
	want := s.programs(t)["h"].Name
	run(t, s.router, "tc", "qdisc", "del", "dev", "h", "clsact")
	if n := s.stacked(t, func() { ping(t, s.app, behind) }); n != 5 {
		t.Errorf("without its program the stack forwarded %d packets from the host, want 5", n)
	}
	s.put(t)
	if got := s.programs(t)["h"].Name; got != want {
		t.Errorf("the repaired program is %q, want %q", got, want)
	}
	if n := s.stacked(t, func() { ping(t, s.app, behind) }); n != 0 {
		t.Errorf("once it is repaired the stack forwarded %d packets", n)
	}
}

// Nothing goes past nftables, whoever wants it to look.
func TestWhereNftablesLooksThereIsNoFastPath(t *testing.T) {
	s := newSite(t, 1)
	gates := []linux.Gate{{Link: "h", Passes: []linux.Pass{
		{Out: true, Far: netip.MustParsePrefix("0.0.0.0/0"), Protocol: 1, From: -1, To: -1},
	}}}
	must(t, fastpath.Remove(s.router))
	must(t, linux.EnsureGates(s.router, "groups", gates))
	s.put(t)
	if left := s.programs(t); len(left) != 0 {
		t.Errorf("there are programs beside gates: %v", left)
	}
	ping(t, s.app, behind)
	if out, err := try(s.app, "ping", "-c1", "-W1", behind6); err == nil {
		t.Errorf("the gate let IPv6 out:\n%s", out)
	}
	must(t, linux.EnsureGates(s.router, "groups", nil))
	s.put(t)
	if n := s.stacked(t, func() { ping(t, s.app, behind6) }); n != 0 {
		t.Errorf("without gates the stack forwarded %d packets", n)
	}
	somebody := func(hook string) {
		run(t, s.router, "nft", "add table ip somebody; add chain ip somebody some { type filter hook "+hook+" priority 0; }")
		s.put(t)
	}
	somebody("input") // which forwarded packets do not pass
	if n := len(s.programs(t)); n != 2 {
		t.Errorf("there are %d programs where nftables looks at what is for the router itself, want 2", n)
	}
	run(t, s.router, "nft", "delete", "table", "ip", "somebody")
	for _, hook := range []string{"prerouting", "forward", "postrouting"} {
		somebody(hook)
		if left := s.programs(t); len(left) != 0 {
			t.Errorf("there are programs beside somebody's chain: %v", left)
		}
		run(t, s.router, "nft", "delete", "table", "ip", "somebody")
		s.put(t)
	}
}

// A router whose MAC address changes without a word is asked again, as it is by
// the kernel, though the program alone talks to it.
func TestRoutersAreAskedAgain(t *testing.T) {
	s := newSite(t, 1)
	run(t, s.router, "sysctl", "-qw", "net.ipv6.neigh.g0.delay_first_probe_time=1")
	known := mac(t, s.gateways[0], "b").String()
	run(t, s.gateways[0], "ip", "link", "set", "dev", "b", "address", "02:00:00:00:00:55")
	// As half a minute after the last word of it.
	run(t, s.router, "ip", "neighbour", "change", "fe80::1", "lladdr", known, "dev", link(0), "nud", "stale")
	app, gateway := newWire(t, s.app, "eth0"), newWire(t, s.gateways[0], "b")
	app.send(s.frame(t, datagram{from: host, to: behind, mark: 1}))
	if _, frame := gateway.until(1); mac(t, s.gateways[0], "b").String() == net.HardwareAddr(frame[:6]).String() {
		t.Fatal("the frame has an address that nobody can know")
	}
	eventually(t, "the router is found at its new address", func() bool {
		_, err := try(s.app, "ping", "-c1", "-W1", behind)
		return err == nil
	})
}

// A host that is there no more is noticed, and whoever sends to it is told, though
// the kernel itself sends it nothing.
func TestHostsThatAreGoneAreNoticed(t *testing.T) {
	s := newSite(t, 1)
	run(t, s.router, "sysctl", "-qw", "net.ipv4.neigh.h.delay_first_probe_time=1")
	ping(t, s.gateways[0], host, "-I", behind)
	known := mac(t, s.app, "eth0").String()
	run(t, s.app, "ip", "address", "del", host+"/24", "dev", "eth0")
	run(t, s.router, "ip", "neighbour", "change", host, "lladdr", known, "dev", "h", "nud", "stale")
	s.put(t)
	eventually(t, "the sender is told", func() bool {
		out, _ := try(s.gateways[0], "ping", "-c1", "-W2", "-I", behind, host)
		return strings.Contains(out, "Destination Host Unreachable")
	})
	run(t, s.app, "ip", "address", "add", host+"/24", "dev", "eth0")
	run(t, s.app, "ip", "route", "replace", "default", "via", own) // which went with the address
	eventually(t, "it is found again", func() bool {
		_, err := try(s.gateways[0], "ping", "-c1", "-W1", "-I", behind, host)
		return err == nil
	})
}
