package vpc

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// TransitGateways lists the Transit Gateways that an account may know of,
// deleted ones too until [Expire] takes them away.
func TransitGateways(r store.Reader, by demarc.AccountID) []demarc.TransitGateway {
	return slices.Collect(store.TransitGateways.By(r, "account", string(by)))
}

// TransitAttachments lists an account's VPC attachments, deleted ones too.
func TransitAttachments(r store.Reader, by demarc.AccountID) []demarc.TransitGatewayAttachment {
	return transitAttachments.list(r, by)
}

// CreateTransitGateway makes a Transit Gateway. No ASN is the default one.
func CreateTransitGateway(tx *store.Tx, by demarc.AccountID, gw demarc.TransitGateway, now time.Time) (demarc.TransitGateway, error) {
	if gw.ASN == 0 {
		gw.ASN = demarc.DefaultGatewayASN
	}
	if !private(gw.ASN) {
		return gw, demarc.Errorf(demarc.Invalid, "The Amazon side ASN %d is not private: 64512 to 65534 or 4200000000 to 4294967294", gw.ASN).In("amazonSideAsn")
	}
	if err := demarc.CheckTags(gw.Tags); err != nil {
		return gw, err
	}
	gw.ID, gw.Owner, gw.State, gw.Created = demarc.NewTransitGatewayID(), by, demarc.TransitGatewayAvailable, now
	store.TransitGateways.Put(tx, gw)
	return gw, nil
}

// transitGateway finds one that the account may know of and that is available.
func transitGateway(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayID) (demarc.TransitGateway, error) {
	gw, ok := store.TransitGateways.Get(tx, string(id))
	if !ok || !gw.VisibleTo(by) || gw.State == demarc.TransitGatewayDeleted {
		return demarc.TransitGateway{}, notFound("transitGateway", string(id))
	}
	return gw, nil
}

// DeleteTransitGateway deletes a Transit Gateway of the account by that
// nothing is attached to and no Direct Connect gateway is associated with.
func DeleteTransitGateway(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayID, now time.Time) (demarc.TransitGateway, error) {
	gw, err := transitGateway(tx, by, id)
	if err != nil {
		return gw, err
	}
	if gw.Owner != by {
		return gw, demarc.Errorf(demarc.Denied, "Transit Gateway %s is shared with you by account %s, which alone may delete it", id, gw.Owner).In("transitGateway")
	}
	for _, claims := range []string{"transit-gateway/" + string(id) + "/", associationClaims(string(id))} {
		for _, what := range tx.Claims(claims) {
			return gw, attachedStill(string(id), what)
		}
	}
	gw.State, gw.Deleted = demarc.TransitGatewayDeleted, now
	store.TransitGateways.Put(tx, gw)
	return gw, nil
}

func attachedStill(id, what string) error {
	return demarc.Errorf(demarc.Conflict, "%s has non-deleted attachments: %s", id, what).Coded(CodeState, "Delete those first").In("transitGateway")
}

// AttachVPC joins a VPC of the account by to a Transit Gateway that it may
// know of. There is one attachment between the two.
func AttachVPC(tx *store.Tx, by demarc.AccountID, a demarc.TransitGatewayAttachment, now time.Time) (demarc.TransitGatewayAttachment, error) {
	if _, err := transitGateway(tx, by, a.TransitGateway); err != nil {
		return a, err
	}
	if _, err := vpcs.get(tx, by, string(a.VPC)); err != nil {
		return a, err
	}
	if err := demarc.CheckTags(a.Tags); err != nil {
		return a, err
	}
	if err := distinctZones(tx, by, a); err != nil {
		return a, err
	}
	a.ID, a.Owner, a.State, a.Created = demarc.NewTransitGatewayAttachmentID(), by, demarc.AttachmentAvailable, now
	if err := tx.Claim(attachmentClaim(a), string(a.ID)); err != nil {
		return a, demarc.Errorf(demarc.Conflict, "%s already has a non-deleted attachment to VPC %s", a.TransitGateway, a.VPC).
			Coded(CodeTaken, "").In("transitGatewayAttachment")
	}
	if err := tx.Claim(claim(a.VPC, string(a.ID)), string(a.ID)); err != nil {
		return a, err
	}
	for _, s := range a.Subnets {
		if err := tx.Claim(subnetClaim(s, string(a.ID)), string(a.ID)); err != nil {
			return a, err
		}
	}
	store.TransitGatewayAttachments.Put(tx, a)
	return a, nil
}

func attachmentClaim(a demarc.TransitGatewayAttachment) string {
	return "transit-gateway/" + string(a.TransitGateway) + "/" + string(a.VPC)
}

// distinctZones refuses subnets of another VPC, and two in one zone.
func distinctZones(tx *store.Tx, by demarc.AccountID, a demarc.TransitGatewayAttachment) error {
	if len(a.Subnets) == 0 {
		return demarc.Errorf(demarc.Invalid, "an attachment needs a subnet in each zone that is to reach the Transit Gateway").In("subnet")
	}
	zones := map[string]demarc.SubnetID{}
	for _, id := range a.Subnets {
		s, err := subnets.get(tx, by, string(id))
		if err != nil {
			return err
		}
		if s.VPC != a.VPC {
			return demarc.Errorf(demarc.Invalid, "subnet %s is not in VPC %s", id, a.VPC).In("subnet")
		}
		if other, taken := zones[s.Zone]; taken {
			return demarc.Errorf(demarc.Invalid, "subnets %s and %s are both in zone %s; an attachment has one in each", other, id, s.Zone).In("subnet")
		}
		zones[s.Zone] = id
	}
	return nil
}

// DetachVPC deletes an attachment. Routes to the Transit Gateway stay and lead
// nowhere.
func DetachVPC(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayAttachmentID, now time.Time) (demarc.TransitGatewayAttachment, error) {
	a, err := transitAttachments.get(tx, by, string(id))
	if err != nil || a.State == demarc.AttachmentDeleted {
		return a, notFound(transitAttachments.name, string(id))
	}
	tx.Release(attachmentClaim(a))
	tx.Release(claim(a.VPC, string(id)))
	for _, s := range a.Subnets {
		tx.Release(subnetClaim(s, string(id)))
	}
	a.State, a.Deleted = demarc.AttachmentDeleted, now
	store.TransitGatewayAttachments.Put(tx, a)
	return a, nil
}
