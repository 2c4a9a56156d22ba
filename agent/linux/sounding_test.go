package linux_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc/agent/linux"
)

// TestSoundingsTellHowLargeAPacketMayBe: a neighbour with a smaller MTU answers
// what it gets, and does not get what is larger.
func TestSoundingsTellHowLargeAPacketMayBe(t *testing.T) {
	for mtu, whole := range map[int]bool{9001: true, 1500: false} {
		a, b := pair(fresh(t), fresh(t))
		a.MTU, b.MTU = 9001, mtu
		must(t, linux.EnsureVeth(a, b))
		sounding, err := linux.OpenSounding(a.Namespace, "x", netip.MustParseAddr("10.9.0.1"), netip.MustParseAddr("10.9.0.2"))
		must(t, err)
		defer sounding.Close()
		must(t, sounding.Ask(2, 9001))
		must(t, sounding.Ask(1, 64))
		var answered []uint16
		eventually(t, "the small one, which came last, is answered", func() bool {
			more, err := sounding.Answered()
			must(t, err)
			answered = append(answered, more...)
			return slices.Contains(answered, 1)
		})
		if got := slices.Contains(answered, 2); got != whole {
			t.Errorf("a neighbour with MTU %d: 9001 octets were answered: %v", mtu, got)
		}
		if err := sounding.Ask(3, 9002); err == nil {
			t.Error("more than the link takes was sent")
		}
	}
}
