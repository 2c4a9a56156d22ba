package ec2_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/apitest"
	"demarc/audit"
	"demarc/store"
)

// share lets an account see a Transit Gateway: shares are made by another API.
func share(t *testing.T, d *apitest.Door, tgw, with string) {
	t.Helper()
	if err := d.Store.Write(t.Context(), func(tx *store.Tx) error {
		store.ResourceShares.Put(tx, demarc.ResourceShare{
			ID: "share", Owner: d.Account(t, "customer").ID, State: demarc.ShareActive,
			Resources:  []demarc.ShareAssociation{{Entity: tgw, State: demarc.ShareAssociated}},
			Principals: []demarc.ShareAssociation{{Entity: string(d.Account(t, with).ID), State: demarc.ShareAssociated}},
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// place makes a VPC with a subnet in each of two zones.
func place(c caller, cidr, first, second string) (vpc, a, b *string) {
	vpc = apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: &cidr}).Vpc.VpcId
	a = apitest.Do(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: vpc, CidrBlock: &first, AvailabilityZone: aws.String("eu-west-1a")}).Subnet.SubnetId
	b = apitest.Do(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: vpc, CidrBlock: &second, AvailabilityZone: aws.String("eu-west-1b")}).Subnet.SubnetId
	return vpc, a, b
}

// TestASharedTransitGateway: another account sees it without tags and route
// tables, offers a VPC, and each party does its own part only.
func TestASharedTransitGateway(t *testing.T) {
	d := apitest.Open(t)
	owner, guest := as(t, d, "customer"), as(t, d, "partner")
	tgw := apitest.Do(owner.t, owner.CreateTransitGateway, &sdk.CreateTransitGatewayInput{TagSpecifications: named(types.ResourceTypeTransitGateway, "hub")}).TransitGateway
	id := tgw.TransitGatewayId
	vpc, a, b := place(guest, "10.70.0.0/16", "10.70.1.0/24", "10.70.2.0/24")
	in := &sdk.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: id, VpcId: vpc, SubnetIds: []string{*a}, TagSpecifications: named(types.ResourceTypeTransitGatewayAttachment, "spoke")}
	apitest.Refused(guest.t, guest.CreateTransitGatewayVpcAttachment, in, "InvalidTransitGatewayID.NotFound")
	share(t, d, *id, "partner")
	if seen := apitest.Do(guest.t, guest.DescribeTransitGateways, &sdk.DescribeTransitGatewaysInput{}).TransitGateways; len(seen) != 1 || len(seen[0].Tags) != 0 {
		t.Errorf("the guest sees %+v", seen)
	}
	apitest.Refused(guest.t, guest.DeleteTransitGateway, &sdk.DeleteTransitGatewayInput{TransitGatewayId: id}, "OperationNotPermitted")
	apitest.Refused(guest.t, guest.CreateTransitGatewayRouteTable, &sdk.CreateTransitGatewayRouteTableInput{TransitGatewayId: id}, "OperationNotPermitted")
	apitest.Refused(guest.t, guest.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: tgw.Options.AssociationDefaultRouteTableId, Filters: []types.Filter{filter("state", "active")}}, "InvalidRouteTableID.NotFound")

	offered := apitest.Do(guest.t, guest.CreateTransitGatewayVpcAttachment, in).TransitGatewayVpcAttachment
	attachment := offered.TransitGatewayAttachmentId
	if offered.State != types.TransitGatewayAttachmentStatePendingAcceptance {
		t.Errorf("the offered attachment is %s", offered.State)
	}
	modify := &sdk.ModifyTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: attachment, AddSubnetIds: []string{*b}, Options: &types.ModifyTransitGatewayVpcAttachmentRequestOptions{ApplianceModeSupport: types.ApplianceModeSupportValueEnable}}
	apitest.Refused(guest.t, guest.ModifyTransitGatewayVpcAttachment, modify, "IncorrectState")
	seen := only(t, apitest.Do(owner.t, owner.DescribeTransitGatewayVpcAttachments, &sdk.DescribeTransitGatewayVpcAttachmentsInput{Filters: []types.Filter{filter("state", "pendingAcceptance")}}).TransitGatewayVpcAttachments)
	if *seen.TransitGatewayAttachmentId != *attachment || len(seen.Tags) != 0 {
		t.Errorf("the owner sees %+v", seen)
	}
	if accepted := apitest.Do(owner.t, owner.AcceptTransitGatewayVpcAttachment, &sdk.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: attachment}).TransitGatewayVpcAttachment; accepted.State != types.TransitGatewayAttachmentStateAvailable {
		t.Errorf("the accepted attachment is %s", accepted.State)
	}
	apitest.Refused(owner.t, owner.ModifyTransitGatewayVpcAttachment, modify, "OperationNotPermitted")
	changed := apitest.Do(guest.t, guest.ModifyTransitGatewayVpcAttachment, modify).TransitGatewayVpcAttachment
	if len(changed.SubnetIds) != 2 || changed.Options.ApplianceModeSupport != types.ApplianceModeSupportValueEnable || changed.Options.DnsSupport != types.DnsSupportValueEnable {
		t.Errorf("changed: %+v", changed)
	}
	describe := &sdk.DescribeTransitGatewayAttachmentsInput{TransitGatewayAttachmentIds: []string{*attachment}}
	if theirs := only(t, apitest.Do(guest.t, guest.DescribeTransitGatewayAttachments, describe).TransitGatewayAttachments); theirs.Association != nil {
		t.Errorf("the guest sees the owner's route table: %+v", theirs.Association)
	}
	if ours := only(t, apitest.Do(owner.t, owner.DescribeTransitGatewayAttachments, describe).TransitGatewayAttachments); ours.Association == nil || *ours.ResourceOwnerId == *ours.TransitGatewayOwnerId {
		t.Errorf("the owner sees %+v", ours)
	}
	apitest.Do(owner.t, owner.DeleteTransitGatewayVpcAttachment, &sdk.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: attachment})

	again := apitest.Do(guest.t, guest.CreateTransitGatewayVpcAttachment, in).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	if rejected := apitest.Do(owner.t, owner.RejectTransitGatewayVpcAttachment, &sdk.RejectTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: again}).TransitGatewayVpcAttachment; rejected.State != types.TransitGatewayAttachmentStateRejected {
		t.Errorf("the rejected attachment is %s", rejected.State)
	}
}

// TestSearchRoutes: routes are found by what contains a prefix and what is in
// it, by the longest match, and by what they are.
func TestSearchRoutes(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	tgw := apitest.Do(c.t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{}).TransitGateway
	table := tgw.Options.AssociationDefaultRouteTableId
	vpc, a, b := place(c, "10.70.0.0/16", "10.70.1.0/24", "10.70.2.0/24")
	attachment := apitest.Do(c.t, c.CreateTransitGatewayVpcAttachment, &sdk.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: tgw.TransitGatewayId, VpcId: vpc, SubnetIds: []string{*a, *b}}).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	for prefix, to := range map[string]*string{"0.0.0.0/0": attachment, "10.0.0.0/8": attachment, "10.70.9.0/24": nil, "9.0.0.0/8": nil} {
		apitest.Do(c.t, c.CreateTransitGatewayRoute, &sdk.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: &prefix, TransitGatewayAttachmentId: to, Blackhole: aws.Bool(to == nil)})
	}
	anyState := []types.Filter{filter("state", "*")} // the SDK wants some filter
	for _, tt := range []struct {
		filters []types.Filter
		want    string
	}{
		{anyState, "0.0.0.0/0 9.0.0.0/8 10.0.0.0/8 10.70.0.0/16 10.70.9.0/24"},
		{[]types.Filter{filter("route-search.exact-match", "10.0.0.0/8")}, "10.0.0.0/8"},
		{[]types.Filter{filter("route-search.longest-prefix-match", "10.70.9.7")}, "10.70.9.0/24"},
		{[]types.Filter{filter("route-search.longest-prefix-match", "8.8.8.8", "10.70.1.0/24")}, "0.0.0.0/0 10.70.0.0/16"},
		{[]types.Filter{filter("route-search.subnet-of-match", "10.0.0.0/8")}, "10.0.0.0/8 10.70.0.0/16 10.70.9.0/24"},
		{[]types.Filter{filter("route-search.supernet-of-match", "10.70.0.0/16")}, "0.0.0.0/0 10.0.0.0/8 10.70.0.0/16"},
		{[]types.Filter{filter("route-search.subnet-of-match", "10.0.0.0/8"), filter("type", "static")}, "10.0.0.0/8 10.70.9.0/24"},
		{[]types.Filter{filter("state", "blackhole")}, "9.0.0.0/8 10.70.9.0/24"},
		{[]types.Filter{filter("attachment.resource-id", *vpc), filter("attachment.resource-type", "vpc"), filter("type", "propagated")}, "10.70.0.0/16"},
	} {
		var got []string
		for _, r := range apitest.Do(c.t, c.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: table, Filters: tt.filters}).Routes {
			got = append(got, *r.DestinationCidrBlock)
		}
		if diff := cmp.Diff(strings.Join(got, " "), tt.want); diff != "" {
			t.Errorf("%+v: %s", tt.filters, diff)
		}
	}
	apitest.Refused(c.t, c.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: table, Filters: []types.Filter{filter("route-search.nearest", "10.0.0.0/8")}}, "InvalidParameterValue")
	first := apitest.Do(c.t, c.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: table, Filters: anyState, MaxResults: aws.Int32(4)})
	rest := apitest.Do(c.t, c.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: table, Filters: anyState, NextToken: first.NextToken})
	if !*first.AdditionalRoutesAvailable || len(rest.Routes) != 1 || *rest.Routes[0].DestinationCidrBlock != "10.70.9.0/24" {
		t.Errorf("the second page has %+v", rest.Routes)
	}
	apitest.Do(c.t, c.ReplaceTransitGatewayRoute, &sdk.ReplaceTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String("10.0.0.0/8"), Blackhole: aws.Bool(true)})
	if r := only(t, apitest.Do(c.t, c.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: table, Filters: []types.Filter{filter("route-search.exact-match", "10.0.0.0/8")}}).Routes); r.State != types.TransitGatewayRouteStateBlackhole {
		t.Errorf("the replaced route is %s", r.State)
	}
	for _, wrong := range []*sdk.CreateTransitGatewayRouteInput{
		{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String("7.0.0.0/8")},
		{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String("7.0.0.0/8"), Blackhole: aws.Bool(true), TransitGatewayAttachmentId: attachment},
		{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String("seven"), Blackhole: aws.Bool(true)},
	} {
		apitest.Refused(c.t, c.CreateTransitGatewayRoute, wrong, "InvalidParameterValue")
	}
	apitest.Refused(c.t, c.CreateTransitGatewayRoute, &sdk.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String("9.0.0.0/8"), TransitGatewayAttachmentId: attachment}, "RouteAlreadyExists")
}

// TestModifyATransitGateway: options are kept and given back, defaults are
// switched, and what demarc does not have is refused.
func TestModifyATransitGateway(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	tgw := apitest.Do(c.t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{Description: aws.String("one")}).TransitGateway
	modify := func(o types.ModifyTransitGatewayOptions) *sdk.ModifyTransitGatewayInput {
		return &sdk.ModifyTransitGatewayInput{TransitGatewayId: tgw.TransitGatewayId, Options: &o}
	}
	in := modify(types.ModifyTransitGatewayOptions{
		AmazonSideAsn: aws.Int64(64900), AutoAcceptSharedAttachments: types.AutoAcceptSharedAttachmentsValueEnable, DnsSupport: types.DnsSupportValueDisable,
		DefaultRouteTableAssociation: types.DefaultRouteTableAssociationValueDisable,
	})
	in.Description = aws.String("two")
	got := apitest.Do(c.t, c.ModifyTransitGateway, in).TransitGateway
	o := got.Options
	if *got.Description != "two" || *o.AmazonSideAsn != 64900 || o.AutoAcceptSharedAttachments != "enable" || o.DnsSupport != "disable" || o.VpnEcmpSupport != "enable" ||
		o.DefaultRouteTableAssociation != "disable" || o.AssociationDefaultRouteTableId != nil || o.DefaultRouteTablePropagation != "enable" {
		t.Errorf("modified: %+v %+v", got, o)
	}
	second := apitest.Do(c.t, c.CreateTransitGatewayRouteTable, &sdk.CreateTransitGatewayRouteTableInput{TransitGatewayId: tgw.TransitGatewayId}).TransitGatewayRouteTable.TransitGatewayRouteTableId
	apitest.Do(c.t, c.ModifyTransitGateway, modify(types.ModifyTransitGatewayOptions{DefaultRouteTableAssociation: types.DefaultRouteTableAssociationValueEnable, AssociationDefaultRouteTableId: second}))
	for name, want := range map[string]*string{"default-association-route-table": second, "default-propagation-route-table": tgw.Options.PropagationDefaultRouteTableId} {
		found := only(t, apitest.Do(c.t, c.DescribeTransitGatewayRouteTables, &sdk.DescribeTransitGatewayRouteTablesInput{Filters: []types.Filter{filter(name, "true")}}).TransitGatewayRouteTables)
		if *found.TransitGatewayRouteTableId != *want {
			t.Errorf("%s is %s, want %s", name, *found.TransitGatewayRouteTableId, *want)
		}
	}
	apitest.Refused(c.t, c.DeleteTransitGatewayRouteTable, &sdk.DeleteTransitGatewayRouteTableInput{TransitGatewayRouteTableId: second}, "IncorrectState")
	apitest.Refused(c.t, c.ModifyTransitGateway, modify(types.ModifyTransitGatewayOptions{DnsSupport: "perhaps"}), "InvalidParameterValue")
	apitest.Refused(c.t, c.ModifyTransitGateway, modify(types.ModifyTransitGatewayOptions{AddTransitGatewayCidrBlocks: []string{"10.0.0.0/24"}}), "UnsupportedOperation")
	apitest.Refused(c.t, c.ModifyTransitGateway, modify(types.ModifyTransitGatewayOptions{AmazonSideAsn: aws.Int64(3)}), "InvalidParameterValue")
	vpc, a, _ := place(c, "10.70.0.0/16", "10.70.1.0/24", "10.70.2.0/24")
	twin := apitest.Do(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: vpc, CidrBlock: aws.String("10.70.3.0/24"), AvailabilityZone: aws.String("eu-west-1a")}).Subnet.SubnetId
	apitest.Refused(c.t, c.CreateTransitGatewayVpcAttachment, &sdk.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: tgw.TransitGatewayId, VpcId: vpc, SubnetIds: []string{*a, *twin}}, "DuplicateSubnetsInSameZone")
}

// TestWhoDidWhat: each call that changed something is on record, with its
// actor and what it changed; reads, dry runs and refusals are not.
func TestWhoDidWhat(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	vpc := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.70.0.0/16")}).Vpc.VpcId
	apitest.Do(c.t, c.DescribeVpcs, &sdk.DescribeVpcsInput{})
	apitest.Refused(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: vpc, CidrBlock: aws.String("10.1.0.0/24")}, "InvalidSubnet.Range")
	apitest.Refused(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: vpc, DryRun: aws.Bool(true)}, "DryRunOperation")
	apitest.Do(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: vpc})
	records := audit.List(d.Store.Local(), d.Account(t, "customer"), audit.Query{}, 9)
	if len(records) != 2 {
		t.Fatalf("records: %+v", records)
	}
	object := "vpc/" + *vpc
	if gone := records[0]; gone.Operation != "DeleteVpc" || !slices.Contains(gone.Found(), object) || slices.Contains(gone.Left(), object) {
		t.Errorf("the VPC that goes: %+v", gone)
	}
	if made := records[1]; made.Operation != "CreateVpc" || slices.Contains(made.Found(), object) || !slices.Contains(made.Left(), object) {
		t.Errorf("the VPC that comes: %+v", made)
	}
}
