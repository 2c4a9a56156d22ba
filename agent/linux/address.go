package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	mdnetlink "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// addrGenNone is IN6_ADDR_GEN_MODE_NONE: no link-local address by itself.
const addrGenNone = 1

// ensureIPv6 switches IPv6 on the interface on or off, before it is up, so that
// it never says a word that was not asked for. On means listed addresses only: a
// router advertisement from the far end configures nothing. A kernel without
// IPv6 has nothing to switch off.
func ensureIPv6(end End, link netlink.Link) error {
	on := end.LinkLocal || slices.ContainsFunc(end.Addresses, func(p netip.Prefix) bool { return p.Addr().Is6() })
	have, err := readIPv6(end.Namespace, link)
	if err != nil {
		return err
	}
	if on && have.generates {
		if err := end.Namespace.rt.LinkSetIP6AddrGenMode(link, addrGenNone); err != nil {
			return fmt.Errorf("stop automatic IPv6 addresses: %w", err)
		}
	}
	var change []Parameter
	dir := "net/ipv6/conf/" + end.Name + "/"
	if on && have.advised {
		change = append(change, Parameter{dir + "accept_ra", "0"})
	}
	switch {
	case on && (have.off || have.absent):
		change = append(change, Parameter{dir + "disable_ipv6", "0"})
	case !on && !have.off && !have.absent:
		change = append(change, Parameter{dir + "disable_ipv6", "1"})
	}
	if len(change) > 0 {
		if err := end.Namespace.SetSysctls(change); err != nil {
			return err
		}
	}
	if isUp(link) {
		return nil // it was told before
	}
	return setAskAgain(end.Namespace, link, on)
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
	addresses, err := addressesOf(end.Namespace, link)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	have := make(map[netip.Prefix]bool, len(addresses))
	for _, prefix := range addresses {
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

// addressesOf lists what one interface has of both families. The library lists
// those of all interfaces of the namespace, of which a device has thousands.
func addressesOf(n *Namespace, link netlink.Link) (all []netip.Prefix, err error) {
	err = n.withRoutes(func(b *batcher) error {
		for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
			question := make([]byte, unix.SizeofIfAddrmsg) // family, length, flags, scope, index
			question[0] = family
			binary.NativeEndian.PutUint32(question[4:], uint32(link.Attrs().Index))
			answers, err := b.dump(unix.RTM_GETADDR, question)
			if err != nil {
				return err
			}
			for _, answer := range answers {
				prefix, index, err := parseAddress(answer.Data)
				if err != nil {
					return err
				}
				if index == link.Attrs().Index { // an old kernel lists all
					all = append(all, prefix)
				}
			}
		}
		return nil
	})
	return all, err
}

// parseAddress prefers our own address where there is one of the far end, too.
func parseAddress(data []byte) (prefix netip.Prefix, link int, err error) {
	if len(data) < unix.SizeofIfAddrmsg {
		return prefix, 0, errors.New("an address is not whole")
	}
	attributes, err := mdnetlink.NewAttributeDecoder(data[unix.SizeofIfAddrmsg:])
	if err != nil {
		return prefix, 0, err
	}
	var address, local netip.Addr
	for attributes.Next() {
		switch attributes.Type() {
		case unix.IFA_ADDRESS:
			address, _ = netip.AddrFromSlice(attributes.Bytes())
		case unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(attributes.Bytes())
		}
	}
	if !local.IsValid() {
		local = address
	}
	return netip.PrefixFrom(local, int(data[1])), int(binary.NativeEndian.Uint32(data[4:])), attributes.Err()
}

func addAddress(n *Namespace, link netlink.Link, prefix netip.Prefix) error {
	addr := &netlink.Addr{IPNet: ipNet(prefix)}
	if prefix.Addr().Is6() {
		addr.Flags = unix.IFA_F_NODAD
	}
	if err := onLinks(func() error { return n.rt.AddrReplace(link, addr) }); err != nil {
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

// Addresses are those of all interfaces of the namespace but the loopback's, in
// order, each once.
func Addresses(n *Namespace) ([]netip.Addr, error) {
	listed, err := whole(func() ([]netlink.Addr, error) { return n.rt.AddrList(nil, netlink.FAMILY_ALL) })
	if err != nil {
		return nil, fmt.Errorf("list addresses in namespace %s: %w", n, err)
	}
	var all []netip.Addr
	for _, a := range listed {
		if address, ok := netip.AddrFromSlice(a.IP); ok && !address.IsLoopback() {
			all = append(all, address.Unmap())
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all), nil
}
