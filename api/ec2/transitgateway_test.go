package ec2_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/api/apitest"
	"demarc/store"
	"demarc/transit"
)

// TestATransitGateway: a VPC and a Direct Connect gateway are attached, a route
// leads there, and what was deleted is described as such.
func TestATransitGateway(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	n := build(c)
	tgw := apitest.Do(c.t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{Options: &types.TransitGatewayRequestOptions{AmazonSideAsn: aws.Int64(64700)}}).TransitGateway.TransitGatewayId
	apitest.Refused(c.t, c.CreateTransitGateway, &sdk.CreateTransitGatewayInput{Options: &types.TransitGatewayRequestOptions{MulticastSupport: types.MulticastSupportValueEnable}}, "UnsupportedOperation")
	route := &sdk.CreateRouteInput{RouteTableId: n.table, DestinationCidrBlock: aws.String("192.168.0.0/16"), TransitGatewayId: tgw}
	apitest.Refused(c.t, c.CreateRoute, route, "InvalidParameterValue")
	in := &sdk.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: tgw, VpcId: n.vpc, SubnetIds: []string{*n.subnet}}
	attachment := apitest.Do(c.t, c.CreateTransitGatewayVpcAttachment, in).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	apitest.Refused(c.t, c.CreateTransitGatewayVpcAttachment, in, "DuplicateTransitGatewayAttachment")
	apitest.Do(c.t, c.CreateRoute, route)
	_, err := c.DeleteTransitGateway(t.Context(), &sdk.DeleteTransitGatewayInput{TransitGatewayId: tgw})
	if got := words(t, err, *tgw); !strings.HasPrefix(got, "IncorrectState ID has non-deleted VPC Attachments: "+*attachment) {
		t.Errorf("clients match on these words: %s", got)
	}
	apitest.Refused(c.t, c.DeleteSubnet, &sdk.DeleteSubnetInput{SubnetId: n.subnet}, "DependencyViolation")

	associate(t, d, *tgw)
	got := apitest.Do(c.t, c.DescribeTransitGatewayAttachments, &sdk.DescribeTransitGatewayAttachmentsInput{Filters: []types.Filter{
		filter("transit-gateway-id", *tgw), filter("resource-type", "direct-connect-gateway"),
	}}).TransitGatewayAttachments
	if len(got) != 1 || *got[0].ResourceId != "dxgw-1" || got[0].State != types.TransitGatewayAttachmentStateAvailable {
		t.Errorf("attachments: %+v", got)
	}

	apitest.Do(c.t, c.DeleteTransitGatewayVpcAttachment, &sdk.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: attachment})
	table := apitest.Do(c.t, c.DescribeRouteTables, &sdk.DescribeRouteTablesInput{RouteTableIds: []string{*n.table}, Filters: []types.Filter{filter("route.state", "blackhole")}}).RouteTables
	if len(table) != 1 {
		t.Error("the route to what is detached is no blackhole")
	}
	left := apitest.Do(c.t, c.DescribeTransitGatewayVpcAttachments, &sdk.DescribeTransitGatewayVpcAttachmentsInput{TransitGatewayAttachmentIds: []string{*attachment}}).TransitGatewayVpcAttachments
	if left[0].State != types.TransitGatewayAttachmentStateDeleted {
		t.Errorf("the deleted attachment is %s", left[0].State)
	}
	apitest.Do(c.t, c.DeleteRoute, &sdk.DeleteRouteInput{RouteTableId: n.table, DestinationCidrBlock: route.DestinationCidrBlock})
	if gone := apitest.Do(c.t, c.DeleteTransitGateway, &sdk.DeleteTransitGatewayInput{TransitGatewayId: tgw}).TransitGateway; gone.State != types.TransitGatewayStateDeleted {
		t.Errorf("the deleted Transit Gateway is %s", gone.State)
	}
	destroy(c, n)
}

// associate puts an association with a Direct Connect gateway beside what the
// API makes: it is made by another API.
func associate(t *testing.T, d *apitest.Door, tgw string) {
	t.Helper()
	owner := d.Account(t, "customer").ID
	err := d.Store.Write(context.Background(), func(tx *store.Tx) error {
		a := demarc.GatewayAssociation{
			ID: "a-1", DirectConnectGateway: "dxgw-1", Owner: owner, State: demarc.GatewayAssociated,
			Gateway: demarc.AssociatedGateway{ID: tgw, Type: demarc.AssociatedTransitGateway, Owner: owner},
		}
		store.GatewayAssociations.Put(tx, a)
		return transit.Join(tx, a, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}
