// Package linux is the only place that speaks netlink: network namespaces,
// veth pairs, addresses, nexthops and routes, shaping, masquerading, and the
// hooks on which package vlan hangs its programs.
//
// It knows no connection, VIF or gateway. Functions take the state that should
// be and make it so; all of them may be repeated, and deleting what is gone is
// not an error. Nothing is remembered between calls except open sockets, so a
// restarted program carries on with what it finds.
//
// What would surprise you:
//
//   - A thread, not a process, is in a network namespace. Only [Namespace.Do]
//     moves one; everything else uses sockets that were opened inside. A
//     goroutine started by the function given to Do is not in the namespace.
//   - The kernel forgets a nexthop, with all its routes and without telling
//     anyone about the routes, when its link goes down or loses its carrier.
//     Put both again when the link returns.
//   - Interfaces made here have no IPv6 unless an IPv6 address is listed, and
//     then only the listed ones: a cable end must not chatter untagged
//     multicast, and a customer's router advertisement must not configure us.
//   - The neighbour table's size is one number for all namespaces
//     ([RaiseNeighbourLimits]).
//   - Interface names have at most 15 bytes; dots are allowed ("eth0.101").
package linux
