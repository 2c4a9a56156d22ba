package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
)

func (s *stack) transitReference(table, list, attachment *string) {
	apitest.Do(s.caller.t, s.CreateTransitGatewayPrefixListReference, &sdk.CreateTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: table, PrefixListId: list, TransitGatewayAttachmentId: attachment})
	read := &sdk.GetTransitGatewayPrefixListReferencesInput{TransitGatewayRouteTableId: table, Filters: []types.Filter{filter("prefix-list-id", *list)}}
	find := func() []types.TransitGatewayPrefixListReference {
		return apitest.Do(s.caller.t, s.GetTransitGatewayPrefixListReferences, read).TransitGatewayPrefixListReferences
	}
	s.resource(func() any {
		r := only(s.t, find())
		if r.State != types.TransitGatewayPrefixListReferenceStateAvailable || aws.ToBool(r.Blackhole) || *r.TransitGatewayAttachment.TransitGatewayAttachmentId != *attachment || r.PrefixListOwnerId == nil {
			s.t.Errorf("reference: %+v", r)
		}
		return r
	}, func() {
		out := &sdk.DeleteTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: table, PrefixListId: list}
		apitest.Do(s.caller.t, s.DeleteTransitGatewayPrefixListReference, out)
		if left := find(); len(left) > 0 {
			s.t.Errorf("left: %+v", left)
		}
		apitest.Refused(s.caller.t, s.DeleteTransitGatewayPrefixListReference, out, "InvalidRoute.NotFound")
	})
}

// TestTransitPrefixListReferences: a list's entries are a table's routes, by
// the list's name, as the list changes; the list stays while it is led to.
func TestTransitPrefixListReferences(t *testing.T) {
	d := apitest.Open(t)
	c, stranger := as(t, d, "customer"), as(t, d, "partner")
	tgw := apitest.Do(t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{}).TransitGateway
	table := tgw.Options.AssociationDefaultRouteTableId
	vpc, a, b := place(c, "10.70.0.0/16", "10.70.1.0/24", "10.70.2.0/24")
	attachment := apitest.Do(t, c.CreateTransitGatewayVpcAttachment, &sdk.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: tgw.TransitGatewayId, VpcId: vpc, SubnetIds: []string{*a, *b}}).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	list := func(of caller, prefix string) *string {
		return apitest.Do(t, of.CreateManagedPrefixList, &sdk.CreateManagedPrefixListInput{
			PrefixListName: aws.String("l"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(3), Entries: []types.AddPrefixListEntry{{Cidr: &prefix}},
		}).PrefixList.PrefixListId
	}
	pl := list(c, "172.16.0.0/16")
	in := &sdk.CreateTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: table, PrefixListId: pl, TransitGatewayAttachmentId: attachment}
	made := apitest.Do(t, c.CreateTransitGatewayPrefixListReference, in).TransitGatewayPrefixListReference
	if made.State != types.TransitGatewayPrefixListReferenceStateAvailable || *made.TransitGatewayAttachment.ResourceId != *vpc || aws.ToBool(made.Blackhole) {
		t.Errorf("made: %+v", made)
	}
	apitest.Do(t, c.CreateTransitGatewayPrefixListReference, in) // again
	nowhere := &sdk.CreateTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: table, PrefixListId: pl, Blackhole: aws.Bool(true)}
	apitest.Refused(t, c.CreateTransitGatewayPrefixListReference, nowhere, "RouteAlreadyExists")
	for code, wrong := range map[string]*sdk.CreateTransitGatewayPrefixListReferenceInput{
		"InvalidParameterValue":                      {TransitGatewayRouteTableId: table, PrefixListId: pl},
		"InvalidPrefixListID.NotFound":               {TransitGatewayRouteTableId: table, PrefixListId: list(stranger, "172.17.0.0/16"), Blackhole: aws.Bool(true)},
		"InvalidTransitGatewayAttachmentID.NotFound": {TransitGatewayRouteTableId: table, PrefixListId: pl, TransitGatewayAttachmentId: aws.String("tgw-attach-00000000000000000")},
	} {
		apitest.Refused(t, c.CreateTransitGatewayPrefixListReference, wrong, code)
	}
	apitest.Refused(t, c.DeleteManagedPrefixList, &sdk.DeleteManagedPrefixListInput{PrefixListId: pl}, "DependencyViolation")

	routes := func(filters ...types.Filter) []types.TransitGatewayRoute {
		return apitest.Do(t, c.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: table, Filters: filters}).Routes
	}
	if r := only(t, routes(filter("type", "static"))); *r.DestinationCidrBlock != "172.16.0.0/16" || aws.ToString(r.PrefixListId) != *pl || r.State != types.TransitGatewayRouteStateActive || *r.TransitGatewayAttachments[0].ResourceId != *vpc {
		t.Errorf("route: %+v", r)
	}
	apitest.Refused(t, c.DeleteTransitGatewayRoute, &sdk.DeleteTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String("172.16.0.0/16")}, "InvalidRoute.NotFound")
	apitest.Do(t, c.ModifyManagedPrefixList, &sdk.ModifyManagedPrefixListInput{PrefixListId: pl, CurrentVersion: aws.Int64(1), AddEntries: []types.AddPrefixListEntry{{Cidr: aws.String("10.70.0.0/16")}}})
	if got := routes(filter("prefix-list-id", *pl)); len(got) != 2 {
		t.Errorf("after the list has grown: %+v", got)
	}
	if got := routes(filter("type", "propagated")); len(got) != 0 {
		t.Errorf("what is propagated comes before the list: %+v", got)
	}

	modify := &sdk.ModifyTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: table, PrefixListId: pl, Blackhole: aws.Bool(true)}
	if r := apitest.Do(t, c.ModifyTransitGatewayPrefixListReference, modify).TransitGatewayPrefixListReference; !aws.ToBool(r.Blackhole) || r.TransitGatewayAttachment != nil {
		t.Errorf("led nowhere: %+v", r)
	}
	if got := routes(filter("state", "blackhole")); len(got) != 2 {
		t.Errorf("led nowhere: %+v", got)
	}
	for name, want := range map[string]int{"is-blackhole": 1, "prefix-list-owner-id": 0, "attachment.resource-type": 0} {
		read := &sdk.GetTransitGatewayPrefixListReferencesInput{TransitGatewayRouteTableId: table, Filters: []types.Filter{filter(name, "true", "vpc")}}
		if got := apitest.Do(t, c.GetTransitGatewayPrefixListReferences, read).TransitGatewayPrefixListReferences; len(got) != want {
			t.Errorf("%s: %d references, want %d", name, len(got), want)
		}
	}
	modify.PrefixListId = list(c, "172.18.0.0/16")
	apitest.Refused(t, c.ModifyTransitGatewayPrefixListReference, modify, "InvalidRoute.NotFound")

	apitest.Do(t, c.DeleteTransitGatewayPrefixListReference, &sdk.DeleteTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: table, PrefixListId: pl})
	apitest.Do(t, c.DeleteManagedPrefixList, &sdk.DeleteManagedPrefixListInput{PrefixListId: pl})
}
