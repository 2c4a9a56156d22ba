package cli_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/api/apitest"
	"demarc/store"
)

// six gives the environment there a range of IPv6, and has the desk's site know
// of it.
func (h *hub) six() (given netip.Prefix) {
	h.Helper()
	env, _ := store.Environments.Get(h.there.Store.Local(), "acme-prod")
	out := apitest.Do(h.T, h.boss.AssociateVpcCidrBlock, &ec2.AssociateVpcCidrBlockInput{VpcId: aws.String(string(env.VPC)), AmazonProvidedIpv6CidrBlock: aws.Bool(true)})
	given = netip.MustParsePrefix(*out.Ipv6CidrBlockAssociation.Ipv6CidrBlock)
	h.write(h.desk, func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-prod")
		vpc, _ := store.VPCs.Get(tx, string(env.VPC))
		vpc.More = append(slices.Clone(vpc.More), demarc.RangeAssociation{ID: demarc.NewVPCRangeID(), Prefix: given})
		store.VPCs.Put(tx, vpc)
		return nil
	})
	return given
}

// attachment is the environment's.
func (h *hub) attachment() types.TransitGatewayVpcAttachment {
	h.Helper()
	all := apitest.Do(h.T, h.boss.DescribeTransitGatewayVpcAttachments, &ec2.DescribeTransitGatewayVpcAttachmentsInput{}).TransitGatewayVpcAttachments
	if len(all) != 1 {
		h.Fatalf("%d attachments, want 1", len(all))
	}
	return all[0]
}

// TestAnOwnTransitGatewayThereForBothFamilies has each step carry a prefix of
// either: the attachment, the Transit Gateway's routes, what the Direct Connect
// gateway advertises, and the environment's route tables.
func TestAnOwnTransitGatewayThereForBothFamilies(t *testing.T) {
	h := unasked(t)
	given := h.six()
	h.ask("192.168.50.0/24", "fd50:50::/64")
	h.create()
	h.transit("customer", 0, "share")
	h.transit("platform", 0, "attach")
	if a := h.attachment(); a.Options.Ipv6Support != types.Ipv6SupportValueEnable {
		t.Errorf("attached with Ipv6Support %s", a.Options.Ipv6Support)
	}
	h.transit("customer", 0, "accept")
	apitest.Do(t, h.boss.ModifyTransitGatewayVpcAttachment, &ec2.ModifyTransitGatewayVpcAttachmentInput{
		TransitGatewayAttachmentId: h.attachment().TransitGatewayAttachmentId, Options: &types.ModifyTransitGatewayVpcAttachmentRequestOptions{Ipv6Support: types.Ipv6SupportValueDisable},
	})
	if got := h.as("platform", 8, "case", "status", h.of); !strings.Contains(got, "leaves IPv6 out") || !strings.Contains(got, "demarc elsewhere transit attach "+h.of) {
		t.Errorf("without IPv6: %s", got)
	}
	for range 2 {
		h.transit("platform", 0, "attach")
	}
	if a := h.attachment(); a.Options.Ipv6Support != types.Ipv6SupportValueEnable {
		t.Errorf("attached again with Ipv6Support %s", a.Options.Ipv6Support)
	}
	network := h.network()
	direct := apitest.Do(t, directconnect.NewFromConfig(h.there.Config(t, "customer")).CreateDirectConnectGateway, &directconnect.CreateDirectConnectGatewayInput{
		DirectConnectGatewayName: aws.String("hub"), AmazonSideAsn: aws.Int64(64600),
	}).DirectConnectGateway.DirectConnectGatewayId
	if out, complaints, code := h.unlooked("elsewhere", "transit", "routes", h.of, "--as", "there-customer", "--direct-connect-gateway", *direct, "--timeout", "1ms"); code != 3 || !strings.Contains(complaints, "does not reach fd50:50::/64") {
		t.Errorf("nothing leads to the IPv6 prefix: %d %s%s", code, out, complaints)
	}
	for a := range store.GatewayAssociations.All(h.there.Store.Local()) {
		if !slices.Contains(a.Allowed, given) || len(a.Allowed) != 2 {
			t.Errorf("the Direct Connect gateway is to advertise %v, want %s besides IPv4", a.Allowed, given)
		}
	}
	table := apitest.Do(t, h.ec2.DescribeTransitGatewayRouteTables, &ec2.DescribeTransitGatewayRouteTablesInput{}).TransitGatewayRouteTables[0].TransitGatewayRouteTableId
	apitest.Do(t, h.ec2.CreateTransitGatewayRoute, &ec2.CreateTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: aws.String("fd50:50::/64"), TransitGatewayAttachmentId: network})
	h.transit("customer", 0, "routes")
	for range 2 {
		h.transit("platform", 0, "routes")
	}
	leads := h.leads()
	slices.Sort(leads)
	if !slices.Equal(leads, []string{"192.168.50.0/24", "fd50:50::/64"}) {
		t.Errorf("the environment leads %v to it", leads)
	}
	h.stands("customer", 0, "nothing is left")
	h.transit("platform", 0, "routes", "--back")
	if leads := h.leads(); len(leads) != 0 {
		t.Errorf("taken back, the environment leads %v to it", leads)
	}
}
