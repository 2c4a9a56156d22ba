package fastpath_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"demarc/agent/fastpath"
)

// counted is what nft tells of how many packets to somewhere had a priority.
var counted = regexp.MustCompile(`(daddr \S+ meta priority \S+) counter packets (\d+)`)

// A packet has the priority in queues with bands (an operator's: ours have none)
// that its type of service gives it, whoever forwards it.
func TestPrioritiesAreTheKernels(t *testing.T) {
	s := newSite(t, 1)
	must(t, fastpath.Remove(s.router))
	run(t, s.router, "nft", "add table inet look; add chain inet look at { type filter hook postrouting priority 0; }")
	for _, to := range []string{"ip daddr " + behind, "ip6 daddr " + behind6} {
		for _, priority := range []string{"none", "0:1", "0:2", "0:3", "0:4", "0:5", "0:6", "0:7"} {
			run(t, s.router, "nft", "add rule inet look at "+to+" meta priority "+priority+" counter")
		}
	}
	counts := func() map[string]int {
		all := map[string]int{}
		for _, m := range counted.FindAllStringSubmatch(run(t, s.router, "nft", "list", "ruleset"), -1) {
			all[m[1]], _ = strconv.Atoi(m[2])
		}
		return all
	}
	kernels := func(to string, class byte) (priority uint32) {
		t.Helper()
		before := counts()
		ping(t, s.app, to, "-Q", fmt.Sprint(class))
		for rule, packets := range counts() {
			if packets-before[rule] == 5 {
				found, _ := strconv.Atoi(rule[len(rule)-1:]) // of "none", 0
				return uint32(found)
			}
		}
		t.Fatalf("no rule has counted the packets of class %#x to %s", class, to)
		return 0
	}
	found := map[uint32]bool{}
	// All that the kernel tells apart, what is beside, ECN's bits, and what phones send.
	for _, class := range []byte{0x00, 0x08, 0x10, 0x18, 0x04, 0x02, 0x01, 0xb8, 0x1f, 0xe0} {
		for _, d := range []datagram{{from: host, to: behind, class: class}, {from: host6, to: behind6, class: class}} {
			tried, err := s.ways()["h"].Try(s.router, "h", s.frame(t, d))
			must(t, err)
			want := kernels(d.to, class)
			if !tried.HandedOn || tried.Priority != want {
				t.Errorf("a packet of class %#x to %s has priority %d (handed on: %t), and the kernel gives it %d", class, d.to, tried.Priority, tried.HandedOn, want)
			}
			found[want] = true
		}
	}
	if len(found) != 4 {
		t.Errorf("the kernel gave the priorities %v, want four", found)
	}
}
