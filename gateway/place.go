package gateway

import (
	"net/netip"

	"demarc"
	"demarc/account"
	"demarc/route"
	"demarc/store"
)

// place refuses an association for which a Direct Connect gateway has no
// place: because of what is on it, of what the other gateway is on already, or
// of a quota.
func place(tx *store.Tx, gw demarc.DirectConnectGateway, far end, allowed []netip.Prefix) error {
	if err := free(tx, gw.ID, far); err != nil {
		return err
	}
	if kind, why, settled := kindOf(tx, gw.ID); settled && kind != far.Type {
		return mixed("Direct Connect gateway %s is for %s, since %s is on it", gw.ID, kind, why)
	}
	others := beside(tx, gw.ID, "")
	quotas := account.Quotas(tx)
	if len(others) >= most(quotas, far.Type) {
		return demarc.Errorf(demarc.Limit, "Direct Connect gateway %s has %d associations, all that it may have", gw.ID, len(others)).
			Coded("E-DXGW-LIMIT", "Use another Direct Connect gateway").In("directConnectGatewayId")
	}
	if err := checkAllowed(quotas, far.AssociatedGateway, allowed, others); err != nil {
		return err
	}
	if far.Type == demarc.AssociatedTransitGateway {
		return distinctASN(tx, gw, far, others)
	}
	return distinctNetworks(tx, far, others)
}

// most is how many gateways of a kind may be on one Direct Connect gateway.
func most(q demarc.Quotas, kind demarc.AssociatedGatewayType) int {
	if kind == demarc.AssociatedTransitGateway {
		return q.GatewayTransitGateways
	}
	return q.GatewayVirtualGateways
}

// free refuses a gateway that is on this Direct Connect gateway already, or on
// as many as it may be: a virtual private gateway on one. Whose the others are
// is not said.
func free(tx *store.Tx, id demarc.DirectConnectGatewayID, far end) error {
	taken := 0
	for name := range tx.Claims(associationClaims(far.ID)) {
		if taken++; demarc.DirectConnectGatewayID(lastSegment(name)) == id {
			return demarc.Errorf(demarc.Conflict, "gateway %s is already associated with Direct Connect gateway %s", far.ID, id).
				Coded("E-ASSOCIATION-EXISTS", "Change the prefixes of that association, or wait until it is gone").In("gatewayId")
		}
	}
	switch {
	case far.Type == demarc.AssociatedVirtualGateway && taken > 0:
		return demarc.Errorf(demarc.Conflict, "virtual gateway %s is associated with another Direct Connect gateway; it can be with one", far.ID).
			Coded("E-ASSOCIATION-EXISTS", "Disassociate it there first").In("gatewayId")
	case far.Type == demarc.AssociatedTransitGateway && taken >= account.Quotas(tx).TransitGatewayGateways:
		return demarc.Errorf(demarc.Limit, "Transit gateway %s is associated with %d Direct Connect gateways, all that it may be", far.ID, taken).
			Coded("E-DXGW-LIMIT", "Disassociate it from one first").In("gatewayId")
	}
	return nil
}

// distinctASN refuses a Transit Gateway whose ASN is the Direct Connect
// gateway's, or that of another Transit Gateway on it: loop detection would
// drop routes between equal ones.
func distinctASN(tx *store.Tx, gw demarc.DirectConnectGateway, far end, others []demarc.GatewayAssociation) error {
	if far.asn == gw.ASN {
		return equalASN(far, string(gw.ID))
	}
	for _, other := range others {
		if t, ok := store.TransitGateways.Get(tx, other.Gateway.ID); ok && t.ASN == far.asn {
			return equalASN(far, other.Gateway.ID)
		}
	}
	return nil
}

func equalASN(far end, with string) error {
	return demarc.Errorf(demarc.Conflict, "the ASN %d of Transit gateway %s is also that of %s", far.asn, far.ID, with).
		Coded("E-ASN-EQUAL", "Use gateways with different ASNs").In("gatewayId")
}

// distinctNetworks refuses a VPC that shares addresses with another on the
// Direct Connect gateway: there would be two ways to one address. Whose the
// other is is not said to an account that may not see it.
func distinctNetworks(tx *store.Tx, far end, others []demarc.GatewayAssociation) error {
	for _, other := range others {
		gw, _ := store.VirtualGateways.Get(tx, other.Gateway.ID)
		if ours, _, found := route.Overlap(far.networks, networks(tx, gw.VPC)); found {
			return demarc.Errorf(demarc.Conflict, "the VPC of virtual gateway %s, %s, shares addresses with another VPC on the Direct Connect gateway", far.ID, ours).
				Coded("E-VPC-OVERLAP", "VPCs on one Direct Connect gateway need ranges of their own").In("gatewayId")
		}
	}
	return nil
}
