package ram

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"demarc"
	"demarc/api/regional"
	"demarc/share"
	"demarc/store"
)

func createResourceShare(c call, tx *store.Tx, in *sdk.CreateResourceShareInput) (*sdk.CreateResourceShareOutput, error) {
	if err := cmp.Or(
		require("name", aws.ToString(in.Name) != ""), lack("sources", len(in.Sources) > 0),
		lack("resourceShareConfiguration", in.ResourceShareConfiguration != nil), onlyPermission(in.PermissionArns...),
	); err != nil {
		return nil, err
	}
	members, err := c.members(tx, in.ResourceArns, in.Principals)
	if err != nil {
		return nil, err
	}
	s, err := share.Create(tx, c.by, demarc.ResourceShare{
		Name: *in.Name, Region: c.scope.Region, External: in.AllowExternalPrincipals == nil || *in.AllowExternalPrincipals, Tags: tagsGiven(in.Tags),
	}, members, c.now)
	if err != nil {
		return nil, err
	}
	return &sdk.CreateResourceShareOutput{ClientToken: in.ClientToken, ResourceShare: c.shareOut(s)}, nil
}

// onlyPermission refuses every permission but the one there is.
func onlyPermission(permissions ...string) error {
	for _, p := range permissions {
		if p != permissionARN {
			return refuse(invalidParameter, "The permission "+p+" cannot be used: demarc has "+permissionARN)
		}
	}
	return nil
}

func (c call) shareOut(s demarc.ResourceShare) *types.ResourceShare {
	out := &types.ResourceShare{
		ResourceShareArn: aws.String(shareARN(s)), Name: &s.Name, OwningAccountId: aws.String(string(s.Owner)),
		AllowExternalPrincipals: &s.External, FeatureSet: types.ResourceShareFeatureSetStandard,
		Status: types.ResourceShareStatus(strings.ToUpper(string(s.State))), CreationTime: &s.Created, LastUpdatedTime: &s.Updated,
	}
	if s.Owner == c.by { // its tags are the owner's business
		out.Tags = tagsOut(s.Tags)
	}
	return out
}

func updateResourceShare(c call, tx *store.Tx, in *sdk.UpdateResourceShareInput) (*sdk.UpdateResourceShareOutput, error) {
	id, err := c.shareOf(tx, aws.ToString(in.ResourceShareArn))
	if err != nil {
		return nil, err
	}
	s, err := share.Update(tx, c.by, id, in.Name, in.AllowExternalPrincipals, c.now)
	if err != nil {
		return nil, err
	}
	return &sdk.UpdateResourceShareOutput{ClientToken: in.ClientToken, ResourceShare: c.shareOut(s)}, nil
}

func deleteResourceShare(c call, tx *store.Tx, in *sdk.DeleteResourceShareInput) (*sdk.DeleteResourceShareOutput, error) {
	id, err := c.shareOf(tx, aws.ToString(in.ResourceShareArn))
	if err != nil {
		return nil, err
	}
	if err := share.Delete(tx, c.by, id, c.now); err != nil {
		return nil, err
	}
	return &sdk.DeleteResourceShareOutput{ClientToken: in.ClientToken, ReturnValue: aws.Bool(true)}, nil
}

// shares are an account's own, or those of others that it has accepted.
func (c call) shares(r store.Reader, owner types.ResourceOwner) ([]demarc.ResourceShare, error) {
	switch owner {
	case types.ResourceOwnerSelf:
		return c.here(share.Owned(r, c.by)), nil
	case types.ResourceOwnerOtherAccounts:
		return c.here(share.Received(r, c.by)), nil
	}
	return nil, refuse(invalidParameter, "resourceOwner is SELF or OTHER-ACCOUNTS, not "+string(owner))
}

// picked are the shares that the ARNs name, each of which must be there; all
// of them where there is no ARN.
func picked(all []demarc.ResourceShare, arns []string) ([]demarc.ResourceShare, error) {
	if len(arns) == 0 {
		return all, nil
	}
	for _, text := range arns {
		_, id, err := parse(text, Name, shareKind)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(s demarc.ResourceShare) bool { return shareARN(s) == text }) {
			return nil, share.NotFound(demarc.ResourceShareID(id))
		}
	}
	return slices.DeleteFunc(all, func(s demarc.ResourceShare) bool { return !slices.Contains(arns, shareARN(s)) }), nil
}

func getResourceShares(c call, view *store.View, in *sdk.GetResourceSharesInput) (*sdk.GetResourceSharesOutput, error) {
	if err := cmp.Or(lack("permissionVersion", in.PermissionVersion != nil), onlyPermission(given(in.PermissionArn)...)); err != nil {
		return nil, err
	}
	all, err := c.shares(view, in.ResourceOwner)
	if err != nil {
		return nil, err
	}
	if all, err = picked(all, in.ResourceShareArns); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s demarc.ResourceShare) bool {
		out := c.shareOut(s)
		return in.Name != nil && s.Name != *in.Name || in.ResourceShareStatus != "" && out.Status != in.ResourceShareStatus || !tagsMatch(out.Tags, in.TagFilters)
	})
	part, next, err := page(c, all, shareARN, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &sdk.GetResourceSharesOutput{ResourceShares: []types.ResourceShare{}, NextToken: next}
	for _, s := range part {
		out.ResourceShares = append(out.ResourceShares, *c.shareOut(s))
	}
	return out, nil
}

// listResourceSharePermissions says the one permission of a share that has a
// Transit Gateway in it.
func listResourceSharePermissions(c call, view *store.View, in *sdk.ListResourceSharePermissionsInput) (*sdk.ListResourceSharePermissionsOutput, error) {
	all := c.here(append(share.Owned(view, c.by), share.Received(view, c.by)...))
	found, err := picked(all, []string{aws.ToString(in.ResourceShareArn)})
	if err != nil {
		return nil, err
	}
	out := &sdk.ListResourceSharePermissionsOutput{Permissions: []types.ResourceSharePermissionSummary{}}
	if s := found[0]; len(s.Shared()) > 0 {
		out.Permissions = append(out.Permissions, types.ResourceSharePermissionSummary{
			Arn: aws.String(permissionARN), Name: aws.String("AWSRAMDefaultPermissionTransitGateway"), Version: aws.String("1"),
			DefaultVersion: aws.Bool(true), IsResourceTypeDefault: aws.Bool(true), ResourceType: aws.String(gatewayType), Status: aws.String("ASSOCIATED"),
			PermissionType: types.PermissionTypeAwsManaged, FeatureSet: types.PermissionFeatureSetStandard,
			CreationTime: &s.Created, LastUpdatedTime: &s.Created,
		})
	}
	return out, nil
}

// given is a list of the text, or an empty one.
func given(text *string) []string {
	if text == nil {
		return nil
	}
	return []string{*text}
}

// here are those of the call's Region.
func (c call) here(all []demarc.ResourceShare) []demarc.ResourceShare {
	return regional.Only(c.scope, all, func(s demarc.ResourceShare) demarc.Region { return s.Region })
}
