package gateway

import (
	"slices"
	"strings"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// Join puts a virtual interface onto a Direct Connect gateway of its owner's:
// only what one account has can meet there. The caller notes the gateway and
// its ASN in the interface. An interface of the other kind than the
// associations, a gateway with as many interfaces as it may have, and a
// customer's ASN equal to the gateway's are refused.
func Join(tx *store.Tx, v demarc.VirtualInterface, id demarc.DirectConnectGatewayID) (demarc.DirectConnectGateway, error) {
	gw, err := usable(tx, v.Owner, id)
	if err != nil {
		return demarc.DirectConnectGateway{}, err
	}
	for _, p := range v.Peers {
		if p.ASN == gw.ASN {
			return demarc.DirectConnectGateway{}, demarc.Errorf(demarc.Conflict, "the customer's ASN %d equals the ASN %d of gateway %s; a BGP session needs two", p.ASN, gw.ASN, id).
				Coded("E-ASN-EQUAL", "Choose a gateway with another ASN, or another customer ASN").In("directConnectGatewayId")
		}
	}
	if err := fits(tx, v, id); err != nil {
		return demarc.DirectConnectGateway{}, err
	}
	return gw, tx.Claim(onClaim(string(id), v.ID), string(v.ID))
}

// fits refuses what the gateway's quota, its associations or its other
// interfaces leave no place for.
func fits(tx *store.Tx, v demarc.VirtualInterface, id demarc.DirectConnectGatewayID) error {
	if n := len(holders(tx, onClaims(string(id)))); n >= account.Quotas(tx).GatewayInterfaces {
		return demarc.Errorf(demarc.Limit, "Direct Connect gateway %s has %d virtual interfaces, all that it may have", id, n).
			Coded("E-DXGW-LIMIT", "Use another gateway").In("directConnectGatewayId")
	}
	kind, why, settled := kindOf(tx, id)
	if settled && kind != interfaceKind(v.Type) {
		return mixed("Direct Connect gateway %s is for %s, since %s is on it", id, kind, why)
	}
	return nil
}

// Leave takes a virtual interface off its Direct Connect gateway. Leaving
// again, or without having joined, is not an error.
func Leave(tx *store.Tx, v demarc.VirtualInterface) {
	if v.DirectConnectGateway != "" {
		tx.Release(onClaim(string(v.DirectConnectGateway), v.ID))
	}
}

// interfaceKind is the kind of gateway that an interface of the type meets.
func interfaceKind(t demarc.VirtualInterfaceType) demarc.AssociatedGatewayType {
	if t == demarc.TransitVIF {
		return demarc.AssociatedTransitGateway
	}
	return demarc.AssociatedVirtualGateway
}

// kindOf says which kind of gateway a Direct Connect gateway is for, and
// because of whom; settled is false for one with nothing on it, which takes
// either.
func kindOf(tx *store.Tx, id demarc.DirectConnectGatewayID) (kind demarc.AssociatedGatewayType, why string, settled bool) {
	for name := range tx.Claims(associatedClaims(id)) {
		gateway := lastSegment(name)
		return typeOf(gateway), gateway, true
	}
	for name := range tx.Claims(onClaims(string(id))) {
		if v, ok := store.VirtualInterfaces.Get(tx, lastSegment(name)); ok {
			return interfaceKind(v.Type), string(v.ID), true
		}
	}
	return "", "", false
}

// typeOf tells the two kinds of gateway apart by their ids.
func typeOf(gateway string) demarc.AssociatedGatewayType {
	if strings.HasPrefix(gateway, "tgw-") {
		return demarc.AssociatedTransitGateway
	}
	return demarc.AssociatedVirtualGateway
}

func mixed(format string, args ...any) error {
	return demarc.Errorf(demarc.Conflict, format, args...).
		Coded("E-GATEWAY-MIXED", "Private interfaces meet virtual private gateways, transit interfaces Transit Gateways, each on a Direct Connect gateway of their own").In("directConnectGatewayId")
}

// Attachments lists what the account by may see of the interfaces on Direct
// Connect gateways: those on a gateway of its own, and its own interfaces.
// Either selector may be empty. What was deleted is not among them.
func Attachments(r store.Reader, by demarc.AccountID, on demarc.DirectConnectGatewayID, vif demarc.VirtualInterfaceID) []demarc.VirtualInterface {
	var all []demarc.VirtualInterface
	if vif != "" {
		if v, ok := store.VirtualInterfaces.Get(r, string(vif)); ok {
			all = append(all, v)
		}
	} else {
		all = slices.Collect(store.VirtualInterfaces.By(r, "direct-connect-gateway", string(on)))
	}
	return slices.DeleteFunc(all, func(v demarc.VirtualInterface) bool {
		// An interface on a gateway is its owner's, who also has the gateway.
		return v.Owner != by || v.DirectConnectGateway == "" || v.State.Gone() || on != "" && v.DirectConnectGateway != on
	})
}
