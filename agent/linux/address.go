package linux

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// addrGenNone is IN6_ADDR_GEN_MODE_NONE: no link-local address by itself.
const addrGenNone = 1

// ensureIPv6 comes before the interface is up, so that it never says a word
// that was not asked for.
func ensureIPv6(end End, link netlink.Link) error {
	on := end.LinkLocal || slices.ContainsFunc(end.Addresses, func(p netip.Prefix) bool { return p.Addr().Is6() })
	if on {
		if err := end.Namespace.rt.LinkSetIP6AddrGenMode(link, addrGenNone); err != nil {
			return fmt.Errorf("stop automatic IPv6 addresses: %w", err)
		}
	}
	return end.Namespace.Do(func() error { return errors.Join(setInterfaceIPv6(end.Name, on), setAskAgain(end.Name, on)) })
}

// ensureAddresses adds before it removes, so that a changed prefix length does
// not take the interface's last address and with it every route for a moment.
// Removing a primary address takes its secondaries along, wanted or not, so
// what is missing is added once more after that.
func ensureAddresses(end End, link netlink.Link) error {
	if end.LinkLocal {
		end.Addresses = append(slices.Clone(end.Addresses), linkLocal(end, link))
	}
	surplus, err := addMissing(end, link)
	if err != nil || len(surplus) == 0 {
		return err
	}
	var errs []error
	for _, prefix := range surplus {
		errs = append(errs, removeAddress(end.Namespace, link, prefix))
	}
	_, err = addMissing(end, link)
	return errors.Join(append(errs, err)...)
}

// linkLocal is fe80::/64 with the link's MAC in it.
func linkLocal(end End, link netlink.Link) netip.Prefix {
	mac := link.Attrs().HardwareAddr
	if end.MAC != nil {
		mac = end.MAC
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{
		0: 0xfe, 1: 0x80, 8: mac[0] ^ 2, 9: mac[1], 10: mac[2], 11: 0xff, 12: 0xfe, 13: mac[3], 14: mac[4], 15: mac[5],
	}), 64)
}

// addMissing adds the listed addresses and returns those that are not listed.
func addMissing(end End, link netlink.Link) (surplus []netip.Prefix, err error) {
	addrs, err := whole(func() ([]netlink.Addr, error) {
		return end.Namespace.rt.AddrList(link, netlink.FAMILY_ALL)
	})
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	have := make(map[netip.Prefix]bool, len(addrs))
	for _, addr := range addrs {
		prefix := prefixOf(addr.IPNet)
		have[prefix] = true
		if !slices.Contains(end.Addresses, prefix) {
			surplus = append(surplus, prefix)
		}
	}
	var errs []error
	for _, prefix := range end.Addresses {
		if !have[prefix] {
			errs = append(errs, addAddress(end.Namespace, link, prefix))
		}
	}
	return surplus, errors.Join(errs...)
}

func addAddress(n *Namespace, link netlink.Link, prefix netip.Prefix) error {
	addr := &netlink.Addr{IPNet: ipNet(prefix)}
	if prefix.Addr().Is6() {
		addr.Flags = unix.IFA_F_NODAD
	}
	if err := n.rt.AddrReplace(link, addr); err != nil {
		return fmt.Errorf("add address %s: %w", prefix, err)
	}
	return nil
}

// removeAddress takes EADDRNOTAVAIL for success: removing a primary address
// removes its secondaries, which may be the next ones to go.
func removeAddress(n *Namespace, link netlink.Link, prefix netip.Prefix) error {
	err := n.rt.AddrDel(link, &netlink.Addr{IPNet: ipNet(prefix)})
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("remove address %s: %w", prefix, err)
	}
	return nil
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	addr := prefix.Addr()
	return &net.IPNet{IP: addr.AsSlice(), Mask: net.CIDRMask(prefix.Bits(), addr.BitLen())}
}

func prefixOf(n *net.IPNet) netip.Prefix {
	addr, _ := netip.AddrFromSlice(n.IP)
	ones, _ := n.Mask.Size()
	return netip.PrefixFrom(addr.Unmap(), ones)
}
