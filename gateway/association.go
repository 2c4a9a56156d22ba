package gateway

import (
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/account"
	"demarc/store"
	"demarc/transit"
)

// Associate joins a gateway of the account by with a Direct Connect gateway of
// the same account; another account's is for [Propose]. Without prefixes a
// virtual private gateway's VPC is allowed as wide as it is; a Transit Gateway
// needs some. The association is associating until the next [Expire].
func Associate(tx *store.Tx, by demarc.AccountID, id demarc.DirectConnectGatewayID, gateway string, allowed []string, now time.Time) (demarc.GatewayAssociation, error) {
	gw, err := usable(tx, by, id)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	far, err := ownEnd(tx, by, gateway)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	prefixes, err := Edit{Add: allowed}.apply(nil)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	return associate(tx, gw, far, prefixes, now)
}

// associate makes an association whose two ends agree to it.
func associate(tx *store.Tx, gw demarc.DirectConnectGateway, far end, allowed []netip.Prefix, now time.Time) (demarc.GatewayAssociation, error) {
	allowed, err := far.defaulted(allowed)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	if err := place(tx, gw, far, allowed); err != nil {
		return demarc.GatewayAssociation{}, err
	}
	a := demarc.GatewayAssociation{
		ID: demarc.NewGatewayAssociationID(), DirectConnectGateway: gw.ID, Owner: gw.Owner,
		Gateway: far.AssociatedGateway, Allowed: allowed, State: demarc.GatewayAssociating, Created: now, Changed: now,
	}
	for _, name := range associationNames(a) {
		if err := tx.Claim(name, string(a.ID)); err != nil {
			return demarc.GatewayAssociation{}, err
		}
	}
	store.GatewayAssociations.Put(tx, a)
	return a, transit.Join(tx, a, now)
}

// defaulted is the list that an association begins with.
func (far end) defaulted(allowed []netip.Prefix) ([]netip.Prefix, error) {
	switch {
	case len(allowed) > 0:
		return allowed, nil
	case far.Type == demarc.AssociatedVirtualGateway:
		return far.networks, nil
	}
	return nil, demarc.Errorf(demarc.Invalid, "an association with a Transit Gateway needs at least one allowed prefix: they are what is advertised").
		Coded("E-ALLOWED-PREFIXES-EMPTY", "").In(addField)
}

// Reallow changes what an association lets through, for the owner of its
// Direct Connect gateway: it is updating until the next [Expire]. The other
// owner proposes.
func Reallow(tx *store.Tx, by demarc.AccountID, id demarc.GatewayAssociationID, edit Edit, now time.Time) (demarc.GatewayAssociation, error) {
	a, err := getAssociation(tx, by, id)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	if a.Owner != by {
		return demarc.GatewayAssociation{}, demarc.Errorf(demarc.Denied, "association %s is of a Direct Connect gateway of account %s, which alone can change its prefixes", id, a.Owner).
			Coded("E-ASSOCIATION-DENIED", "Propose the change").In("associationId")
	}
	allowed, err := edit.apply(a.Allowed)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	return reallow(tx, a, allowed, now)
}

func reallow(tx *store.Tx, a demarc.GatewayAssociation, allowed []netip.Prefix, now time.Time) (demarc.GatewayAssociation, error) {
	a, err := Updated(a, allowed, now)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	if err := checkAllowed(account.Quotas(tx), a.Gateway, allowed, beside(tx, a.DirectConnectGateway, a.ID)); err != nil {
		return demarc.GatewayAssociation{}, err
	}
	store.GatewayAssociations.Put(tx, a)
	return a, nil
}

// Disassociate ends an association for the owner of either end: it is
// disassociating until the next [Expire]. Ending it again is not an error.
func Disassociate(tx *store.Tx, by demarc.AccountID, id demarc.GatewayAssociationID, now time.Time) (demarc.GatewayAssociation, error) {
	a, err := getAssociation(tx, by, id)
	if err != nil {
		return demarc.GatewayAssociation{}, err
	}
	a = Ended(a, "", now)
	store.GatewayAssociations.Put(tx, a)
	return a, nil
}

// Between finds the association of two gateways that the account by may see.
func Between(r store.Reader, by demarc.AccountID, id demarc.DirectConnectGatewayID, gateway string) (demarc.GatewayAssociation, error) {
	for a := range store.GatewayAssociations.By(r, "gateway", gateway) {
		if a.DirectConnectGateway == id && a.VisibleTo(by) {
			return a, nil
		}
	}
	return demarc.GatewayAssociation{}, demarc.Errorf(demarc.NotFound, "Association of Direct Connect gateway %s with %s does not exist", id, gateway).In("virtualGatewayId")
}

// getAssociation answers as AWS's clients expect: they match on "does not
// exist".
func getAssociation(r store.Reader, by demarc.AccountID, id demarc.GatewayAssociationID) (demarc.GatewayAssociation, error) {
	a, ok := store.GatewayAssociations.Get(r, string(id))
	if !ok || !a.VisibleTo(by) {
		return demarc.GatewayAssociation{}, demarc.Errorf(demarc.NotFound, "Association with ID %s does not exist", id).In("associationId")
	}
	return a, nil
}

// A Selector narrows a list of associations or proposals; the zero value
// narrows nothing.
type Selector struct {
	Association          demarc.GatewayAssociationID
	Proposal             demarc.GatewayAssociationProposalID
	DirectConnectGateway demarc.DirectConnectGatewayID
	Gateway              string
}

// Associations lists those that the account by may see, in the order of their
// ids. A selector that nothing passes gives an empty list.
func Associations(r store.Reader, by demarc.AccountID, s Selector) []demarc.GatewayAssociation {
	all := slices.Collect(store.GatewayAssociations.By(r, "account", string(by)))
	return slices.DeleteFunc(all, func(a demarc.GatewayAssociation) bool {
		return s.Association != "" && s.Association != a.ID ||
			s.DirectConnectGateway != "" && s.DirectConnectGateway != a.DirectConnectGateway ||
			s.Gateway != "" && s.Gateway != a.Gateway.ID
	})
}

// beside lists the other associations of a Direct Connect gateway, as long as
// they hold their place.
func beside(tx *store.Tx, id demarc.DirectConnectGatewayID, without demarc.GatewayAssociationID) []demarc.GatewayAssociation {
	var all []demarc.GatewayAssociation
	for _, holder := range tx.Claims(associatedClaims(id)) {
		a, ok := store.GatewayAssociations.Get(tx, holder)
		if ok && a.ID != without {
			all = append(all, a)
		}
	}
	return all
}
