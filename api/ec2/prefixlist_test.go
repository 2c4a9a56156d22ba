package ec2_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"demarc/api/apitest"
)

func (s *stack) prefixList() *string {
	made := apitest.Do(s.caller.t, s.CreateManagedPrefixList, &sdk.CreateManagedPrefixListInput{
		PrefixListName: aws.String("stack"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(3), ClientToken: aws.String("terraform-2"),
		Entries:           []types.AddPrefixListEntry{{Cidr: aws.String("172.16.0.0/16"), Description: aws.String("lab")}, {Cidr: aws.String("172.20.0.0/16")}},
		TagSpecifications: named(types.ResourceTypePrefixList, "stack"),
	}).PrefixList
	one := &sdk.DescribeManagedPrefixListsInput{PrefixListIds: []string{*made.PrefixListId}}
	s.resource(func() any {
		l := only(s.t, apitest.Do(s.caller.t, s.DescribeManagedPrefixLists, one).PrefixLists)
		if l.State != types.PrefixListStateCreateComplete {
			s.t.Errorf("the list is %s", l.State)
		}
		return []any{l, apitest.Do(s.caller.t, s.GetManagedPrefixListEntries, &sdk.GetManagedPrefixListEntriesInput{PrefixListId: l.PrefixListId, TargetVersion: l.Version}).Entries}
	}, func() {
		apitest.Do(s.caller.t, s.DeleteManagedPrefixList, &sdk.DeleteManagedPrefixListInput{PrefixListId: made.PrefixListId})
		apitest.Refused(s.caller.t, s.DescribeManagedPrefixLists, one, "InvalidPrefixListID.NotFound")
	})
	return made.PrefixListId
}

func (s *stack) listedRoute(table, list, tgw *string) {
	apitest.Do(s.caller.t, s.CreateRoute, &sdk.CreateRouteInput{RouteTableId: table, DestinationPrefixListId: list, TransitGatewayId: tgw})
	s.resource(func() any {
		read := only(s.t, apitest.Do(s.caller.t, s.DescribeRouteTables, &sdk.DescribeRouteTablesInput{Filters: []types.Filter{filter("route.destination-prefix-list-id", *list)}}).RouteTables)
		i := slices.IndexFunc(read.Routes, func(r types.Route) bool { return aws.ToString(r.DestinationPrefixListId) == *list })
		return read.Routes[i]
	}, func() {
		apitest.Refused(s.caller.t, s.DeleteManagedPrefixList, &sdk.DeleteManagedPrefixListInput{PrefixListId: list}, "DependencyViolation")
		apitest.Do(s.caller.t, s.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: table, DestinationPrefixListId: list})
		apitest.Refused(s.caller.t, s.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: table, DestinationPrefixListId: list}, "InvalidRoute.NotFound")
	})
}

// TestPrefixLists edits one: by version, within its bounds, and not into the
// range of a VPC whose table leads to it.
func TestPrefixLists(t *testing.T) {
	d := apitest.Open(t)
	c, stranger := as(t, d, "customer"), as(t, d, "partner")
	create := func(family, prefix string, most int32) *sdk.CreateManagedPrefixListInput {
		return &sdk.CreateManagedPrefixListInput{PrefixListName: aws.String("l"), AddressFamily: &family, MaxEntries: &most, Entries: []types.AddPrefixListEntry{{Cidr: &prefix}}}
	}
	list := apitest.Do(t, c.CreateManagedPrefixList, create("IPv4", "10.7.0.0/16", 2)).PrefixList
	id := list.PrefixListId
	for _, bad := range []*sdk.CreateManagedPrefixListInput{create("IPv5", "10.7.0.0/16", 2), create("IPv4", "fd00::/8", 2), create("IPv4", "10.7/16", 2), create("IPv4", "10.7.0.0/16", 0), create("IPv4", "10.7.0.0/16", 1001)} {
		apitest.Refused(t, c.CreateManagedPrefixList, bad, "InvalidParameterValue")
	}
	vpc := apitest.Do(t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.80.0.0/16")}).Vpc.VpcId
	table := only(t, apitest.Do(t, c.DescribeRouteTables, &sdk.DescribeRouteTablesInput{Filters: []types.Filter{filter("vpc-id", *vpc)}}).RouteTables).RouteTableId
	igw := apitest.Do(t, c.CreateInternetGateway, &sdk.CreateInternetGatewayInput{}).InternetGateway.InternetGatewayId
	apitest.Do(t, c.AttachInternetGateway, &sdk.AttachInternetGatewayInput{InternetGatewayId: igw, VpcId: vpc})
	to := &sdk.CreateRouteInput{RouteTableId: table, DestinationPrefixListId: id, GatewayId: igw}
	apitest.Do(t, c.CreateRoute, to)
	apitest.Do(t, c.CreateRoute, to) // again
	apitest.Refused(t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: table, DestinationPrefixListId: id, DestinationCidrBlock: aws.String("10.1.0.0/16"), GatewayId: igw}, "InvalidParameterValue")

	edit := func(version int64, add, remove string) *sdk.ModifyManagedPrefixListInput {
		in := &sdk.ModifyManagedPrefixListInput{PrefixListId: id, CurrentVersion: &version}
		if add != "" {
			in.AddEntries = []types.AddPrefixListEntry{{Cidr: &add}}
		}
		if remove != "" {
			in.RemoveEntries = []types.RemovePrefixListEntry{{Cidr: &remove}}
		}
		return in
	}
	if l := apitest.Do(t, c.ModifyManagedPrefixList, edit(1, "10.9.0.0/16", "")).PrefixList; *l.Version != 2 || l.State != types.PrefixListStateModifyComplete {
		t.Errorf("after an edit: %+v", l)
	}
	apitest.Refused(t, c.ModifyManagedPrefixList, edit(1, "", "10.9.0.0/16"), "PrefixListVersionMismatch")
	apitest.Refused(t, c.ModifyManagedPrefixList, edit(2, "10.11.0.0/16", ""), "InvalidParameterValue")            // one too many
	apitest.Refused(t, c.ModifyManagedPrefixList, edit(2, "10.80.3.0/24", "10.7.0.0/16"), "InvalidParameterValue") // the VPC's own
	apitest.Refused(t, c.ModifyManagedPrefixList, edit(2, "", "10.12.0.0/16"), "InvalidParameterValue")
	apitest.Refused(t, c.ModifyManagedPrefixList, &sdk.ModifyManagedPrefixListInput{PrefixListId: id, MaxEntries: aws.Int32(600)}, "ResourceLimitExceeded") // more than a table takes
	if l := apitest.Do(t, c.ModifyManagedPrefixList, &sdk.ModifyManagedPrefixListInput{PrefixListId: id, MaxEntries: aws.Int32(5), PrefixListName: aws.String("m")}).PrefixList; *l.MaxEntries != 5 || *l.PrefixListName != "m" || *l.Version != 2 {
		t.Errorf("after a new size: %+v", l)
	}

	var got []string
	in := &sdk.GetManagedPrefixListEntriesInput{PrefixListId: id, MaxResults: aws.Int32(1)}
	for pages := sdk.NewGetManagedPrefixListEntriesPaginator(c, in); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, *only(t, page.Entries).Cidr)
	}
	if diff := cmp.Diff(got, []string{"10.7.0.0/16", "10.9.0.0/16"}); diff != "" {
		t.Error(diff)
	}
	apitest.Refused(t, stranger.GetManagedPrefixListEntries, in, "InvalidPrefixListID.NotFound")
	apitest.Refused(t, stranger.ModifyManagedPrefixList, edit(2, "10.13.0.0/16", ""), "InvalidPrefixListID.NotFound")
	apitest.Refused(t, stranger.DeleteManagedPrefixList, &sdk.DeleteManagedPrefixListInput{PrefixListId: id}, "InvalidPrefixListID.NotFound")
}
