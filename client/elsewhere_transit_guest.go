package client

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"
)

// GuestTransit is what the platform of an environment sees of a Transit Gateway
// that is shared with it.
func (e *Elsewhere) GuestTransit(ctx context.Context, q TransitQuest) (seen TransitSightings, err error) {
	if seen.VPC, err = e.vpc(ctx, q); err != nil {
		return seen, err
	}
	if seen.Share, err = e.invited(ctx, q); err != nil {
		return seen, err
	}
	if seen.Gateway, err = e.gateway(ctx, q, seen.Share); err != nil {
		return seen, err
	}
	if s := seen.Share; seen.Gateway == nil && s != nil && len(s.Gateways) == 1 { // before it is accepted
		seen.Gateway = &TransitGateway{ID: s.Gateways[0], Owner: s.Owner, Region: e.config.Region, State: "available"}
	}
	if seen.Attachments, err = e.attachments(ctx, by("resource-id", seen.VPC.ID)); err != nil {
		return seen, err
	}
	if q.Asks(netip.Addr.Is6) {
		if err := e.findIPv6(ctx, seen.VPC.ID, seen.Attachments); err != nil {
			return seen, err
		}
	}
	if seen.Gateway == nil { // what is attached stays so, when the share is gone
		for _, a := range seen.Attachments {
			if a.Gateway == q.Gateway {
				seen.Gateway = &TransitGateway{ID: a.Gateway, Owner: a.GatewayOwner, Region: e.config.Region, State: "available"}
			}
		}
	}
	if seen.Tables, err = e.tables(ctx, seen.VPC.ID, q.Prefixes); err != nil {
		return seen, err
	}
	seen.Interfaces, err = e.hosted(ctx, func(v Interface) bool {
		onto := q.Onto != "" && (v.Gateway == q.Onto || v.DirectConnectGateway == q.Onto)
		return v.Owner == q.Platform && (onto || slices.Contains(q.Tags, v.Tag))
	})
	return seen, err
}

// vpc is the environment's: the one that is said, or that its virtual private
// gateway is attached to.
func (e *Elsewhere) vpc(ctx context.Context, q TransitQuest) (*VPC, error) {
	id := q.VPC
	if id == "" && strings.HasPrefix(q.Onto, "vgw-") {
		out, err := e.ec2().DescribeVpnGateways(ctx, &ec2.DescribeVpnGatewaysInput{VpnGatewayIds: []string{q.Onto}})
		if err != nil {
			return nil, err
		}
		for _, gw := range out.VpnGateways {
			for _, a := range gw.VpcAttachments {
				if a.State == types.AttachmentStatusAttached {
					id = aws.ToString(a.VpcId)
				}
			}
		}
	}
	if id == "" {
		return nil, fmt.Errorf("no VPC is known to be the environment's there: give --vpc")
	}
	out, err := e.ec2().DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	if err != nil {
		return nil, err
	}
	if len(out.Vpcs) != 1 {
		return nil, fmt.Errorf("you see no VPC %s there", id)
	}
	v := &VPC{ID: id}
	for _, block := range out.Vpcs[0].CidrBlockAssociationSet {
		if p, err := netip.ParsePrefix(aws.ToString(block.CidrBlock)); err == nil && block.CidrBlockState != nil && block.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			v.Ranges = append(v.Ranges, p)
		}
	}
	for _, block := range out.Vpcs[0].Ipv6CidrBlockAssociationSet {
		if p, err := netip.ParsePrefix(aws.ToString(block.Ipv6CidrBlock)); err == nil && block.Ipv6CidrBlockState != nil && block.Ipv6CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			v.Ranges = append(v.Ranges, p)
		}
	}
	return v, nil
}

// findIPv6 notes which of a VPC's attachments take IPv6.
func (e *Elsewhere) findIPv6(ctx context.Context, vpc string, attachments []TransitAttachment) error {
	p := ec2.NewDescribeTransitGatewayVpcAttachmentsPaginator(e.ec2(), &ec2.DescribeTransitGatewayVpcAttachmentsInput{Filters: by("vpc-id", vpc)})
	found, err := pages(ctx, func(ctx context.Context) (*ec2.DescribeTransitGatewayVpcAttachmentsOutput, error) {
		return p.NextPage(ctx)
	}, p.HasMorePages,
		func(out *ec2.DescribeTransitGatewayVpcAttachmentsOutput) []types.TransitGatewayVpcAttachment {
			return out.TransitGatewayVpcAttachments
		})
	for i, a := range attachments {
		attachments[i].IPv6 = slices.ContainsFunc(found, func(of types.TransitGatewayVpcAttachment) bool {
			return aws.ToString(of.TransitGatewayAttachmentId) == a.ID && of.Options != nil && of.Options.Ipv6Support == types.Ipv6SupportValueEnable
		})
	}
	return err
}

// invited is the share of that name that the caller is in or invited to; nil for
// none.
func (e *Elsewhere) invited(ctx context.Context, q TransitQuest) (*Share, error) {
	found, err := e.share(ctx, &ram.GetResourceSharesInput{ResourceOwner: ramtypes.ResourceOwnerOtherAccounts, Name: &q.ShareName})
	if err != nil {
		return nil, err
	}
	if found != nil {
		found.To, found.State = q.Platform, "associated"
		p := ram.NewListResourcesPaginator(e.ram(), &ram.ListResourcesInput{ResourceOwner: ramtypes.ResourceOwnerOtherAccounts, ResourceShareArns: []string{found.ARN}})
		resources, err := pages(ctx, func(ctx context.Context) (*ram.ListResourcesOutput, error) { return p.NextPage(ctx) }, p.HasMorePages,
			func(out *ram.ListResourcesOutput) []ramtypes.Resource { return out.Resources })
		found.Gateways = gatewaysOf(resources)
		return found, err
	}
	p := ram.NewGetResourceShareInvitationsPaginator(e.ram(), &ram.GetResourceShareInvitationsInput{})
	all, err := pages(ctx, func(ctx context.Context) (*ram.GetResourceShareInvitationsOutput, error) { return p.NextPage(ctx) }, p.HasMorePages,
		func(out *ram.GetResourceShareInvitationsOutput) []ramtypes.ResourceShareInvitation {
			return out.ResourceShareInvitations
		})
	if err != nil {
		return nil, err
	}
	became := map[ramtypes.ResourceShareInvitationStatus]string{ramtypes.ResourceShareInvitationStatusPending: "associating", ramtypes.ResourceShareInvitationStatusAccepted: "associated"}
	for _, i := range all {
		if aws.ToString(i.ResourceShareName) != q.ShareName || found != nil && !aws.ToTime(i.InvitationTimestamp).After(found.Sent) {
			continue
		}
		found = &Share{
			ARN: aws.ToString(i.ResourceShareArn), Name: q.ShareName, Owner: aws.ToString(i.SenderAccountId), To: aws.ToString(i.ReceiverAccountId),
			State: cmp.Or(became[i.Status], "failed"), Sent: aws.ToTime(i.InvitationTimestamp), Invitation: aws.ToString(i.ResourceShareInvitationArn),
		}
	}
	if found == nil || found.State != "associating" {
		return found, nil
	}
	resources := ram.NewListPendingInvitationResourcesPaginator(e.ram(), &ram.ListPendingInvitationResourcesInput{ResourceShareInvitationArn: &found.Invitation})
	waiting, err := pages(ctx, func(ctx context.Context) (*ram.ListPendingInvitationResourcesOutput, error) {
		return resources.NextPage(ctx)
	}, resources.HasMorePages,
		func(out *ram.ListPendingInvitationResourcesOutput) []ramtypes.Resource { return out.Resources })
	found.Gateways = gatewaysOf(waiting)
	return found, err
}

func gatewaysOf(resources []ramtypes.Resource) (ids []string) {
	for _, r := range resources {
		if id, ok := gatewayIn(aws.ToString(r.Arn)); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// tables are those of a VPC that its subnets use, with what is written by hand
// about these prefixes.
func (e *Elsewhere) tables(ctx context.Context, vpc string, prefixes []netip.Prefix) (used []RouteTable, err error) {
	p := ec2.NewDescribeRouteTablesPaginator(e.ec2(), &ec2.DescribeRouteTablesInput{Filters: by("vpc-id", vpc)})
	all, err := pages(ctx, func(ctx context.Context) (*ec2.DescribeRouteTablesOutput, error) { return p.NextPage(ctx) }, p.HasMorePages,
		func(out *ec2.DescribeRouteTablesOutput) []types.RouteTable { return out.RouteTables })
	for _, t := range all {
		if !slices.ContainsFunc(t.Associations, func(a types.RouteTableAssociation) bool {
			return aws.ToBool(a.Main) || aws.ToString(a.SubnetId) != ""
		}) {
			continue
		}
		table := RouteTable{ID: aws.ToString(t.RouteTableId)}
		for _, r := range t.Routes {
			prefix, err := netip.ParsePrefix(cmp.Or(aws.ToString(r.DestinationCidrBlock), aws.ToString(r.DestinationIpv6CidrBlock)))
			near := slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return prefix.IsValid() && prefix.Bits() > 0 && p.Overlaps(prefix) })
			if err == nil && near && r.Origin == types.RouteOriginCreateRoute {
				table.Routes = append(table.Routes, Route{prefix, cmp.Or(aws.ToString(r.TransitGatewayId), aws.ToString(r.GatewayId), aws.ToString(r.EgressOnlyInternetGatewayId), aws.ToString(r.NetworkInterfaceId), string(r.State))})
			}
		}
		used = append(used, table)
	}
	return used, err
}
