package directconnect

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/api/regional"
	"demarc/resiliency"
	"demarc/store"
)

func createResiliencyGroup(c call, tx *store.Tx, in *dx.CreateResiliencyGroupInput) (*dx.CreateResiliencyGroupOutput, error) {
	err := require(given("resiliencyGroupName", in.ResiliencyGroupName), member{"intendedResiliencyModel", in.IntendedResiliencyModel != ""})
	if err != nil {
		return nil, err
	}
	g, err := resiliency.Create(tx, c.by, resiliency.New{
		Name: *in.ResiliencyGroupName, Model: demarc.ResiliencyModel(in.IntendedResiliencyModel), Region: regionOf(c, tx), Tags: tagsGiven(in.Tags),
	}, c.now)
	return &dx.CreateResiliencyGroupOutput{ResiliencyGroup: groupShape(g)}, err
}

// regionOf is the Region of a call, or the one of a site, that of all its
// locations.
func regionOf(c call, r store.Reader) demarc.Region {
	if !c.scope.All() {
		return c.scope.Region
	}
	for l := range store.Locations.All(r) {
		return l.Region
	}
	return ""
}

func regionOfGroup(g demarc.ResiliencyGroup) demarc.Region { return g.Region }

func getResiliencyGroup(c call, view *store.View, in *dx.GetResiliencyGroupInput) (*dx.GetResiliencyGroupOutput, error) {
	if err := require(given("resiliencyGroupId", in.ResiliencyGroupId)); err != nil {
		return nil, err
	}
	g, err := resiliency.Get(view, c.by, demarc.ResiliencyGroupID(*in.ResiliencyGroupId), c.now)
	return &dx.GetResiliencyGroupOutput{ResiliencyGroup: groupShape(g)}, err
}

func updateResiliencyGroup(c call, tx *store.Tx, in *dx.UpdateResiliencyGroupInput) (*dx.UpdateResiliencyGroupOutput, error) {
	if err := require(given("resiliencyGroupId", in.ResiliencyGroupId), given("resiliencyGroupName", in.ResiliencyGroupName)); err != nil {
		return nil, err
	}
	g, err := resiliency.Rename(tx, c.by, demarc.ResiliencyGroupID(*in.ResiliencyGroupId), *in.ResiliencyGroupName, c.now)
	return &dx.UpdateResiliencyGroupOutput{ResiliencyGroup: groupShape(g)}, err
}

func deleteResiliencyGroup(c call, tx *store.Tx, in *dx.DeleteResiliencyGroupInput) (*dx.DeleteResiliencyGroupOutput, error) {
	if err := require(given("resiliencyGroupId", in.ResiliencyGroupId)); err != nil {
		return nil, err
	}
	g, err := resiliency.Delete(tx, c.by, demarc.ResiliencyGroupID(*in.ResiliencyGroupId), c.now)
	return &dx.DeleteResiliencyGroupOutput{ResiliencyGroup: groupShape(g)}, err
}

func listResiliencyGroups(c call, view *store.View, in *dx.ListResiliencyGroupsInput) (*dx.ListResiliencyGroupsOutput, error) {
	groups, next, err := page(c, regional.Only(c.scope, resiliency.List(view, c.by, c.now), regionOfGroup), func(g demarc.ResiliencyGroup) string { return string(g.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.ListResiliencyGroupsOutput{Items: []types.ResiliencyGroupSummary{}, NextToken: next}
	for _, g := range groups {
		s := groupShape(g)
		out.Items = append(out.Items, types.ResiliencyGroupSummary{
			OwnerAccount: s.OwnerAccount, ResiliencyGroupArn: s.ResiliencyGroupArn, ResiliencyGroupId: s.ResiliencyGroupId,
			ResiliencyGroupName: s.ResiliencyGroupName, ResiliencyGroupType: s.ResiliencyGroupType, State: s.State,
		})
	}
	return out, nil
}

func listResiliencyGroupAssociations(c call, view *store.View, in *dx.ListResiliencyGroupAssociationsInput) (*dx.ListResiliencyGroupAssociationsOutput, error) {
	if err := require(given("resiliencyGroupId", in.ResiliencyGroupId)); err != nil {
		return nil, err
	}
	g, err := resiliency.Get(view, c.by, demarc.ResiliencyGroupID(*in.ResiliencyGroupId), c.now)
	if err != nil {
		return nil, err
	}
	ids, next, err := page(c, resiliency.Members(view, g), func(id demarc.ConnectionID) string { return string(id) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	return &dx.ListResiliencyGroupAssociationsOutput{Items: associationsOf(g, ids, types.ResiliencyGroupAssociationStateAssociated), NextToken: next}, nil
}

func associateConnectionsToResiliencyGroup(c call, tx *store.Tx, in *dx.AssociateConnectionsToResiliencyGroupInput) (*dx.AssociateConnectionsToResiliencyGroupOutput, error) {
	ids, err := groupMembersGiven(c, regionOf(c, tx), in.ResiliencyGroupId, in.ConnectionIdentifiers)
	if err != nil {
		return nil, err
	}
	g, err := resiliency.Associate(tx, c.by, demarc.ResiliencyGroupID(*in.ResiliencyGroupId), ids, c.now)
	return &dx.AssociateConnectionsToResiliencyGroupOutput{
		ResiliencyGroupAssociations: associationsOf(g, ids, types.ResiliencyGroupAssociationStateAssociated),
	}, err
}

func disassociateConnectionsFromResiliencyGroup(c call, tx *store.Tx, in *dx.DisassociateConnectionsFromResiliencyGroupInput) (*dx.DisassociateConnectionsFromResiliencyGroupOutput, error) {
	ids, err := groupMembersGiven(c, regionOf(c, tx), in.ResiliencyGroupId, in.ConnectionIdentifiers)
	if err != nil {
		return nil, err
	}
	g, err := resiliency.Disassociate(tx, c.by, demarc.ResiliencyGroupID(*in.ResiliencyGroupId), ids, c.now)
	return &dx.DisassociateConnectionsFromResiliencyGroupOutput{
		ResiliencyGroupAssociations: associationsOf(g, ids, types.ResiliencyGroupAssociationStateDisassociated),
	}, err
}

// groupMembersGiven reads connections that are named by id or by ARN, each once.
// An ARN of another account or place names nothing that there is.
func groupMembersGiven(c call, region demarc.Region, group *string, identifiers []string) ([]demarc.ConnectionID, error) {
	if err := require(given("resiliencyGroupId", group), member{"connectionIdentifiers", len(identifiers) > 0}); err != nil {
		return nil, err
	}
	if n := len(identifiers); n > resiliency.MaxAtOnce {
		return nil, demarc.Errorf(demarc.Invalid, "%d connections were named; a call takes 1 to %d", n, resiliency.MaxAtOnce).In("connectionIdentifiers")
	}
	var ids []demarc.ConnectionID
	for _, name := range identifiers {
		if parsed, err := arn.Parse(name); err == nil {
			id, found := strings.CutPrefix(parsed.Resource, "dxcon/")
			if !found || name != arnOf(region, c.by, parsed.Resource) {
				return nil, demarc.Errorf(demarc.NotFound, "Could not find Connection with ID %s", name).In("connectionIdentifiers")
			}
			name = id
		}
		if !slices.Contains(ids, demarc.ConnectionID(name)) {
			ids = append(ids, demarc.ConnectionID(name))
		}
	}
	return ids, nil
}

func groupShape(g demarc.ResiliencyGroup) *types.ResiliencyGroup {
	return &types.ResiliencyGroup{
		OwnerAccount:        aws.String(string(g.Owner)),
		ResiliencyGroupArn:  aws.String(arnOf(g.Region, g.Owner, "dxrg/"+string(g.ID))),
		ResiliencyGroupId:   aws.String(string(g.ID)),
		ResiliencyGroupName: aws.String(g.Name),
		ResiliencyGroupType: types.ResiliencyGroupTypeManaged,
		State:               types.ResiliencyGroupState(g.State),
		Tags:                tagShapes(g.Tags),
	}
}

func associationsOf(g demarc.ResiliencyGroup, ids []demarc.ConnectionID, state types.ResiliencyGroupAssociationState) []types.ResiliencyGroupAssociation {
	out := []types.ResiliencyGroupAssociation{}
	for _, id := range ids {
		out = append(out, types.ResiliencyGroupAssociation{
			ConnectionArn:     aws.String(arnOf(g.Region, g.Owner, "dxcon/"+string(id))),
			ResiliencyGroupId: aws.String(string(g.ID)),
			State:             state,
		})
	}
	return out
}

// partition is the one that a site is in, by its ARNs.
const partition = "aws"

func arnOf(region demarc.Region, owner demarc.AccountID, resource string) string {
	return arn.ARN{Partition: partition, Service: Name, Region: string(region), AccountID: string(owner), Resource: resource}.String()
}
