package cli_test

import (
	"cmp"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ram"

	"demarc/api/apitest"
	"demarc/store"
)

// hub is a Transit Gateway of the customer's there, with a network of its own
// attached to it.
type hub struct {
	*twoSites
	id, of string
	ec2    *ec2.Client // the customer's
	boss   *ec2.Client // the platform's
}

func newHub(t *testing.T) *hub {
	h := unasked(t)
	h.ask("192.168.50.0/24")
	return h
}

// unasked is one that no case is about yet.
func unasked(t *testing.T) *hub {
	s := newTwoSites(t)
	return &hub{twoSites: s, ec2: ec2.NewFromConfig(s.there.Config(t, "customer")), boss: ec2.NewFromConfig(s.there.Config(t, "platform"))}
}

func (h *hub) ask(prefixes ...string) {
	h.Helper()
	line := []string{"case", "open", "--kind", "own-transit-gateway", "--environment", "acme-prod"}
	for _, p := range prefixes {
		line = append(line, "--prefix", p)
	}
	h.of = regexp.MustCompile(`case-[a-z0-9]+`).FindString(h.as("customer", 0, line...))
}

func (h *hub) create() {
	h.Helper()
	h.id = *apitest.Do(h.T, h.ec2.CreateTransitGateway, &ec2.CreateTransitGatewayInput{Options: &types.TransitGatewayRequestOptions{AmazonSideAsn: aws.Int64(64900)}}).TransitGateway.TransitGatewayId
}

// network puts the prefix of the case behind the Transit Gateway.
func (h *hub) network() (attachment *string) {
	h.Helper()
	vpc := apitest.Do(h.T, h.ec2.CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("192.168.50.0/24")}).Vpc.VpcId
	subnet := apitest.Do(h.T, h.ec2.CreateSubnet, &ec2.CreateSubnetInput{VpcId: vpc, CidrBlock: aws.String("192.168.50.0/24"), AvailabilityZone: aws.String("eu-west-1a")}).Subnet.SubnetId
	return apitest.Do(h.T, h.ec2.CreateTransitGatewayVpcAttachment, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: &h.id, VpcId: vpc, SubnetIds: []string{*subnet}}).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
}

// stands is a party's page of the case, whose exit code says whose move it is.
func (h *hub) stands(party string, code int, want string) {
	h.Helper()
	if got := h.as(party, code, "case", "status", h.of); !strings.Contains(strings.SplitN(got, "\n", 2)[0], want) {
		h.Errorf("status as %s: got %s\nwant %q", party, got, want)
	}
}

func (h *hub) transit(party string, code int, verb string, args ...string) string {
	h.Helper()
	return h.as(party, code, append([]string{"elsewhere", "transit", verb, h.of, "--timeout", "10ms"}, args...)...)
}

// leads lists what the environment's route tables there lead to the Transit
// Gateway.
func (h *hub) leads() (all []string) {
	h.Helper()
	for _, table := range apitest.Do(h.T, h.boss.DescribeRouteTables, &ec2.DescribeRouteTablesInput{}).RouteTables {
		for _, r := range table.Routes {
			if aws.ToString(r.TransitGatewayId) == h.id {
				all = append(all, cmp.Or(aws.ToString(r.DestinationCidrBlock), aws.ToString(r.DestinationIpv6CidrBlock)))
			}
		}
	}
	return all
}

// TestAnOwnTransitGatewayThere takes the seven steps by the commands, each said
// too early and each done twice.
func TestAnOwnTransitGatewayThere(t *testing.T) {
	h := newHub(t)
	if out, complaints, code := h.unlooked("case", "status", h.of); code != 2 || !strings.Contains(out, "nobody has looked") || !strings.Contains(complaints, "--as") {
		t.Errorf("without a look: %d %s%s", code, out, complaints)
	}
	h.stands("customer", 8, "Share the Transit Gateway")
	h.transit("customer", 2, "share") // there is none
	h.transit("platform", 3, "share") // it is not the platform's
	h.create()
	h.stands("platform", 5, "Share the Transit Gateway")
	h.transit("platform", 3, "attach")
	h.transit("customer", 3, "accept")
	for range 2 {
		h.transit("customer", 0, "share")
	}
	shares := 0
	for s := range store.ResourceShares.All(h.there.Store.Local()) {
		shares++
		if s.Name != "demarc-"+h.of {
			t.Errorf("the share is called %q", s.Name)
		}
	}
	if shares != 1 {
		t.Errorf("%d shares, want 1", shares)
	}
	h.stands("customer", 5, "Accept the share")
	h.stands("platform", 8, "Accept the share")
	for range 2 {
		h.transit("platform", 0, "attach")
	}
	h.stands("platform", 5, "Accept the attachment")
	h.transit("platform", 3, "routes") // the customer has yet to accept
	h.as("customer", 0, "link", "preflight", "--environment", "acme-prod", "--location", "LIS1", "--prefix", "192.168.60.0/24")
	for range 2 {
		h.transit("customer", 0, "accept")
	}
	if out, complaints, code := h.unlooked("link", "request", "--environment", "acme-prod", "--location", "LIS1", "--prefix", "192.168.60.0/24"); code != 3 || !strings.Contains(complaints, "E-TGW-EXCLUSIVE") {
		t.Errorf("a line beside the Transit Gateway: %d %s%s", code, out, complaints)
	}
	h.stands("customer", 8, "Route between your network and the environment")
	h.stands("platform", 5, "Route between your network and the environment")
	h.transit("platform", 3, "routes") // too early
	h.transit("customer", 3, "routes") // nothing is behind it
	h.network()
	h.transit("customer", 0, "routes")
	h.stands("customer", 5, "Route the prefixes to the Transit Gateway")
	h.stands("platform", 8, "Route the prefixes to the Transit Gateway")
	for range 2 {
		h.transit("platform", 0, "routes")
	}
	if got := h.leads(); len(got) == 0 || got[0] != "192.168.50.0/24" {
		t.Errorf("the environment leads %v to it", got)
	}
	if got := h.as("customer", 0, "case", "show", h.of); !strings.Contains(got, "answer: Ready to use: the route tables of vpc-") {
		t.Errorf("the end: %s", got)
	}
	h.stands("customer", 0, "nothing is left")
	h.transit("platform", 0, "routes", "--back")
	h.stands("customer", 5, "Route the prefixes to the Transit Gateway")
	if got := h.leads(); len(got) != 0 {
		t.Errorf("taken back, the environment leads %v to it", got)
	}
}

// TestATransitErrandBrokenOff goes on where it was: each half of a step was done
// by somebody who died before saying so.
func TestATransitErrandBrokenOff(t *testing.T) {
	h := newHub(t)
	owner, guest := ram.NewFromConfig(h.there.Config(t, "customer")), ram.NewFromConfig(h.there.Config(t, "platform"))
	h.create()
	name := "demarc-" + h.of
	mine := string(h.there.Account(t, "customer").ID)
	share := apitest.Do(t, owner.CreateResourceShare, &ram.CreateResourceShareInput{Name: &name, ResourceArns: []string{"arn:aws:ec2:eu-west-1:" + mine + ":transit-gateway/" + h.id}}).ResourceShare.ResourceShareArn
	h.transit("customer", 0, "share") // without the platform in it
	invited := func() (arn string) {
		for _, i := range apitest.Do(t, guest.GetResourceShareInvitations, &ram.GetResourceShareInvitationsInput{}).ResourceShareInvitations {
			if i.Status == "PENDING" {
				arn = *i.ResourceShareInvitationArn
			}
		}
		return arn
	}
	apitest.Do(t, guest.RejectResourceShareInvitation, &ram.RejectResourceShareInvitationInput{ResourceShareInvitationArn: aws.String(invited())})
	h.stands("customer", 8, "Accept the share") // it is the customer's to invite again
	h.transit("customer", 0, "share")
	if all := apitest.Do(t, owner.GetResourceShares, &ram.GetResourceSharesInput{ResourceOwner: "SELF"}).ResourceShares; len(all) != 1 || *all[0].ResourceShareArn != *share {
		t.Errorf("%d shares, want the one that there was", len(all))
	}
	apitest.Do(t, guest.AcceptResourceShareInvitation, &ram.AcceptResourceShareInvitationInput{ResourceShareInvitationArn: aws.String(invited())})
	h.transit("platform", 0, "attach")
	attachments := apitest.Do(t, h.boss.DescribeTransitGatewayVpcAttachments, &ec2.DescribeTransitGatewayVpcAttachmentsInput{}).TransitGatewayVpcAttachments
	if len(attachments) != 1 {
		t.Fatalf("%d attachments, want 1", len(attachments))
	}
	apitest.Do(t, h.ec2.AcceptTransitGatewayVpcAttachment, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: attachments[0].TransitGatewayAttachmentId})
	h.transit("customer", 0, "accept")
	h.network()
	h.transit("customer", 0, "routes")
	table := apitest.Do(t, h.boss.DescribeRouteTables, &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{*attachments[0].VpcId}}},
	}).RouteTables[0].RouteTableId
	apitest.Do(t, h.boss.CreateRoute, &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("192.168.50.0/24"), TransitGatewayId: &h.id})
	h.transit("platform", 0, "routes")
	h.stands("customer", 0, "nothing is left")
}

// TestAShareOfSomebodyElse is not taken up for a case that it is not named after,
// though its owner has invited the platform.
func TestAShareOfSomebodyElse(t *testing.T) {
	h := newHub(t)
	h.create()
	owner := ram.NewFromConfig(h.there.Config(t, "customer"))
	mine := string(h.there.Account(t, "customer").ID)
	apitest.Do(t, owner.CreateResourceShare, &ram.CreateResourceShareInput{
		Name: aws.String("hub"), ResourceArns: []string{"arn:aws:ec2:eu-west-1:" + mine + ":transit-gateway/" + h.id},
		Principals: []string{string(h.there.Account(t, "platform").ID)}, AllowExternalPrincipals: aws.Bool(true),
	})
	h.transit("platform", 3, "attach")
	for _, i := range apitest.Do(t, ram.NewFromConfig(h.there.Config(t, "platform")).GetResourceShareInvitations, &ram.GetResourceShareInvitationsInput{}).ResourceShareInvitations {
		if i.Status != "PENDING" {
			t.Errorf("the invitation is %s", i.Status)
		}
	}
}

// TestWhatAHostedInterfaceCarries is moved by a word alone, also where the site
// does not say what gateway it was accepted onto.
func TestWhatAHostedInterfaceCarries(t *testing.T) {
	h := newHub(t)
	h.policy()
	id := h.offered()
	h.as("platform", 0, "elsewhere", "accept", id)
	h.write(h.desk, func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Elsewhere.Gateway = ""
		store.Environments.Put(tx, env)
		return nil
	})
	there, _ := store.Environments.Get(h.there.Store.Local(), "acme-prod")
	vpc := string(there.VPC)
	h.create()
	h.network()
	h.transit("customer", 0, "share")
	h.transit("platform", 1, "attach") // which VPC?
	h.transit("platform", 0, "attach", "--vpc", vpc)
	h.transit("customer", 0, "accept")
	h.transit("customer", 0, "routes")
	h.transit("platform", 3, "routes")
	if got := h.leads(); len(got) != 0 {
		t.Errorf("without a word it leads %v", got)
	}
	h.transit("platform", 0, "routes", "--at-once")
	if got := h.leads(); len(got) != 1 {
		t.Errorf("it leads %v", got)
	}
	h.stands("customer", 5, "End the hosted interfaces")
	h.stands("platform", 8, "End the hosted interfaces")
}
