package intent

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"

	"demarc"
)

// PublicNetwork is what nodes call the provider's public network. It is present
// on a device like a gateway, and every public interface leads to it.
const PublicNetwork demarc.GatewayID = "public"

// PublicPrefixLimit is how many prefixes a session of a public interface may
// send (AWS: fixed).
const PublicPrefixLimit = 1000

// Public reports whether the interface leads to the public network.
func (v VIF) Public() bool { return v.Gateway == PublicNetwork }

// Public is what a device has to know of the public network.
type Public struct {
	// Prefixes are its own, with scopes as they are from the device's Region. A
	// customer is told of what the device learns inside them, with communities by
	// the scope.
	Prefixes []demarc.PublicPrefix `json:"prefixes,omitempty"`
	// Uplink leads there; nil for a device that has no way, whose public
	// interfaces have no sessions.
	Uplink *Uplink `json:"uplink,omitempty"`
}

// An Uplink is a cable to the routers of the public network.
type Uplink struct {
	// Jack is the far end. Its addresses are the routers', below.
	Jack Jack `json:"jack"`
	// ASN is the routers'.
	ASN     demarc.ASN     `json:"asn"`
	Routers []UplinkRouter `json:"routers"`
}

// An UplinkRouter is a BGP neighbour on an uplink, for the IP version that its
// address is of.
type UplinkRouter struct {
	Local  netip.Prefix `json:"local"`
	Remote netip.Prefix `json:"remote"`
}

// publicNetwork is the public network on a device.
func publicNetwork(in DeviceInputs) Gateway {
	out := Gateway{ID: PublicNetwork, ASN: demarc.PublicASN, Public: &Public{}}
	for _, p := range in.PublicNetwork.Prefixes {
		out.Public.Prefixes = append(out.Public.Prefixes, p.From(in.Region))
		out.Networks = append(out.Networks, p.Prefix)
	}
	slices.SortFunc(out.Networks, netip.Prefix.Compare)
	out.Allowed = out.Networks
	if up := in.Device.Public; up != nil {
		out.Public.Uplink = uplink(in.Device.ID, *up)
	}
	return out
}

func uplink(device demarc.NodeID, up demarc.PublicUplink) *Uplink {
	out := &Uplink{ASN: up.ASN, Jack: Jack{Namespace: up.Place, Interface: UplinkEnd(device)}}
	for _, r := range up.Routers {
		out.Routers = append(out.Routers, UplinkRouter{Local: r.Address, Remote: netip.PrefixFrom(r.Next, r.Address.Bits())})
	}
	return out
}

// UplinkEnd is what the far end of a device's uplink is called: after the
// device, as far as Linux allows.
func UplinkEnd(device demarc.NodeID) string {
	if len(device) <= 15 {
		return string(device)
	}
	h := fnv.New32a()
	h.Write([]byte(device))
	return fmt.Sprintf("%.6s-%08x", device, h.Sum32())
}
