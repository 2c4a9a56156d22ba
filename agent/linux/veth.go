package linux

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// An End is one end of a veth pair, as it should be.
type End struct {
	Namespace *Namespace
	Name      string           // at most 15 bytes
	MTU       int              // bytes of IP packet; 0 leaves the kernel's 1500
	MAC       net.HardwareAddr // nil leaves what the kernel drew
	// FirstMAC is that of an end which is made now, where MAC is nil; one that is
	// there has told its neighbours another one. Nil lets the kernel draw it.
	FirstMAC net.HardwareAddr
	// Addresses is all of them, for both families; any other address on the
	// interface is removed. IPv6 addresses are used at once, without duplicate
	// address detection. Without an IPv6 address the interface has no IPv6.
	Addresses []netip.Prefix
	// LinkLocal adds the link-local address that the MAC gives (RFC 4291,
	// appendix A), for a link that others' machines are on.
	LinkLocal bool
	Down      bool // keep it administratively down
}

// EnsureVeth makes a and b the two ends of one veth pair, each as described.
// What differs is corrected in place; the pair is made anew, and so has new
// interface indices, when an end is missing or belongs to another pair. It
// refuses to replace an interface that is not a veth.
func EnsureVeth(a, b End) error {
	paired, err := arePeers(a, b)
	if err != nil {
		return err
	}
	if !paired {
		if err := createPair(a, b); err != nil {
			return err
		}
	}
	if err := errors.Join(configure(a), configure(b)); err != nil {
		return err
	}
	return errors.Join(settle(a), settle(b))
}

// settle asks the kernel for the link, which makes it (since 6.8) act on a
// changed carrier now. By itself it may take a second when both ends have the
// same index, and until then the link refuses IPv6 multicast and so neighbours.
func settle(end End) error {
	_, err := findLink(end.Namespace, end.Name)
	return err
}

// arePeers reports whether both ends exist and are each other's. Indices alone
// do not prove it, since they repeat across namespaces: the kernel's id for
// the peer's namespace must fit as well.
func arePeers(a, b End) (bool, error) {
	la, errA := findVeth(a)
	lb, errB := findVeth(b)
	if errors.Is(errA, fs.ErrNotExist) || errors.Is(errB, fs.ErrNotExist) {
		return false, nil
	}
	if err := errors.Join(errA, errB); err != nil {
		return false, err
	}
	if la.Attrs().ParentIndex != lb.Attrs().Index || lb.Attrs().ParentIndex != la.Attrs().Index {
		return false, nil
	}
	return peerIn(a.Namespace, la, b.Namespace)
}

// peerIn reports whether the peer of link, which is in n, is in other.
func peerIn(n *Namespace, link netlink.Link, other *Namespace) (bool, error) {
	if n.handle.Equal(other.handle) {
		return link.Attrs().NetNsID < 0, nil
	}
	id, err := n.rt.GetNetNsIdByFd(other.FD())
	if err != nil {
		return false, fmt.Errorf("find namespace %s as seen from %s: %w", other, n, err)
	}
	return id >= 0 && link.Attrs().NetNsID == id, nil
}

func findVeth(end End) (netlink.Link, error) {
	link, err := findLink(end.Namespace, end.Name)
	if err == nil && link.Type() != "veth" {
		err = linkError("use", end.Namespace, end.Name, fmt.Errorf("it is a %s, not a veth", link.Type()))
	}
	return link, err
}

// createPair makes the pair, down, after removing what holds either name.
func createPair(a, b End) error {
	for _, end := range []End{a, b} {
		if _, err := findVeth(end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := DeleteLink(end.Namespace, end.Name); err != nil {
			return err
		}
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.HardwareAddr = a.Name, a.MTU, firstMAC(a)
	veth := &netlink.Veth{
		LinkAttrs:        attrs,
		PeerName:         b.Name,
		PeerNamespace:    netlink.NsFd(b.Namespace.FD()),
		PeerMTU:          uint32(b.MTU),
		PeerHardwareAddr: firstMAC(b),
	}
	err := onLinks(func() error { return a.Namespace.rt.LinkAdd(veth) })
	if err != nil {
		return fmt.Errorf("create veth %s in %s to %s in %s: %w", a.Name, a.Namespace, b.Name, b.Namespace, err)
	}
	return nil
}

func firstMAC(end End) net.HardwareAddr {
	if end.MAC != nil {
		return end.MAC
	}
	return end.FirstMAC
}

// configure corrects everything about one end that does not need its peer.
func configure(end End) error {
	link, err := findLink(end.Namespace, end.Name)
	if err != nil {
		return err
	}
	steps := []func(End, netlink.Link) error{ensureMTU, ensureMAC, ensureIPv6, ensureAddresses}
	for _, step := range steps {
		if err := step(end, link); err != nil {
			return linkError("configure", end.Namespace, end.Name, err)
		}
	}
	return setUp(end.Namespace, link, !end.Down)
}

func ensureMTU(end End, link netlink.Link) error {
	if end.MTU == 0 || link.Attrs().MTU == end.MTU {
		return nil
	}
	return end.Namespace.rt.LinkSetMTU(link, end.MTU)
}

func ensureMAC(end End, link netlink.Link) error {
	if end.MAC == nil || bytes.Equal(link.Attrs().HardwareAddr, end.MAC) {
		return nil
	}
	return end.Namespace.rt.LinkSetHardwareAddr(link, end.MAC)
}
