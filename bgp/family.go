package bgp

import (
	"fmt"
	"net/netip"
	"strings"

	wire "github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// A Family is a kind of route that a session can carry (RFC 4760).
type Family uint8

const (
	IPv4 Family = iota // IPv4 unicast
	IPv6               // IPv6 unicast

	families = 2
)

// Families lists every family this package knows, in order.
func Families() []Family { return []Family{IPv4, IPv6} }

func (f Family) String() string {
	switch f {
	case IPv4:
		return "ipv4"
	case IPv6:
		return "ipv6"
	}
	return fmt.Sprintf("family %d", uint8(f))
}

// Has tells whether p is a prefix of this family.
func (f Family) Has(p netip.Prefix) bool {
	return p.IsValid() && (f == IPv4) == p.Addr().Is4()
}

func (f Family) wire() wire.Family {
	if f == IPv6 {
		return wire.RF_IPv6_UC
	}
	return wire.RF_IPv4_UC
}

// bits is the length of an address of this family.
func (f Family) bits() int {
	if f == IPv6 {
		return 128
	}
	return 32
}

// familyOf maps the numbers on the wire to a family; false if we do not speak it.
func familyOf(afi uint16, safi uint8) (Family, bool) {
	if safi != wire.SAFI_UNICAST {
		return 0, false
	}
	switch afi {
	case wire.AFI_IP:
		return IPv4, true
	case wire.AFI_IP6:
		return IPv6, true
	}
	return 0, false
}

// A FamilySet is a set of families; its zero value is empty.
type FamilySet uint8

// FamiliesOf returns the set of the given families.
func FamiliesOf(fs ...Family) FamilySet {
	var set FamilySet
	for _, f := range fs {
		set |= 1 << f
	}
	return set
}

// Has tells whether f is in the set.
func (s FamilySet) Has(f Family) bool { return s&(1<<f) != 0 }

// String names the members, "ipv4 ipv6", or is "none".
func (s FamilySet) String() string {
	if s == 0 {
		return "none"
	}
	var names []string
	for _, f := range s.List() {
		names = append(names, f.String())
	}
	return strings.Join(names, " ")
}

// List returns the members in order.
func (s FamilySet) List() []Family {
	var list []Family
	for _, f := range Families() {
		if s.Has(f) {
			list = append(list, f)
		}
	}
	return list
}
