package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
)

// TestAStrangerSeesNoTransitGateway: every operation on one that is another's
// and not shared, on its tables and its attachments, answers as for what does
// not exist.
func TestAStrangerSeesNoTransitGateway(t *testing.T) {
	d := apitest.Open(t)
	owner, c := as(t, d, "customer"), as(t, d, "partner")
	tgw := apitest.Do(owner.t, owner.CreateTransitGateway, &sdk.CreateTransitGatewayInput{}).TransitGateway
	vpc, subnet, _ := place(owner, "10.70.0.0/16", "10.70.1.0/24", "10.70.2.0/24")
	attachment := apitest.Do(owner.t, owner.CreateTransitGatewayVpcAttachment, &sdk.CreateTransitGatewayVpcAttachmentInput{
		TransitGatewayId: tgw.TransitGatewayId, VpcId: vpc, SubnetIds: []string{*subnet},
	}).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	own, ownSubnet, _ := place(c, "10.71.0.0/16", "10.71.1.0/24", "10.71.2.0/24")
	list := apitest.Do(c.t, c.CreateManagedPrefixList, &sdk.CreateManagedPrefixListInput{PrefixListName: aws.String("l"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(1)}).PrefixList.PrefixListId
	anywhere := aws.String("0.0.0.0/0")
	filters := []types.Filter{filter("state", "active")}
	gateways := map[string]func(id *string) error{
		"attach": func(id *string) error {
			_, err := c.CreateTransitGatewayVpcAttachment(t.Context(), &sdk.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: id, VpcId: own, SubnetIds: []string{*ownSubnet}})
			return err
		},
		"modify": func(id *string) error {
			_, err := c.ModifyTransitGateway(t.Context(), &sdk.ModifyTransitGatewayInput{TransitGatewayId: id})
			return err
		},
		"delete": func(id *string) error {
			_, err := c.DeleteTransitGateway(t.Context(), &sdk.DeleteTransitGatewayInput{TransitGatewayId: id})
			return err
		},
		"table": func(id *string) error {
			_, err := c.CreateTransitGatewayRouteTable(t.Context(), &sdk.CreateTransitGatewayRouteTableInput{TransitGatewayId: id})
			return err
		},
	}
	tables := map[string]func(id *string) error{
		"describe": func(id *string) error {
			_, err := c.DescribeTransitGatewayRouteTables(t.Context(), &sdk.DescribeTransitGatewayRouteTablesInput{TransitGatewayRouteTableIds: []string{*id}})
			return err
		},
		"search": func(id *string) error {
			_, err := c.SearchTransitGatewayRoutes(t.Context(), &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: id, Filters: filters})
			return err
		},
		"route": func(id *string) error {
			_, err := c.CreateTransitGatewayRoute(t.Context(), &sdk.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: id, DestinationCidrBlock: anywhere, Blackhole: aws.Bool(true)})
			return err
		},
		"refer": func(id *string) error {
			_, err := c.CreateTransitGatewayPrefixListReference(t.Context(), &sdk.CreateTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: id, PrefixListId: list, Blackhole: aws.Bool(true)})
			return err
		},
		"lists": func(id *string) error {
			_, err := c.GetTransitGatewayPrefixListReferences(t.Context(), &sdk.GetTransitGatewayPrefixListReferencesInput{TransitGatewayRouteTableId: id})
			return err
		},
		"refer elsewhere": func(id *string) error {
			_, err := c.ModifyTransitGatewayPrefixListReference(t.Context(), &sdk.ModifyTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: id, PrefixListId: list, Blackhole: aws.Bool(true)})
			return err
		},
		"unrefer": func(id *string) error {
			_, err := c.DeleteTransitGatewayPrefixListReference(t.Context(), &sdk.DeleteTransitGatewayPrefixListReferenceInput{TransitGatewayRouteTableId: id, PrefixListId: list})
			return err
		},
		"associate": func(id *string) error {
			_, err := c.AssociateTransitGatewayRouteTable(t.Context(), &sdk.AssociateTransitGatewayRouteTableInput{TransitGatewayRouteTableId: id, TransitGatewayAttachmentId: attachment})
			return err
		},
		"delete": func(id *string) error {
			_, err := c.DeleteTransitGatewayRouteTable(t.Context(), &sdk.DeleteTransitGatewayRouteTableInput{TransitGatewayRouteTableId: id})
			return err
		},
	}
	attachments := map[string]func(id *string) error{
		"describe": func(id *string) error {
			_, err := c.DescribeTransitGatewayAttachments(t.Context(), &sdk.DescribeTransitGatewayAttachmentsInput{TransitGatewayAttachmentIds: []string{*id}})
			return err
		},
		"accept": func(id *string) error {
			_, err := c.AcceptTransitGatewayVpcAttachment(t.Context(), &sdk.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id})
			return err
		},
		"propagations": func(id *string) error {
			_, err := c.GetTransitGatewayAttachmentPropagations(t.Context(), &sdk.GetTransitGatewayAttachmentPropagationsInput{TransitGatewayAttachmentId: id})
			return err
		},
		"delete": func(id *string) error {
			_, err := c.DeleteTransitGatewayVpcAttachment(t.Context(), &sdk.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id})
			return err
		},
	}
	for _, of := range []struct {
		theirs *string
		nobody string
		calls  map[string]func(id *string) error
	}{
		{tgw.TransitGatewayId, "tgw-00000000000000000", gateways},
		{tgw.Options.AssociationDefaultRouteTableId, "tgw-rtb-00000000000000000", tables},
		{attachment, "tgw-attach-00000000000000000", attachments},
	} {
		for name, call := range of.calls {
			if theirs, nobodys := words(t, call(of.theirs), *of.theirs), words(t, call(&of.nobody), of.nobody); theirs != nobodys {
				t.Errorf("%s: %q is told from %q", name, theirs, nobodys)
			}
		}
	}
}
