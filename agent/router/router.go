// Package router makes a network namespace a router: it forwards, and its
// routes are those that it should have.
//
// Routes are given by where they lead ([Hop]), not by the number of a kernel
// object; that there is one nexthop object for all routes of a hop is this
// package's business. It remembers nothing: what is there is read each time,
// so a restarted agent, or a hand that changed something, is no special case.
package router

import (
	"errors"
	"fmt"
	"io/fs"

	"demarc/agent/linux"
)

// parameters make a namespace forward anything to anywhere. Filtering by
// reverse path is off because a packet may come in by another VIF than its
// answer leaves by; redirects are off because hosts behind us cannot follow
// them. A router does not listen to redirects and router advertisements anyway.
var parameters = []linux.Parameter{
	{Path: "net/ipv4/conf/all/rp_filter", Value: "0"},
	{Path: "net/ipv4/conf/default/rp_filter", Value: "0"},
	{Path: "net/ipv4/conf/all/send_redirects", Value: "0"},
	{Path: "net/ipv4/conf/default/send_redirects", Value: "0"},
	{Path: "net/ipv6/conf/all/forwarding", Value: "1"},
	// Of several paths each connection keeps to one, and those of two hosts use
	// more than one.
	{Path: "net/ipv4/fib_multipath_hash_policy", Value: "1"},
	{Path: "net/ipv6/fib_multipath_hash_policy", Value: "1"},
	// Last, so that it shows that all are set: looking at each of them every time
	// would be most of a patrol's work.
	{Path: "net/ipv4/ip_forward", Value: "1"},
}

// Ensure opens the namespace, made if it is absent, and makes it a router. It
// must come before the first link, which inherits from it. The caller closes
// it. Fresh says that it was made just now.
func Ensure(name string) (n *linux.Namespace, fresh bool, err error) {
	n, err = linux.OpenNamespace(name)
	if errors.Is(err, fs.ErrNotExist) {
		fresh = true
		n, err = linux.CreateNamespace(name)
	}
	if err != nil {
		return nil, false, err
	}
	if err := forward(n); err != nil {
		return nil, false, errors.Join(fmt.Errorf("make namespace %s a router: %w", name, err), n.Close())
	}
	return n, fresh, nil
}

func forward(n *linux.Namespace) error {
	if forwards, err := n.Forwards(); err != nil || forwards {
		return err
	}
	return n.SetSysctls(parameters)
}

// Remove deletes the namespace with its links. It does not leave the links to
// the kernel, which takes a namespace apart only when the last socket in it is
// closed, and their far ends are in other namespaces, or their number is taken
// until then.
func Remove(name string) error {
	n, err := linux.OpenNamespace(name)
	if errors.Is(err, fs.ErrNotExist) {
		return linux.DeleteNamespace(name)
	}
	if err != nil {
		return err
	}
	defer n.Close()
	links, err := linux.Links(n)
	for link, state := range links {
		if state.Type == "veth" || state.Type == "vxlan" {
			err = errors.Join(err, linux.DeleteLink(n, link))
		}
	}
	return errors.Join(err, linux.DeleteNamespace(name))
}

// A Place is a namespace as a session's sockets need it (speaker.Namespace):
// the namespace of that name, as long as it is the same one and the link that
// the session runs on is. It holds nothing open.
type Place struct {
	Name string
	// Link is the index of the session's interface; Made counts how often this
	// process made the namespace. When either differs, sockets that were opened
	// before lead nowhere.
	Link, Made int
}

// Do runs fn on a thread inside the namespace.
func (p Place) Do(fn func() error) error {
	return linux.Inside(p.Name, fn)
}
