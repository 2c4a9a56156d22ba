package gateway

import (
	"strings"

	"demarc"
)

func onClaims(gateway string) string { return "gateway/" + gateway + "/" }

func onClaim(gateway string, vif demarc.VirtualInterfaceID) string {
	return onClaims(gateway) + string(vif)
}

// associatedClaims begin the claims of all gateways on a Direct Connect
// gateway.
func associatedClaims(id demarc.DirectConnectGatewayID) string {
	return "associated/" + string(id) + "/"
}

// associationClaims begin the claims of all Direct Connect gateways that a
// gateway is on.
func associationClaims(gateway string) string { return "association/" + gateway + "/" }

// lastSegment is the id that a claim's name ends with.
func lastSegment(claim string) string { return claim[strings.LastIndexByte(claim, '/')+1:] }

// associationNames are the two claims of an association.
func associationNames(a demarc.GatewayAssociation) []string {
	return []string{
		associatedClaims(a.DirectConnectGateway) + a.Gateway.ID,
		associationClaims(a.Gateway.ID) + string(a.DirectConnectGateway),
	}
}

// proposalClaim is for the one proposal that waits between two gateways.
func proposalClaim(p demarc.GatewayAssociationProposal) string {
	return "proposal/" + string(p.DirectConnectGateway) + "/" + p.Gateway.ID
}

// ownedClaims are one for each Direct Connect gateway of an account. They come and
// go with what its quota counts.
func ownedClaims(by demarc.AccountID) string { return "gateways/" + string(by) + "/" }
