// Package device makes a Linux machine a Direct Connect router: ports with
// their tags on one side, gateways on the other, virtual interfaces between
// them, and the BGP that fills their routes.
//
//	home                    VIF's namespace              gateway's namespace          VPC's, on its host
//	port ─ tag ─ vi… ═════ vif0  sessions with  gw0 ════ v…  best of all VIFs  b… ════ g…
//	                             the customer                iBGP with VPC hosts
//
// A VIF, a port, a gateway and a backbone link are each a unit of work: it is
// looked at when its intent, its link or its sessions changed, and in a slow
// round anyway; what is there is compared with what should be, and corrected.
// No unit waits for another: what it needs and is not there yet makes it try
// again, and only it.
//
// The public network is a gateway as well, named "public": instead of VPC hosts
// it has the operator's routers, and customers are kept apart in it.
//
// It decides which of a customer's prefixes are accepted and which of several
// VIFs is used; it knows nothing of route tables, which are the VPC host's.
//
// What would surprise you:
//
//   - A customer cannot reach another through a gateway, since a VIF's
//     namespace has routes to its own customer and to the VPC only.
//   - After a restart nothing is taken down. What the kernel routes then
//     counts as learned until the session that taught it has said everything,
//     or for two minutes; and a neighbour is told nothing before that, since
//     our End-of-RIB would make it forget what we have not learned again yet.
//   - A port without light takes its VIFs' sessions down at once, as a router
//     does, and does not wait for the hold timer.
//   - BFD runs with a customer that has it, and waits for it to begin. A path
//     that BFD calls failed takes its session down at once and leaves nothing
//     stale; a neighbour that takes BFD out of service does not.
//   - A prefix that several VIFs of a gateway announce equally well leads to all
//     of them, each flow to one.
//   - A link that is made anew has the same name and is not the same link.
//     Sessions on it begin anew (router.Place).
package device
