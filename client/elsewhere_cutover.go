package client

import (
	"context"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A CutoverWord is what a party's machine says of a cut-over, as the desk takes
// it.
type CutoverWord struct {
	Hand     int               `json:"hand"`
	Number   uint64            `json:"number,omitempty"`
	Revision int               `json:"revision,omitempty"`
	Seen     *TransitSightings `json:"seen,omitempty"`
	Echoes   []Echoes          `json:"echoes,omitempty"`
	Trouble  string            `json:"trouble,omitempty"`
}

// Echoes are what was counted of the echoes asked for from an address.
type Echoes struct {
	Probe              netip.Addr `json:"probe"`
	Sent               uint64     `json:"sent"`
	Answered           uint64     `json:"answered"`
	Lost               uint64     `json:"lost"`
	SilentMilliseconds int64      `json:"silentMilliseconds"`
	TTL                int        `json:"ttl,omitempty"`
	In                 string     `json:"in,omitempty"`
	Silent             bool       `json:"silent,omitempty"`
}

// An End is Amazon's of a virtual interface: what answers on the way in.
type End struct {
	Interface, Type, DirectConnectGateway string
	Addresses                             []netip.Addr
}

// Ends are those of the interfaces that the caller sees.
func (e *Elsewhere) Ends(ctx context.Context) (ends []End, err error) {
	all, err := e.virtualInterfaces(ctx)
	for _, v := range all {
		end := End{Interface: aws.ToString(v.VirtualInterfaceId), Type: aws.ToString(v.VirtualInterfaceType), DirectConnectGateway: aws.ToString(v.DirectConnectGatewayId)}
		texts := []*string{v.AmazonAddress}
		for _, p := range v.BgpPeers {
			texts = append(texts, p.AmazonAddress)
		}
		for _, text := range texts {
			if p, err := netip.ParsePrefix(aws.ToString(text)); err == nil {
				end.Addresses = append(end.Addresses, p.Addr())
			}
		}
		ends = append(ends, end)
	}
	return ends, err
}
