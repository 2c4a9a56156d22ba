package transit

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// Accepted is the attachment after the Transit Gateway's owner took it up;
// what it is associated with is not its affair.
func Accepted(a demarc.TransitGatewayAttachment) (demarc.TransitGatewayAttachment, error) {
	if a.State != demarc.AttachmentPendingAcceptance {
		return a, stateForbids(kindAttachment, "%s is %s and waits for nobody to accept it", a.ID, a.State)
	}
	a.State = demarc.AttachmentAvailable
	return a, nil
}

// Rejected is the attachment after the Transit Gateway's owner refused it.
func Rejected(a demarc.TransitGatewayAttachment, now time.Time) (demarc.TransitGatewayAttachment, error) {
	if a.State != demarc.AttachmentPendingAcceptance {
		return a, stateForbids(kindAttachment, "%s is %s and waits for nobody to accept it", a.ID, a.State)
	}
	a.State, a.Deleted = demarc.AttachmentRejected, now
	return a, nil
}

// Accept takes up the VPC of another account, for the Transit Gateway's owner.
func Accept(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, error) {
	a, gw, err := offered(tx, by, id)
	if err != nil {
		return a, err
	}
	if a, err = Accepted(a); err != nil {
		return a, err
	}
	if a, err = takeUp(tx, gw, a); err != nil {
		return a, err
	}
	store.TransitGatewayAttachments.Put(tx, a)
	return a, nil
}

// Reject refuses the VPC of another account, for the Transit Gateway's owner.
func Reject(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayAttachmentID, now time.Time) (demarc.TransitGatewayAttachment, error) {
	a, _, err := offered(tx, by, id)
	if err != nil {
		return a, err
	}
	rejected, err := Rejected(a, now)
	if err != nil {
		return a, err
	}
	release(tx, a)
	store.TransitGatewayAttachments.Put(tx, rejected)
	return rejected, nil
}

// offered finds what the account, as the Transit Gateway's owner, may accept.
func offered(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, demarc.TransitGateway, error) {
	a, err := vpcAttachment(tx, by, id)
	if err != nil {
		return a, demarc.TransitGateway{}, err
	}
	gw, err := own(tx, by, a.TransitGateway)
	return a, gw, err
}

// vpcAttachment finds one of a VPC that the account may know of and that is
// not gone.
func vpcAttachment(r store.Reader, by demarc.AccountID, id demarc.TransitGatewayAttachmentID) (demarc.TransitGatewayAttachment, error) {
	a, ok := store.TransitGatewayAttachments.Get(r, string(id))
	if !ok || !a.VisibleTo(by) || a.Gone() || a.VPC == "" {
		return demarc.TransitGatewayAttachment{}, notFound(kindAttachment, string(id))
	}
	return a, nil
}

// DetachVPC deletes an attachment, for the owner of either end. Routes to it
// stay and lead nowhere.
func DetachVPC(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayAttachmentID, now time.Time) (demarc.TransitGatewayAttachment, error) {
	a, err := vpcAttachment(tx, by, id)
	if err != nil {
		return a, err
	}
	return end(tx, a, now), nil
}

func end(tx *store.Tx, a demarc.TransitGatewayAttachment, now time.Time) demarc.TransitGatewayAttachment {
	release(tx, a)
	a.State, a.Deleted, a.RouteTable, a.Propagating = demarc.AttachmentDeleted, now, "", nil
	store.TransitGatewayAttachments.Put(tx, a)
	return a
}

// AttachmentChanges are what may be changed of a VPC's attachment; nil leaves
// one as it is.
type AttachmentChanges struct {
	Add, Remove                           []demarc.SubnetID
	ApplianceMode, DNS, IPv6, GroupsNamed *bool
}

// ModifyAttachment changes an attachment, for the owner of the VPC.
func ModifyAttachment(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayAttachmentID, c AttachmentChanges) (demarc.TransitGatewayAttachment, error) {
	a, err := vpcAttachment(tx, by, id)
	if err != nil {
		return a, err
	}
	if a.Owner != by {
		return a, demarc.Errorf(demarc.Denied, "The VPC of %s belongs to account %s, which alone may change it", id, a.Owner).In(kindAttachment)
	}
	if a.State != demarc.AttachmentAvailable {
		return a, stateForbids(kindAttachment, "%s is %s and can be changed when it is available", id, a.State)
	}
	if a.Subnets, err = resubnet(tx, a, c); err != nil {
		return a, err
	}
	set(&a.Options.ApplianceMode, c.ApplianceMode)
	set(&a.Options.DNS, c.DNS)
	set(&a.Options.IPv6, c.IPv6)
	set(&a.Options.GroupReferences, c.GroupsNamed)
	store.TransitGatewayAttachments.Put(tx, a)
	return a, nil
}

// resubnet gives the subnets after the change, and moves the claims.
func resubnet(tx *store.Tx, a demarc.TransitGatewayAttachment, c AttachmentChanges) ([]demarc.SubnetID, error) {
	if len(c.Add) == 0 && len(c.Remove) == 0 {
		return a.Subnets, nil
	}
	left := slices.Clone(a.Subnets)
	for _, s := range c.Remove {
		i := slices.Index(left, s)
		if i < 0 {
			return a.Subnets, demarc.Errorf(demarc.Invalid, "subnet %s is not one of %s", s, a.ID).In("subnet")
		}
		left = slices.Delete(left, i, i+1)
		tx.Release(subnetClaim(a, s))
	}
	left = append(left, c.Add...)
	if err := distinctZones(tx, a.Owner, a.VPC, left); err != nil {
		return a.Subnets, err
	}
	return left, claimSubnets(tx, a, c.Add)
}
