// Package transit makes and unmakes Transit Gateways: routers of one region
// that join VPCs of several accounts with each other and with Direct Connect
// gateways, by route tables of their own.
//
// Routes are not kept here: those of a table follow from what was written into
// it, from which attachments propagate to it, and from what is behind those
// ([Routes]). The rule which of them is in use is package route's, so that
// whoever compiles a node's intent comes to the same end.
//
// What may surprise:
//   - A gateway's route tables, associations and propagations are its owner's
//     affair. An account that it is shared with attaches VPCs and sees only
//     those.
//   - An attachment to a Direct Connect gateway comes and goes with the
//     association, which package gateway makes. It is as far as that is.
//   - A static route to an attachment that is gone stays and drops packets.
//   - A prefix list in a table is one row, and as many routes as the list has
//     entries whenever somebody looks. Its row holds a claim on the list.
//   - Everything that is attached to a VPC or a subnet holds a claim under its
//     name, which package vpc reads before it deletes them.
package transit
