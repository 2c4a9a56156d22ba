package backbone

import (
	"slices"

	"demarc/bgp"
)

// Mixed is what is told in place of an MTU where a prefix's lines differ.
const Mixed = 0

// mtus are the communities by which a device tells on the backbone what the lines
// to a prefix carry: a private ASN and the MTU. What customers say by that number
// does not get there, and they are told of none.
const mtus = 65534

// TellMTU is the communities of a path whose lines have the MTU, or are [Mixed].
func TellMTU(c bgp.Communities, mtu int) bgp.Communities {
	list := slices.DeleteFunc(c.List(), func(c bgp.Community) bool { return c>>16 == mtus })
	return bgp.NewCommunities(append(list, bgp.CommunityOf(mtus, uint16(mtu)))...)
}

// ToldMTU is what a path's communities tell of it; false where they do not, as
// those of a device of an earlier version.
func ToldMTU(c bgp.Communities) (mtu int, told bool) {
	for _, c := range c.List() {
		if c>>16 == mtus {
			return int(c & 0xffff), true
		}
	}
	return 0, false
}
