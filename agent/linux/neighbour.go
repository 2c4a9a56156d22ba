package linux

import (
	"errors"
	"io/fs"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Neighbour reads which MAC address a neighbour on a link answers with; empty
// if it does not answer, or was not asked lately.
func Neighbour(n *Namespace, link string, address netip.Addr) (mac string, err error) {
	found, err := findLink(n, link)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	family := unix.AF_INET
	if address.Is6() {
		family = unix.AF_INET6
	}
	neighbours, err := whole(func() ([]netlink.Neigh, error) { return n.rt.NeighList(found.Attrs().Index, family) })
	if err != nil {
		return "", linkError("list the neighbours on", n, link, err)
	}
	const answers = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE
	for _, neighbour := range neighbours {
		if at, ok := netip.AddrFromSlice(neighbour.IP); ok && at.Unmap() == address && neighbour.State&answers != 0 {
			return neighbour.HardwareAddr.String(), nil
		}
	}
	return "", nil
}
