package ec2_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"demarc/api/apitest"
)

func TestRefusals(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	n := build(c)
	other := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.21.0.0/16")}).Vpc.VpcId
	apitest.Refused(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/8")}, "InvalidVpc.Range")
	apitest.Refused(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("ten")}, "InvalidParameterValue")
	apitest.Refused(c.t, c.CreateVpc, &sdk.CreateVpcInput{}, "MissingParameter")
	apitest.Refused(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16"), Ipv6Pool: aws.String("ipv6pool-ec2-0")}, "UnsupportedOperation")
	apitest.Refused(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16"), DryRun: aws.Bool(true)}, "DryRunOperation")
	apitest.Refused(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: n.vpc, CidrBlock: aws.String("10.20.1.128/25")}, "InvalidSubnet.Conflict")
	apitest.Refused(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: n.vpc, CidrBlock: aws.String("10.30.1.0/24")}, "InvalidSubnet.Range")
	apitest.Refused(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: n.vpc, CidrBlock: aws.String("10.20.2.0/24"), AvailabilityZone: aws.String("mars-1a")}, "InvalidParameterValue")
	apitest.Refused(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: n.vpc, CidrBlock: aws.String("10.20.2.0/24"), AvailabilityZone: aws.String("eu-west-1a"), AvailabilityZoneId: aws.String("euw1-az2")}, "InvalidParameterCombination")
	apitest.Refused(c.t, c.AttachInternetGateway, &sdk.AttachInternetGatewayInput{InternetGatewayId: n.igw, VpcId: other}, "Resource.AlreadyAssociated")
	apitest.Refused(c.t, c.DetachInternetGateway, &sdk.DetachInternetGatewayInput{InternetGatewayId: n.igw, VpcId: other}, "Gateway.NotAttached")
	apitest.Refused(c.t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: n.vgw}, "RouteAlreadyExists")
	apitest.Refused(c.t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("10.20.3.0/24"), GatewayId: n.vgw}, "InvalidParameterValue")
	apitest.Refused(c.t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("9.0.0.0/8"), GatewayId: aws.String("igw-0")}, "InvalidInternetGatewayID.NotFound")
	apitest.Refused(c.t, c.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("9.0.0.0/8")}, "InvalidRoute.NotFound")
	apitest.Refused(c.t, c.AssociateRouteTable, &sdk.AssociateRouteTableInput{RouteTableId: n.table, SubnetId: n.subnet}, "Resource.AlreadyAssociated")
	apitest.Refused(c.t, c.DisassociateRouteTable, &sdk.DisassociateRouteTableInput{AssociationId: aws.String("rtbassoc-0")}, "InvalidAssociationID.NotFound")
	apitest.Refused(c.t, c.DeleteVpnGateway, &sdk.DeleteVpnGatewayInput{VpnGatewayId: n.vgw}, "DependencyViolation")
	second := apitest.Do(c.t, c.CreateVpnGateway, &sdk.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1}).VpnGateway.VpnGatewayId
	apitest.Refused(c.t, c.AttachVpnGateway, &sdk.AttachVpnGatewayInput{VpnGatewayId: second, VpcId: n.vpc}, "InvalidVpcState")
	apitest.Refused(c.t, c.AttachVpnGateway, &sdk.AttachVpnGatewayInput{VpnGatewayId: n.vgw, VpcId: other}, "VpnGatewayAttachmentLimitExceeded")
	apitest.Refused(c.t, c.DescribeVpcs, &sdk.DescribeVpcsInput{Filters: []types.Filter{filter("colour", "red")}}, "InvalidParameterValue")
	apitest.Refused(c.t, c.RunInstances, &sdk.RunInstancesInput{MinCount: aws.Int32(1), MaxCount: aws.Int32(1)}, "UnsupportedOperation")
}

// TestOneOfTwoWins: of many subnets with one range that are asked for at once,
// one is made.
func TestOneOfTwoWins(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	vpc := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			_, err := c.CreateSubnet(t.Context(), &sdk.CreateSubnetInput{VpcId: vpc, CidrBlock: aws.String("10.20.1.0/24")})
			if e, ok := errors.AsType[smithy.APIError](err); err != nil && (!ok || e.ErrorCode() != "InvalidSubnet.Conflict") {
				t.Errorf("got %v", err)
			}
		})
	}
	wait.Wait()
	if made := apitest.Do(c.t, c.DescribeSubnets, &sdk.DescribeSubnetsInput{}).Subnets; len(made) != 1 {
		t.Errorf("%d subnets were made", len(made))
	}
}

// TestMainTable: another table becomes the main one, and the first can then be
// deleted like any other.
func TestMainTable(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	vpc := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	main := apitest.Do(c.t, c.DescribeRouteTables, &sdk.DescribeRouteTablesInput{Filters: []types.Filter{filter("vpc-id", *vpc), filter("association.main", "true")}}).RouteTables[0]
	apitest.Refused(c.t, c.DeleteRouteTable, &sdk.DeleteRouteTableInput{RouteTableId: main.RouteTableId}, "DependencyViolation")
	other := apitest.Do(c.t, c.CreateRouteTable, &sdk.CreateRouteTableInput{VpcId: vpc}).RouteTable.RouteTableId
	apitest.Do(c.t, c.ReplaceRouteTableAssociation, &sdk.ReplaceRouteTableAssociationInput{AssociationId: main.Associations[0].RouteTableAssociationId, RouteTableId: other})
	apitest.Refused(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: vpc}, "DependencyViolation")
	apitest.Do(c.t, c.DeleteRouteTable, &sdk.DeleteRouteTableInput{RouteTableId: main.RouteTableId})
	apitest.Do(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: vpc})
}

// TestAClientsTokenStandsForOneTable: a create whose answer was lost can be
// sent again.
func TestAClientsTokenStandsForOneTable(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	vpc := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	in := &sdk.CreateRouteTableInput{VpcId: vpc, ClientToken: aws.String("again")}
	first, second := apitest.Do(c.t, c.CreateRouteTable, in), apitest.Do(c.t, c.CreateRouteTable, in)
	if *first.RouteTable.RouteTableId != *second.RouteTable.RouteTableId {
		t.Error("two tables were made")
	}
	in.TagSpecifications = named(types.ResourceTypeRouteTable, "other")
	apitest.Refused(c.t, c.CreateRouteTable, in, "IdempotentParameterMismatch")
	list := &sdk.CreateManagedPrefixListInput{PrefixListName: aws.String("l"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(1), ClientToken: aws.String("again")}
	apitest.Do(c.t, c.CreateManagedPrefixList, list)
	list.MaxEntries = aws.Int32(2)
	apitest.Refused(c.t, c.CreateManagedPrefixList, list, "IdempotentParameterMismatch")
}

// TestPagesAndPatterns: a list comes in pages in order, and filters take
// patterns and tags.
func TestPagesAndPatterns(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	for _, name := range []string{"blue-1", "blue-2", "red-1"} {
		apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16"), TagSpecifications: named(types.ResourceTypeVpc, name)})
	}
	seen := map[string]bool{}
	pages := sdk.NewDescribeVpcsPaginator(c, &sdk.DescribeVpcsInput{MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Vpcs {
			seen[*v.VpcId] = true
		}
	}
	if len(seen) != 3 {
		t.Errorf("pages showed %d of 3", len(seen))
	}
	if blue := apitest.Do(c.t, c.DescribeVpcs, &sdk.DescribeVpcsInput{Filters: []types.Filter{filter("tag:Name", "blue-*")}}).Vpcs; len(blue) != 2 {
		t.Errorf("%d are blue", len(blue))
	}
	if tags := apitest.Do(c.t, c.DescribeTags, &sdk.DescribeTagsInput{Filters: []types.Filter{filter("key", "Name"), filter("value", "red-1")}}).Tags; len(tags) != 1 || tags[0].ResourceType != types.ResourceTypeVpc {
		t.Errorf("tags: %+v", tags)
	}
}
