package router

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	"demarc/agent/linux"
)

// Routes says for each prefix where it leads.
type Routes map[netip.Prefix]Hop

// Via are the prefixes that lead to a hop, alone or among others.
func (r Routes) Via(hop Hop) (prefixes []netip.Prefix) {
	for prefix, to := range r {
		if to == hop || to.spread != "" && slices.Contains(to.Each(), hop) {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// Tables are the routes of a namespace by table. Those of the main table are
// asked first; [linux.Rule] says who asks which of the others.
type Tables map[uint32]Routes

// Main is the number of the table that every packet is looked up in.
const Main uint32 = 0

// Via are the prefixes that lead to a hop in any of the tables, in order.
func (t Tables) Via(hop Hop) (prefixes []netip.Prefix) {
	for _, routes := range t {
		prefixes = append(prefixes, routes.Via(hop)...)
	}
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return slices.Compact(prefixes)
}

// Survey reads the routes of all namespaces whose name begins with prefix and
// is ours: what an earlier run left, and the kernel goes on doing. A name that
// a crash left without its namespace has no routes.
func Survey(prefix string, ours func(name string) bool) (map[string]Tables, error) {
	names, err := linux.ListNamespaces(prefix)
	if err != nil {
		return nil, err
	}
	found := map[string]Tables{}
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

func readNamed(name string) (Tables, error) {
	n, err := linux.OpenNamespace(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer n.Close()
	return ReadTables(n)
}

// Read returns the routes of the namespace's main table, of those that Apply
// made. Routes that lead nowhere because their hop is gone are left out.
func Read(n *linux.Namespace) (Routes, error) {
	tables, err := ReadTables(n)
	if err != nil || tables[Main] != nil {
		return tables[Main], err
	}
	return Routes{}, nil
}

// ReadTables is Read for all tables.
func ReadTables(n *linux.Namespace) (Tables, error) {
	have, err := read(n)
	if err != nil {
		return nil, err
	}
	tables := Tables{}
	for _, r := range have.routes {
		hop, ok := have.hop(r.Nexthop)
		if !ok {
			continue
		}
		if tables[r.Table] == nil {
			tables[r.Table] = Routes{}
		}
		tables[r.Table][r.Prefix] = hop
	}
	return tables, nil
}

// Bounds are how many octets a packet to a prefix may have, of those prefixes
// where it is fewer than the link takes. Nil is for a namespace that never has
// any.
type Bounds map[netip.Prefix]int

// Apply makes the namespace's routes these and no others, changing only what
// differs. A prefix whose hop cannot be put has no route: a wrong one would
// lead to another customer. Every hop and route that was refused is in the
// joined error, and all others are in force.
func Apply(n *linux.Namespace, want Routes) error {
	return ApplyTables(n, Tables{Main: want}, nil)
}

// ApplyTables is Apply for a namespace with several tables, with bounds for some
// of the routes.
func ApplyTables(n *linux.Namespace, want Tables, bounds map[uint32]Bounds) error {
	have, err := read(n)
	if err != nil {
		return err
	}
	numbers, surplus, err := ensureHops(n, want, have)
	put, remove := difference(want, bounds, numbers, surplus, have.routes)
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

// difference is what to change. Routes of surplus hops are not removed one by
// one, since they go with the hop.
func difference(want Tables, bounds map[uint32]Bounds, numbers numbers, surplus map[uint32]bool, have []linux.Route) (put, remove []linux.Route) {
	type place struct {
		table  uint32
		prefix netip.Prefix
	}
	right, wrong := make(map[place]bool, len(have)), -len(have)
	for _, r := range have {
		hop, wanted := want[r.Table][r.Prefix]
		id := numbers.of(hop, r.Prefix)
		right[place{r.Table, r.Prefix}] = wanted &&
			r == linux.Route{Table: r.Table, Prefix: r.Prefix, Nexthop: id, MTU: uint32(bounds[r.Table][r.Prefix])}
		if (!wanted || id == 0) && !surplus[r.Nexthop] {
			remove = append(remove, r)
		}
	}
	for _, routes := range want {
		wrong += len(routes)
	}
	put = make([]linux.Route, 0, max(0, wrong))
	for table, routes := range want {
		for prefix, hop := range routes {
			if right[place{table, prefix}] {
				continue
			}
			if id := numbers.of(hop, prefix); id != 0 {
				put = append(put, linux.Route{Table: table, Prefix: prefix, Nexthop: id, MTU: bounds[table].mtu(prefix)})
			}
		}
	}
	return put, remove
}

// mtu is what to say of a route; nothing where no route has a bound.
func (b Bounds) mtu(prefix netip.Prefix) uint32 {
	if bound := b[prefix]; bound != 0 || b == nil {
		return uint32(bound)
	}
	return linux.NoMTU
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
