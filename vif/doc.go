// Package vif makes, accepts and deletes virtual interfaces: one 802.1Q tag of
// a connection with one BGP session in it.
//
// It is not the session: whether that is up is seen by the edge and taken up
// by [Observe].
//
// What an interface holds is held by claims, until it is deleted or rejected:
//
//	vlan/<connection>/<tag>       the tag, one interface on each
//	peer/<connection>/<subnet>    the addresses of a session, unless it was going
//	                              already when the interface came to the connection
//	asn/<connection>/<our ASN>/<ASN>  the ASNs of a session, from acceptance on
//	gateway/<gateway>/<interface> its place on a gateway, from acceptance on
//	pool/<connection or gateway>/<interface>/<IPv4>/<IPv6>  the prefixes that it
//	                              is allocated
//	rate/<connection>/<interface> its rate limiter, if it has one
//	announced/<prefix>/<interface>  what a public one announces
//
// An interface has up to two accounts that may see it: its owner, and the
// owner of the connection that it is on, who asked for it. To any third
// account it does not exist. Both see the keys of its sessions; the configuration
// of the router is for the connection's owner alone: [MayConfigure].
package vif
