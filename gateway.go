package demarc

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
	// VPC is the network that the gateway is attached to.
	VPC  VPCID `json:"vpc"`
	Tags []Tag `json:"tags,omitempty"`
}
