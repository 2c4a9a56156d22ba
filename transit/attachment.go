package transit

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// Attachments lists those that an account may know of, its own and those of
// its Transit Gateways, deleted ones too.
func Attachments(r store.Reader, by demarc.AccountID) []demarc.TransitGatewayAttachment {
	return slices.Collect(store.TransitGatewayAttachments.By(r, "account", string(by)))
}

// AttachVPC joins a VPC of the account by to a Transit Gateway that it may
// know of. There is one attachment between the two. On another account's
// gateway it waits to be accepted, unless that gateway takes everything.
func AttachVPC(tx *store.Tx, by demarc.AccountID, a demarc.TransitGatewayAttachment, now time.Time) (demarc.TransitGatewayAttachment, error) {
	gw, err := visible(tx, by, a.TransitGateway)
	if err != nil {
		return a, err
	}
	if _, err := vpc.Get(tx, by, a.VPC); err != nil {
		return a, err
	}
	if err := demarc.CheckCloudTags(a.Tags); err != nil {
		return a, err
	}
	if err := distinctZones(tx, by, a.VPC, a.Subnets); err != nil {
		return a, err
	}
	a.ID, a.Owner, a.GatewayOwner, a.Created = demarc.NewTransitGatewayAttachmentID(), by, gw.Owner, now
	if err := tx.Claim(attachedClaim(a), string(a.ID)); err != nil {
		return a, demarc.Errorf(demarc.Conflict, "%s already has a non-deleted attachment to VPC %s", a.TransitGateway, a.VPC).
			Coded(vpc.CodeTaken, "").In(kindAttachment)
	}
	if err := claimSubnets(tx, a, a.Subnets); err != nil {
		return a, err
	}
	if err := tx.Claim(vpcClaim(a), string(a.ID)); err != nil {
		return a, err
	}
	a.State = demarc.AttachmentPendingAcceptance
	if gw.Owner == by || gw.Options.AutoAccept {
		if a, err = takeUp(tx, gw, a); err != nil {
			return a, err
		}
	}
	store.TransitGatewayAttachments.Put(tx, a)
	return a, nil
}

// takeUp makes an attachment available, on the gateway's default tables.
func takeUp(tx *store.Tx, gw demarc.TransitGateway, a demarc.TransitGatewayAttachment) (demarc.TransitGatewayAttachment, error) {
	a.State, a.RouteTable = demarc.AttachmentAvailable, gw.AssociationTable
	if gw.PropagationTable != "" {
		a.Propagating = []demarc.TransitRouteTableID{gw.PropagationTable}
	}
	if a.RouteTable == "" {
		return a, nil
	}
	return a, tx.Claim(tableClaim(a), string(a.ID))
}

func attachedClaim(a demarc.TransitGatewayAttachment) string {
	return attachedClaims(a.TransitGateway) + string(a.VPC)
}

func vpcClaim(a demarc.TransitGatewayAttachment) string {
	return "vpc/" + string(a.VPC) + "/" + string(a.ID)
}

func subnetClaim(a demarc.TransitGatewayAttachment, s demarc.SubnetID) string {
	return "subnet/" + string(s) + "/" + string(a.ID)
}

func claimSubnets(tx *store.Tx, a demarc.TransitGatewayAttachment, subnets []demarc.SubnetID) error {
	for _, s := range subnets {
		if err := tx.Claim(subnetClaim(a, s), string(a.ID)); err != nil {
			return err
		}
	}
	return nil
}

// release gives up all that an attachment holds.
func release(tx *store.Tx, a demarc.TransitGatewayAttachment) {
	if a.VPC != "" {
		tx.Release(attachedClaim(a))
		tx.Release(vpcClaim(a))
	}
	for _, s := range a.Subnets {
		tx.Release(subnetClaim(a, s))
	}
	if a.RouteTable != "" {
		tx.Release(tableClaim(a))
	}
}

// distinctZones refuses no subnets, those of another VPC, and two in one zone.
func distinctZones(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, subnets []demarc.SubnetID) error {
	if len(subnets) == 0 {
		return demarc.Errorf(demarc.Invalid, "an attachment needs a subnet in each zone that is to reach the Transit Gateway").In("subnet")
	}
	zones := map[string]demarc.SubnetID{}
	for _, subnet := range subnets {
		s, ok := store.Subnets.Get(tx, string(subnet))
		if !ok || s.Owner != by {
			return notFound("subnet", string(subnet))
		}
		if s.VPC != id {
			return demarc.Errorf(demarc.Invalid, "subnet %s is not in VPC %s", subnet, id).In("subnet")
		}
		if other, taken := zones[s.Zone]; taken {
			return demarc.Errorf(demarc.Invalid, "subnets %s and %s are both in zone %s; an attachment has one in each", other, subnet, s.Zone).
				Coded(vpc.CodeTaken, "").In("zone")
		}
		zones[s.Zone] = subnet
	}
	return nil
}

// OwnAttachment finds one on a Transit Gateway of the account by that is not
// gone.
func OwnAttachment(r store.Reader, by demarc.AccountID, id demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, error) {
	a, ok := store.TransitGatewayAttachments.Get(r, string(id))
	if !ok || a.GatewayOwner != by || a.Gone() {
		return demarc.TransitGatewayAttachment{}, notFound(kindAttachment, string(id))
	}
	return a, nil
}
