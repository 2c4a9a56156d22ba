package ec2

import (
	"net/netip"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

func associateVPCCIDRBlock(c call, tx *store.Tx, in *sdk.AssociateVpcCidrBlockInput) (*sdk.AssociateVpcCidrBlockOutput, error) {
	id, six := demarc.VPCID(get(in.VpcId)), get(in.AmazonProvidedIpv6CidrBlock)
	if six == (in.CidrBlock != nil) {
		return nil, demarc.Errorf(demarc.Invalid, "The request must contain exactly one of cidrBlock and amazonProvidedIpv6CidrBlock").In("vpc")
	}
	out := &sdk.AssociateVpcCidrBlockOutput{VpcId: in.VpcId}
	if six {
		a, err := vpc.AddIPv6(tx, c.by, id)
		out.Ipv6CidrBlockAssociation = ref(c.vpcRange6Out(a))
		return out, err
	}
	cidr, err := prefix("cidrBlock", in.CidrBlock)
	if err != nil {
		return nil, err
	}
	a, err := vpc.AddIPv4(tx, c.by, id, cidr)
	out.CidrBlockAssociation = ref(vpcRangeOut(a))
	return out, err
}

func disassociateVPCCIDRBlock(c call, tx *store.Tx, in *sdk.DisassociateVpcCidrBlockInput) (*sdk.DisassociateVpcCidrBlockOutput, error) {
	v, a, err := vpc.RemoveRange(tx, c.by, get(in.AssociationId))
	if err != nil {
		return nil, err
	}
	out := &sdk.DisassociateVpcCidrBlockOutput{VpcId: str(v.ID)}
	gone := &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeDisassociated}
	if a.Prefix.Addr().Is4() {
		out.CidrBlockAssociation = ref(vpcRangeOut(a))
		out.CidrBlockAssociation.CidrBlockState = gone
		return out, nil
	}
	out.Ipv6CidrBlockAssociation = ref(c.vpcRange6Out(a))
	out.Ipv6CidrBlockAssociation.Ipv6CidrBlockState = gone
	return out, nil
}

func vpcRangeOut(a demarc.RangeAssociation) types.VpcCidrBlockAssociation {
	return types.VpcCidrBlockAssociation{
		AssociationId:  ref(a.ID),
		CidrBlock:      ref(a.Prefix.String()),
		CidrBlockState: &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeAssociated},
	}
}

// vpcRange6Out calls the range Amazon's, as clients expect of one that was
// drawn for them.
func (c call) vpcRange6Out(a demarc.RangeAssociation) types.VpcIpv6CidrBlockAssociation {
	return types.VpcIpv6CidrBlockAssociation{
		AssociationId:        ref(a.ID),
		Ipv6CidrBlock:        ref(a.Prefix.String()),
		Ipv6CidrBlockState:   &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeAssociated},
		Ipv6Pool:             ref("Amazon"),
		IpSource:             types.IpSourceAmazon,
		Ipv6AddressAttribute: types.Ipv6AddressAttributePrivate,
		NetworkBorderGroup:   ref(string(c.scope.Region)),
	}
}

// rangesOut are the associations of a VPC's ranges of each family.
func (c call) rangesOut(v demarc.VPC) (four []types.VpcCidrBlockAssociation, six []types.VpcIpv6CidrBlockAssociation) {
	six = []types.VpcIpv6CidrBlockAssociation{}
	for _, a := range v.Associations() {
		if a.Prefix.Addr().Is4() {
			four = append(four, vpcRangeOut(a))
		} else {
			six = append(six, c.vpcRange6Out(a))
		}
	}
	return four, six
}

// overRanges is a filter's values over the ranges of one family.
func overRanges(four bool, value func(demarc.RangeAssociation) string) func(demarc.VPC) []string {
	return func(v demarc.VPC) (values []string) {
		for _, a := range v.Associations() {
			if a.Prefix.Addr().Is4() == four {
				values = append(values, value(a))
			}
		}
		return values
	}
}

func rangePrefix(a demarc.RangeAssociation) string { return a.Prefix.String() }

func rangeID(a demarc.RangeAssociation) string { return a.ID }

func rangeState(demarc.RangeAssociation) string { return "associated" }

func associateSubnetCIDRBlock(c call, tx *store.Tx, in *sdk.AssociateSubnetCidrBlockInput) (*sdk.AssociateSubnetCidrBlockOutput, error) {
	p, err := prefix6("ipv6CidrBlock", in.Ipv6CidrBlock)
	if err != nil {
		return nil, err
	}
	s, err := vpc.AddSubnetIPv6(tx, c.by, demarc.SubnetID(get(in.SubnetId)), p)
	if err != nil {
		return nil, err
	}
	return &sdk.AssociateSubnetCidrBlockOutput{SubnetId: in.SubnetId, Ipv6CidrBlockAssociation: &subnetRangesOut(s)[0]}, nil
}

func disassociateSubnetCIDRBlock(c call, tx *store.Tx, in *sdk.DisassociateSubnetCidrBlockInput) (*sdk.DisassociateSubnetCidrBlockOutput, error) {
	id, was, err := vpc.RemoveSubnetIPv6(tx, c.by, get(in.AssociationId))
	if err != nil {
		return nil, err
	}
	gone := subnetRangeOut(was)
	gone.Ipv6CidrBlockState = &types.SubnetCidrBlockState{State: types.SubnetCidrBlockStateCodeDisassociated}
	return &sdk.DisassociateSubnetCidrBlockOutput{SubnetId: str(id), Ipv6CidrBlockAssociation: &gone}, nil
}

func subnetRangeOut(a demarc.RangeAssociation) types.SubnetIpv6CidrBlockAssociation {
	return types.SubnetIpv6CidrBlockAssociation{
		AssociationId:        ref(a.ID),
		Ipv6CidrBlock:        ref(a.Prefix.String()),
		Ipv6CidrBlockState:   &types.SubnetCidrBlockState{State: types.SubnetCidrBlockStateCodeAssociated},
		IpSource:             types.IpSourceAmazon,
		Ipv6AddressAttribute: types.Ipv6AddressAttributePrivate,
	}
}

// subnetRangesOut is never nil: clients expect the element.
func subnetRangesOut(s demarc.Subnet) []types.SubnetIpv6CidrBlockAssociation {
	if s.IPv6 == nil {
		return []types.SubnetIpv6CidrBlockAssociation{}
	}
	return []types.SubnetIpv6CidrBlockAssociation{subnetRangeOut(*s.IPv6)}
}

// overSubnetRange is a filter's value over a subnet's IPv6 range.
func overSubnetRange(value func(demarc.RangeAssociation) string) func(demarc.Subnet) []string {
	return func(s demarc.Subnet) []string {
		if s.IPv6 == nil {
			return nil
		}
		return []string{value(*s.IPv6)}
	}
}

func assignIPv6Addresses(c call, tx *store.Tx, in *sdk.AssignIpv6AddressesInput) (*sdk.AssignIpv6AddressesOutput, error) {
	p, err := c.plugOf(tx, get(in.NetworkInterfaceId))
	if err != nil {
		return nil, err
	}
	if count := int(get(in.Ipv6AddressCount)) + len(in.Ipv6Addresses); count != 1 {
		return nil, demarc.Errorf(demarc.Invalid, "%d IPv6 addresses are asked for, and a network interface has one", count).In("networkInterface")
	}
	var asked netip.Addr
	if len(in.Ipv6Addresses) == 1 {
		if asked, err = netip.ParseAddr(in.Ipv6Addresses[0]); err != nil {
			return nil, malformed("ipv6Addresses", in.Ipv6Addresses[0])
		}
	}
	given, err := vpc.AssignIPv6(tx, c.by, p.vpc.ID, p.Host, asked)
	return &sdk.AssignIpv6AddressesOutput{NetworkInterfaceId: in.NetworkInterfaceId, AssignedIpv6Addresses: []string{given.String()}}, err
}

func unassignIPv6Addresses(c call, tx *store.Tx, in *sdk.UnassignIpv6AddressesInput) (*sdk.UnassignIpv6AddressesOutput, error) {
	p, err := c.plugOf(tx, get(in.NetworkInterfaceId))
	if err != nil {
		return nil, err
	}
	for _, text := range in.Ipv6Addresses {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, malformed("ipv6Addresses", text)
		}
		if err := vpc.UnassignIPv6(tx, c.by, p.vpc.ID, p.Host, address); err != nil {
			return nil, err
		}
	}
	return &sdk.UnassignIpv6AddressesOutput{NetworkInterfaceId: in.NetworkInterfaceId, UnassignedIpv6Addresses: in.Ipv6Addresses}, nil
}
