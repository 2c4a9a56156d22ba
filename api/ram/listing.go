package ram

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"demarc"
	"demarc/store"
)

func resourceKey(r types.Resource) string { return *r.ResourceShareArn + " " + *r.Arn }

// resourcesOf are the resources that are in a share, sorted.
func resourcesOf(r store.Reader, s demarc.ResourceShare) []types.Resource {
	all := []types.Resource{}
	for _, a := range s.Resources {
		if a.State != demarc.ShareAssociated {
			continue
		}
		status := types.ResourceStatusAvailable
		if gw, there := store.TransitGateways.Get(r, a.Entity); !there || gw.Gone() {
			status = types.ResourceStatusUnavailable
		}
		all = append(all, types.Resource{
			Arn: aws.String(gatewayARN(s, a.Entity)), Type: aws.String(gatewayType), ResourceShareArn: aws.String(shareARN(s)),
			ResourceRegionScope: types.ResourceRegionScopeRegional, Status: status, CreationTime: &a.Created, LastUpdatedTime: &a.Updated,
		})
	}
	slices.SortFunc(all, func(a, b types.Resource) int { return strings.Compare(resourceKey(a), resourceKey(b)) })
	return all
}

func checkType(resourceType *string) error {
	if resourceType != nil && !strings.EqualFold(*resourceType, gatewayType) {
		return refuse("InvalidResourceTypeException", "The resource type "+*resourceType+" cannot be shared: "+gatewayType+" can")
	}
	return nil
}

// asked are the shares that a listing is about, of the caller's side of them.
func asked(c call, view *store.View, resourceType *string, side types.ResourceOwner, arns []string) ([]demarc.ResourceShare, error) {
	if err := checkType(resourceType); err != nil {
		return nil, err
	}
	all, err := c.shares(view, side)
	if err != nil {
		return nil, err
	}
	return picked(all, arns)
}

func listResources(c call, view *store.View, in *sdk.ListResourcesInput) (*sdk.ListResourcesOutput, error) {
	all, err := asked(c, view, in.ResourceType, in.ResourceOwner, in.ResourceShareArns)
	if err != nil {
		return nil, err
	}
	out := []types.Resource{}
	for _, s := range all {
		if in.Principal == nil || slices.ContainsFunc(principalsOf(c, s), func(p types.Principal) bool { return *p.Id == *in.Principal }) {
			out = append(out, resourcesOf(view, s)...)
		}
	}
	out = slices.DeleteFunc(out, func(r types.Resource) bool {
		return len(in.ResourceArns) > 0 && !slices.Contains(in.ResourceArns, *r.Arn) || in.ResourceRegionScope == types.ResourceRegionScopeFilterGlobal
	})
	slices.SortFunc(out, func(a, b types.Resource) int { return strings.Compare(resourceKey(a), resourceKey(b)) })
	part, next, err := page(c, out, resourceKey, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.ListResourcesOutput{Resources: part, NextToken: next}, nil
}

func principalKey(p types.Principal) string { return *p.ResourceShareArn + " " + *p.Id }

// principalsOf are the accounts that an owner shares with and, for one that it
// is shared with, the owner.
func principalsOf(c call, s demarc.ResourceShare) []types.Principal {
	if s.Owner != c.by {
		return []types.Principal{{
			Id: aws.String(string(s.Owner)), ResourceShareArn: aws.String(shareARN(s)), External: aws.Bool(true),
			CreationTime: &s.Created, LastUpdatedTime: &s.Updated,
		}}
	}
	var all []types.Principal
	for _, a := range s.Principals {
		if a.State == demarc.ShareAssociated {
			all = append(all, types.Principal{
				Id: &a.Entity, ResourceShareArn: aws.String(shareARN(s)), External: aws.Bool(true), CreationTime: &a.Created, LastUpdatedTime: &a.Updated,
			})
		}
	}
	return all
}

func listPrincipals(c call, view *store.View, in *sdk.ListPrincipalsInput) (*sdk.ListPrincipalsOutput, error) {
	all, err := asked(c, view, in.ResourceType, in.ResourceOwner, in.ResourceShareArns)
	if err != nil {
		return nil, err
	}
	out := []types.Principal{}
	for _, s := range all {
		if in.ResourceArn == nil || slices.ContainsFunc(resourcesOf(view, s), func(r types.Resource) bool { return *r.Arn == *in.ResourceArn }) {
			out = append(out, principalsOf(c, s)...)
		}
	}
	out = slices.DeleteFunc(out, func(p types.Principal) bool { return len(in.Principals) > 0 && !slices.Contains(in.Principals, *p.Id) })
	slices.SortFunc(out, func(a, b types.Principal) int { return strings.Compare(principalKey(a), principalKey(b)) })
	part, next, err := page(c, out, principalKey, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.ListPrincipalsOutput{Principals: part, NextToken: next}, nil
}
