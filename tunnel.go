package demarc

import "strings"

// A BackboneLink names a link between what two nodes have of one gateway.
type BackboneLink struct {
	// Gateway is what nodes call it, which is not always its id. Between a VPC
	// and a route table of a Transit Gateway it is the table.
	Gateway GatewayID `json:"gateway"`
	// From is the node that answers for the link: the device, the route table's
	// host, or of two devices the first by name.
	From NodeID `json:"from"`
	To   NodeID `json:"to"`
	// Network is what the link leads to on To; empty where that is the gateway
	// again.
	Network string `json:"network,omitempty"`
}

// Key is the link in one word.
func (l BackboneLink) Key() string {
	return strings.Join([]string{string(l.Gateway), string(l.From), string(l.To), l.Network}, "|")
}

// A Tunnel carries one backbone link from one machine to another (VXLAN, RFC
// 7348). It has a number as long as both nodes want the link.
type Tunnel struct {
	Link BackboneLink `json:"link"`
	// VNI is unique in the site, since a node may meet every other.
	VNI uint32 `json:"vni"`
}

// MaxVNI is the largest number that a tunnel may have; 0 is none.
const MaxVNI = 1<<24 - 1
