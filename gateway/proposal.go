package gateway

import (
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// A Proposal is what the owner of a gateway asks for.
type Proposal struct {
	DirectConnectGateway demarc.DirectConnectGatewayID
	// Owner is the account that is said to have the Direct Connect gateway.
	Owner   demarc.AccountID
	Gateway string
	// Allowed changes the prefixes of the association that there is, or makes
	// those of a new one.
	Allowed Edit
}

// Propose asks the owner of a Direct Connect gateway to associate it with a
// gateway of the account by, or to allow an association that there is other
// prefixes. It waits for [ProposalLasts]; one proposal between two gateways
// can wait at a time.
func Propose(tx *store.Tx, by demarc.AccountID, asked Proposal, now time.Time) (demarc.GatewayAssociationProposal, error) {
	far, err := ownEnd(tx, by, asked.Gateway) // first: who has none need not know of the other end
	if err != nil {
		return demarc.GatewayAssociationProposal{}, err
	}
	if _, err := usable(tx, asked.Owner, asked.DirectConnectGateway); err != nil {
		return demarc.GatewayAssociationProposal{}, unknownDirectConnect(asked.DirectConnectGateway) // its state is not the proposer's to know
	}
	p := demarc.GatewayAssociationProposal{
		ID: demarc.NewGatewayAssociationProposalID(), DirectConnectGateway: asked.DirectConnectGateway, Owner: asked.Owner,
		Gateway: far.AssociatedGateway, State: demarc.ProposalRequested, Created: now,
	}
	if p.Existing, p.Requested, err = proposed(tx, far, asked); err != nil {
		return demarc.GatewayAssociationProposal{}, err
	}
	if err := open(tx, p, now); err != nil {
		return demarc.GatewayAssociationProposal{}, err
	}
	store.GatewayAssociationProposals.Put(tx, p)
	return p, nil
}

// proposed are the prefixes before and after. Whether they go together with
// other gateways' is seen at the acceptance: the proposer may not know those.
func proposed(tx *store.Tx, far end, asked Proposal) (existing, requested []netip.Prefix, err error) {
	a, there := current(tx, asked.DirectConnectGateway, far.ID)
	if requested, err = asked.Allowed.apply(a.Allowed); err != nil {
		return nil, nil, err
	}
	if !there {
		if requested, err = far.defaulted(requested); err != nil {
			return nil, nil, err
		}
	}
	return a.Allowed, requested, checkAllowed(account.Quotas(tx), far.AssociatedGateway, requested, nil)
}

// current is the association of two gateways, if there is one.
func current(tx *store.Tx, id demarc.DirectConnectGatewayID, gateway string) (demarc.GatewayAssociation, bool) {
	for name, holder := range tx.Claims(associatedClaims(id)) {
		if lastSegment(name) == gateway {
			return store.GatewayAssociations.Get(tx, holder)
		}
	}
	return demarc.GatewayAssociation{}, false
}

// open claims the place of the one proposal that waits, from one that has had
// its time if need be.
func open(tx *store.Tx, p demarc.GatewayAssociationProposal, now time.Time) error {
	for _, holder := range tx.Claims(proposalClaim(p)) {
		waiting, _ := store.GatewayAssociationProposals.Get(tx, holder)
		if !Over(waiting, now) {
			return demarc.Errorf(demarc.Conflict, "proposal %s for the same gateways waits already", holder).
				Coded("E-PROPOSAL-DUPLICATE", "Delete it first").In("gatewayId")
		}
		forget(tx, waiting)
	}
	return tx.Claim(proposalClaim(p), string(p.ID))
}

// An Acceptance is the answer to a proposal.
type Acceptance struct {
	Proposal             demarc.GatewayAssociationProposalID
	DirectConnectGateway demarc.DirectConnectGatewayID
	// GatewayOwner is the account that is said to have proposed.
	GatewayOwner demarc.AccountID
	// Override replaces the prefixes that were proposed, if there are any.
	Override []string
}

// Accept agrees to a proposal for the owner of the Direct Connect gateway: the
// association is made, or changed, as if one account had both ends.
func Accept(tx *store.Tx, by demarc.AccountID, given Acceptance, now time.Time) (demarc.GatewayAssociation, error) {
	p, err := getProposal(tx, by, given.Proposal, now)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	if p.DirectConnectGateway != given.DirectConnectGateway || p.Gateway.Owner != given.GatewayOwner {
		return demarc.GatewayAssociation{}, unknownProposal(given.Proposal)
	}
	if p.Owner != by {
		return demarc.GatewayAssociation{}, demarc.Errorf(demarc.Denied, "proposal %s is to account %s, which alone can accept it", p.ID, p.Owner).
			Coded("E-PROPOSAL-DENIED", "").In("proposalId")
	}
	allowed, err := Edit{Add: given.Override}.apply(nil)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	if len(given.Override) == 0 {
		allowed = p.Requested
	}
	if p, err = Accepted(p, allowed, now); err != nil {
		return demarc.GatewayAssociation{}, err
	}
	tx.Release(proposalClaim(p))
	store.GatewayAssociationProposals.Put(tx, p)
	return agreed(tx, p, now)
}

// agreed does what a proposal asked for.
func agreed(tx *store.Tx, p demarc.GatewayAssociationProposal, now time.Time) (demarc.GatewayAssociation, error) {
	gw, err := usable(tx, p.Owner, p.DirectConnectGateway)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	far, err := ownEnd(tx, p.Gateway.Owner, p.Gateway.ID)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	if a, there := current(tx, gw.ID, far.ID); there {
		return reallow(tx, a, p.Requested, now)
	}
	return associate(tx, gw, far, p.Requested, now)
}

// Withdraw deletes a proposal: its proposer takes it back, or the other owner
// will not have it. One that was settled stays as it is.
func Withdraw(tx *store.Tx, by demarc.AccountID, id demarc.GatewayAssociationProposalID, now time.Time) (demarc.GatewayAssociationProposal, error) {
	p, err := getProposal(tx, by, id, now)
	if err != nil || p.State != demarc.ProposalRequested {
		return p, err
	}
	p = Withdrawn(p, now)
	tx.Release(proposalClaim(p))
	store.GatewayAssociationProposals.Put(tx, p)
	return p, nil
}

// Proposals lists those that the account by may see at now, in the order of
// their ids.
func Proposals(r store.Reader, by demarc.AccountID, s Selector, now time.Time) []demarc.GatewayAssociationProposal {
	all := slices.Collect(store.GatewayAssociationProposals.By(r, "account", string(by)))
	return slices.DeleteFunc(all, func(p demarc.GatewayAssociationProposal) bool {
		return Over(p, now) ||
			s.Proposal != "" && s.Proposal != p.ID ||
			s.DirectConnectGateway != "" && s.DirectConnectGateway != p.DirectConnectGateway ||
			s.Gateway != "" && s.Gateway != p.Gateway.ID
	})
}

func getProposal(r store.Reader, by demarc.AccountID, id demarc.GatewayAssociationProposalID, now time.Time) (demarc.GatewayAssociationProposal, error) {
	p, ok := store.GatewayAssociationProposals.Get(r, string(id))
	if !ok || !p.VisibleTo(by) || Over(p, now) {
		return demarc.GatewayAssociationProposal{}, unknownProposal(id)
	}
	return p, nil
}

// unknownProposal: AWS's clients match on "is not found".
func unknownProposal(id demarc.GatewayAssociationProposalID) error {
	return demarc.Errorf(demarc.NotFound, "Proposal with ID %s is not found", id).In("proposalId")
}
