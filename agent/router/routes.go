package router

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"demarc/agent/linux"
)

// A Hop is where routes lead. The zero Hop drops silently.
type Hop struct {
	Link string
	// Gateway is the next router; invalid if destinations are on the link.
	Gateway netip.Addr
}

// Routes says for each prefix where it leads.
type Routes map[netip.Prefix]Hop

// Via are the prefixes that lead to a hop.
func (r Routes) Via(hop Hop) (prefixes []netip.Prefix) {
	for prefix, to := range r {
		if to == hop {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// Survey reads the routes of all namespaces whose name begins with prefix and
// is ours: what an earlier run left, and the kernel goes on doing. A name that
// a crash left without its namespace has no routes.
func Survey(prefix string, ours func(name string) bool) (map[string]Routes, error) {
	names, err := linux.ListNamespaces(prefix)
	if err != nil {
		return nil, err
	}
	found := map[string]Routes{}
	for _, name := range names {
		if !ours(name) {
			continue
		}
		if found[name], err = readNamed(name); err != nil {
			return nil, fmt.Errorf("look at what is there: %w", err)
		}
	}
	return found, nil
}

func readNamed(name string) (Routes, error) {
	n, err := linux.OpenNamespace(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer n.Close()
	return Read(n)
}

// Read returns the namespace's routes, of those that Apply made. Routes that
// lead nowhere because their hop is gone are left out.
func Read(n *linux.Namespace) (Routes, error) {
	have, err := read(n)
	if err != nil {
		return nil, err
	}
	routes := Routes{}
	for _, r := range have.routes {
		if hop, ok := have.hops[r.Nexthop]; ok {
			routes[r.Prefix] = hopOf(hop)
		}
	}
	return routes, nil
}

// Apply makes the namespace's routes these and no others, changing only what
// differs. A prefix whose hop cannot be put has no route: a wrong one would
// lead to another customer. Every hop and route that was refused is in the
// joined error, and all others are in force.
func Apply(n *linux.Namespace, want Routes) error {
	have, err := read(n)
	if err != nil {
		return err
	}
	ids, surplus, err := ensureHops(n, want, have.hops)
	put, remove := difference(want, ids, surplus, have.routes)
	if len(put)+len(remove) > 0 {
		err = errors.Join(err, linux.ApplyRoutes(n, put, remove))
	}
	// Last, since it takes all remaining routes of the hop with it.
	for id := range surplus {
		err = errors.Join(err, linux.DeleteNexthop(n, id))
	}
	return err
}

// kernel is what is there.
type kernel struct {
	hops   map[uint32]linux.Nexthop
	routes []linux.Route
}

func read(n *linux.Namespace) (kernel, error) {
	hops, err := linux.Nexthops(n)
	if err != nil {
		return kernel{}, err
	}
	routes, err := linux.Routes(n)
	return kernel{hops, routes}, err
}

func hopOf(h linux.Nexthop) Hop { return Hop{Link: h.Link, Gateway: h.Gateway} }

// ensureHops gives every wanted hop a number, the one it has if it is there,
// and says which of those that are there nobody wants.
func ensureHops(n *linux.Namespace, want Routes, have map[uint32]linux.Nexthop) (ids map[hopKey]uint32, surplus map[uint32]bool, err error) {
	ids, surplus = map[hopKey]uint32{}, map[uint32]bool{}
	for id, hop := range have {
		surplus[id] = true
		if hop.Link != "" || hop.Blackhole { // else its link went away just now
			ids[keyOf(hopOf(hop), hop.IPv6)] = id
		}
	}
	next := uint32(1)
	for prefix, hop := range want {
		key := keyOf(hop, prefix.Addr().Is6())
		id, exists := ids[key]
		if !exists {
			for have[next].ID != 0 {
				next++
			}
			id = next
			next++
			err = errors.Join(err, putHop(n, ids, key, id))
			continue
		}
		delete(surplus, id)
	}
	return ids, surplus, err
}

// A hopKey is a hop and, where no gateway tells, the family it serves.
type hopKey struct {
	Hop
	ipv6 bool
}

func keyOf(hop Hop, ipv6 bool) hopKey { return hopKey{hop, ipv6 && !hop.Gateway.IsValid()} }

// putHop makes a hop. One that cannot be made has the number 0 from then on,
// so that it is tried once and not for each of its routes.
func putHop(n *linux.Namespace, ids map[hopKey]uint32, key hopKey, id uint32) error {
	ids[key] = 0
	err := linux.EnsureNexthop(n, linux.Nexthop{
		ID: id, Link: key.Link, Gateway: key.Gateway, Blackhole: key.Link == "", IPv6: key.ipv6,
	})
	if err != nil {
		return fmt.Errorf("route towards %s: %w", key.Hop, err)
	}
	ids[key] = id
	return nil
}

func (h Hop) String() string {
	switch {
	case h.Link == "":
		return "nowhere"
	case h.Gateway.IsValid():
		return h.Gateway.String() + " on " + h.Link
	}
	return h.Link
}

// difference is what to change. Routes of surplus hops are not removed one by
// one, since they go with the hop.
func difference(want Routes, ids map[hopKey]uint32, surplus map[uint32]bool, have []linux.Route) (put, remove []linux.Route) {
	right := map[netip.Prefix]bool{}
	for _, r := range have {
		hop, wanted := want[r.Prefix]
		id := ids[keyOf(hop, r.Prefix.Addr().Is6())]
		right[r.Prefix] = wanted && r == linux.Route{Prefix: r.Prefix, Nexthop: id}
		if (!wanted || id == 0) && !surplus[r.Nexthop] {
			remove = append(remove, r)
		}
	}
	for prefix, hop := range want {
		if id := ids[keyOf(hop, prefix.Addr().Is6())]; id != 0 && !right[prefix] {
			put = append(put, linux.Route{Prefix: prefix, Nexthop: id})
		}
	}
	return put, remove
}

// ApplyTo is Apply to a namespace by name. One that does not exist has no
// routes, which is not an error: whoever makes it sets them.
func ApplyTo(name string, want Routes) error {
	n, err := linux.OpenNamespace(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer n.Close()
	return Apply(n, want)
}
