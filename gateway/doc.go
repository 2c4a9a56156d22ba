// Package gateway keeps what private lines end at: virtual private gateways,
// and Direct Connect gateways with their associations and the proposals for
// them. Another account's gateway is answered exactly as one that does not
// exist.
//
// A Direct Connect gateway is in no packet's path. Virtual interfaces of its
// owner are put on it ([Join], called by package vif at acceptance), gateways
// of any account are associated with it, and what both sides learn of each
// other follows from the two. All of one Direct Connect gateway's associations
// are with one kind of gateway: virtual private gateways for private
// interfaces, Transit Gateways for transit ones.
//
// What must hold for several objects at once is held by claims, whose ranges a
// transaction guards: "associated/<Direct Connect gateway>/<gateway>" and the
// same the other way round as "association/<gateway>/<Direct Connect
// gateway>", both for the association, "gateway/<gateway>/<interface>" for the
// interface, and "proposal/<Direct Connect gateway>/<gateway>" for a proposal
// that waits.
//
// Nothing here waits. An association that was made, changed or ended is in the
// nodes' intents from the commit on; the states that say that we move next
// (associating, updating, disassociating, deleting) end at the next [Expire],
// which a clock calls.
package gateway
