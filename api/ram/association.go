package ram

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"demarc"
	"demarc/share"
	"demarc/store"
)

func associateResourceShare(c call, tx *store.Tx, in *sdk.AssociateResourceShareInput) (*sdk.AssociateResourceShareOutput, error) {
	changed, err := c.change(tx, share.Associate, in.ResourceShareArn, in.ResourceArns, in.Principals, in.Sources)
	if err != nil {
		return nil, err
	}
	return &sdk.AssociateResourceShareOutput{ClientToken: in.ClientToken, ResourceShareAssociations: changed}, nil
}

func disassociateResourceShare(c call, tx *store.Tx, in *sdk.DisassociateResourceShareInput) (*sdk.DisassociateResourceShareOutput, error) {
	changed, err := c.change(tx, share.Disassociate, in.ResourceShareArn, in.ResourceArns, in.Principals, in.Sources)
	if err != nil {
		return nil, err
	}
	return &sdk.DisassociateResourceShareOutput{ClientToken: in.ClientToken, ResourceShareAssociations: changed}, nil
}

// A changer is one of the room's functions that change who and what is in a
// share.
type changer func(*store.Tx, demarc.AccountID, demarc.ResourceShareID, share.Members, time.Time) (share.Changed, error)

func (c call) change(tx *store.Tx, do changer, name *string, resources, principals, sources []string) ([]types.ResourceShareAssociation, error) {
	if err := cmp.Or(lack("sources", len(sources) > 0), require("resourceArns or principals", len(resources)+len(principals) > 0)); err != nil {
		return nil, err
	}
	id, err := c.shareOf(tx, aws.ToString(name))
	if err != nil {
		return nil, err
	}
	members, err := c.members(tx, resources, principals)
	if err != nil {
		return nil, err
	}
	changed, err := do(tx, c.by, id, members, c.now)
	if err != nil {
		return nil, err
	}
	out := []types.ResourceShareAssociation{}
	for _, a := range changed.Resources {
		out = append(out, resourceOut(changed.Share, a))
	}
	for _, a := range changed.Principals {
		out = append(out, principalOut(changed.Share, a))
	}
	return out, nil
}

func resourceOut(s demarc.ResourceShare, a demarc.ShareAssociation) types.ResourceShareAssociation {
	out := associationOut(s, a)
	out.AssociatedEntity, out.AssociationType = aws.String(gatewayARN(s, a.Entity)), types.ResourceShareAssociationTypeResource
	return out
}

func principalOut(s demarc.ResourceShare, a demarc.ShareAssociation) types.ResourceShareAssociation {
	out := associationOut(s, a)
	out.AssociatedEntity, out.AssociationType = &a.Entity, types.ResourceShareAssociationTypePrincipal
	out.External = aws.Bool(true)
	if a.State == demarc.ShareFailed {
		out.StatusMessage = aws.String("The invitation was rejected, or nobody accepted it in time.")
	}
	return out
}

func associationOut(s demarc.ResourceShare, a demarc.ShareAssociation) types.ResourceShareAssociation {
	return types.ResourceShareAssociation{
		ResourceShareArn: aws.String(shareARN(s)), ResourceShareName: &s.Name, External: aws.Bool(false),
		Status:       types.ResourceShareAssociationStatus(strings.ToUpper(string(a.State))),
		CreationTime: &a.Created, LastUpdatedTime: &a.Updated,
	}
}

// getResourceShareAssociations shows those of the account's own shares.
func getResourceShareAssociations(c call, view *store.View, in *sdk.GetResourceShareAssociationsInput) (*sdk.GetResourceShareAssociationsOutput, error) {
	if err := checkAssociations(in); err != nil {
		return nil, err
	}
	own, err := picked(c.here(share.Owned(view, c.by)), in.ResourceShareArns)
	if err != nil {
		return nil, err
	}
	var all []types.ResourceShareAssociation
	for _, s := range own {
		all = append(all, associationsOf(s, in)...)
	}
	all = slices.DeleteFunc(all, func(a types.ResourceShareAssociation) bool {
		return in.AssociationStatus != "" && a.Status != in.AssociationStatus
	})
	slices.SortFunc(all, func(a, b types.ResourceShareAssociation) int {
		return strings.Compare(associationKey(a), associationKey(b))
	})
	part, next, err := page(c, all, associationKey, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.GetResourceShareAssociationsOutput{ResourceShareAssociations: append([]types.ResourceShareAssociation{}, part...), NextToken: next}, nil
}

// checkAssociations refuses a filter that the type of association does not
// have.
func checkAssociations(in *sdk.GetResourceShareAssociationsInput) error {
	switch in.AssociationType {
	case types.ResourceShareAssociationTypePrincipal:
		return lack("resourceArn with associationType PRINCIPAL", in.ResourceArn != nil)
	case types.ResourceShareAssociationTypeResource:
		return lack("principal with associationType RESOURCE", in.Principal != nil)
	}
	return refuse(invalidParameter, "associationType is PRINCIPAL or RESOURCE, not "+string(in.AssociationType))
}

func associationKey(a types.ResourceShareAssociation) string {
	return *a.ResourceShareArn + " " + *a.AssociatedEntity
}

// associationsOf are those of one share, of the type that is asked for.
func associationsOf(s demarc.ResourceShare, in *sdk.GetResourceShareAssociationsInput) (out []types.ResourceShareAssociation) {
	if in.AssociationType == types.ResourceShareAssociationTypePrincipal {
		for _, a := range s.Principals {
			if in.Principal == nil || a.Entity == *in.Principal {
				out = append(out, principalOut(s, a))
			}
		}
		return out
	}
	for _, a := range s.Resources {
		if in.ResourceArn == nil || gatewayARN(s, a.Entity) == *in.ResourceArn {
			out = append(out, resourceOut(s, a))
		}
	}
	return out
}
