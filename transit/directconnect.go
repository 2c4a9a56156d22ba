package transit

import (
	"time"

	"demarc"
	"demarc/store"
)

// Join gives an association with a Direct Connect gateway its attachment, on
// the Transit Gateway's default tables. What is associated with a virtual
// private gateway has none.
func Join(tx *store.Tx, association demarc.GatewayAssociation, now time.Time) error {
	if association.Gateway.Type != demarc.AssociatedTransitGateway {
		return nil
	}
	gw, err := own(tx, association.Gateway.Owner, demarc.TransitGatewayID(association.Gateway.ID))
	if err != nil {
		return err
	}
	a, err := takeUp(tx, gw, demarc.TransitGatewayAttachment{
		ID: demarc.NewTransitGatewayAttachmentID(), TransitGateway: gw.ID, GatewayOwner: gw.Owner,
		DirectConnectGateway: association.DirectConnectGateway, Association: association.ID, Owner: association.Owner, Created: now,
	})
	if err != nil {
		return err
	}
	store.TransitGatewayAttachments.Put(tx, a)
	return nil
}

// Leave ends the attachment of an association that is gone; without one there
// is nothing to do.
func Leave(tx *store.Tx, association demarc.GatewayAssociation, now time.Time) {
	for a := range store.TransitGatewayAttachments.By(tx, "association", string(association.ID)) {
		if a, ok := store.TransitGatewayAttachments.Get(tx, string(a.ID)); ok && !a.Gone() { // unlike the list, guarded
			end(tx, a, now)
		}
	}
}

// Association finds the one that an attachment stands for; none for a VPC's,
// and for one that is gone.
func Association(r store.Reader, a demarc.TransitGatewayAttachment) (demarc.GatewayAssociation, bool) {
	if a.Association == "" || a.Gone() {
		return demarc.GatewayAssociation{}, false
	}
	return store.GatewayAssociations.Get(r, string(a.Association))
}
