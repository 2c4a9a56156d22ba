// Package connection orders, lights and deletes connections, and bundles them:
// the right to one port of one device, or to one tag on a partner's port, from
// the order to the end.
//
// It is not the fibre, which is the facility's, nor what runs on it, which are
// virtual interfaces. Another account's connection is answered exactly as one
// that does not exist. A hosted connection has two accounts that know of it:
// its customer, who owns it, and the partner that offered it.
//
// What carries something cannot be deleted. What it carries is read from the
// claims "vlan/<connection or LAG>/<tag>", not from the things on it: the store
// guards a range of claims, so an interface that is made at the same moment
// makes one of the two transactions run again. A tag is held by a virtual
// interface, or by a hosted connection on its partner's port.
//
// Members of a LAG are claims as well, "lag/<LAG>/<connection>", so that two
// that join or leave at one moment are counted one after the other. Virtual
// interfaces follow a connection into a LAG; since they are another room's,
// the whole of that act is vif.Join.
package connection
