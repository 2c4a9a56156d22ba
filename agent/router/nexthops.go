package router

import (
	"errors"
	"fmt"
	"net/netip"

	"demarc/agent/linux"
)

// hop is where a nexthop leads; false for one whose link went away just now.
func (k kernel) hop(id uint32) (Hop, bool) {
	hop, there := k.hops[id]
	if !there {
		return Hop{}, false
	}
	var members []Hop
	for _, member := range hop.Group {
		if m := k.hops[member]; m.Link != "" {
			members = append(members, Hop{Link: m.Link, Gateway: m.Gateway})
		}
	}
	if len(hop.Group) > 0 {
		return Spread(members...), len(members) > 0
	}
	return Hop{Link: hop.Link, Gateway: hop.Gateway}, hop.Link != "" || hop.Blackhole
}

// A hopKey is a hop and, where no gateway tells, the family it serves.
type hopKey struct {
	Hop
	ipv6 bool
}

func keyOf(hop Hop, ipv6 bool) hopKey {
	return hopKey{hop, ipv6 && !hop.Gateway.IsValid() && hop.spread == ""}
}

// numbers are the nexthops' ids by where they lead; 0 for what cannot be made.
type numbers map[hopKey]uint32

// of is the number for a route of the prefix.
func (n numbers) of(hop Hop, prefix netip.Prefix) uint32 { return n[keyOf(hop, prefix.Addr().Is6())] }

// A maker gives hops numbers, those that they have if they are there.
type maker struct {
	n       *linux.Namespace
	have    kernel
	numbers numbers
	surplus map[uint32]bool // there, and wanted by nobody so far
	next    uint32          // no lower one is free
	errs    []error
}

// ensureHops gives every wanted hop a number, and says which nexthops that are
// there nobody wants.
func ensureHops(n *linux.Namespace, want Tables, have kernel) (numbers, map[uint32]bool, error) {
	m := &maker{n: n, have: have, numbers: numbers{}, surplus: map[uint32]bool{}, next: 1}
	for id, nexthop := range have.hops {
		m.surplus[id] = true
		if hop, ok := have.hop(id); ok && (hop.spread != "" || len(nexthop.Group) == 0) {
			m.numbers[keyOf(hop, nexthop.IPv6)] = id
		}
	}
	done := map[hopKey]bool{}
	for _, routes := range want {
		for prefix, hop := range routes {
			if key := keyOf(hop, prefix.Addr().Is6()); !done[key] {
				done[key] = true
				m.ensure(key)
			}
		}
	}
	return m.numbers, m.surplus, errors.Join(m.errs...)
}

func (m *maker) ensure(key hopKey) {
	if key.spread == "" {
		m.one(key)
		return
	}
	m.several(key)
}

// one ensures a single hop. One that cannot be made has the number 0 from then
// on, so that it is tried once and not for each of its routes.
func (m *maker) one(key hopKey) uint32 {
	id, known := m.numbers[key]
	if known {
		delete(m.surplus, id)
		return id
	}
	m.put(key, linux.Nexthop{Link: key.Link, Gateway: key.Gateway, Blackhole: key.Link == "", IPv6: key.ipv6})
	return m.numbers[key]
}

// several ensures a group, of those hops that can be made.
func (m *maker) several(key hopKey) {
	var ids []uint32
	var good []Hop
	for _, hop := range key.Each() {
		if id := m.one(keyOf(hop, false)); id != 0 {
			ids, good = append(ids, id), append(good, hop)
		}
	}
	possible := keyOf(Spread(good...), false)
	switch {
	case len(good) == 0:
		m.numbers[key] = 0
		return
	case len(good) > 1:
		if id, known := m.numbers[possible]; known {
			delete(m.surplus, id)
		} else {
			m.put(possible, linux.Nexthop{Group: ids})
		}
	}
	m.numbers[key] = m.numbers[possible]
}

// put makes a nexthop with a number of its own.
func (m *maker) put(key hopKey, nexthop linux.Nexthop) {
	for m.have.hops[m.next].ID != 0 {
		m.next++
	}
	nexthop.ID = m.next
	m.next++
	m.numbers[key] = 0
	if err := linux.EnsureNexthop(m.n, nexthop); err != nil {
		m.errs = append(m.errs, fmt.Errorf("route towards %s: %w", key.Hop, err))
		return
	}
	m.numbers[key] = nexthop.ID
}
