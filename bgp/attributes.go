package bgp

import (
	"fmt"
	"net/netip"
)

// Attributes are the path attributes of a route that we use (RFC 4271,
// section 5). Two values are equal (==) exactly when they mean the same, so
// they can be map keys; none of the parts can be changed in place.
//
// When announcing, the zero value means: IGP origin, a path that begins here,
// this end as the next hop, no MED, local preference 100 to internal peers.
// Session adds its own AS to Path towards external peers; do not do it yourself.
type Attributes struct {
	Origin Origin
	Path   ASPath
	// NextHop is where packets go. Sent: the invalid Addr means this end of the
	// session. Received: without a zone, even if link-local.
	NextHop netip.Addr
	// MED counts only with HasMED; 0 and absent differ on the wire.
	MED    uint32
	HasMED bool
	// LocalPref counts only with HasLocalPref. It is neither sent to external
	// peers nor believed from them (RFC 4271, section 5.1.5).
	LocalPref    uint32
	HasLocalPref bool
	Communities  Communities
}

// DefaultLocalPref is what an internal peer is told when the caller does not
// say; every vendor uses this number.
const DefaultLocalPref = 100

// Origin tells how the first speaker learned a route (RFC 4271, section 5.1.1).
type Origin uint8

const (
	OriginIGP        Origin = 0
	OriginEGP        Origin = 1
	OriginIncomplete Origin = 2
)

func (o Origin) String() string {
	switch o {
	case OriginIGP:
		return "igp"
	case OriginEGP:
		return "egp"
	case OriginIncomplete:
		return "incomplete"
	}
	return fmt.Sprintf("origin %d", uint8(o))
}
