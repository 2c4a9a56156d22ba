package gateway

import (
	"net/netip"
	"time"

	"demarc"
)

// Updated takes up other prefixes. An association that nobody was told of yet
// stays associating.
func Updated(a demarc.GatewayAssociation, allowed []netip.Prefix, now time.Time) (demarc.GatewayAssociation, error) {
	switch a.State {
	case demarc.GatewayDisassociating:
		return a, demarc.Errorf(demarc.Conflict, "association %s is %s and can no longer be changed", a.ID, a.State).
			Coded("E-ASSOCIATION-STATE", "Associate the gateways again").In("associationId")
	case demarc.GatewayAssociated:
		a.State = demarc.GatewayUpdating
	}
	a.Allowed, a.StateChangeError, a.Changed = allowed, "", now
	return a, nil
}

// Ended takes up that an association is no longer wanted, or cannot go on; why
// says so, and is empty for the former. Ending it again changes nothing.
func Ended(a demarc.GatewayAssociation, why string, now time.Time) demarc.GatewayAssociation {
	if a.State != demarc.GatewayDisassociating {
		a.State, a.StateChangeError, a.Changed = demarc.GatewayDisassociating, why, now
	}
	return a
}

// Settles reports whether an association has something to settle at now. What
// was asked for at the same moment is left to be seen until a later one.
func Settles(a demarc.GatewayAssociation, now time.Time) bool {
	return a.State != demarc.GatewayAssociated && !now.Equal(a.Changed)
}

// Settled takes up that the nodes' intents have what was asked for. It is
// false for an association that is to be no more.
func Settled(a demarc.GatewayAssociation) (demarc.GatewayAssociation, bool) {
	switch a.State {
	case demarc.GatewayAssociating, demarc.GatewayUpdating:
		a.State = demarc.GatewayAssociated
	case demarc.GatewayDisassociating:
		return a, false
	}
	return a, true
}

// AWS's times for proposals.
const (
	ProposalLasts  = 7 * 24 * time.Hour // how long one waits to be accepted
	ProposalListed = 3 * 24 * time.Hour // how long one is still shown that was accepted or deleted
)

// Over reports whether a proposal has had its time and is to be seen no more.
func Over(p demarc.GatewayAssociationProposal, now time.Time) bool {
	if p.State == demarc.ProposalRequested {
		return !now.Before(p.Created.Add(ProposalLasts))
	}
	return !now.Before(p.Settled.Add(ProposalListed))
}

// Accepted takes up that the owner of the Direct Connect gateway agrees, to
// these prefixes.
func Accepted(p demarc.GatewayAssociationProposal, allowed []netip.Prefix, now time.Time) (demarc.GatewayAssociationProposal, error) {
	if p.State != demarc.ProposalRequested {
		return p, demarc.Errorf(demarc.Conflict, "proposal %s is %s and can no longer be accepted", p.ID, p.State).
			Coded("E-PROPOSAL-STATE", "Propose it again").In("proposalId")
	}
	p.State, p.Requested, p.Settled = demarc.ProposalAccepted, allowed, now
	return p, nil
}

// Withdrawn takes up that a proposal is no longer wanted. One that was settled
// stays as it is.
func Withdrawn(p demarc.GatewayAssociationProposal, now time.Time) demarc.GatewayAssociationProposal {
	if p.State == demarc.ProposalRequested {
		p.State, p.Settled = demarc.ProposalDeleted, now
	}
	return p
}
