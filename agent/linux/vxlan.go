package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// vxlanPort is VXLAN's registered port (RFC 7348, section 5).
const vxlanPort = 4789

// A VXLAN is a tunnel between two machines, one end of a wire in each (RFC
// 7348). A number must be used once in the namespace that it runs over.
type VXLAN struct {
	VNI           uint32 // 24 bits
	Local, Remote netip.Addr
}

// Overhead is how much larger than the packet inside a packet of the tunnel is:
// Ethernet, VXLAN, UDP and IP.
func (v VXLAN) Overhead() int {
	if v.Remote.Is6() {
		return 14 + 8 + 8 + 40
	}
	return 14 + 8 + 8 + 20
}

// EnsureVXLAN makes one end of the tunnel, as described: the interface is in
// end.Namespace, and its packets travel in the namespace underlay, which need
// not know the other. What differs is corrected in place, but for the tunnel
// itself: then the interface is made anew, as it is in the place of a veth.
func EnsureVXLAN(underlay *Namespace, end End, tunnel VXLAN) error {
	right, err := isTunnel(end, tunnel)
	if err != nil {
		return err
	}
	if !right {
		if err := createVXLAN(underlay, end, tunnel); err != nil {
			return err
		}
	}
	return configure(end)
}

// isTunnel reports whether the interface is this tunnel's.
func isTunnel(end End, tunnel VXLAN) (bool, error) {
	link, err := findLink(end.Namespace, end.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	have, ok := link.(*netlink.Vxlan)
	if !ok && link.Type() != "veth" {
		return false, linkError("use", end.Namespace, end.Name, fmt.Errorf("it is a %s, not a tunnel", link.Type()))
	}
	return ok && describeVXLAN(have) == tunnel && have.Port == vxlanPort, nil
}

func describeVXLAN(link *netlink.Vxlan) VXLAN {
	local, _ := netip.AddrFromSlice(link.SrcAddr)
	remote, _ := netip.AddrFromSlice(link.Group)
	return VXLAN{VNI: uint32(link.VxlanId), Local: local.Unmap(), Remote: remote.Unmap()}
}

// createVXLAN makes the interface, down, after removing what holds its name.
// It is asked for in the underlay, where its socket stays, and put at once
// where it belongs.
func createVXLAN(underlay *Namespace, end End, tunnel VXLAN) error {
	if err := DeleteLink(end.Namespace, end.Name); err != nil {
		return err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.HardwareAddr = end.Name, end.MTU, end.MAC
	attrs.Namespace = netlink.NsFd(end.Namespace.FD())
	err := underlay.rt.LinkAdd(&netlink.Vxlan{
		LinkAttrs: attrs,
		VxlanId:   int(tunnel.VNI), SrcAddr: tunnel.Local.AsSlice(), Group: tunnel.Remote.AsSlice(), Port: vxlanPort,
		// There is one other end, so nothing is to be learned from what it sends.
		Learning: false, NoAge: true,
		UDPCSum: tunnel.Remote.Is6(), // IPv6 demands it
	})
	if err != nil {
		return fmt.Errorf("create tunnel %s in %s, number %d to %s: %w", end.Name, end.Namespace, tunnel.VNI, tunnel.Remote, err)
	}
	return nil
}

// PathMTU is the size of the largest packet that the namespace sends from one of
// its addresses towards another in one piece.
func PathMTU(n *Namespace, from, to netip.Addr) (int, error) {
	routes, err := n.rt.RouteGetWithOptions(to.AsSlice(), &netlink.RouteGetOptions{SrcAddr: from.AsSlice()})
	if err != nil {
		if _, other := n.rt.RouteGet(to.AsSlice()); other == nil {
			return 0, fmt.Errorf("find the way to %s: %s is not an address of this machine", to, from)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("find the way to %s: %w", to, err)
	}
	if len(routes) == 0 {
		return 0, fmt.Errorf("there is no way to %s", to)
	}
	link, err := n.rt.LinkByIndex(routes[0].LinkIndex)
	if err != nil {
		return 0, fmt.Errorf("look at the way to %s: %w", to, err)
	}
	if mtu := routes[0].MTU; mtu > 0 {
		return min(mtu, link.Attrs().MTU), nil
	}
	return link.Attrs().MTU, nil
}
