package ec2_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
)

// The IPv6 life of a VPC: its range, a subnet's, a route, and back.
func TestIPv6OfAVPC(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	made := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.30.0.0/16"), AmazonProvidedIpv6CidrBlock: aws.Bool(true)}).Vpc
	six := made.Ipv6CidrBlockAssociationSet[0]
	whole, err := netip.ParsePrefix(*six.Ipv6CidrBlock)
	if err != nil || whole.Bits() != 56 || !whole.Addr().IsPrivate() || six.Ipv6CidrBlockState.State != types.VpcCidrBlockStateCodeAssociated {
		t.Fatalf("the VPC got %s, %s", *six.Ipv6CidrBlock, six.Ipv6CidrBlockState.State)
	}
	part := netip.PrefixFrom(whole.Addr(), 64).String()
	apitest.Refused(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: made.VpcId, CidrBlock: aws.String("10.30.1.0/24"), Ipv6CidrBlock: aws.String("fd00:1::/64")}, "InvalidSubnet.Range")
	subnet := apitest.Do(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: made.VpcId, CidrBlock: aws.String("10.30.1.0/24"), Ipv6CidrBlock: &part}).Subnet
	apitest.Refused(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: made.VpcId, CidrBlock: aws.String("10.30.2.0/24"), Ipv6CidrBlock: &part}, "InvalidSubnet.Conflict")
	plain := apitest.Do(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: made.VpcId, CidrBlock: aws.String("10.30.2.0/24")}).Subnet
	next := netip.PrefixFrom(netip.AddrFrom16(after(whole)), 64).String()
	given := apitest.Do(c.t, c.AssociateSubnetCidrBlock, &sdk.AssociateSubnetCidrBlockInput{SubnetId: plain.SubnetId, Ipv6CidrBlock: &next}).Ipv6CidrBlockAssociation
	found := apitest.Do(c.t, c.DescribeSubnets, &sdk.DescribeSubnetsInput{Filters: []types.Filter{filter("ipv6-cidr-block-association.ipv6-cidr-block", next)}}).Subnets
	if len(found) != 1 || *found[0].SubnetId != *plain.SubnetId || *found[0].Ipv6CidrBlockAssociationSet[0].AssociationId != *given.AssociationId {
		t.Errorf("found %v by its IPv6 range", found)
	}

	table := apitest.Do(c.t, c.CreateRouteTable, &sdk.CreateRouteTableInput{VpcId: made.VpcId}).RouteTable.RouteTableId
	igw := apitest.Do(c.t, c.CreateInternetGateway, &sdk.CreateInternetGatewayInput{}).InternetGateway.InternetGatewayId
	apitest.Do(c.t, c.AttachInternetGateway, &sdk.AttachInternetGatewayInput{InternetGatewayId: igw, VpcId: made.VpcId})
	apitest.Do(c.t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: table, DestinationIpv6CidrBlock: aws.String("::/0"), GatewayId: igw})
	apitest.Refused(c.t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: table, DestinationIpv6CidrBlock: &part, GatewayId: igw}, "InvalidParameterValue")
	var destinations []string
	for _, r := range apitest.Do(c.t, c.DescribeRouteTables, &sdk.DescribeRouteTablesInput{RouteTableIds: []string{*table}}).RouteTables[0].Routes {
		destinations = append(destinations, aws.ToString(r.DestinationCidrBlock)+aws.ToString(r.DestinationIpv6CidrBlock))
	}
	if want := []string{"10.30.0.0/16", whole.String(), "::/0"}; !slices.Equal(destinations, want) {
		t.Errorf("routes to %v, want %v", destinations, want)
	}
	apitest.Do(c.t, c.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: table, DestinationIpv6CidrBlock: aws.String("::/0")})

	inIntent(t, d, *made.VpcId, "10.30.0.0/16", whole.String())
	apitest.Refused(c.t, c.DisassociateVpcCidrBlock, &sdk.DisassociateVpcCidrBlockInput{AssociationId: six.AssociationId}, "InvalidCidrBlock.InUse")
	apitest.Do(c.t, c.DisassociateSubnetCidrBlock, &sdk.DisassociateSubnetCidrBlockInput{AssociationId: given.AssociationId})
	apitest.Refused(c.t, c.DisassociateSubnetCidrBlock, &sdk.DisassociateSubnetCidrBlockInput{AssociationId: given.AssociationId}, "InvalidSubnetCidrBlockAssociationID.NotFound")
	apitest.Do(c.t, c.DeleteSubnet, &sdk.DeleteSubnetInput{SubnetId: subnet.SubnetId})
	apitest.Do(c.t, c.DisassociateVpcCidrBlock, &sdk.DisassociateVpcCidrBlockInput{AssociationId: six.AssociationId})
	inIntent(t, d, *made.VpcId, "10.30.0.0/16")
	apitest.Do(c.t, c.DeleteSubnet, &sdk.DeleteSubnetInput{SubnetId: plain.SubnetId})
	apitest.Do(c.t, c.DetachInternetGateway, &sdk.DetachInternetGatewayInput{InternetGatewayId: igw, VpcId: made.VpcId})
	apitest.Do(c.t, c.DeleteRouteTable, &sdk.DeleteRouteTableInput{RouteTableId: table})
	apitest.Do(c.t, c.DeleteVpc, &sdk.DeleteVpcInput{VpcId: made.VpcId})
}

// after is the /64 that follows a range's first one.
func after(p netip.Prefix) [16]byte {
	b := p.Addr().As16()
	b[7]++
	return b
}

// inIntent checks which ranges a VPC's host is told of.
func inIntent(t *testing.T, d *apitest.Door, id string, want ...string) {
	t.Helper()
	var ranges []string
	for _, p := range carried(t, d, id).Ranges() {
		ranges = append(ranges, p.String())
	}
	if !slices.Equal(ranges, want) {
		t.Errorf("the node is told of %v, want %v", ranges, want)
	}
}

// A further IPv4 range: subnets are cut from it, and it may not be where
// something is already.
func TestSecondRange(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	n := build(c)
	add := func(cidr string) *sdk.AssociateVpcCidrBlockInput {
		return &sdk.AssociateVpcCidrBlockInput{VpcId: n.vpc, CidrBlock: &cidr}
	}
	apitest.Do(c.t, c.CreateRoute, &sdk.CreateRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("10.40.1.0/24"), GatewayId: n.vgw})
	apitest.Refused(c.t, c.AssociateVpcCidrBlock, add("10.20.128.0/17"), "CidrConflict")
	apitest.Refused(c.t, c.AssociateVpcCidrBlock, add("10.40.0.0/16"), "CidrConflict")
	apitest.Refused(c.t, c.AssociateVpcCidrBlock, add("10.0.0.0/8"), "InvalidVpc.Range")
	apitest.Refused(c.t, c.AssociateVpcCidrBlock, &sdk.AssociateVpcCidrBlockInput{VpcId: n.vpc}, "InvalidParameterValue")
	second := apitest.Do(c.t, c.AssociateVpcCidrBlock, add("10.21.0.0/16")).CidrBlockAssociation
	for _, more := range []string{"10.22.0.0/16", "10.23.0.0/16", "10.24.0.0/16"} {
		apitest.Do(c.t, c.AssociateVpcCidrBlock, add(more))
	}
	apitest.Refused(c.t, c.AssociateVpcCidrBlock, add("10.25.0.0/16"), "ResourceLimitExceeded")
	subnet := apitest.Do(c.t, c.CreateSubnet, &sdk.CreateSubnetInput{VpcId: n.vpc, CidrBlock: aws.String("10.21.1.0/24")}).Subnet
	apitest.Refused(c.t, c.DisassociateVpcCidrBlock, &sdk.DisassociateVpcCidrBlockInput{AssociationId: second.AssociationId}, "InvalidCidrBlock.InUse")
	apitest.Do(c.t, c.DeleteSubnet, &sdk.DeleteSubnetInput{SubnetId: subnet.SubnetId})
	other := as(t, d, "platform")
	apitest.Refused(other.t, other.DisassociateVpcCidrBlock, &sdk.DisassociateVpcCidrBlockInput{AssociationId: second.AssociationId}, "InvalidVpcCidrBlockAssociationID.NotFound")
	apitest.Do(c.t, c.DisassociateVpcCidrBlock, &sdk.DisassociateVpcCidrBlockInput{AssociationId: second.AssociationId})
	first := apitest.Do(c.t, c.DescribeVpcs, &sdk.DescribeVpcsInput{VpcIds: []string{*n.vpc}}).Vpcs[0].CidrBlockAssociationSet
	if len(first) != 4 || *first[0].CidrBlock != "10.20.0.0/16" {
		t.Errorf("the VPC has %v", first)
	}
	apitest.Refused(c.t, c.DisassociateVpcCidrBlock, &sdk.DisassociateVpcCidrBlockInput{AssociationId: first[0].AssociationId}, "OperationNotPermitted")
}

// An app host is given an address of its subnet's IPv6 range, and the node is
// told.
func TestAppHostsGetIPv6Addresses(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "platform")
	plug := apitest.Do(c.t, c.DescribeNetworkInterfaces, &sdk.DescribeNetworkInterfacesInput{}).NetworkInterfaces[0]
	assign := &sdk.AssignIpv6AddressesInput{NetworkInterfaceId: plug.NetworkInterfaceId, Ipv6AddressCount: aws.Int32(1)}
	apitest.Refused(c.t, c.AssignIpv6Addresses, assign, "InvalidParameterValue")
	given := apitest.Do(c.t, c.AssociateVpcCidrBlock, &sdk.AssociateVpcCidrBlockInput{VpcId: plug.VpcId, AmazonProvidedIpv6CidrBlock: aws.Bool(true)})
	part := netip.PrefixFrom(netip.MustParsePrefix(*given.Ipv6CidrBlockAssociation.Ipv6CidrBlock).Addr(), 64)
	association := apitest.Do(c.t, c.AssociateSubnetCidrBlock, &sdk.AssociateSubnetCidrBlockInput{SubnetId: plug.SubnetId, Ipv6CidrBlock: aws.String(part.String())}).Ipv6CidrBlockAssociation.AssociationId
	apitest.Refused(c.t, c.AssignIpv6Addresses, &sdk.AssignIpv6AddressesInput{NetworkInterfaceId: plug.NetworkInterfaceId, Ipv6Addresses: []string{"fd00::1"}}, "InvalidParameterValue")
	address := apitest.Do(c.t, c.AssignIpv6Addresses, assign).AssignedIpv6Addresses[0]
	apitest.Refused(c.t, c.AssignIpv6Addresses, assign, "ResourceLimitExceeded")
	plug = apitest.Do(c.t, c.DescribeNetworkInterfaces, &sdk.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("ipv6-addresses.ipv6-address", address)}}).NetworkInterfaces[0]
	if !part.Contains(netip.MustParseAddr(address)) || *plug.Ipv6Address != address || *plug.Ipv6Addresses[0].Ipv6Address != address {
		t.Errorf("assigned %s of %s, described as %v", address, part, plug.Ipv6Addresses)
	}
	if hosts := carried(t, d, *plug.VpcId).Hosts; hosts[0].IPv6.String() != address {
		t.Errorf("the node is told of %v", hosts[0].IPv6)
	}
	apitest.Refused(c.t, c.DisassociateSubnetCidrBlock, &sdk.DisassociateSubnetCidrBlockInput{AssociationId: association}, "DependencyViolation")
	apitest.Do(c.t, c.UnassignIpv6Addresses, &sdk.UnassignIpv6AddressesInput{NetworkInterfaceId: plug.NetworkInterfaceId, Ipv6Addresses: []string{address}})
	apitest.Do(c.t, c.DisassociateSubnetCidrBlock, &sdk.DisassociateSubnetCidrBlockInput{AssociationId: association})
	stranger := as(t, d, "customer")
	apitest.Refused(stranger.t, stranger.AssignIpv6Addresses, assign, "InvalidNetworkInterfaceID.NotFound")
}
