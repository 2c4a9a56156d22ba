package backbone

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"demarc/agent/linux"
	"demarc/intent"
)

// A Link is a backbone link seen from one of its two nodes, which need not be
// able to reach each other's namespaces.
type Link struct {
	Near Side
	// Far matters on one machine only, to the node that makes the link.
	Far Side
	// Tunnel leads to another machine; the zero value stays on this one.
	Tunnel intent.Tunnel
	// Waits says that on one machine the other node makes the link. Of the two
	// nodes one waits.
	Waits bool
	// MTU of the link; 0 is [MTU].
	MTU int
	// Need is the largest packet that anybody was promised to be carried here;
	// 0 if that is for the other node to say.
	Need int
}

// A Side is one end's place.
type Side struct {
	Namespace string // by its full name
	Link      string
	Address   netip.Prefix
}

// Span makes the link as far as it is this node's to make: both ends of a veth
// on one machine, its own end of a tunnel between two. It returns the index of
// the near end; 0 if it is not there, which is an error if it was to make. The
// error is fs.ErrNotExist (by errors.Is) while the far namespace is not there.
//
// An error comes with the index while there is a link all the same. One is an
// underlay too narrow for what is needed: the link carries what it can, and
// answers the rest with "fragmentation needed".
func Span(near *linux.Namespace, l Link) (index int, err error) {
	var narrow error
	switch {
	case l.Tunnel.VNI != 0:
		narrow, err = tunnel(near, l)
	case !l.Waits:
		err = pair(near, l)
	}
	state, _, unseen := linux.LinkState(near, l.Near.Link)
	return state.Index, errors.Join(err, narrow, unseen)
}

// pair makes both ends of a veth.
func pair(near *linux.Namespace, l Link) error {
	far, err := linux.OpenNamespace(l.Far.Namespace)
	if err != nil {
		return fmt.Errorf("reach %s: %w", l.Far.Namespace, err)
	}
	defer far.Close()
	if err := clear(near, l.Near.Link); err != nil {
		return err
	}
	return linux.EnsureVeth(l.Near.end(near, l.mtu()), l.Far.end(far, l.mtu()))
}

// clear removes what is left of a tunnel, once both nodes are on one machine.
func clear(n *linux.Namespace, link string) error {
	state, there, err := linux.LinkState(n, link)
	if err != nil || !there || state.Type != "vxlan" {
		return err
	}
	return linux.DeleteLink(n, link)
}

// tunnel makes this node's end. Its packets travel where the agent itself does.
func tunnel(near *linux.Namespace, l Link) (narrow, err error) {
	underlay, err := linux.OwnNamespace()
	if err != nil {
		return nil, err
	}
	defer underlay.Close()
	vxlan := linux.VXLAN{VNI: l.Tunnel.VNI, Local: l.Tunnel.Local, Remote: l.Tunnel.Remote}
	width, err := linux.PathMTU(underlay, vxlan.Local, vxlan.Remote)
	if err != nil {
		return nil, fmt.Errorf("tunnel to %s: %w", vxlan.Remote, err)
	}
	mtu := min(l.mtu(), width-vxlan.Overhead())
	if mtu < leastMTU {
		return nil, fmt.Errorf("tunnel to %s: the underlay carries packets of %d bytes only, %d are the least", vxlan.Remote, width, leastMTU+vxlan.Overhead())
	}
	if l.Need > mtu {
		narrow = fmt.Errorf("the underlay to %s carries packets of %d bytes, and %d are needed for an interface of MTU %d", vxlan.Remote, width, l.Need+vxlan.Overhead(), l.Need)
	}
	return narrow, linux.EnsureVXLAN(underlay, l.Near.end(near, mtu), vxlan)
}

func (l Link) mtu() int { return cmp.Or(l.MTU, MTU) }

// leastMTU is IPv6's least (RFC 8200, section 5), without which a link has no
// addresses.
const leastMTU = 1280

func (s Side) end(n *linux.Namespace, mtu int) linux.End {
	return linux.End{Namespace: n, Name: s.Link, MTU: mtu, Addresses: []netip.Prefix{s.Address}}
}
