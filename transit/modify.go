package transit

import (
	"demarc"
	"demarc/store"
)

// Changes are what may be changed of a Transit Gateway; nil leaves one as it
// is.
type Changes struct {
	Description                           *string
	ASN                                   *demarc.ASN
	AutoAccept, DNS, VPNECMP, GroupsNamed *bool
	Association, Propagation              DefaultChange
}

// A DefaultChange switches a default on or off, or gives it another table.
type DefaultChange struct {
	On    *bool
	Table *demarc.TransitRouteTableID
}

// Modify changes a Transit Gateway of the account. Attachments that there are
// stay with their tables.
func Modify(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayID, c Changes) (demarc.TransitGateway, error) {
	gw, err := own(tx, by, id)
	if err != nil {
		return gw, err
	}
	if c.ASN != nil && *c.ASN != gw.ASN {
		if err := asnMayChange(tx, gw, *c.ASN); err != nil {
			return gw, err
		}
		gw.ASN = *c.ASN
	}
	if gw.AssociationTable, err = c.Association.apply(tx, gw, gw.AssociationTable); err != nil {
		return gw, err
	}
	if gw.PropagationTable, err = c.Propagation.apply(tx, gw, gw.PropagationTable); err != nil {
		return gw, err
	}
	set(&gw.Name, c.Description)
	set(&gw.Options.AutoAccept, c.AutoAccept)
	set(&gw.Options.DNS, c.DNS)
	set(&gw.Options.VPNECMP, c.VPNECMP)
	set(&gw.Options.GroupReferences, c.GroupsNamed)
	store.TransitGateways.Put(tx, gw)
	return gw, nil
}

func set[T any](member *T, to *T) {
	if to != nil {
		*member = *to
	}
}

// asnMayChange refuses another ASN while Direct Connect gateways are
// associated: theirs was compared with the one there is.
func asnMayChange(tx *store.Tx, gw demarc.TransitGateway, asn demarc.ASN) error {
	if err := checkASN(asn); err != nil {
		return err
	}
	for range tx.Claims(associationClaims(gw.ID)) {
		return stateForbids(kindGateway, "The ASN of %s cannot change while it is associated with a Direct Connect gateway", gw.ID)
	}
	return nil
}

// apply gives the default table after the change; empty for none.
func (c DefaultChange) apply(tx *store.Tx, gw demarc.TransitGateway, now demarc.TransitRouteTableID) (demarc.TransitRouteTableID, error) {
	switch {
	case c.On != nil && !*c.On:
		if c.Table != nil {
			return now, demarc.Errorf(demarc.Invalid, "A default that is disabled has no route table: %s", *c.Table).In(kindTable)
		}
		return "", nil
	case c.Table != nil:
		t, err := table(tx, gw.Owner, *c.Table)
		if err == nil && t.TransitGateway != gw.ID {
			err = demarc.Errorf(demarc.Invalid, "Route table %s is not one of %s", t.ID, gw.ID).In(kindTable)
		}
		return *c.Table, err
	case c.On != nil && now == "":
		return now, demarc.Errorf(demarc.Invalid, "A default that is enabled needs a route table: name one of %s", gw.ID).In(kindTable)
	}
	return now, nil
}
