// Package connection orders, lights and deletes connections: the right to one
// port of one device, from the order to the end.
//
// It is not the fibre, which is the facility's, nor what runs on it, which are
// virtual interfaces. Another account's connection is answered exactly as one
// that does not exist.
//
// A connection with interfaces on it cannot be deleted. Which there are is
// read from the claims "vlan/<connection>/<tag>", not from the interfaces: the
// store guards a range of claims, so an interface that is made at the same
// moment makes one of the two transactions run again.
package connection
