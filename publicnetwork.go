package demarc

import "net/netip"

// PublicASN is the provider's side of every public virtual interface (AWS's
// own).
const PublicASN ASN = 7224

// A PublicNetwork is the provider's public network as public virtual interfaces
// reach it: these prefixes and nothing of the rest of the internet.
type PublicNetwork struct {
	Prefixes []PublicPrefix `json:"prefixes,omitempty"`
}

// A PublicPrefix is a range of addresses in it.
type PublicPrefix struct {
	Prefix netip.Prefix `json:"prefix"`
	Scope  PublicScope  `json:"scope"`
	// Region is the one that the scope is meant from; empty where there is no
	// other.
	Region Region `json:"region,omitempty"`
}

// From is the same prefix with its scope as it is from a Region: what is in one
// Region is in another one's continent, or far from it.
func (p PublicPrefix) From(region Region) PublicPrefix {
	from := p.Region
	p.Region = ""
	switch {
	case from == "" || region == "" || from == region || p.Scope == GlobalScope:
	case from.Continent() == region.Continent():
		p.Scope = ContinentScope
	default:
		p.Scope = GlobalScope
	}
	return p
}

// PublicScope says how far from a Region something public is. It is told to
// customers by communities.
type PublicScope string

const (
	LocalScope     PublicScope = "local"     // in the Region
	ContinentScope PublicScope = "continent" // in another Region of the continent
	GlobalScope    PublicScope = "global"    // anywhere else
)

// A PublicUplink is a device's cable to the public network. At its far end are
// routers that speak BGP with the device: the operator's edge.
type PublicUplink struct {
	// Place is where the cable leads to.
	Place string `json:"place"`
	// ASN is the routers'.
	ASN ASN `json:"asn"`
	// Routers are one for each IP version that is carried.
	Routers []PublicRouter `json:"routers"`
}

// A PublicRouter is an address pair on an uplink.
type PublicRouter struct {
	Address netip.Prefix `json:"address"` // the device's
	Next    netip.Addr   `json:"next"`    // the router's
}
