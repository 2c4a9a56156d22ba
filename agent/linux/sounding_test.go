package linux_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc/agent/linux"
)

// TestSoundingsTellHowLargeAPacketMayBe: a neighbour with a smaller MTU answers
// what it gets, and does not get what is larger; of both families.
func TestSoundingsTellHowLargeAPacketMayBe(t *testing.T) {
	for _, ends := range [][2]string{{"10.9.0.1/30", "10.9.0.2/30"}, {"fd09::1/64", "fd09::2/64"}} {
		for mtu, whole := range map[int]bool{9001: true, 1500: false} {
			sounds(t, netip.MustParsePrefix(ends[0]), netip.MustParsePrefix(ends[1]), mtu, whole)
		}
	}
}

func sounds(t *testing.T, near, far netip.Prefix, mtu int, whole bool) {
	t.Helper()
	a, b := pair(fresh(t), fresh(t))
	a.MTU, b.MTU = 9001, mtu
	a.Addresses, b.Addresses = append(a.Addresses, near), append(b.Addresses, far)
	must(t, linux.EnsureVeth(a, b))
	var sounding *linux.Sounding
	eventually(t, "the address may be used", func() (ok bool) { // one of IPv6 is tentative at first
		var err error
		sounding, err = linux.OpenSounding(a.Namespace, "x", near.Addr(), far.Addr())
		return err == nil
	})
	defer sounding.Close()
	// What is sent before the neighbour is known waits, and not all of it may.
	run(t, a.Namespace, "ping", "-c1", "-W10", far.Addr().String())
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
		t.Errorf("%v with MTU %d: 9001 octets were answered: %v", far, mtu, got)
	}
	if err := sounding.Ask(3, 9002); err == nil {
		t.Error("more than the link takes was sent")
	}
}
