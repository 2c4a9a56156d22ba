package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
)

func tagging(id *string, key, value string) *sdk.CreateTagsInput {
	return &sdk.CreateTagsInput{Resources: []string{*id}, Tags: []types.Tag{{Key: &key, Value: &value}}}
}

// TestTagsOnARule: Terraform puts a rule's tags on after it has made the rule.
func TestTagsOnARule(t *testing.T) {
	d := apitest.Open(t)
	c, stranger := as(t, d, "customer"), as(t, d, "partner")
	vpc := apitest.Do(c.t, c.CreateVpc, &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	group := apitest.Do(c.t, c.CreateSecurityGroup, &sdk.CreateSecurityGroupInput{VpcId: vpc, GroupName: aws.String("web"), Description: aws.String("web servers")}).GroupId
	rule := apitest.Do(c.t, c.AuthorizeSecurityGroupIngress, &sdk.AuthorizeSecurityGroupIngressInput{
		GroupId: group, IpPermissions: everything(types.IpRange{CidrIp: aws.String("10.0.0.0/8")}),
	}).SecurityGroupRules[0].SecurityGroupRuleId
	apitest.Refused(stranger.t, stranger.CreateTags, tagging(rule, "Name", "theirs"), "InvalidSecurityGroupRuleId.NotFound")
	apitest.Refused(c.t, c.CreateTags, tagging(aws.String("sgr-00000000000000000"), "Name", "ours"), "InvalidSecurityGroupRuleId.NotFound")
	apitest.Refused(c.t, c.CreateTags, tagging(rule, "aws:Name", "ours"), "InvalidParameterValue")
	apitest.Refused(c.t, c.CreateTags, tagging(aws.String("sgr"), "Name", "ours"), "InvalidID")
	apitest.Do(c.t, c.CreateTags, tagging(rule, "Name", "ours"))
	apitest.Do(c.t, c.CreateTags, tagging(rule, "Of", "us"))
	read := func() types.SecurityGroupRule {
		return only(t, apitest.Do(c.t, c.DescribeSecurityGroupRules, &sdk.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("tag:Name", "ours")}}).SecurityGroupRules)
	}
	if got := read(); *got.SecurityGroupRuleId != *rule || len(got.Tags) != 2 {
		t.Errorf("rule: %+v", got)
	}
	apitest.Do(c.t, c.DeleteTags, &sdk.DeleteTagsInput{Resources: []string{*rule}, Tags: []types.Tag{{Key: aws.String("Of")}}})
	if tag := only(t, apitest.Do(c.t, c.DescribeTags, &sdk.DescribeTagsInput{Filters: []types.Filter{filter("resource-type", "security-group-rule")}}).Tags); *tag.ResourceId != *rule || *tag.Value != "ours" || len(read().Tags) != 1 {
		t.Errorf("tag: %+v", tag)
	}
}

// TestBothOwnersTagAnAttachment: each has tags of its own there, as Terraform's
// accepter puts them on, and neither sees the other's.
func TestBothOwnersTagAnAttachment(t *testing.T) {
	d := apitest.Open(t)
	owner, guest, stranger := as(t, d, "customer"), as(t, d, "partner"), as(t, d, "facility")
	tgw := apitest.Do(owner.t, owner.CreateTransitGateway, &sdk.CreateTransitGatewayInput{}).TransitGateway.TransitGatewayId
	share(t, d, *tgw, "partner")
	vpc, subnet, _ := place(guest, "10.70.0.0/16", "10.70.1.0/24", "10.70.2.0/24")
	id := apitest.Do(guest.t, guest.CreateTransitGatewayVpcAttachment, &sdk.CreateTransitGatewayVpcAttachmentInput{
		TransitGatewayId: tgw, VpcId: vpc, SubnetIds: []string{*subnet}, TagSpecifications: named(types.ResourceTypeTransitGatewayAttachment, "spoke"),
	}).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	apitest.Do(owner.t, owner.CreateTags, tagging(id, "Name", "seventh"))
	apitest.Refused(stranger.t, stranger.CreateTags, tagging(id, "Name", "mine"), "InvalidTransitGatewayAttachmentID.NotFound")
	for _, side := range []struct {
		caller
		name, others string
	}{{owner, "seventh", "spoke"}, {guest, "spoke", "seventh"}} {
		c := side.caller
		got := only(t, apitest.Do(c.t, c.DescribeTransitGatewayVpcAttachments, &sdk.DescribeTransitGatewayVpcAttachmentsInput{Filters: []types.Filter{filter("tag:Name", side.name)}}).TransitGatewayVpcAttachments)
		if tag := only(t, got.Tags); *tag.Value != side.name {
			t.Errorf("one side of it has %s, want %s", *tag.Value, side.name)
		}
		if tag := only(t, apitest.Do(c.t, c.DescribeTags, &sdk.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", *id)}}).Tags); *tag.Value != side.name {
			t.Errorf("one side of it lists %s, want %s", *tag.Value, side.name)
		}
		if seen := apitest.Do(c.t, c.DescribeTransitGatewayAttachments, &sdk.DescribeTransitGatewayAttachmentsInput{Filters: []types.Filter{filter("tag:Name", side.others)}}).TransitGatewayAttachments; len(seen) > 0 {
			t.Errorf("%s finds it by the other side's %s", side.name, side.others)
		}
	}
}

// TestTagsHaveAnyCharacter: in EC2 they may, unlike Direct Connect's, and come
// back as they were; but not what no answer can be written with.
func TestTagsHaveAnyCharacter(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	const key, value = `git (url)*`, "https://ü.example/?a=1&b=2#<x>,\t\"y\"\r\n"
	in := &sdk.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16"), TagSpecifications: []types.TagSpecification{{
		ResourceType: types.ResourceTypeVpc, Tags: []types.Tag{{Key: aws.String(key), Value: aws.String(value)}},
	}}}
	vpc := apitest.Do(c.t, c.CreateVpc, in).Vpc.VpcId
	if tag := only(t, apitest.Do(c.t, c.DescribeTags, &sdk.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", *vpc)}}).Tags); *tag.Key != key || *tag.Value != value {
		t.Errorf("tag: %q = %q", *tag.Key, *tag.Value)
	}
	apitest.Refused(c.t, c.CreateTags, tagging(vpc, "a\x00", "b"), "InvalidParameterValue")
	apitest.Refused(c.t, c.CreateTags, tagging(vpc, "a", "\x1f"), "InvalidParameterValue")
	apitest.Refused(c.t, c.CreateTags, tagging(vpc, "AWS:a", "b"), "InvalidParameterValue")
}

// TestWhatIsDeletedTakesNoTags: it is described, and does not exist any more.
func TestWhatIsDeletedTakesNoTags(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	vgw := apitest.Do(c.t, c.CreateVpnGateway, &sdk.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1}).VpnGateway.VpnGatewayId
	apitest.Do(c.t, c.DeleteVpnGateway, &sdk.DeleteVpnGatewayInput{VpnGatewayId: vgw})
	apitest.Refused(c.t, c.CreateTags, tagging(vgw, "Name", "late"), "InvalidVpnGatewayID.NotFound")
	tgw := apitest.Do(c.t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{}).TransitGateway
	apitest.Do(c.t, c.DeleteTransitGateway, &sdk.DeleteTransitGatewayInput{TransitGatewayId: tgw.TransitGatewayId})
	apitest.Refused(c.t, c.CreateTags, tagging(tgw.TransitGatewayId, "Name", "late"), "InvalidTransitGatewayID.NotFound")
	apitest.Refused(c.t, c.CreateTags, tagging(tgw.Options.AssociationDefaultRouteTableId, "Name", "late"), "InvalidRouteTableID.NotFound")
}
