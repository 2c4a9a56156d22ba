package linux

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// WatchNeighbour has the kernel ask for a neighbour from time to time, also while
// nothing of its own is sent there, so that it knows whether it is there (since
// Linux 5.16). The neighbour is forgotten with the link's carrier. Doing it again
// changes nothing.
func WatchNeighbour(n *Namespace, link string, address netip.Addr) error {
	found, err := findLink(n, link)
	if err != nil {
		return err
	}
	neighbour := &netlink.Neigh{
		LinkIndex: found.Attrs().Index, Family: netlink.FAMILY_V4, IP: address.AsSlice(),
		State: unix.NUD_NONE, FlagsExt: netlink.NTF_EXT_MANAGED,
	}
	if address.Is6() {
		neighbour.Family = netlink.FAMILY_V6
	}
	if err := n.rt.NeighSet(neighbour); err != nil {
		return linkError(fmt.Sprintf("watch neighbour %s on", address), n, link, err)
	}
	return nil
}
