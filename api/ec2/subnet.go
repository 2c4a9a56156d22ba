package ec2

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/api/awsquery"
	"demarc/store"
	"demarc/vpc"
)

func createSubnet(c call, tx *store.Tx, in *sdk.CreateSubnetInput) (*sdk.CreateSubnetOutput, error) {
	cidr, err := prefix("cidrBlock", in.CidrBlock)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(types.ResourceTypeSubnet, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	zone, byID := get(in.AvailabilityZone), get(in.AvailabilityZoneId)
	if zone != "" && byID != "" {
		return nil, &awsquery.Error{Code: "InvalidParameterCombination", Message: "The parameters availabilityZone and availabilityZoneId cannot be used together"}
	}
	if byID != "" {
		zone = zoneByID(c.scope.Region, byID)
	}
	s, err := vpc.CreateSubnet(tx, c.by, demarc.VPCID(get(in.VpcId)), cidr, zone, tags)
	if err != nil {
		return nil, err
	}
	if in.Ipv6CidrBlock != nil {
		six, err := prefix6("ipv6CidrBlock", in.Ipv6CidrBlock)
		if err != nil {
			return nil, err
		}
		if s, err = vpc.AddSubnetIPv6(tx, c.by, s.ID, six); err != nil {
			return nil, err
		}
	}
	out := c.subnetOut(s)
	return &sdk.CreateSubnetOutput{Subnet: &out}, nil
}

// reserved are the addresses of a subnet that nothing can have (EC2: the first
// four and the last).
const reserved = 5

func (c call) subnetOut(s demarc.Subnet) types.Subnet {
	return types.Subnet{
		SubnetId: str(s.ID), VpcId: str(s.VPC), OwnerId: str(s.Owner), CidrBlock: ref(s.CIDR.String()), State: types.SubnetStateAvailable,
		AvailabilityZone: &s.Zone, AvailabilityZoneId: ref(zoneID(c.scope.Region, s.Zone)),
		AvailableIpAddressCount: ref(int32(1)<<(32-s.CIDR.Bits()) - reserved),
		SubnetArn:               ref(c.arn("subnet/" + string(s.ID))),
		MapPublicIpOnLaunch:     &s.MapPublic, DefaultForAz: ref(false), AssignIpv6AddressOnCreation: ref(false),
		MapCustomerOwnedIpOnLaunch: ref(false), EnableDns64: ref(false), Ipv6Native: ref(false),
		Ipv6CidrBlockAssociationSet: subnetRangesOut(s),
		PrivateDnsNameOptionsOnLaunch: &types.PrivateDnsNameOptionsOnLaunch{
			HostnameType: types.HostnameTypeIpName, EnableResourceNameDnsARecord: ref(false), EnableResourceNameDnsAAAARecord: ref(false),
		},
		Tags: tagsOut(s.Tags),
	}
}

// arn names something of the caller's.
func (c call) arn(resource string) string { return c.arnOf(c.by, resource) }

func (c call) arnOf(owner demarc.AccountID, resource string) string {
	return "arn:aws:ec2:" + string(c.scope.Region) + ":" + string(owner) + ":" + resource
}

func deleteSubnet(c call, tx *store.Tx, in *sdk.DeleteSubnetInput) (*sdk.DeleteSubnetOutput, error) {
	return &sdk.DeleteSubnetOutput{}, vpc.DeleteSubnet(tx, c.by, demarc.SubnetID(get(in.SubnetId)))
}

func (c call) subnetListing() listing[demarc.Subnet] {
	cidr := one(func(s demarc.Subnet) string { return s.CIDR.String() })
	zone := one(func(s demarc.Subnet) string { return s.Zone })
	zoneID := one(func(s demarc.Subnet) string { return zoneID(c.scope.Region, s.Zone) })
	return listing[demarc.Subnet]{
		kind: "subnet",
		id:   func(s demarc.Subnet) string { return string(s.ID) },
		tags: func(s demarc.Subnet) []demarc.Tag { return s.Tags },
		filters: map[string]func(demarc.Subnet) []string{
			"subnet-id": one(func(s demarc.Subnet) demarc.SubnetID { return s.ID }),
			"vpc-id":    one(func(s demarc.Subnet) demarc.VPCID { return s.VPC }),
			"owner-id":  one(func(s demarc.Subnet) demarc.AccountID { return s.Owner }),
			"cidr":      cidr, "cidr-block": cidr, "cidrBlock": cidr,
			"availability-zone": zone, "availabilityZone": zone, "availability-zone-id": zoneID, "availabilityZoneId": zoneID,
			"map-public-ip-on-launch":                     flag(func(s demarc.Subnet) bool { return s.MapPublic }),
			"ipv6-cidr-block-association.ipv6-cidr-block": overSubnetRange(rangePrefix),
			"ipv6-cidr-block-association.association-id":  overSubnetRange(rangeID),
			"ipv6-cidr-block-association.state":           overSubnetRange(rangeState),
			"state":                                       always[demarc.Subnet]("available"),
			"default-for-az":                              always[demarc.Subnet]("false"), "defaultForAz": always[demarc.Subnet]("false"),
		},
	}
}

func describeSubnets(c call, view *store.View, in *sdk.DescribeSubnetsInput) (*sdk.DescribeSubnetsOutput, error) {
	l := c.subnetListing()
	part, next, err := l.page(c, vpc.Subnets(view, c.by), in.SubnetIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeSubnetsOutput{Subnets: each(part, c.subnetOut), NextToken: next}, nil
}

func modifySubnetAttribute(c call, tx *store.Tx, in *sdk.ModifySubnetAttributeInput) (*sdk.ModifySubnetAttributeOutput, error) {
	on := attribute(in.MapPublicIpOnLaunch)
	if on == nil {
		return nil, missing("MapPublicIpOnLaunch")
	}
	return &sdk.ModifySubnetAttributeOutput{}, vpc.ModifySubnet(tx, c.by, demarc.SubnetID(get(in.SubnetId)), *on)
}
