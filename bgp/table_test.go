package bgp_test

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"testing"

	"demarc/bgp"
)

// anyPrefix is one of a few hundred, so that the same comes again.
func anyPrefix(r *rand.Rand) netip.Prefix {
	switch r.IntN(4) {
	case 0: // what looks like IPv4 and is none
		return netip.PrefixFrom(netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: byte(r.IntN(3))}), 96+r.IntN(33))
	case 1:
		return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 15: byte(r.IntN(3))}), r.IntN(129))
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(255 * r.IntN(2)), 3: byte(r.IntN(3))}), r.IntN(33))
}

// A table does what a map does.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, table := range []bgp.Table[int]{{}, bgp.NewTable[int](bgp.IPv4, 10), bgp.NewTable[int](bgp.IPv6, 10)} {
		want := map[netip.Prefix]int{}
		for i := range 2000 {
			p := anyPrefix(r)
			got, there := table.Get(p)
			if known, is := want[p]; got != known || there != is {
				t.Fatalf("%s has %d, %v; want %d, %v", p, got, there, known, is)
			}
			if r.IntN(2) == 0 {
				table.Put(p, i)
				want[p] = i
			} else {
				table.Delete(p)
				delete(want, p)
			}
			if table.Len() != len(want) {
				t.Fatalf("there are %d, want %d", table.Len(), len(want))
			}
		}
		if got := maps.Collect(table.All()); !maps.Equal(got, want) {
			t.Errorf("all are %v, want %v", got, want)
		}
	}
}
