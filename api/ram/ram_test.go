package ram_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	sdk "github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"demarc/api"
	"demarc/api/apitest"
	"demarc/audit"
	"demarc/share"
	"demarc/store"
)

// A caller is the SDK's clients as one account.
type caller struct {
	t *testing.T
	*sdk.Client
	ec2 *ec2.Client
}

func as(t *testing.T, d *apitest.Door, profile string) caller {
	t.Helper()
	cfg := d.Config(t, profile)
	return caller{t, sdk.NewFromConfig(cfg), ec2.NewFromConfig(cfg)}
}

func (c caller) gateway() (id, arn *string) {
	c.t.Helper()
	gw := apitest.Do(c.t, c.ec2.CreateTransitGateway, &ec2.CreateTransitGatewayInput{}).TransitGateway
	return gw.TransitGatewayId, gw.TransitGatewayArn
}

func (c caller) sees(id *string, want bool) {
	c.t.Helper()
	out, err := c.ec2.DescribeTransitGateways(c.t.Context(), &ec2.DescribeTransitGatewaysInput{TransitGatewayIds: []string{*id}})
	if got := err == nil && len(out.TransitGateways) == 1; got != want {
		c.t.Errorf("the Transit Gateway is seen: %v, want %v (%v)", got, want, err)
	}
}

// TestAGatewayIsShared goes from the share to an attachment of the other
// account, and back.
func TestAGatewayIsShared(t *testing.T) {
	d := apitest.Open(t)
	customer, platform, partner := as(t, d, "customer"), as(t, d, "platform"), as(t, d, "partner")
	tgw, arn := customer.gateway()
	platformID := string(d.Account(t, "platform").ID)

	made := apitest.Do(customer.t, customer.CreateResourceShare, &sdk.CreateResourceShareInput{
		Name: aws.String("line"), ResourceArns: []string{*arn}, Principals: []string{platformID},
		Tags: []types.Tag{{Key: aws.String("for"), Value: aws.String("paas")}}, ClientToken: aws.String("token-1"),
	})
	name := made.ResourceShare.ResourceShareArn
	if made.ResourceShare.Status != types.ResourceShareStatusActive || *made.ClientToken != "token-1" || !*made.ResourceShare.AllowExternalPrincipals {
		t.Errorf("made %+v", made.ResourceShare)
	}
	platform.sees(tgw, false)
	apitest.Do(customer.t, customer.AssociateResourceShare, &sdk.AssociateResourceShareInput{ResourceShareArn: name, ResourceArns: []string{*arn}})

	waiting := apitest.Do(customer.t, customer.GetResourceShareAssociations, &sdk.GetResourceShareAssociationsInput{
		AssociationType: types.ResourceShareAssociationTypePrincipal, ResourceShareArns: []string{*name},
	}).ResourceShareAssociations
	if len(waiting) != 1 || waiting[0].Status != types.ResourceShareAssociationStatusAssociating || *waiting[0].AssociatedEntity != platformID {
		t.Errorf("waiting %+v", waiting)
	}
	invitations := apitest.Do(platform.t, platform.GetResourceShareInvitations, &sdk.GetResourceShareInvitationsInput{ResourceShareArns: []string{*name}}).ResourceShareInvitations
	if len(invitations) != 1 || invitations[0].Status != types.ResourceShareInvitationStatusPending || *invitations[0].ReceiverAccountId != platformID {
		t.Fatalf("invitations %+v", invitations)
	}
	invitation := invitations[0].ResourceShareInvitationArn
	if offered := apitest.Do(platform.t, platform.ListPendingInvitationResources, &sdk.ListPendingInvitationResourcesInput{ResourceShareInvitationArn: invitation}).Resources; len(offered) != 1 || *offered[0].Arn != *arn {
		t.Errorf("offered %+v", offered)
	}
	accepted := apitest.Do(platform.t, platform.AcceptResourceShareInvitation, &sdk.AcceptResourceShareInvitationInput{ResourceShareInvitationArn: invitation})
	if accepted.ResourceShareInvitation.Status != types.ResourceShareInvitationStatusAccepted {
		t.Errorf("accepted %+v", accepted.ResourceShareInvitation)
	}
	_, err := platform.AcceptResourceShareInvitation(t.Context(), &sdk.AcceptResourceShareInvitationInput{ResourceShareInvitationArn: invitation})
	if _, typed := errors.AsType[*types.ResourceShareInvitationAlreadyAcceptedException](err); !typed {
		t.Errorf("accepted twice: %v", err)
	}
	platform.sees(tgw, true)
	partner.sees(tgw, false)

	received := apitest.Do(platform.t, platform.GetResourceShares, &sdk.GetResourceSharesInput{ResourceOwner: types.ResourceOwnerOtherAccounts}).ResourceShares
	if len(received) != 1 || *received[0].ResourceShareArn != *name || received[0].Tags != nil {
		t.Errorf("received %+v", received)
	}
	if own := apitest.Do(customer.t, customer.GetResourceShares, &sdk.GetResourceSharesInput{ResourceOwner: types.ResourceOwnerSelf, TagFilters: []types.TagFilter{{TagKey: aws.String("for")}}}).ResourceShares; len(own) != 1 {
		t.Errorf("own %+v", own)
	}
	if resources := apitest.Do(platform.t, platform.ListResources, &sdk.ListResourcesInput{ResourceOwner: types.ResourceOwnerOtherAccounts}).Resources; len(resources) != 1 || *resources[0].Type != "ec2:TransitGateway" {
		t.Errorf("resources %+v", resources)
	}
	if principals := apitest.Do(customer.t, customer.ListPrincipals, &sdk.ListPrincipalsInput{ResourceOwner: types.ResourceOwnerSelf}).Principals; len(principals) != 1 || *principals[0].Id != platformID {
		t.Errorf("principals %+v", principals)
	}
	if permissions := apitest.Do(platform.t, platform.ListResourceSharePermissions, &sdk.ListResourceSharePermissionsInput{ResourceShareArn: name}).Permissions; len(permissions) != 1 {
		t.Errorf("permissions %+v", permissions)
	}

	vpc := apitest.Do(platform.t, platform.ec2.CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("10.30.0.0/16")}).Vpc.VpcId
	subnet := apitest.Do(platform.t, platform.ec2.CreateSubnet, &ec2.CreateSubnetInput{VpcId: vpc, CidrBlock: aws.String("10.30.1.0/24")}).Subnet.SubnetId
	attach := &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: tgw, VpcId: vpc, SubnetIds: []string{*subnet}}
	attached := apitest.Do(platform.t, platform.ec2.CreateTransitGatewayVpcAttachment, attach).TransitGatewayVpcAttachment.TransitGatewayAttachmentId

	apitest.Do(customer.t, customer.DeleteResourceShare, &sdk.DeleteResourceShareInput{ResourceShareArn: name})
	platform.sees(tgw, false)
	kept := apitest.Do(platform.t, platform.ec2.DescribeTransitGatewayVpcAttachments, &ec2.DescribeTransitGatewayVpcAttachmentsInput{TransitGatewayAttachmentIds: []string{*attached}}).TransitGatewayVpcAttachments
	if len(kept) != 1 || kept[0].State == "deleted" {
		t.Errorf("the attachment after the end of the share: %+v", kept)
	}
	apitest.Refused(platform.t, platform.ec2.CreateTransitGatewayVpcAttachment, attach, "InvalidTransitGatewayID.NotFound")
	gone := apitest.Do(customer.t, customer.GetResourceShares, &sdk.GetResourceSharesInput{ResourceOwner: types.ResourceOwnerSelf, ResourceShareStatus: types.ResourceShareStatusDeleted}).ResourceShares
	if len(gone) != 1 {
		t.Errorf("deleted shares %+v", gone)
	}

	var did []string
	for _, record := range audit.List(d.Store.Local(), d.Account(t, "customer"), audit.Query{}, 9) {
		did = append(did, record.Operation)
	}
	if len(did) < 2 || did[0] != "DeleteResourceShare" {
		t.Errorf("recorded %v", did)
	}
}

// TestRefusals: the model's exceptions, and a stranger's answers are those to
// what does not exist.
func TestRefusals(t *testing.T) {
	d := apitest.Open(t)
	customer, stranger := as(t, d, "customer"), as(t, d, "partner")
	_, arn := customer.gateway()
	s := apitest.Do(customer.t, customer.CreateResourceShare, &sdk.CreateResourceShareInput{Name: aws.String("a"), ResourceArns: []string{*arn}}).ResourceShare
	none := aws.String((*s.ResourceShareArn)[:len(*s.ResourceShareArn)-36] + "00000000-0000-4000-8000-000000000000")
	create := func(edit func(*sdk.CreateResourceShareInput)) *sdk.CreateResourceShareInput {
		in := &sdk.CreateResourceShareInput{Name: aws.String("b")}
		edit(in)
		return in
	}
	for want, in := range map[string]*sdk.CreateResourceShareInput{
		"UnknownResourceException": create(func(in *sdk.CreateResourceShareInput) { in.ResourceArns = []string{*arn + "0"} }),
		"MalformedArnException":    create(func(in *sdk.CreateResourceShareInput) { in.ResourceArns = []string{"tgw-1"} }),
		"InvalidParameterException": create(func(in *sdk.CreateResourceShareInput) {
			in.ResourceArns = []string{"arn:aws:ec2:eu-west-1:111111111111:subnet/subnet-1"}
		}),
		"OperationNotPermittedException": create(func(in *sdk.CreateResourceShareInput) {
			in.AllowExternalPrincipals, in.Principals = aws.Bool(false), []string{"222222222222"}
		}),
	} {
		apitest.Refused(customer.t, customer.CreateResourceShare, in, want)
	}
	apitest.Refused(stranger.t, stranger.CreateResourceShare, create(func(in *sdk.CreateResourceShareInput) { in.ResourceArns = []string{*arn} }), "UnknownResourceException")
	apitest.Refused(customer.t, customer.GetResourceShares, &sdk.GetResourceSharesInput{ResourceOwner: "ME"}, "InvalidParameterException")
	apitest.Refused(customer.t, customer.ListResources, &sdk.ListResourcesInput{ResourceOwner: "SELF", ResourceType: aws.String("ec2:Subnet")}, "InvalidResourceTypeException")
	apitest.Refused(customer.t, customer.GetResourceShares, &sdk.GetResourceSharesInput{ResourceOwner: "SELF", NextToken: aws.String("x")}, "InvalidNextTokenException")
	apitest.Refused(customer.t, customer.CreatePermission, &sdk.CreatePermissionInput{Name: aws.String("p"), PolicyTemplate: aws.String("{}"), ResourceType: aws.String("x")}, "OperationNotPermittedException")
	apitest.Refused(customer.t, customer.AcceptResourceShareInvitation, &sdk.AcceptResourceShareInvitationInput{ResourceShareInvitationArn: s.ResourceShareArn}, "MalformedArnException")

	for _, try := range []func(*string) string{
		func(arn *string) string {
			return apitest.Refused(stranger.t, stranger.DeleteResourceShare, &sdk.DeleteResourceShareInput{ResourceShareArn: arn}, "UnknownResourceException")
		},
		func(arn *string) string {
			return apitest.Refused(stranger.t, stranger.UpdateResourceShare, &sdk.UpdateResourceShareInput{ResourceShareArn: arn}, "UnknownResourceException")
		},
		func(arn *string) string {
			return apitest.Refused(stranger.t, stranger.TagResource, &sdk.TagResourceInput{ResourceShareArn: arn, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}, "UnknownResourceException")
		},
		func(arn *string) string {
			return apitest.Refused(stranger.t, stranger.UntagResource, &sdk.UntagResourceInput{ResourceShareArn: arn, TagKeys: []string{"k"}}, "InvalidParameterException")
		},
		func(arn *string) string {
			return apitest.Refused(stranger.t, stranger.GetResourceShares, &sdk.GetResourceSharesInput{ResourceOwner: "SELF", ResourceShareArns: []string{*arn}}, "UnknownResourceException")
		},
		func(arn *string) string {
			return apitest.Refused(stranger.t, stranger.AssociateResourceShare, &sdk.AssociateResourceShareInput{ResourceShareArn: arn, Principals: []string{"222222222222"}}, "UnknownResourceException")
		},
	} {
		const at = len("ResourceShare ")
		there, absent := try(s.ResourceShareArn), try(none)
		if len(there) < at+36 || there[:at]+there[at+36:] != absent[:at]+absent[at+36:] {
			t.Errorf("a stranger can tell them apart: %q, %q", there, absent)
		}
	}
}

// TestPagesAndTokens: pages cover a list, and a repeated call is answered with
// the first answer.
func TestPagesAndTokens(t *testing.T) {
	d := apitest.Open(t)
	c := as(t, d, "customer")
	for range 5 {
		apitest.Do(c.t, c.CreateResourceShare, &sdk.CreateResourceShareInput{Name: aws.String("n")})
	}
	seen := map[string]bool{}
	pages := sdk.NewGetResourceSharesPaginator(c.Client, &sdk.GetResourceSharesInput{ResourceOwner: types.ResourceOwnerSelf, MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		part, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range part.ResourceShares {
			seen[*s.ResourceShareArn] = true
		}
	}
	if len(seen) != 5 {
		t.Errorf("pages had %d shares, want 5", len(seen))
	}
	in := &sdk.CreateResourceShareInput{Name: aws.String("once"), ClientToken: aws.String("t")}
	first, second := apitest.Do(c.t, c.CreateResourceShare, in), apitest.Do(c.t, c.CreateResourceShare, in)
	if *first.ResourceShare.ResourceShareArn != *second.ResourceShare.ResourceShareArn {
		t.Error("one token made two shares")
	}
	apitest.Refused(c.t, c.CreateResourceShare, &sdk.CreateResourceShareInput{Name: aws.String("other"), ClientToken: aws.String("t")}, "IdempotentParameterMismatchException")
}

// TestAnInvitationLapses on a clock that is moved.
func TestAnInvitationLapses(t *testing.T) {
	now := time.Now()
	d := apitest.Open(t, func(cfg *api.Config) { cfg.Clock = func() time.Time { return now } })
	customer := as(t, d, "customer")
	platformID := string(d.Account(t, "platform").ID)
	apitest.Do(customer.t, customer.CreateResourceShare, &sdk.CreateResourceShareInput{Name: aws.String("n"), Principals: []string{platformID}})
	later := now.Add(8 * 24 * time.Hour)
	if err := d.Store.Write(t.Context(), func(tx *store.Tx) error { return share.Expire(tx, later) }); err != nil {
		t.Fatal(err)
	}
	platform := as(t, d, "platform")
	got := apitest.Do(platform.t, platform.GetResourceShareInvitations, &sdk.GetResourceShareInvitationsInput{}).ResourceShareInvitations
	if len(got) != 1 || got[0].Status != types.ResourceShareInvitationStatusExpired {
		t.Fatalf("got %+v", got)
	}
	apitest.Refused(platform.t, platform.AcceptResourceShareInvitation, &sdk.AcceptResourceShareInvitationInput{ResourceShareInvitationArn: got[0].ResourceShareInvitationArn}, "ResourceShareInvitationExpiredException")
	state := apitest.Do(customer.t, customer.GetResourceShareAssociations, &sdk.GetResourceShareAssociationsInput{AssociationType: types.ResourceShareAssociationTypePrincipal}).ResourceShareAssociations
	if len(state) != 1 || state[0].Status != types.ResourceShareAssociationStatusFailed {
		t.Errorf("the association %+v", state)
	}
}
