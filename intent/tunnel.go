package intent

import "net/netip"

// A Tunnel takes a backbone link from one machine to another: VXLAN (RFC 7348)
// between the nodes' own addresses. The zero Tunnel is for two nodes on one
// machine, whose namespaces a veth joins.
type Tunnel struct {
	// VNI is unique in the site.
	VNI    uint32     `json:"vni"`
	Local  netip.Addr `json:"local"`
	Remote netip.Addr `json:"remote"`
}
