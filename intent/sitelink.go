package intent

import (
	"cmp"
	"slices"
	"strings"

	"demarc"
)

// segmentPrefix begins the names of SiteLink segments.
const segmentPrefix = "slk-"

// Segment is what nodes call the SiteLink of a Direct Connect gateway: all of
// its interfaces that have it enabled, on whichever devices they are. It is
// apart from the gateway itself, since an interface without SiteLink must not
// be reached from one with it, even where it has the better path.
func Segment(id demarc.DirectConnectGatewayID) demarc.GatewayID {
	return demarc.GatewayID(segmentPrefix + string(id))
}

// IsSegment reports whether nodes call a SiteLink so.
func IsSegment(id demarc.GatewayID) bool { return strings.HasPrefix(string(id), segmentPrefix) }

// SiteLinked reports whether the interface is on its gateway's segment.
func SiteLinked(vif demarc.VirtualInterface) bool {
	return vif.SiteLink && vif.DirectConnectGateway != "" && wanted(&vif)
}

// segments is the gateway's segment, if the device has an interface on it.
func segments(in DeviceInputs, gw demarc.DirectConnectGateway) []Gateway {
	devices := in.SiteLinked[gw.ID]
	here := func(d demarc.Device) bool { return d.ID == in.Device.ID }
	if !slices.ContainsFunc(devices, here) {
		return nil
	}
	segment := Gateway{ID: Segment(gw.ID), ASN: gw.ASN}
	for _, dev := range devices {
		if !here(dev) {
			segment.Sites = append(segment.Sites, DevicePeer{Node: dev.ID, RouterID: dev.RouterID})
		}
	}
	slices.SortFunc(segment.Sites, func(a, b DevicePeer) int { return cmp.Compare(a.Node, b.Node) })
	return []Gateway{segment}
}
