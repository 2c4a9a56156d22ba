package linux

import (
	"errors"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Our filter has one fixed place, so that attaching replaces the program of an
// earlier run in one step instead of queueing behind it.
const (
	filterPriority = 1
	filterHandle   = 1
)

// An IngressProgram is a BPF program that sees what arrives on a link.
type IngressProgram struct {
	ID   uint32 // the kernel's program id
	Name string // as given to AttachIngress
}

// AttachIngress makes the BPF program behind fd decide over every frame that
// arrives on the link (clsact, direct action). It replaces the one attached
// before without a gap, and stays when this program exits.
func AttachIngress(n *Namespace, link string, fd int, name string) error {
	found, err := findLink(n, link)
	if err != nil {
		return err
	}
	clsact := &netlink.Clsact{QdiscAttrs: netlink.QdiscAttrs{
		LinkIndex: found.Attrs().Index,
		Handle:    netlink.MakeHandle(0xffff, 0),
		Parent:    netlink.HANDLE_CLSACT,
	}}
	err = onLinks(func() error { return n.rt.QdiscAdd(clsact) })
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return linkError("prepare ingress of", n, link, err)
	}
	filter := &netlink.BpfFilter{FilterAttrs: ingressFilter(found), Fd: fd, Name: name, DirectAction: true}
	if err := onLinks(func() error { return n.rt.FilterReplace(filter) }); err != nil {
		return linkError("attach "+name+" to", n, link, err)
	}
	return nil
}

// DetachIngress lets frames pass to the kernel again.
func DetachIngress(n *Namespace, link string) error {
	found, err := findLink(n, link)
	if err != nil {
		return err
	}
	err = n.rt.FilterDel(&netlink.BpfFilter{FilterAttrs: ingressFilter(found)})
	if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EINVAL) { // EINVAL: no clsact
		return linkError("detach the program from", n, link, err)
	}
	return nil
}

// AttachedIngress reads which program AttachIngress left on the link; false
// means none.
func AttachedIngress(n *Namespace, link string) (IngressProgram, bool, error) {
	found, err := findLink(n, link)
	if err != nil {
		return IngressProgram{}, false, err
	}
	filters, err := whole(func() ([]netlink.Filter, error) {
		return n.rt.FilterList(found, netlink.HANDLE_MIN_INGRESS)
	})
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) { // no clsact
		return IngressProgram{}, false, nil
	}
	if err != nil {
		return IngressProgram{}, false, linkError("list filters of", n, link, err)
	}
	for _, filter := range filters {
		attrs := filter.Attrs()
		program, isBPF := filter.(*netlink.BpfFilter)
		if isBPF && attrs.Priority == filterPriority && attrs.Handle == filterHandle {
			return IngressProgram{ID: uint32(program.Id), Name: program.Name}, true, nil
		}
	}
	return IngressProgram{}, false, nil
}

func ingressFilter(link netlink.Link) netlink.FilterAttrs {
	return netlink.FilterAttrs{
		LinkIndex: link.Attrs().Index,
		Parent:    netlink.HANDLE_MIN_INGRESS,
		Handle:    filterHandle,
		Priority:  filterPriority,
		Protocol:  unix.ETH_P_ALL,
	}
}
