package desk

import (
	"net/netip"
	"time"

	"demarc"
)

// A Request is what a customer fills in to get a link.
type Request struct {
	Environment string
	Topology    demarc.Topology
	// Resiliency may be left out where there is one leg.
	Resiliency demarc.Resiliency
	Legs       []LegRequest
	// Prefixes are the customer's own, as it means to advertise them. They may
	// be left out.
	Prefixes []string
	// DefaultRoute is never where it is left out.
	DefaultRoute demarc.DefaultRouteWish
	Router       demarc.RouterChoice
	Contacts     []demarc.Contact
	// Probe is an address that answers echo requests; empty for none.
	Probe string
	// DrainLossy has others carry what a leg should that loses packets.
	DrainLossy bool
	// GoLive is a day, such as 2026-05-04; empty for none.
	GoLive string
}

// A LegRequest is one connection that is wanted, with the interface on it. Only
// Location and Bandwidth are needed; what is zero or empty is chosen when the
// interface is allocated.
type LegRequest struct {
	Location demarc.LocationCode
	// Bandwidth is in AWS's spelling: 1Gbps.
	Bandwidth       string
	Device          demarc.NodeID
	VLAN            int
	ASN             int64
	AmazonAddress   string
	CustomerAddress string
	MTU             int
	BFD             bool
}

// day is how a date is written.
const day = time.DateOnly

// complete fills in what may be left out.
func (r Request) complete() Request {
	if r.DefaultRoute == "" {
		r.DefaultRoute = demarc.DefaultNever
	}
	if r.Resiliency == "" && len(r.Legs) == 1 {
		r.Resiliency = demarc.SingleLeg
	}
	return r
}

// link is the request as it is kept. It must have passed every check.
func (r Request) link(by demarc.AccountID, now time.Time) demarc.Link {
	r = r.complete()
	link := demarc.Link{
		ID: demarc.NewLinkID(), Environment: r.Environment, Customer: by, Topology: r.Topology, Resiliency: r.Resiliency,
		Prefixes: r.Prefixes, DefaultRoute: r.DefaultRoute, Router: r.Router, Contacts: r.Contacts, DrainLossy: r.DrainLossy, Created: now,
	}
	link.GoLive, _ = time.Parse(day, r.GoLive)
	link.Probe, _ = netip.ParseAddr(r.Probe)
	for i, leg := range r.Legs {
		link.Legs = append(link.Legs, leg.leg(legID(i)))
	}
	return link
}

// legID is a letter: nobody has as many legs as there are letters.
func legID(i int) string { return string(rune('a' + i)) }

func (l LegRequest) leg(id string) demarc.Leg {
	leg := demarc.Leg{
		ID: id, Location: l.Location, Device: l.Device, VLAN: demarc.VLAN(l.VLAN), ASN: demarc.ASN(l.ASN), MTU: l.MTU, BFD: l.BFD,
	}
	if leg.MTU == 0 {
		leg.MTU = 1500
	}
	leg.Bandwidth, _ = demarc.ParseBandwidth(l.Bandwidth)
	leg.AmazonAddress, _ = netip.ParsePrefix(l.AmazonAddress)
	leg.CustomerAddress, _ = netip.ParsePrefix(l.CustomerAddress)
	return leg
}
