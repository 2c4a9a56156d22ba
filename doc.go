// Package demarc is a Direct Connect: the demarcation point between a
// customer's own network and a managed cloud, and the system on both sides of
// it. This package holds the nouns and imports only the standard library; the
// folder named after a noun says what happens to it.
//
// # The story of a link
//
// A platform runs an [Environment] for a customer: a [VPC] with app hosts, an
// internet gateway with 0.0.0.0/0 in its route table, and a [VirtualGateway]
// for private lines. The customer wants one.
//
// It orders a [Connection] at a [Location]: one [Port] of one [Device] is now
// its own, and the letter of authority (LOA-CFA) lets the facility patch a
// [CrossConnect] from the customer's cage to that port. Light comes up, and
// the connection is available: a wire, nothing more.
//
// On the wire the customer asks for a [VirtualInterface]: one 802.1Q tag with
// one BGP session ([BGPPeer]) in it. Because the cloud side belongs to the
// platform, the customer allocates it to the platform's [Account]; it waits,
// confirming, until the platform accepts it onto its gateway. Then the edge
// makes it real, the customer pastes the router configuration, the session
// comes up, each side learns the other's prefixes, and a packet crosses.
//
// A [Link] is what the customer set out to get, and a [Case] is what one party
// asks of another on the way. A link's progress is never stored: it is read
// from the objects above each time, since a stored status lies after the
// first outage.
//
// # The map
//
// Rooms follow the cable and never look back: desk → gateway, vpc → vif →
// connection → facility → this package. The store keeps the nouns, the
// package intent says what one node must make true, and the packages under
// agent make it so. The package api is the front door.
package demarc
