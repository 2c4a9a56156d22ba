// Package vif makes, accepts and deletes virtual interfaces: one 802.1Q tag of
// a connection with one BGP session in it.
//
// It is not the session: whether that is up is seen by the edge and taken up
// by [Observe]. It builds private interfaces over IPv4 so far.
//
// What an interface holds is held by claims, until it is deleted or rejected:
//
//	vlan/<connection>/<tag>       the tag, one interface on each
//	peer/<connection>/<subnet>    the addresses of the session
//	gateway/<gateway>/<interface> its place on a gateway, from acceptance on
//
// An interface has up to two accounts that may see it: its owner, and the
// owner of the connection that it is on, who asked for it. To any third
// account it does not exist. The session's key is for the router at the
// connection's end, so only the connection's owner may read it: [MayConfigure].
package vif
