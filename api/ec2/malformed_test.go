package ec2_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"demarc/api/apitest"
)

// TestMalformedIDs: what is no id of its kind is told from what does not exist,
// in EC2's codes and words.
func TestMalformedIDs(t *testing.T) {
	c := as(t, apitest.Open(t), "customer")
	nope := aws.String("nope")
	ctx := t.Context()
	err := func(_ any, err error) error { return err }
	for code, calls := range map[string][]error{
		"InvalidVpcID.Malformed": {
			err(c.DescribeVpcs(ctx, &sdk.DescribeVpcsInput{VpcIds: []string{"vpc-00000000000000000", "nope"}})),
			err(c.DeleteVpc(ctx, &sdk.DeleteVpcInput{VpcId: nope})),
			err(c.CreateSubnet(ctx, &sdk.CreateSubnetInput{VpcId: nope, CidrBlock: aws.String("10.1.0.0/24")})),
			err(c.CreateRouteTable(ctx, &sdk.CreateRouteTableInput{VpcId: nope, DryRun: aws.Bool(true)})),
		},
		"InvalidSubnetID.Malformed":            {err(c.DescribeSubnets(ctx, &sdk.DescribeSubnetsInput{SubnetIds: []string{"nope"}}))},
		"InvalidRouteTableId.Malformed":        {err(c.DeleteRouteTable(ctx, &sdk.DeleteRouteTableInput{RouteTableId: nope})), err(c.DeleteTransitGatewayRouteTable(ctx, &sdk.DeleteTransitGatewayRouteTableInput{TransitGatewayRouteTableId: nope}))},
		"InvalidInternetGatewayId.Malformed":   {err(c.DeleteInternetGateway(ctx, &sdk.DeleteInternetGatewayInput{InternetGatewayId: nope}))},
		"InvalidVpnGatewayID.Malformed":        {err(c.DescribeVpnGateways(ctx, &sdk.DescribeVpnGatewaysInput{VpnGatewayIds: []string{"nope"}}))},
		"InvalidGroupId.Malformed":             {err(c.DescribeSecurityGroups(ctx, &sdk.DescribeSecurityGroupsInput{GroupIds: []string{"nope"}}))},
		"InvalidSecurityGroupRuleId.Malformed": {err(c.DescribeSecurityGroupRules(ctx, &sdk.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{"nope"}}))},
		"InvalidNetworkAclId.Malformed":        {err(c.DescribeNetworkAcls(ctx, &sdk.DescribeNetworkAclsInput{NetworkAclIds: []string{"nope"}}))},
		"InvalidNetworkInterfaceId.Malformed":  {err(c.DescribeNetworkInterfaces(ctx, &sdk.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{"nope"}}))},
		"InvalidPrefixListId.Malformed":        {err(c.DeleteManagedPrefixList(ctx, &sdk.DeleteManagedPrefixListInput{PrefixListId: nope}))},
		"InvalidTransitGatewayID.Malformed": {
			err(c.DescribeTransitGateways(ctx, &sdk.DescribeTransitGatewaysInput{TransitGatewayIds: []string{"tgw-nope"}})),
			err(c.DeleteTransitGateway(ctx, &sdk.DeleteTransitGatewayInput{TransitGatewayId: aws.String(" tgw-00000000000000000")})), // as pasted
			err(c.DeleteTransitGateway(ctx, &sdk.DeleteTransitGatewayInput{TransitGatewayId: aws.String("tgw-attach-00000000000000000")})),
			err(c.DeleteTransitGateway(ctx, &sdk.DeleteTransitGatewayInput{TransitGatewayId: aws.String("tgw-000000000000000000")})),
		},
		"InvalidTransitGatewayAttachmentID.Malformed": {err(c.DeleteTransitGatewayVpcAttachment(ctx, &sdk.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: nope}))},
	} {
		for i, call := range calls {
			if call == nil {
				t.Errorf("call %d was not refused with %s", i, code)
			} else if got := words(t, call, "nope"); got[:len(code)] != code {
				t.Errorf("call %d: %s, want %s", i, got, code)
			}
		}
	}
	if got, want := words(t, err(c.DeleteVpc(ctx, &sdk.DeleteVpcInput{VpcId: nope})), "nope"), `InvalidVpcID.Malformed Invalid id: "ID" (expecting "vpc-...")`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestNoASNIsZero: 0 is refused, and no value is the default.
func TestNoASNIsZero(t *testing.T) {
	c := as(t, apitest.Open(t), "customer")
	for _, asn := range []int64{0, -1, 1 << 32, 4200000000 - 1} {
		apitest.Refused(t, c.CreateVpnGateway, &sdk.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1, AmazonSideAsn: &asn}, "InvalidParameterValue")
		apitest.Refused(t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{Options: &types.TransitGatewayRequestOptions{AmazonSideAsn: &asn}}, "InvalidParameterValue")
	}
	if gw := apitest.Do(t, c.CreateVpnGateway, &sdk.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1}).VpnGateway; *gw.AmazonSideAsn != 64512 {
		t.Errorf("without a value the ASN is %d", *gw.AmazonSideAsn)
	}
	tgw := apitest.Do(t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{}).TransitGateway
	if *tgw.Options.AmazonSideAsn != 64512 {
		t.Errorf("without a value the ASN is %d", *tgw.Options.AmazonSideAsn)
	}
	apitest.Refused(t, c.ModifyTransitGateway, &sdk.ModifyTransitGatewayInput{TransitGatewayId: tgw.TransitGatewayId, Options: &types.ModifyTransitGatewayOptions{AmazonSideAsn: aws.Int64(0)}}, "InvalidParameterValue")
}

// words are a refusal's, with ID for the id.
func words(t *testing.T, err error, id string) string {
	t.Helper()
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	return e.ErrorCode() + " " + strings.ReplaceAll(e.ErrorMessage(), id, "ID")
}
