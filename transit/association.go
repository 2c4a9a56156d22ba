package transit

import (
	"slices"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// attached finds a table of the account by and an attachment that is in use on
// the same Transit Gateway.
func attached(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, attachment demarc.TransitGatewayAttachmentID) (demarc.TransitRouteTable, demarc.TransitGatewayAttachment, error) {
	t, err := table(tx, by, id)
	if err != nil {
		return t, demarc.TransitGatewayAttachment{}, err
	}
	a, err := OwnAttachment(tx, by, attachment)
	switch {
	case err != nil:
	case a.TransitGateway != t.TransitGateway:
		err = demarc.Errorf(demarc.Invalid, "Route table %s and attachment %s belong to different Transit Gateways", id, attachment).In(kindAttachment)
	case a.State != demarc.AttachmentAvailable:
		err = stateForbids(kindAttachment, "%s is %s and can be used when it is available", attachment, a.State)
	}
	return t, a, err
}

// Associate has what comes from an attachment looked up in a table. It is one
// table at a time.
func Associate(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, attachment demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, error) {
	_, a, err := attached(tx, by, id, attachment)
	if err != nil {
		return a, err
	}
	if a.RouteTable != "" {
		return a, demarc.Errorf(demarc.Conflict, "Transit Gateway Attachment %s is already associated to a route table: %s", attachment, a.RouteTable).
			Coded(vpc.CodeTaken, "Disassociate it first").In(kindAssociation)
	}
	a.RouteTable = id
	store.TransitGatewayAttachments.Put(tx, a)
	return a, tx.Claim(tableClaim(a), string(a.ID))
}

// Disassociate ends an association: what comes from the attachment is dropped.
func Disassociate(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, attachment demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, error) {
	_, a, err := attached(tx, by, id, attachment)
	if err != nil {
		return a, err
	}
	if a.RouteTable != id {
		return a, demarc.Errorf(demarc.NotFound, "The attachment %s is not associated with route table %s", attachment, id).In(kindAssociation)
	}
	tx.Release(tableClaim(a))
	a.RouteTable = ""
	store.TransitGatewayAttachments.Put(tx, a)
	return a, nil
}

// Propagate lets the networks behind an attachment enter a table.
func Propagate(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, attachment demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, error) {
	t, a, err := attached(tx, by, id, attachment)
	if err != nil {
		return a, err
	}
	if slices.Contains(a.Propagating, id) {
		return a, demarc.Errorf(demarc.Conflict, "Propagation of %s to %s is already enabled", attachment, id).Coded(vpc.CodeExists, "").In(kindPropagation)
	}
	a.Propagating = append(slices.Clone(a.Propagating), id)
	store.TransitGatewayAttachments.Put(tx, a)
	store.TransitRouteTables.Put(tx, t) // as it is: whoever deletes it at once looks again who propagates to it
	return a, nil
}

// Withhold takes the networks behind an attachment out of a table.
func Withhold(tx *store.Tx, by demarc.AccountID, id demarc.TransitRouteTableID, attachment demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, error) {
	_, a, err := attached(tx, by, id, attachment)
	if err != nil {
		return a, err
	}
	if !slices.Contains(a.Propagating, id) {
		return a, demarc.Errorf(demarc.NotFound, "Propagation of %s to %s is not enabled", attachment, id).In(kindPropagation)
	}
	a = without(a, id)
	store.TransitGatewayAttachments.Put(tx, a)
	return a, nil
}

// Associated lists the attachments whose packets are looked up in a table.
func Associated(r store.Reader, t demarc.TransitRouteTable) []demarc.TransitGatewayAttachment {
	return on(r, t, func(a demarc.TransitGatewayAttachment) bool { return a.RouteTable == t.ID })
}

// Propagating lists the attachments whose networks enter a table.
func Propagating(r store.Reader, t demarc.TransitRouteTable) []demarc.TransitGatewayAttachment {
	return on(r, t, func(a demarc.TransitGatewayAttachment) bool { return slices.Contains(a.Propagating, t.ID) })
}

func on(r store.Reader, t demarc.TransitRouteTable, does func(demarc.TransitGatewayAttachment) bool) []demarc.TransitGatewayAttachment {
	all := slices.Collect(store.TransitGatewayAttachments.By(r, "transit-gateway", string(t.TransitGateway)))
	return slices.DeleteFunc(all, func(a demarc.TransitGatewayAttachment) bool { return a.Gone() || !does(a) })
}
