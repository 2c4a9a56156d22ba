package fastpath

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"sync"

	"github.com/cilium/ebpf"

	"demarc/agent/linux"
)

// A Way says how to forward what comes in by a link.
type Way struct {
	// Table is asked for what the main table has no route to; 0 for no other.
	Table uint32
	// Hosts are who is at the far end of the link, a veth into another namespace:
	// what routes lead to without another router between is handed to that end at
	// once. The kernel is told to ask for them, since it sends them nothing itself.
	Hosts []netip.Addr
	// Own are the namespace's addresses. [Put] finds them itself.
	Own []netip.Addr
}

// filterName begins the names of our filters.
const filterName = "demarc_forward-"

// name of the filter with the way's program, which another way's is not.
func (w Way) name() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %v", version(), w.Table, w.Own))
	return filterName + hex.EncodeToString(sum[:8])
}

// version is different if the same way's program is.
var version = sync.OnceValue(func() string {
	all := Way{Table: 1, Own: []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}}
	return fmt.Sprintf("%v", all.program(toHost()))
})

// load makes the program. The caller closes it; what is attached stays.
func (w Way) load() (*ebpf.Program, error) {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "demarc_forward", Type: ebpf.SchedCLS, License: "Dual MIT/GPL", Instructions: w.program(toHost()),
	})
	if err != nil {
		return nil, fmt.Errorf("load the program that forwards: %w", err)
	}
	return p, nil
}

// Off is why a namespace's packets take the kernel's stack, all of them; empty
// where ordinary ones do not.
type Off string

const (
	On        Off = ""
	Nftables  Off = "nftables" // looks at what is forwarded there
	OldKernel Off = "kernel"   // before Linux 6.5
	Unwanted  Off = "operator" // said so
)

// Put has the namespace forward what comes in by these links, and by no others,
// on the fast path; a link that is not there is left out. It changes only what
// differs, and no packet is lost by it. Where nftables or an old kernel are in
// the way it does what [Remove] does, and says so.
//
// Nobody may put nftables chains into the namespace at the same time.
func Put(n *linux.Namespace, ways map[string]Way) (Off, error) {
	filtered, err := linux.Filtered(n)
	switch {
	case err != nil:
		return Nftables, err
	case filtered:
		return Nftables, Remove(n)
	case !supported():
		return OldKernel, Remove(n)
	}
	return On, put(n, ways)
}

func put(n *linux.Namespace, ways map[string]Way) error {
	own, err := linux.Addresses(n)
	if err != nil {
		return err
	}
	links, err := linux.Links(n)
	if err != nil {
		return err
	}
	loaded := programs{}
	defer loaded.close()
	var errs []error
	for link, state := range links {
		way, wanted := ways[link]
		way.Own = own
		if !wanted {
			errs = append(errs, take(n, link))
			continue
		}
		errs = append(errs, loaded.put(n, link, way))
		if !state.Carrier {
			continue
		}
		for _, host := range way.Hosts {
			errs = append(errs, unlessGone(linux.WatchNeighbour(n, link, host)))
		}
	}
	return errors.Join(errs...)
}

// Remove leaves all packets of the namespace to the kernel.
func Remove(n *linux.Namespace) error {
	links, err := linux.Links(n)
	if err != nil {
		return err
	}
	var errs []error
	for link := range links {
		errs = append(errs, take(n, link))
	}
	return errors.Join(errs...)
}

// Leave leaves what comes in by the link to the kernel, whose nftables look at it.
func Leave(n *linux.Namespace, link string) (Off, error) { return Nftables, take(n, link) }

// programs are those that were loaded, by the name of their filter.
type programs map[string]*ebpf.Program

func (p programs) close() {
	for _, program := range p {
		program.Close()
	}
}

// put attaches the way's program, unless it is there.
func (p programs) put(n *linux.Namespace, link string, way Way) error {
	name := way.name()
	have, there, err := linux.AttachedIngress(n, link)
	if err != nil || there && have.Name == name {
		return unlessGone(err)
	}
	if p[name] == nil {
		if p[name], err = way.load(); err != nil {
			return err
		}
	}
	return unlessGone(linux.AttachIngress(n, link, p[name].FD(), name))
}

// take detaches a program of ours.
func take(n *linux.Namespace, link string) error {
	have, there, err := linux.AttachedIngress(n, link)
	if err != nil || !there || !strings.HasPrefix(have.Name, filterName) {
		return unlessGone(err)
	}
	return unlessGone(linux.DetachIngress(n, link))
}

// unlessGone forgives that the link went away since it was listed.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
