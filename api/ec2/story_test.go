package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/api/apitest"
	"demarc/api/edgelink"
	"demarc/intent"
	"demarc/store"
)

// A network is what a configuration of a VPC makes.
type network struct {
	vpc, subnet, igw, table, association, vgw *string
}

func build(c caller) network {
	var n network
	n.vpc = apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16"), TagSpecifications: named(types.ResourceTypeVpc, "story")}).Vpc.VpcId
	apitest.Do(c.t, c.ModifyVpcAttribute, &sdk.ModifyVpcAttributeInput{VpcId: n.vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
	n.subnet = apitest.Do(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: n.vpc, CidrBlock: aws.String("10.20.1.0/24"), AvailabilityZone: aws.String("eu-west-1b")}).Subnet.SubnetId
	n.igw = apitest.Do(c.t, c.CreateInternetGateway, &sdk.CreateInternetGatewayInput{}).InternetGateway.InternetGatewayId
	apitest.Do(c.t, c.AttachInternetGateway, &sdk.AttachInternetGatewayInput{InternetGatewayId: n.igw, VpcId: n.vpc})
	n.table = apitest.Do(c.t, c.CreateRouteTable, &sdk.CreateRouteTableInput{VpcId: n.vpc}).RouteTable.RouteTableId
	apitest.Do(c.t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: n.igw})
	n.association = apitest.Do(c.t, c.AssociateRouteTable, &sdk.AssociateRouteTableInput{RouteTableId: n.table, SubnetId: n.subnet}).AssociationId
	n.vgw = apitest.Do(c.t, c.CreateVpnGateway, &sdk.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1, AmazonSideAsn: aws.Int64(64600)}).VpnGateway.VpnGatewayId
	apitest.Do(c.t, c.AttachVpnGateway, &sdk.AttachVpnGatewayInput{VpnGatewayId: n.vgw, VpcId: n.vpc})
	apitest.Do(c.t, c.EnableVgwRoutePropagation, &sdk.EnableVgwRoutePropagationInput{RouteTableId: n.table, GatewayId: n.vgw})
	return n
}

// describe reads everything again as a second plan would.
func describe(c caller, n network) []any {
	inVPC := []types.Filter{filter("vpc-id", *n.vpc)}
	return []any{
		apitest.Do(c.t, c.DescribeVpcs, &sdk.DescribeVpcsInput{VpcIds: []string{*n.vpc}}).Vpcs,
		*apitest.Do(c.t, c.DescribeVpcAttribute, &sdk.DescribeVpcAttributeInput{VpcId: n.vpc, Attribute: types.VpcAttributeNameEnableDnsHostnames}).EnableDnsHostnames.Value,
		apitest.Do(c.t, c.DescribeSubnets, &sdk.DescribeSubnetsInput{Filters: inVPC}).Subnets,
		apitest.Do(c.t, c.DescribeInternetGateways, &sdk.DescribeInternetGatewaysInput{InternetGatewayIds: []string{*n.igw}}).InternetGateways,
		apitest.Do(c.t, c.DescribeRouteTables, &sdk.DescribeRouteTablesInput{Filters: inVPC}).RouteTables,
		apitest.Do(c.t, c.DescribeNetworkAcls, &sdk.DescribeNetworkAclsInput{Filters: append(inVPC, filter("default", "true"))}).NetworkAcls,
		apitest.Do(c.t, c.DescribeVpnGateways, &sdk.DescribeVpnGatewaysInput{Filters: []types.Filter{filter("attachment.vpc-id", *n.vpc)}}).VpnGateways,
	}
}

// destroy goes from the leaves to the VPC.
func destroy(c caller, n network) {
	apitest.Refused(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: n.vpc}, "DependencyViolation")
	apitest.Do(c.t, c.DisableVgwRoutePropagation, &sdk.DisableVgwRoutePropagationInput{RouteTableId: n.table, GatewayId: n.vgw})
	apitest.Do(c.t, c.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("0.0.0.0/0")})
	apitest.Refused(c.t, c.DeleteRouteTable, &sdk.DeleteRouteTableInput{RouteTableId: n.table}, "DependencyViolation")
	apitest.Do(c.t, c.DisassociateRouteTable, &sdk.DisassociateRouteTableInput{AssociationId: n.association})
	apitest.Do(c.t, c.DeleteRouteTable, &sdk.DeleteRouteTableInput{RouteTableId: n.table})
	apitest.Refused(c.t, c.DeleteInternetGateway, &sdk.DeleteInternetGatewayInput{InternetGatewayId: n.igw}, "DependencyViolation")
	apitest.Do(c.t, c.DetachInternetGateway, &sdk.DetachInternetGatewayInput{InternetGatewayId: n.igw, VpcId: n.vpc})
	apitest.Do(c.t, c.DeleteInternetGateway, &sdk.DeleteInternetGatewayInput{InternetGatewayId: n.igw})
	apitest.Do(c.t, c.DetachVpnGateway, &sdk.DetachVpnGatewayInput{VpnGatewayId: n.vgw, VpcId: n.vpc})
	apitest.Do(c.t, c.DeleteVpnGateway, &sdk.DeleteVpnGatewayInput{VpnGatewayId: n.vgw})
	apitest.Do(c.t, c.DeleteSubnet, &sdk.DeleteSubnetInput{SubnetId: n.subnet})
	apitest.Do(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: n.vpc})
}

// TestANetworkComesAndGoes: what was made is described the same every time,
// reaches the node's intent, and leaves nothing behind.
func TestANetworkComesAndGoes(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	n := build(c)
	first := describe(c, n)
	if diff := cmp.Diff(first, describe(c, n), cmpopts.IgnoreTypes(middleware.Metadata{}), cmpopts.IgnoreUnexported(
		types.Vpc{}, types.VpcCidrBlockAssociation{}, types.VpcCidrBlockState{}, types.Subnet{}, types.PrivateDnsNameOptionsOnLaunch{}, types.Tag{},
		types.InternetGateway{}, types.InternetGatewayAttachment{}, types.RouteTable{}, types.Route{}, types.RouteTableAssociation{}, types.RouteTableAssociationState{},
		types.PropagatingVgw{}, types.NetworkAcl{}, types.NetworkAclEntry{}, types.NetworkAclAssociation{}, types.VpnGateway{}, types.VpcAttachment{})); diff != "" {
		t.Error(diff)
	}
	checkRoutes(t, first[4].([]types.RouteTable), n)
	if got := carried(t, d, *n.vpc); got == nil || len(got.Gateways) != 1 || len(got.Tables) != 2 ||
		len(got.Tables[1].Static) != 1 || got.Tables[1].Static[0].Target != *n.igw || len(got.Tables[1].Propagating) != 1 {
		t.Errorf("the node was told %+v", got)
	}
	destroy(c, n)
	if got := carried(t, d, *n.vpc); got != nil {
		t.Errorf("the node still carries %+v", got)
	}
	gone := apitest.Do(c.t, c.DescribeVpnGateways, &sdk.DescribeVpnGatewaysInput{VpnGatewayIds: []string{*n.vgw}}).VpnGateways
	if gone[0].State != types.VpnStateDeleted {
		t.Errorf("the deleted gateway is %s", gone[0].State)
	}
	apitest.Refused(c.t, c.DescribeVpcs, &sdk.DescribeVpcsInput{VpcIds: []string{*n.vpc}}, "InvalidVpcID.NotFound")
	if left := apitest.Do(c.t, c.DescribeRouteTables, &sdk.DescribeRouteTablesInput{}).RouteTables; len(left) > 0 {
		t.Errorf("%d route tables are left", len(left))
	}
}

// checkRoutes: the table has the local route and the one that was written.
func checkRoutes(t *testing.T, tables []types.RouteTable, n network) {
	t.Helper()
	for _, table := range tables {
		if *table.RouteTableId != *n.table {
			continue
		}
		if len(table.Routes) != 2 || *table.Routes[0].GatewayId != "local" || *table.Routes[1].GatewayId != *n.igw || table.Routes[1].State != types.RouteStateActive {
			t.Errorf("routes: %+v", table.Routes)
		}
		if len(table.PropagatingVgws) != 1 || len(table.Associations) != 1 || *table.Associations[0].SubnetId != *n.subnet {
			t.Errorf("table: %+v", table)
		}
	}
}

// carried is what a node was told of a VPC; nil for nothing.
func carried(t *testing.T, d *apitest.Door, id string) *intent.VPC {
	t.Helper()
	view, err := d.Store.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for host := range store.VPCHosts.All(view) {
		node, _ := edgelink.Compile(view, host.ID)
		for _, v := range node.VPCHost.VPCs {
			if string(v.ID) == id {
				return &v
			}
		}
	}
	return nil
}
