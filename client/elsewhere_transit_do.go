package client

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ram"
)

// ShareTransit puts a Transit Gateway of the caller's into a share of the
// quest's name and invites the platform into it, as far as it is not. have is
// the share that there is; nil for none.
func (e *Elsewhere) ShareTransit(ctx context.Context, q TransitQuest, gw TransitGateway, have *Share) error {
	arn := fmt.Sprintf("arn:aws:ec2:%s:%s:transit-gateway/%s", gw.Region, gw.Owner, gw.ID)
	if have == nil {
		_, err := e.ram().CreateResourceShare(ctx, &ram.CreateResourceShareInput{
			Name: &q.ShareName, ResourceArns: []string{arn}, Principals: []string{q.Platform}, AllowExternalPrincipals: aws.Bool(true),
		})
		return err
	}
	if have.Name != q.ShareName {
		if _, err := e.ram().UpdateResourceShare(ctx, &ram.UpdateResourceShareInput{ResourceShareArn: &have.ARN, Name: &q.ShareName, AllowExternalPrincipals: aws.Bool(true)}); err != nil {
			return err
		}
	}
	in := &ram.AssociateResourceShareInput{ResourceShareArn: &have.ARN}
	if !slices.Contains(have.Gateways, gw.ID) {
		in.ResourceArns = []string{arn}
	}
	if have.State == "failed" { // an invitation that was rejected, or lapsed: it may be in the way of another
		_, err := e.ram().DisassociateResourceShare(ctx, &ram.DisassociateResourceShareInput{ResourceShareArn: &have.ARN, Principals: []string{q.Platform}})
		if err != nil && !IsRefusalThere(err) {
			return err
		}
	}
	if have.State != "associated" && have.State != "associating" {
		in.Principals = []string{q.Platform}
	}
	if len(in.ResourceArns)+len(in.Principals) == 0 {
		return nil
	}
	_, err := e.ram().AssociateResourceShare(ctx, in)
	return err
}

// AcceptShare takes up an invitation to a share.
func (e *Elsewhere) AcceptShare(ctx context.Context, invitation string) error {
	_, err := e.ram().AcceptResourceShareInvitation(ctx, &ram.AcceptResourceShareInvitationInput{ResourceShareInvitationArn: &invitation})
	return err
}

// AttachVPC attaches a VPC of the caller's to a Transit Gateway, by one subnet of
// each zone; for IPv6 as well by one that has that, where there is one. Doing it
// again makes another.
func (e *Elsewhere) AttachVPC(ctx context.Context, gateway, vpc string, ipv6 bool) (id string, err error) {
	p := ec2.NewDescribeSubnetsPaginator(e.ec2(), &ec2.DescribeSubnetsInput{Filters: by("vpc-id", vpc)})
	subnets, err := pages(ctx, func(ctx context.Context) (*ec2.DescribeSubnetsOutput, error) { return p.NextPage(ctx) }, p.HasMorePages,
		func(out *ec2.DescribeSubnetsOutput) []types.Subnet { return out.Subnets })
	if err != nil {
		return "", err
	}
	in := &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: &gateway, VpcId: &vpc}
	if ipv6 {
		in.Options = &types.CreateTransitGatewayVpcAttachmentRequestOptions{Ipv6Support: types.Ipv6SupportValueEnable}
		slices.SortStableFunc(subnets, func(a, b types.Subnet) int {
			return cmp.Compare(len(b.Ipv6CidrBlockAssociationSet), len(a.Ipv6CidrBlockAssociationSet))
		})
	}
	zones := map[string]bool{}
	for _, s := range subnets {
		if zone := aws.ToString(s.AvailabilityZone); !zones[zone] {
			zones[zone] = true
			in.SubnetIds = append(in.SubnetIds, aws.ToString(s.SubnetId))
		}
	}
	out, err := e.ec2().CreateTransitGatewayVpcAttachment(ctx, in)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.TransitGatewayVpcAttachment.TransitGatewayAttachmentId), nil
}

// CarryIPv6 has an attachment of the caller's take IPv6 as well.
func (e *Elsewhere) CarryIPv6(ctx context.Context, id string) error {
	_, err := e.ec2().ModifyTransitGatewayVpcAttachment(ctx, &ec2.ModifyTransitGatewayVpcAttachmentInput{
		TransitGatewayAttachmentId: &id, Options: &types.ModifyTransitGatewayVpcAttachmentRequestOptions{Ipv6Support: types.Ipv6SupportValueEnable},
	})
	return err
}

// AcceptAttachment accepts a VPC of another account's to a Transit Gateway of the
// caller's.
func (e *Elsewhere) AcceptAttachment(ctx context.Context, id string) error {
	_, err := e.ec2().AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: &id})
	return err
}

// Lead writes a prefix into a VPC's route table, to a Transit Gateway.
func (e *Elsewhere) Lead(ctx context.Context, table string, p netip.Prefix, gateway string) error {
	four, six := destination(p)
	_, err := e.ec2().CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: four, DestinationIpv6CidrBlock: six, TransitGatewayId: &gateway})
	return err
}

// Unlead takes a prefix out of a VPC's route table.
func (e *Elsewhere) Unlead(ctx context.Context, table string, p netip.Prefix) error {
	four, six := destination(p)
	_, err := e.ec2().DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: four, DestinationIpv6CidrBlock: six})
	return err
}

// destination is a prefix as EC2 wants it of its family; nil for the other one.
func destination(p netip.Prefix) (four, six *string) {
	if p.Addr().Is4() {
		return aws.String(p.String()), nil
	}
	return nil, aws.String(p.String())
}

// Associate lets a Direct Connect gateway of the caller's advertise these
// prefixes for a Transit Gateway. have is the association that there is; nil for
// none.
func (e *Elsewhere) Associate(ctx context.Context, direct, gateway string, prefixes []netip.Prefix, have *Association) error {
	if have == nil {
		_, err := e.api.CreateDirectConnectGatewayAssociation(ctx, &directconnect.CreateDirectConnectGatewayAssociationInput{
			DirectConnectGatewayId: &direct, GatewayId: &gateway, AddAllowedPrefixesToDirectConnectGateway: allowed(prefixes),
		})
		return err
	}
	return e.Reallow(ctx, have.ID, prefixes, nil)
}

// Reallow adds allowed prefixes to an association, and removes others.
func (e *Elsewhere) Reallow(ctx context.Context, association string, add, remove []netip.Prefix) error {
	_, err := e.api.UpdateDirectConnectGatewayAssociation(ctx, &directconnect.UpdateDirectConnectGatewayAssociationInput{
		AssociationId: &association, AddAllowedPrefixesToDirectConnectGateway: allowed(add), RemoveAllowedPrefixesToDirectConnectGateway: allowed(remove),
	})
	return err
}

func allowed(prefixes []netip.Prefix) (all []dxtypes.RouteFilterPrefix) {
	for _, p := range prefixes {
		all = append(all, dxtypes.RouteFilterPrefix{Cidr: aws.String(p.String())})
	}
	return all
}
