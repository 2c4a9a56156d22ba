// Package backbone is what both ends of a backbone link agree on. The link
// joins a gateway's presence on a device with the gateway's VPC on a host; on
// it they speak iBGP over link-local addresses (RFC 8950), so that a failover
// needs no control plane.
//
// On one machine the device's agent makes the link, both ends of it; the VPC
// host's agent waits for its end to appear. Between machines each makes its own
// end of a tunnel ([Span]). The device connects and the host listens: if both
// connected, most sessions would begin with a collision. Names are in package
// naming.
package backbone

import (
	"net/netip"
	"time"

	"demarc"
	"demarc/agent/speaker"
	"demarc/bgp"
)

// MTU is that of every link inside the cloud: the largest packet that a
// virtual interface may carry (jumbo frames). What a narrower VIF cannot carry
// is answered with "fragmentation needed" where it would enter that VIF.
const MTU = 9001

// TransitMTU is that of the links between VPCs and Transit Gateways (AWS).
const TransitMTU = 8500

// The addresses of the two ends, the same on every link: the one nearer to the
// VPC and the one nearer to the customer. The links between a VIF's namespace
// and its gateway's use them too.
var (
	CustomerSide = netip.MustParsePrefix("fe80::1/64")
	NetworkSide  = netip.MustParsePrefix("fe80::2/64")
)

// Graceful restart: how long our neighbours keep our routes when we vanish
// (AWS's value), and so how long what we found in the kernel is believed.
const RestartTime = 120 * time.Second

// farHold is the hold time between machines, where no carrier tells that the
// way is cut: the least that BGP allows (RFC 4271, section 4.2). An agent that
// dies is no such case, since its kernel closes the connection and the routes
// are kept. On one machine a cut link loses its carrier.
const farHold = 3 * time.Second

// A Session is one end of the iBGP session on a backbone link.
type Session struct {
	Gateway  demarc.GatewayID
	Place    speaker.Namespace
	Link     string // this end's name
	Local    netip.Prefix
	Remote   netip.Prefix
	ASN      demarc.ASN // the gateway's
	RouterID netip.Addr // of this node
	// Passive is the VPC host's end.
	Passive bool
	// Far says that the other end is on another machine.
	Far bool
	// Restarting says that the kernel forwarded while this process was away.
	Restarting bool
}

// Peer is what the speaker is told of it.
func (s Session) Peer() speaker.Peer {
	var hold time.Duration // the usual one
	if s.Far {
		hold = farHold
	}
	return speaker.Peer{
		Namespace: s.Place,
		Session: bgp.Config{
			LocalASN: uint32(s.ASN), PeerASN: uint32(s.ASN),
			RouterID:  s.RouterID,
			LocalAddr: s.Local.Addr(), PeerAddr: s.Remote.Addr(),
			Passive: s.Passive, HoldTime: hold, RestartTime: RestartTime,
			IPv4: bgp.FamilyConfig{Enabled: true},
			IPv6: bgp.FamilyConfig{Enabled: true},
		},
		Zone: s.Link, BindDevice: s.Link, Gateway: string(s.Gateway),
		Restarting: s.Restarting,
	}
}
