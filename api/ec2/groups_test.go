package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
)

// An app host of the site file is in no group until it is put into some, which
// are then in use, and its node learns their rules: those that name a group as
// the addresses of its members.
func TestGroupsOfANetworkInterface(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "platform")
	plug := apitest.Do(c.t, c.DescribeNetworkInterfaces, &sdk.DescribeNetworkInterfacesInput{}).NetworkInterfaces[0]
	if len(plug.Groups) != 0 || carried(t, d, *plug.VpcId).Hosts[0].Gate != nil {
		t.Errorf("at first it is in the groups %v", plug.Groups)
	}
	group := apitest.Do(c.t, c.CreateSecurityGroup, &sdk.CreateSecurityGroupInput{GroupName: aws.String("web"), Description: aws.String("web"), VpcId: plug.VpcId}).GroupId
	apitest.Do(c.t, c.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{GroupId: group, IpPermissions: []types.IpPermission{
		{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(88), IpRanges: []types.IpRange{{CidrIp: aws.String("192.168.50.0/24")}}},
		{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: group}}},
	}})
	modify := func(groups ...string) *sdk.ModifyNetworkInterfaceAttributeInput {
		return &sdk.ModifyNetworkInterfaceAttributeInput{NetworkInterfaceId: plug.NetworkInterfaceId, Groups: groups}
	}
	apitest.Refused(c.t, c.ModifyNetworkInterfaceAttribute, modify("sg-00000000000000000"), "InvalidGroup.NotFound")
	apitest.Do(c.t, c.ModifyNetworkInterfaceAttribute, modify(*group))
	plug = apitest.Do(c.t, c.DescribeNetworkInterfaces, &sdk.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("group-id", *group)}}).NetworkInterfaces[0]
	if len(plug.Groups) != 1 || *plug.Groups[0].GroupId != *group || *plug.Groups[0].GroupName != "web" {
		t.Errorf("it is in the groups %v", plug.Groups)
	}
	var passes []string
	for _, p := range carried(t, d, *plug.VpcId).Hosts[0].Gate.Passes {
		passes = append(passes, p.String())
	}
	want := []string{"out to 0.0.0.0/0", "in from " + *plug.PrivateIpAddress + "/32", "in from 192.168.50.0/24, protocol 6, 80-88"}
	if len(passes) != 3 || passes[0] != want[0] || passes[1] != want[1] || passes[2] != want[2] {
		t.Errorf("the node lets through %q, want %q", passes, want)
	}
	apitest.Refused(c.t, c.DeleteSecurityGroup, &sdk.DeleteSecurityGroupInput{GroupId: group}, "DependencyViolation")
	stranger := as(t, d, "customer")
	apitest.Refused(stranger.t, stranger.ModifyNetworkInterfaceAttribute, modify(*group), "InvalidNetworkInterfaceID.NotFound")
}
