package linux

import (
	"errors"
	"fmt"
	"io/fs"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A Link is what the kernel says about an interface at one moment.
type Link struct {
	Index   int
	Name    string
	Type    string // "veth", "device" (a NIC), "loopback" …
	MTU     int
	MAC     net.HardwareAddr
	AdminUp bool // somebody set it up
	Carrier bool // there is light on the fibre, or the peer is up
	// Elsewhere: what it is one end of has the other in another namespace.
	Elsewhere bool

	Traffic
}

// A Traffic is what an interface has counted.
type Traffic struct {
	RxPackets, TxPackets uint64
	RxBytes, TxBytes     uint64
	RxDropped, TxDropped uint64
	RxErrors, TxErrors   uint64
}

// LinkState reads one interface; false means that it does not exist.
func LinkState(n *Namespace, name string) (Link, bool, error) {
	link, err := findLink(n, name)
	if errors.Is(err, fs.ErrNotExist) {
		return Link{}, false, nil
	}
	if err != nil {
		return Link{}, false, err
	}
	return describe(link), true, nil
}

// LinkName gives an interface's name by its index; the error is fs.ErrNotExist
// if there is none.
func LinkName(n *Namespace, index int) (string, error) {
	link, err := n.rt.LinkByIndex(index)
	var absent netlink.LinkNotFoundError
	if errors.As(err, &absent) || errors.Is(err, unix.ENODEV) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return "", fmt.Errorf("find link number %d in namespace %s: %w", index, n, err)
	}
	return link.Attrs().Name, nil
}

// Links reads all interfaces of the namespace, loopback included, by name.
func Links(n *Namespace) (map[string]Link, error) {
	links, err := whole(n.rt.LinkList)
	if err != nil {
		return nil, fmt.Errorf("list links in namespace %s: %w", n, err)
	}
	found := make(map[string]Link, len(links))
	for _, link := range links {
		found[link.Attrs().Name] = describe(link)
	}
	return found, nil
}

// SetLink sets an interface administratively up or down. A veth whose one end
// is down has no carrier at the other. The other end's kernel side may take up
// to a second to notice; reading its [LinkState] makes it notice now.
func SetLink(n *Namespace, name string, up bool) error {
	link, err := findLink(n, name)
	if err != nil {
		return err
	}
	return setUp(n, link, up)
}

func setUp(n *Namespace, link netlink.Link, up bool) error {
	set, word := n.rt.LinkSetDown, "down"
	if up {
		set, word = n.rt.LinkSetUp, "up"
	}
	if isUp(link) == up {
		return nil
	}
	if err := onLinks(func() error { return set(link) }); err != nil {
		return linkError("set "+word, n, link.Attrs().Name, err)
	}
	return nil
}

// DeleteLink removes an interface; of a veth pair, both ends go.
func DeleteLink(n *Namespace, name string) error {
	link, err := findLink(n, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// Another program, or the death of the peer's namespace, may be faster.
	err = onLinks(func() error { return n.rt.LinkDel(link) })
	if err != nil && !errors.Is(err, unix.ENODEV) {
		return linkError("delete", n, name, err)
	}
	return nil
}

// findLink looks an interface up; the error is fs.ErrNotExist if it is absent.
func findLink(n *Namespace, name string) (netlink.Link, error) {
	link, err := n.rt.LinkByName(name)
	var absent netlink.LinkNotFoundError
	if errors.As(err, &absent) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, linkError("find", n, name, err)
	}
	return link, nil
}

func linkError(doing string, n *Namespace, name string, err error) error {
	return fmt.Errorf("%s link %s in namespace %s: %w", doing, name, n, err)
}

// whole repeats a listing that was interrupted by a change, which in a
// namespace of many links happens whenever others are made meanwhile.
func whole[T any](list func() (T, error)) (found T, err error) {
	for range 10 {
		if found, err = list(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			return found, err
		}
	}
	return found, err
}

func isUp(link netlink.Link) bool { return link.Attrs().Flags&net.FlagUp != 0 }

func describe(link netlink.Link) Link {
	attrs := link.Attrs()
	d := Link{
		Index:   attrs.Index,
		Name:    attrs.Name,
		Type:    link.Type(),
		MTU:     attrs.MTU,
		MAC:     attrs.HardwareAddr,
		AdminUp: isUp(link),
		Carrier: attrs.RawFlags&unix.IFF_LOWER_UP != 0,

		Elsewhere: attrs.NetNsID >= 0,
	}
	if s := attrs.Statistics; s != nil {
		d.RxPackets, d.TxPackets = s.RxPackets, s.TxPackets
		d.RxBytes, d.TxBytes = s.RxBytes, s.TxBytes
		d.RxDropped, d.TxDropped = s.RxDropped, s.TxDropped
		d.RxErrors, d.TxErrors = s.RxErrors, s.TxErrors
	}
	return d
}
