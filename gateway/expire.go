package gateway

import (
	"time"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

// batch is how many objects one [Expire] moves: a transaction has room for a
// few thousand keys. The next one moves the rest.
const batch = 500

// Expire does what is due at now: it settles associations, ends those whose
// gateway is gone, forgets proposals that have had their time, and removes
// Direct Connect gateways that were deleted. It writes nothing where nothing
// is due, and is safe to repeat.
func Expire(tx *store.Tx, now time.Time) error {
	left, leads := batch, leading(tx)
	for a := range store.GatewayAssociations.All(tx) {
		if left > 0 && settle(tx, a, lost(a.Gateway, leads), now) {
			left--
		}
	}
	for p := range store.GatewayAssociationProposals.All(tx) {
		if left > 0 && Over(p, now) {
			forget(tx, p)
			left--
		}
	}
	for gw := range store.DirectConnectGateways.All(tx) {
		if left > 0 && gw.State == demarc.DirectConnectGatewayDeleting {
			store.DirectConnectGateways.Delete(tx, string(gw.ID))
			left--
		}
	}
	return nil
}

// leading are the gateways that lead somewhere: virtual ones that are attached
// to a VPC, and Transit Gateways that are not deleted. The transaction does not
// guard them: there may be more than it has room for, and what changes
// meanwhile is seen the next time.
func leading(tx *store.Tx) map[string]bool {
	ids := map[string]bool{}
	for gw := range store.VirtualGateways.All(tx) {
		ids[string(gw.ID)] = gw.VPC != "" && !gw.Gone()
	}
	for gw := range store.TransitGateways.All(tx) {
		ids[string(gw.ID)] = gw.State != demarc.TransitGatewayDeleting && gw.State != demarc.TransitGatewayDeleted
	}
	return ids
}

// lost says why an association cannot go on; it is empty if it can.
func lost(far demarc.AssociatedGateway, leads map[string]bool) string {
	switch {
	case leads[far.ID]:
		return ""
	case far.Type == demarc.AssociatedTransitGateway:
		return "Transit gateway " + far.ID + " was deleted"
	}
	return "Virtual gateway " + far.ID + " is attached to no VPC any more"
}

// settle moves one association on, and reports whether there was anything to
// do. Why is the reason that it cannot go on; empty if it can.
func settle(tx *store.Tx, listed demarc.GatewayAssociation, why string, now time.Time) bool {
	ends := why != "" && listed.State != demarc.GatewayDisassociating
	if !ends && !Settles(listed, now) {
		return false
	}
	a, ok := store.GatewayAssociations.Get(tx, string(listed.ID)) // unlike the list, guarded
	if !ok {
		return false
	}
	if ends {
		store.GatewayAssociations.Put(tx, Ended(a, why, now))
		return true
	}
	if a, ok = Settled(a); ok {
		store.GatewayAssociations.Put(tx, a)
		return true
	}
	for _, name := range associationNames(a) {
		tx.Release(name)
	}
	store.GatewayAssociations.Delete(tx, string(a.ID))
	transit.Leave(tx, a, now)
	return true
}

// forget removes a proposal, and gives up its place if it still waited.
func forget(tx *store.Tx, listed demarc.GatewayAssociationProposal) {
	p, ok := store.GatewayAssociationProposals.Get(tx, string(listed.ID))
	if !ok {
		return
	}
	if p.State == demarc.ProposalRequested {
		tx.Release(proposalClaim(p))
	}
	store.GatewayAssociationProposals.Delete(tx, string(p.ID))
}
