package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

func createDirectConnectGatewayAssociationProposal(c call, tx *store.Tx, in *dx.CreateDirectConnectGatewayAssociationProposalInput) (*dx.CreateDirectConnectGatewayAssociationProposalOutput, error) {
	err := require(given("directConnectGatewayId", in.DirectConnectGatewayId),
		given("directConnectGatewayOwnerAccount", in.DirectConnectGatewayOwnerAccount), given("gatewayId", in.GatewayId))
	if err != nil {
		return nil, err
	}
	p, err := gateway.Propose(tx, c.by, gateway.Proposal{
		DirectConnectGateway: demarc.DirectConnectGatewayID(*in.DirectConnectGatewayId),
		Owner:                demarc.AccountID(*in.DirectConnectGatewayOwnerAccount),
		Gateway:              *in.GatewayId,
		Allowed: gateway.Edit{
			Add:    prefixesGiven(in.AddAllowedPrefixesToDirectConnectGateway),
			Remove: prefixesGiven(in.RemoveAllowedPrefixesToDirectConnectGateway),
		},
	}, c.now)
	return &dx.CreateDirectConnectGatewayAssociationProposalOutput{DirectConnectGatewayAssociationProposal: proposalShape(p)}, err
}

func acceptDirectConnectGatewayAssociationProposal(c call, tx *store.Tx, in *dx.AcceptDirectConnectGatewayAssociationProposalInput) (*dx.AcceptDirectConnectGatewayAssociationProposalOutput, error) {
	err := require(given("directConnectGatewayId", in.DirectConnectGatewayId), given("proposalId", in.ProposalId),
		given("associatedGatewayOwnerAccount", in.AssociatedGatewayOwnerAccount))
	if err != nil {
		return nil, err
	}
	a, err := gateway.Accept(tx, c.by, gateway.Acceptance{
		Proposal:             demarc.GatewayAssociationProposalID(*in.ProposalId),
		DirectConnectGateway: demarc.DirectConnectGatewayID(*in.DirectConnectGatewayId),
		GatewayOwner:         demarc.AccountID(*in.AssociatedGatewayOwnerAccount),
		Override:             prefixesGiven(in.OverrideAllowedPrefixesToDirectConnectGateway),
	}, c.now)
	return &dx.AcceptDirectConnectGatewayAssociationProposalOutput{DirectConnectGatewayAssociation: associationShape(a)}, err
}

func deleteDirectConnectGatewayAssociationProposal(c call, tx *store.Tx, in *dx.DeleteDirectConnectGatewayAssociationProposalInput) (*dx.DeleteDirectConnectGatewayAssociationProposalOutput, error) {
	if err := require(given("proposalId", in.ProposalId)); err != nil {
		return nil, err
	}
	p, err := gateway.Withdraw(tx, c.by, demarc.GatewayAssociationProposalID(*in.ProposalId), c.now)
	return &dx.DeleteDirectConnectGatewayAssociationProposalOutput{DirectConnectGatewayAssociationProposal: proposalShape(p)}, err
}

func describeDirectConnectGatewayAssociationProposals(c call, view *store.View, in *dx.DescribeDirectConnectGatewayAssociationProposalsInput) (*dx.DescribeDirectConnectGatewayAssociationProposalsOutput, error) {
	all := gateway.Proposals(view, c.by, gateway.Selector{
		Proposal:             demarc.GatewayAssociationProposalID(text(in.ProposalId)),
		DirectConnectGateway: demarc.DirectConnectGatewayID(text(in.DirectConnectGatewayId)),
		Gateway:              text(in.AssociatedGatewayId),
	}, c.now)
	all, next, err := page(c, all, func(p demarc.GatewayAssociationProposal) string { return string(p.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.DescribeDirectConnectGatewayAssociationProposalsOutput{DirectConnectGatewayAssociationProposals: []types.DirectConnectGatewayAssociationProposal{}, NextToken: next}
	for _, p := range all {
		out.DirectConnectGatewayAssociationProposals = append(out.DirectConnectGatewayAssociationProposals, *proposalShape(p))
	}
	return out, nil
}

func proposalShape(p demarc.GatewayAssociationProposal) *types.DirectConnectGatewayAssociationProposal {
	return &types.DirectConnectGatewayAssociationProposal{
		ProposalId:                       aws.String(string(p.ID)),
		ProposalState:                    types.DirectConnectGatewayAssociationProposalState(p.State),
		DirectConnectGatewayId:           aws.String(string(p.DirectConnectGateway)),
		DirectConnectGatewayOwnerAccount: aws.String(string(p.Owner)),
		AssociatedGateway:                associatedShape(p.Gateway),
		ExistingAllowedPrefixesToDirectConnectGateway:  prefixShapes(p.Existing),
		RequestedAllowedPrefixesToDirectConnectGateway: prefixShapes(p.Requested),
	}
}
