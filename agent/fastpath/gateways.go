package fastpath

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"

	"demarc/agent/linux"
)

// Gateways forward in namespaces that have the main table alone, lie between
// others of ours, and may have thousands of links: each is put by itself. What
// leaves by a veth whose far end is in another namespace is handed to that end at
// once ("bpf_redirect_peer"), past a queue and a turn of the kernel's. The link
// does not count it as sent; its far end counts it as received.
//
// The zero Gateways leave everything to the kernel, as the operator wants it.
type Gateways struct {
	off     Off           // why there is no program
	program *ebpf.Program // nil for none
	id      uint32        // the kernel's, of the program
	ends    *ebpf.Map
}

// mapEnds says of which links the far end may be handed packets: endKey → 1. One
// that is not in it leads to a neighbour, so whatever is missing is only slower,
// and the longest unused makes room: links that are gone.
const mapEnds = "dm_forward_ends"

// maxEnds is more links than a device has.
const maxEnds = 8192

// An endKey is unlike that of any other link, in whatever namespace.
type endKey struct {
	Index uint32
	MAC   [8]byte
}

// OpenGateways loads the program. What an earlier run attached stays until [Put]
// replaces it.
func OpenGateways() (*Gateways, error) {
	if !supported() {
		return &Gateways{off: OldKernel}, nil
	}
	collection, err := ebpf.NewCollection(&ebpf.CollectionSpec{
		Maps: map[string]*ebpf.MapSpec{mapEnds: {Name: mapEnds, Type: ebpf.LRUHash, KeySize: 12, ValueSize: 1, MaxEntries: maxEnds}},
		Programs: map[string]*ebpf.ProgramSpec{gatewayName: {
			Name: gatewayName, Type: ebpf.SchedCLS, License: "Dual MIT/GPL", Instructions: Way{}.program(across()),
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("load the program that forwards between namespaces: %w", err)
	}
	g := &Gateways{program: collection.Programs[gatewayName], ends: collection.Maps[mapEnds]}
	info, err := g.program.Info()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("identify a program: %w", err), g.Close())
	}
	id, _ := info.ID()
	g.id = uint32(id)
	return g, nil
}

// gatewayName is the program's in the kernel.
const gatewayName = "demarc_gateway"

// Close lets go of the program. What is attached stays and forwards.
func (g *Gateways) Close() error {
	if g.program == nil {
		return nil
	}
	return errors.Join(g.program.Close(), g.ends.Close())
}

// Put has what comes in by the link forwarded on the fast path, and what leaves by
// it handed across. Where nftables or an old kernel are in the way, it is left to
// the kernel, and said why. A link that is not there is no error.
func (g *Gateways) Put(n *linux.Namespace, link string) (Off, error) {
	filtered, err := linux.Filtered(n)
	switch {
	case err != nil:
		return Nftables, err
	case g.program == nil:
		return cmp.Or(g.off, Unwanted), take(n, link)
	case filtered:
		return Nftables, take(n, link)
	}
	return On, g.put(n, link)
}

func (g *Gateways) put(n *linux.Namespace, link string) error {
	state, there, err := linux.LinkState(n, link)
	if err != nil || !there {
		return err
	}
	if state.Type == "veth" && state.Elsewhere {
		key := endKey{Index: uint32(state.Index)}
		copy(key.MAC[:], state.MAC)
		if err := g.ends.Put(key, uint8(1)); err != nil {
			return fmt.Errorf("note the far end of link %s in namespace %s: %w", link, n, err)
		}
	}
	have, attached, err := linux.AttachedIngress(n, link)
	if err != nil || attached && have.ID == g.id {
		return unlessGone(err)
	}
	return unlessGone(linux.AttachIngress(n, link, g.program.FD(), filterName+"gateway"))
}
