package demarc

import "time"

// DefaultGatewayASN is a gateway's ASN where its owner names none.
const DefaultGatewayASN ASN = 64512

// A VirtualGateway is a virtual private gateway: the end of private lines at
// one VPC.
type VirtualGateway struct {
	ID     GatewayID `json:"id"`
	Name   string    `json:"name"`
	Owner  AccountID `json:"owner"`
	Region Region    `json:"region"`
	ASN    ASN       `json:"asn"`
	// VPC is the network that the gateway is attached to; empty for none.
	VPC VPCID `json:"vpc"`
	// Detached is the network that it was attached to last, which is described
	// as long as there is no other; empty for none.
	Detached VPCID `json:"detached,omitempty"`
	// Deleted is when its owner deleted it; a deleted gateway is described for
	// a while and can do nothing any more.
	Deleted time.Time `json:"deleted,omitzero"`
	Tags    []Tag     `json:"tags,omitempty"`
}

// Gone reports whether the gateway is only described any more.
func (g VirtualGateway) Gone() bool { return !g.Deleted.IsZero() }
