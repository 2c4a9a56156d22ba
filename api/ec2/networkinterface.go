package ec2

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// A plug is an app host's network interface, with the subnet that it is in.
type plug struct {
	demarc.HostInterface
	vpc    demarc.VPC
	subnet demarc.Subnet
	groups []types.GroupIdentifier
}

// id is made from what the interface is, since it is no object of its own.
func (p plug) id() string {
	sum := sha256.Sum256([]byte(string(p.vpc.ID) + "/" + p.Host))
	return "eni-" + hex.EncodeToString(sum[:])[:17]
}

// plugs are the interfaces of an account's app hosts.
func plugs(r store.Reader, by demarc.AccountID) []plug {
	all := []plug{}
	subnets := vpc.Subnets(r, by)
	for _, v := range vpc.VPCs(r, by) {
		for _, h := range v.Hosts {
			p := plug{HostInterface: h, vpc: v, groups: []types.GroupIdentifier{}}
			for _, id := range h.Groups {
				g, _ := store.SecurityGroups.Get(r, string(id))
				p.groups = append(p.groups, types.GroupIdentifier{GroupId: str(id), GroupName: &g.Name})
			}
			for _, s := range subnets {
				if s.VPC == v.ID && s.CIDR.Contains(h.Address) {
					p.subnet = s
				}
			}
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b plug) int { return cmp.Compare(a.id(), b.id()) })
	return all
}

// plugOf finds the interface of an app host of the account.
func (c call) plugOf(r store.Reader, id string) (plug, error) {
	for _, p := range plugs(r, c.by) {
		if p.id() == id && c.scope.Has(p.vpc.Region) {
			return p, nil
		}
	}
	return plug{}, demarc.Errorf(demarc.NotFound, "The networkInterface ID '%s' does not exist", id).In("networkInterface")
}

var plugListing = listing[plug]{
	kind: "networkInterface",
	id:   plug.id,
	of:   func(p plug) string { return string(p.vpc.ID) },
	filters: map[string]func(plug) []string{
		"network-interface-id":         one(plug.id),
		"vpc-id":                       one(func(p plug) demarc.VPCID { return p.vpc.ID }),
		"subnet-id":                    one(func(p plug) demarc.SubnetID { return p.subnet.ID }),
		"owner-id":                     one(func(p plug) demarc.AccountID { return p.vpc.Owner }),
		"availability-zone":            one(func(p plug) string { return p.subnet.Zone }),
		"private-ip-address":           one(plugAddress),
		"addresses.private-ip-address": one(plugAddress),
		"ipv6-addresses.ipv6-address":  one(plugIPv6),
		"description":                  one(func(p plug) string { return p.Host }),
		"status":                       always[plug](string(types.NetworkInterfaceStatusInUse)),
		"interface-type":               always[plug](string(types.NetworkInterfaceTypeInterface)),
		"requester-managed":            always[plug]("false"),
		"group-id":                     plugGroups,
		"requester-id":                 func(plug) []string { return nil },
		"attachment.instance-owner-id": one(func(p plug) demarc.AccountID { return p.vpc.Owner }),
		"attachment.instance-id":       func(plug) []string { return nil },
	},
}

func plugGroups(p plug) (ids []string) {
	for _, id := range p.Groups {
		ids = append(ids, string(id))
	}
	return ids
}

func plugAddress(p plug) string {
	if !p.Address.IsValid() {
		return ""
	}
	return p.Address.String()
}

func plugIPv6(p plug) string {
	if !p.IPv6.IsValid() {
		return ""
	}
	return p.IPv6.String()
}

func plugOut(p plug) types.NetworkInterface {
	six := []types.NetworkInterfaceIpv6Address{}
	if p.IPv6.IsValid() {
		six = append(six, types.NetworkInterfaceIpv6Address{Ipv6Address: ref(p.IPv6.String()), IsPrimaryIpv6: ref(false)})
	}
	return types.NetworkInterface{
		Ipv6Address: str(plugIPv6(p)), Ipv6Addresses: six,
		NetworkInterfaceId: ref(p.id()), VpcId: str(p.vpc.ID), SubnetId: str(p.subnet.ID), OwnerId: str(p.vpc.Owner),
		AvailabilityZone: str(p.subnet.Zone), Description: &p.Host, PrivateIpAddress: ref(p.Address.String()),
		PrivateIpAddresses: []types.NetworkInterfacePrivateIpAddress{{Primary: ref(true), PrivateIpAddress: ref(p.Address.String())}},
		InterfaceType:      types.NetworkInterfaceTypeInterface, Status: types.NetworkInterfaceStatusInUse,
		RequesterManaged: ref(false), SourceDestCheck: ref(true), Groups: p.groups, TagSet: []types.Tag{},
	}
}

func describeNetworkInterfaces(c call, view *store.View, in *sdk.DescribeNetworkInterfacesInput) (*sdk.DescribeNetworkInterfacesOutput, error) {
	part, next, err := plugListing.page(c, plugs(view, c.by), in.NetworkInterfaceIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeNetworkInterfacesOutput{NetworkInterfaces: each(part, plugOut), NextToken: next}, nil
}

func modifyNetworkInterfaceAttribute(c call, tx *store.Tx, in *sdk.ModifyNetworkInterfaceAttributeInput) (*sdk.ModifyNetworkInterfaceAttributeOutput, error) {
	p, err := c.plugOf(tx, get(in.NetworkInterfaceId))
	if err != nil {
		return nil, err
	}
	var groups []demarc.SecurityGroupID
	for _, id := range in.Groups {
		groups = append(groups, demarc.SecurityGroupID(id))
	}
	return &sdk.ModifyNetworkInterfaceAttributeOutput{}, vpc.SetGroups(tx, c.by, p.vpc.ID, p.Host, groups)
}
