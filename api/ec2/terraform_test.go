package ec2_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/api/apitest"
)

// A stack is a configuration that was applied: how each of its resources is
// read again, and how it is taken away, which goes backwards. The calls are
// those that Terraform's provider for AWS makes.
type stack struct {
	caller
	reads []func() any
	undo  []func()
}

// resource adds one to the stack. Reading it must give something.
func (s *stack) resource(read func() any, undo func()) {
	s.reads, s.undo = append(s.reads, read), append(s.undo, undo)
}

func (s *stack) plan() (all []any) {
	for _, read := range s.reads {
		all = append(all, read())
	}
	return all
}

func (s *stack) destroy() {
	for _, undo := range slices.Backward(s.undo) {
		undo()
	}
}

// only is the one element of a list.
func only[T any](t *testing.T, list []T) T {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("got %d of %T, want 1", len(list), list)
	}
	return list[0]
}

// TestTerraform: a configuration of a network on a Transit Gateway is applied,
// plans again without changes, and is destroyed, after which nothing is left.
func TestTerraform(t *testing.T) {
	d := apitest.Open(t)
	s := &stack{caller: as(t, d, "customer")}
	vpc := s.vpc()
	subnet := s.subnet(vpc)
	igw := s.internetGateway(vpc)
	vgw := s.vpnGateway(vpc)
	group := s.securityGroup(vpc)
	s.groupRule(group)
	tgw := s.transitGateway()
	attachment := s.attachment(tgw, vpc, subnet)
	s.defaultsAre(tgw, attachment, true)
	table := s.routeTable(vpc, map[string]types.Route{
		"0.0.0.0/0": {GatewayId: igw}, "192.168.0.0/16": {TransitGatewayId: tgw},
	}, vgw)
	s.tableAssociation(table, subnet)
	list := s.prefixList()
	s.listedRoute(table, list, tgw)

	transitTable := s.transitTable(tgw)
	s.leaveDefaults(tgw, attachment)
	s.transitAssociation(transitTable, attachment)
	s.transitPropagation(transitTable, attachment)
	s.transitRoute(transitTable, "0.0.0.0/0", attachment)
	s.transitRoute(transitTable, "10.99.0.0/16", nil)
	s.transitReference(transitTable, list, attachment)

	first := s.plan()
	if diff := cmp.Diff(first, s.plan(), cmpopts.IgnoreTypes(middleware.Metadata{}), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Error(diff)
	}
	s.destroy()
	if left := apitest.Do(s.caller.t, s.DescribeVpcs, &sdk.DescribeVpcsInput{Filters: []types.Filter{filter("vpc-id", *vpc)}}).Vpcs; len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
	if left := apitest.Do(s.caller.t, s.DescribeTags, &sdk.DescribeTagsInput{Filters: []types.Filter{filter("value", "stack"), filter("resource-type", "vpc", "subnet", "route-table", "internet-gateway", "security-group")}}).Tags; len(left) > 0 {
		t.Errorf("tags are left: %+v", left)
	}
}

const patience = 10 * time.Second

func (s *stack) vpc() *string {
	id := apitest.Do(s.caller.t, s.CreateVpc, &sdk.CreateVpcInput{
		CidrBlock: aws.String("10.40.0.0/16"), AmazonProvidedIpv6CidrBlock: aws.Bool(false), InstanceTenancy: types.TenancyDefault,
		TagSpecifications: named(types.ResourceTypeVpc, "stack"),
	}).Vpc.VpcId
	one := &sdk.DescribeVpcsInput{VpcIds: []string{*id}}
	if err := sdk.NewVpcAvailableWaiter(s).Wait(s.t.Context(), one, patience); err != nil {
		s.t.Fatal(err)
	}
	apitest.Do(s.caller.t, s.ModifyVpcAttribute, &sdk.ModifyVpcAttributeInput{VpcId: id, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
	attribute := func(name types.VpcAttributeName) *sdk.DescribeVpcAttributeOutput {
		return apitest.Do(s.caller.t, s.DescribeVpcAttribute, &sdk.DescribeVpcAttributeInput{VpcId: id, Attribute: name})
	}
	of := filter("vpc-id", *id)
	s.resource(func() any {
		return []any{
			only(s.t, apitest.Do(s.caller.t, s.DescribeVpcs, one).Vpcs),
			*attribute(types.VpcAttributeNameEnableDnsHostnames).EnableDnsHostnames.Value,
			*attribute(types.VpcAttributeNameEnableDnsSupport).EnableDnsSupport.Value,
			*attribute(types.VpcAttributeNameEnableNetworkAddressUsageMetrics).EnableNetworkAddressUsageMetrics.Value,
			only(s.t, apitest.Do(s.caller.t, s.DescribeNetworkAcls, &sdk.DescribeNetworkAclsInput{Filters: []types.Filter{of, filter("default", "true")}}).NetworkAcls),
			only(s.t, apitest.Do(s.caller.t, s.DescribeRouteTables, &sdk.DescribeRouteTablesInput{Filters: []types.Filter{of, filter("association.main", "true")}}).RouteTables),
			only(s.t, apitest.Do(s.caller.t, s.DescribeSecurityGroups, &sdk.DescribeSecurityGroupsInput{Filters: []types.Filter{of, filter("group-name", "default")}}).SecurityGroups),
		}
	}, func() {
		apitest.Do(s.caller.t, s.DeleteVpc, &sdk.DeleteVpcInput{VpcId: id})
		apitest.Refused(s.caller.t, s.DescribeVpcs, one, "InvalidVpcID.NotFound")
		apitest.Refused(s.caller.t, s.DeleteVpc, &sdk.DeleteVpcInput{VpcId: id}, "InvalidVpcID.NotFound")
	})
	return id
}

func (s *stack) subnet(vpc *string) *string {
	id := apitest.Do(s.caller.t, s.CreateSubnet, &sdk.CreateSubnetInput{
		VpcId: vpc, CidrBlock: aws.String("10.40.1.0/24"), AvailabilityZone: aws.String("eu-west-1a"), TagSpecifications: named(types.ResourceTypeSubnet, "stack"),
	}).Subnet.SubnetId
	one := &sdk.DescribeSubnetsInput{SubnetIds: []string{*id}}
	if err := sdk.NewSubnetAvailableWaiter(s).Wait(s.t.Context(), one, patience); err != nil {
		s.t.Fatal(err)
	}
	apitest.Do(s.caller.t, s.ModifySubnetAttribute, &sdk.ModifySubnetAttributeInput{SubnetId: id, MapPublicIpOnLaunch: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
	s.resource(func() any { return only(s.t, apitest.Do(s.caller.t, s.DescribeSubnets, one).Subnets) }, func() {
		s.lingering("subnet-id", id)
		apitest.Do(s.caller.t, s.DeleteSubnet, &sdk.DeleteSubnetInput{SubnetId: id})
		apitest.Refused(s.caller.t, s.DescribeSubnets, one, "InvalidSubnetID.NotFound")
	})
	return id
}

// lingering looks for interfaces that are still in something.
func (s *stack) lingering(name string, id *string) {
	if left := apitest.Do(s.caller.t, s.DescribeNetworkInterfaces, &sdk.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter(name, *id)}}).NetworkInterfaces; len(left) > 0 {
		s.t.Errorf("interfaces are left: %+v", left)
	}
}

func (s *stack) internetGateway(vpc *string) *string {
	id := apitest.Do(s.caller.t, s.CreateInternetGateway, &sdk.CreateInternetGatewayInput{TagSpecifications: named(types.ResourceTypeInternetGateway, "stack")}).InternetGateway.InternetGatewayId
	one := &sdk.DescribeInternetGatewaysInput{InternetGatewayIds: []string{*id}}
	if err := sdk.NewInternetGatewayExistsWaiter(s).Wait(s.t.Context(), one, patience); err != nil {
		s.t.Fatal(err)
	}
	apitest.Do(s.caller.t, s.AttachInternetGateway, &sdk.AttachInternetGatewayInput{InternetGatewayId: id, VpcId: vpc})
	s.resource(func() any {
		igw := only(s.t, apitest.Do(s.caller.t, s.DescribeInternetGateways, one).InternetGateways)
		if a := only(s.t, igw.Attachments); *a.VpcId != *vpc || a.State != "available" {
			s.t.Errorf("attachment: %+v", a)
		}
		return igw
	}, func() {
		detach := &sdk.DetachInternetGatewayInput{InternetGatewayId: id, VpcId: vpc}
		apitest.Do(s.caller.t, s.DetachInternetGateway, detach)
		apitest.Refused(s.caller.t, s.DetachInternetGateway, detach, "Gateway.NotAttached")
		apitest.Do(s.caller.t, s.DeleteInternetGateway, &sdk.DeleteInternetGatewayInput{InternetGatewayId: id})
		apitest.Refused(s.caller.t, s.DescribeInternetGateways, one, "InvalidInternetGatewayID.NotFound")
	})
	return id
}

func (s *stack) vpnGateway(vpc *string) *string {
	id := apitest.Do(s.caller.t, s.CreateVpnGateway, &sdk.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1, TagSpecifications: named(types.ResourceTypeVpnGateway, "stack")}).VpnGateway.VpnGatewayId
	apitest.Do(s.caller.t, s.AttachVpnGateway, &sdk.AttachVpnGatewayInput{VpnGatewayId: id, VpcId: vpc})
	one := &sdk.DescribeVpnGatewaysInput{VpnGatewayIds: []string{*id}}
	read := func() types.VpnGateway {
		return only(s.t, apitest.Do(s.caller.t, s.DescribeVpnGateways, one).VpnGateways)
	}
	s.resource(func() any {
		if a := only(s.t, read().VpcAttachments); *a.VpcId != *vpc || a.State != types.AttachmentStatusAttached {
			s.t.Errorf("attachment: %+v", a)
		}
		return read()
	}, func() {
		detach := &sdk.DetachVpnGatewayInput{VpnGatewayId: id, VpcId: vpc}
		apitest.Do(s.caller.t, s.DetachVpnGateway, detach)
		if a := only(s.t, read().VpcAttachments); a.State != types.AttachmentStatusDetached {
			s.t.Errorf("after detaching: %+v", a)
		}
		apitest.Refused(s.caller.t, s.DetachVpnGateway, detach, "InvalidVpnGatewayAttachment.NotFound")
		apitest.Do(s.caller.t, s.DeleteVpnGateway, &sdk.DeleteVpnGatewayInput{VpnGatewayId: id})
		if gone := read(); gone.State != types.VpnStateDeleted {
			s.t.Errorf("the deleted gateway is %s", gone.State)
		}
		apitest.Refused(s.caller.t, s.DeleteVpnGateway, &sdk.DeleteVpnGatewayInput{VpnGatewayId: id}, "InvalidVpnGatewayID.NotFound")
	})
	return id
}

// routeTable writes routes and waits for each as the provider does.
func (s *stack) routeTable(vpc *string, routes map[string]types.Route, vgw *string) *string {
	id := apitest.Do(s.caller.t, s.CreateRouteTable, &sdk.CreateRouteTableInput{VpcId: vpc, ClientToken: aws.String("terraform-1"), TagSpecifications: named(types.ResourceTypeRouteTable, "stack")}).RouteTable.RouteTableId
	one := &sdk.DescribeRouteTablesInput{RouteTableIds: []string{*id}}
	read := func() types.RouteTable {
		return only(s.t, apitest.Do(s.caller.t, s.DescribeRouteTables, one).RouteTables)
	}
	has := func(prefix string) bool {
		return slices.ContainsFunc(read().Routes, func(r types.Route) bool {
			return aws.ToString(r.DestinationCidrBlock) == prefix && r.Origin == types.RouteOriginCreateRoute && r.State == types.RouteStateActive
		})
	}
	for prefix, to := range routes {
		apitest.Do(s.caller.t, s.CreateRoute, &sdk.CreateRouteInput{RouteTableId: id, DestinationCidrBlock: &prefix, GatewayId: to.GatewayId, TransitGatewayId: to.TransitGatewayId})
		if !has(prefix) {
			s.t.Errorf("the route to %s is not active", prefix)
		}
	}
	apitest.Do(s.caller.t, s.EnableVgwRoutePropagation, &sdk.EnableVgwRoutePropagationInput{RouteTableId: id, GatewayId: vgw})
	s.resource(func() any { return read() }, func() {
		apitest.Do(s.caller.t, s.DisableVgwRoutePropagation, &sdk.DisableVgwRoutePropagationInput{RouteTableId: id, GatewayId: vgw})
		for prefix := range routes {
			apitest.Do(s.caller.t, s.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: id, DestinationCidrBlock: &prefix})
			if has(prefix) {
				s.t.Errorf("the route to %s is still there", prefix)
			}
			apitest.Refused(s.caller.t, s.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: id, DestinationCidrBlock: &prefix}, "InvalidRoute.NotFound")
		}
		apitest.Do(s.caller.t, s.DeleteRouteTable, &sdk.DeleteRouteTableInput{RouteTableId: id})
		apitest.Refused(s.caller.t, s.DescribeRouteTables, one, "InvalidRouteTableID.NotFound")
	})
	return id
}

func (s *stack) tableAssociation(table, subnet *string) {
	id := apitest.Do(s.caller.t, s.AssociateRouteTable, &sdk.AssociateRouteTableInput{RouteTableId: table, SubnetId: subnet}).AssociationId
	by := &sdk.DescribeRouteTablesInput{Filters: []types.Filter{filter("association.route-table-association-id", *id)}}
	s.resource(func() any {
		for _, a := range only(s.t, apitest.Do(s.caller.t, s.DescribeRouteTables, by).RouteTables).Associations {
			if *a.RouteTableAssociationId == *id && a.AssociationState.State == types.RouteTableAssociationStateCodeAssociated {
				return a
			}
		}
		s.t.Error("the association is not read back")
		return nil
	}, func() {
		apitest.Do(s.caller.t, s.DisassociateRouteTable, &sdk.DisassociateRouteTableInput{AssociationId: id})
		if left := apitest.Do(s.caller.t, s.DescribeRouteTables, by).RouteTables; len(left) > 0 {
			s.t.Errorf("the association is left: %+v", left)
		}
		apitest.Refused(s.caller.t, s.DisassociateRouteTable, &sdk.DisassociateRouteTableInput{AssociationId: id}, "InvalidAssociationID.NotFound")
	})
}
