package bgp

import (
	"encoding/binary"
	"iter"
	"net/netip"
)

// A Table has a value for each of its prefixes, in half the room of a map by
// netip.Prefix: a hundred thousand routes are most of what a full device keeps.
// The zero value is empty.
type Table[V any] struct {
	ipv4 map[uint64]V   // by address and length, in the lower 40 bits
	ipv6 map[[17]byte]V // the same in octets
}

// NewTable makes an empty one that has room for so many prefixes of a family.
func NewTable[V any](f Family, size int) (t Table[V]) {
	if f == IPv4 {
		t.ipv4 = make(map[uint64]V, size)
	} else {
		t.ipv6 = make(map[[17]byte]V, size)
	}
	return t
}

func short(p netip.Prefix) uint64 {
	octets := p.Addr().As4()
	return uint64(binary.BigEndian.Uint32(octets[:]))<<8 | uint64(p.Bits())
}

func long(p netip.Prefix) (key [17]byte) {
	octets := p.Addr().As16()
	copy(key[:], octets[:])
	key[16] = byte(p.Bits())
	return key
}

// Put sets a prefix's value.
func (t *Table[V]) Put(p netip.Prefix, v V) {
	if p.Addr().Is4() {
		if t.ipv4 == nil {
			t.ipv4 = map[uint64]V{}
		}
		t.ipv4[short(p)] = v
		return
	}
	if t.ipv6 == nil {
		t.ipv6 = map[[17]byte]V{}
	}
	t.ipv6[long(p)] = v
}

// Get is a prefix's value; false if it is not there.
func (t *Table[V]) Get(p netip.Prefix) (v V, there bool) {
	if p.Addr().Is4() {
		v, there = t.ipv4[short(p)]
	} else {
		v, there = t.ipv6[long(p)]
	}
	return v, there
}

// Delete removes a prefix, if it is there.
func (t *Table[V]) Delete(p netip.Prefix) {
	if p.Addr().Is4() {
		delete(t.ipv4, short(p))
	} else {
		delete(t.ipv6, long(p))
	}
}

// Len is how many prefixes there are.
func (t *Table[V]) Len() int { return len(t.ipv4) + len(t.ipv6) }

// All are the prefixes with their values, in no order. The one at hand may be
// deleted meanwhile.
func (t *Table[V]) All() iter.Seq2[netip.Prefix, V] {
	return func(yield func(netip.Prefix, V) bool) {
		for key, v := range t.ipv4 {
			var octets [4]byte
			binary.BigEndian.PutUint32(octets[:], uint32(key>>8))
			if !yield(netip.PrefixFrom(netip.AddrFrom4(octets), int(byte(key))), v) {
				return
			}
		}
		for key, v := range t.ipv6 {
			if !yield(netip.PrefixFrom(netip.AddrFrom16([16]byte(key[:16])), int(key[16])), v) {
				return
			}
		}
	}
}
