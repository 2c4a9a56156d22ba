package ec2_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc/api/apitest"
)

// transitGateway makes one with the options that the provider always sends.
func (s *stack) transitGateway() *string {
	id := apitest.Do(s.caller.t, s.CreateTransitGateway, &sdk.CreateTransitGatewayInput{
		Description: aws.String("stack"), TagSpecifications: named(types.ResourceTypeTransitGateway, "stack"),
		Options: &types.TransitGatewayRequestOptions{
			AmazonSideAsn: aws.Int64(64512), AutoAcceptSharedAttachments: types.AutoAcceptSharedAttachmentsValueDisable,
			DefaultRouteTableAssociation: types.DefaultRouteTableAssociationValueEnable, DefaultRouteTablePropagation: types.DefaultRouteTablePropagationValueEnable,
			DnsSupport: types.DnsSupportValueEnable, MulticastSupport: types.MulticastSupportValueDisable,
			SecurityGroupReferencingSupport: types.SecurityGroupReferencingSupportValueDisable, VpnEcmpSupport: types.VpnEcmpSupportValueEnable,
		},
	}).TransitGateway.TransitGatewayId
	read := func() types.TransitGateway { return s.gateway(id) }
	if o := read().Options; read().State != types.TransitGatewayStateAvailable || o.AssociationDefaultRouteTableId == nil || *o.AssociationDefaultRouteTableId != *o.PropagationDefaultRouteTableId {
		s.t.Errorf("made: %+v", read())
	}
	s.resource(func() any { return read() }, func() {
		apitest.Do(s.caller.t, s.DeleteTransitGateway, &sdk.DeleteTransitGatewayInput{TransitGatewayId: id})
		if gone := read(); gone.State != types.TransitGatewayStateDeleted {
			s.t.Errorf("the deleted gateway is %s", gone.State)
		}
		apitest.Refused(s.caller.t, s.DeleteTransitGateway, &sdk.DeleteTransitGatewayInput{TransitGatewayId: id}, "InvalidTransitGatewayID.NotFound")
		apitest.Refused(s.caller.t, s.DescribeTransitGateways, &sdk.DescribeTransitGatewaysInput{TransitGatewayIds: []string{"tgw-0"}}, "InvalidTransitGatewayID.NotFound")
	})
	return id
}

func (s *stack) gateway(id *string) types.TransitGateway {
	return only(s.t, apitest.Do(s.caller.t, s.DescribeTransitGateways, &sdk.DescribeTransitGatewaysInput{TransitGatewayIds: []string{*id}}).TransitGateways)
}

func (s *stack) attachment(tgw, vpc, subnet *string) *string {
	id := apitest.Do(s.caller.t, s.CreateTransitGatewayVpcAttachment, &sdk.CreateTransitGatewayVpcAttachmentInput{
		TransitGatewayId: tgw, VpcId: vpc, SubnetIds: []string{*subnet}, TagSpecifications: named(types.ResourceTypeTransitGatewayAttachment, "stack"),
		Options: &types.CreateTransitGatewayVpcAttachmentRequestOptions{
			ApplianceModeSupport: types.ApplianceModeSupportValueDisable, DnsSupport: types.DnsSupportValueEnable,
			Ipv6Support: types.Ipv6SupportValueDisable, SecurityGroupReferencingSupport: types.SecurityGroupReferencingSupportValueEnable,
		},
	}).TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	read := func() types.TransitGatewayVpcAttachment {
		return only(s.t, apitest.Do(s.caller.t, s.DescribeTransitGatewayVpcAttachments, &sdk.DescribeTransitGatewayVpcAttachmentsInput{TransitGatewayAttachmentIds: []string{*id}}).TransitGatewayVpcAttachments)
	}
	if a := read(); a.State != types.TransitGatewayAttachmentStateAvailable || a.Options.DnsSupport != types.DnsSupportValueEnable || len(a.SubnetIds) != 1 {
		s.t.Errorf("made: %+v", a)
	}
	s.resource(func() any { return read() }, func() {
		apitest.Do(s.caller.t, s.DeleteTransitGatewayVpcAttachment, &sdk.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id})
		if gone := read(); gone.State != types.TransitGatewayAttachmentStateDeleted {
			s.t.Errorf("the deleted attachment is %s", gone.State)
		}
		apitest.Refused(s.caller.t, s.DeleteTransitGatewayVpcAttachment, &sdk.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id}, "InvalidTransitGatewayAttachmentID.NotFound")
	})
	return id
}

func (s *stack) associations(table, attachment *string) []types.TransitGatewayRouteTableAssociation {
	return apitest.Do(s.caller.t, s.GetTransitGatewayRouteTableAssociations, &sdk.GetTransitGatewayRouteTableAssociationsInput{
		TransitGatewayRouteTableId: table, Filters: []types.Filter{filter("transit-gateway-attachment-id", *attachment)},
	}).Associations
}

func (s *stack) propagations(table, attachment *string) []types.TransitGatewayRouteTablePropagation {
	return apitest.Do(s.caller.t, s.GetTransitGatewayRouteTablePropagations, &sdk.GetTransitGatewayRouteTablePropagationsInput{
		TransitGatewayRouteTableId: table, Filters: []types.Filter{filter("transit-gateway-attachment-id", *attachment)},
	}).TransitGatewayRouteTablePropagations
}

// defaultsAre checks whether an attachment is on the default table.
func (s *stack) defaultsAre(tgw, attachment *string, want bool) {
	table := s.gateway(tgw).Options.AssociationDefaultRouteTableId
	if associated, propagates := len(s.associations(table, attachment)) == 1, len(s.propagations(table, attachment)) == 1; associated != want || propagates != want {
		s.t.Errorf("on the default table: associated %t, propagates %t, want %t", associated, propagates, want)
	}
}

// leaveDefaults is an attachment whose configuration declines the defaults.
func (s *stack) leaveDefaults(tgw, attachment *string) {
	table := s.gateway(tgw).Options.AssociationDefaultRouteTableId
	apitest.Do(s.caller.t, s.DisassociateTransitGatewayRouteTable, &sdk.DisassociateTransitGatewayRouteTableInput{TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment})
	apitest.Do(s.caller.t, s.DisableTransitGatewayRouteTablePropagation, &sdk.DisableTransitGatewayRouteTablePropagationInput{TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment})
	s.defaultsAre(tgw, attachment, false)
}

func (s *stack) transitTable(tgw *string) *string {
	id := apitest.Do(s.caller.t, s.CreateTransitGatewayRouteTable, &sdk.CreateTransitGatewayRouteTableInput{TransitGatewayId: tgw, TagSpecifications: named(types.ResourceTypeTransitGatewayRouteTable, "stack")}).TransitGatewayRouteTable.TransitGatewayRouteTableId
	read := func() types.TransitGatewayRouteTable {
		return only(s.t, apitest.Do(s.caller.t, s.DescribeTransitGatewayRouteTables, &sdk.DescribeTransitGatewayRouteTablesInput{TransitGatewayRouteTableIds: []string{*id}}).TransitGatewayRouteTables)
	}
	s.resource(func() any { return read() }, func() {
		apitest.Do(s.caller.t, s.DeleteTransitGatewayRouteTable, &sdk.DeleteTransitGatewayRouteTableInput{TransitGatewayRouteTableId: id})
		if gone := read(); gone.State != types.TransitGatewayRouteTableStateDeleted {
			s.t.Errorf("the deleted table is %s", gone.State)
		}
		apitest.Refused(s.caller.t, s.DeleteTransitGatewayRouteTable, &sdk.DeleteTransitGatewayRouteTableInput{TransitGatewayRouteTableId: id}, "InvalidRouteTableID.NotFound")
		apitest.Refused(s.caller.t, s.GetTransitGatewayRouteTableAssociations, &sdk.GetTransitGatewayRouteTableAssociationsInput{TransitGatewayRouteTableId: id}, "InvalidRouteTableID.NotFound")
	})
	return id
}

func (s *stack) transitAssociation(table, attachment *string) {
	in := &sdk.AssociateTransitGatewayRouteTableInput{TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment}
	apitest.Do(s.caller.t, s.AssociateTransitGatewayRouteTable, in)
	apitest.Refused(s.caller.t, s.AssociateTransitGatewayRouteTable, in, "Resource.AlreadyAssociated")
	s.resource(func() any {
		return []any{
			only(s.t, s.associations(table, attachment)),
			*only(s.t, apitest.Do(s.caller.t, s.DescribeTransitGatewayAttachments, &sdk.DescribeTransitGatewayAttachmentsInput{TransitGatewayAttachmentIds: []string{*attachment}}).TransitGatewayAttachments).Association.TransitGatewayRouteTableId,
		}
	}, func() {
		out := &sdk.DisassociateTransitGatewayRouteTableInput{TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment}
		apitest.Refused(s.caller.t, s.DeleteTransitGatewayRouteTable, &sdk.DeleteTransitGatewayRouteTableInput{TransitGatewayRouteTableId: table}, "IncorrectState")
		apitest.Do(s.caller.t, s.DisassociateTransitGatewayRouteTable, out)
		apitest.Refused(s.caller.t, s.DisassociateTransitGatewayRouteTable, out, "InvalidAssociation.NotFound")
		if left := s.associations(table, attachment); len(left) > 0 {
			s.t.Errorf("left: %+v", left)
		}
	})
}

func (s *stack) transitPropagation(table, attachment *string) {
	in := &sdk.EnableTransitGatewayRouteTablePropagationInput{TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment}
	apitest.Do(s.caller.t, s.EnableTransitGatewayRouteTablePropagation, in)
	apitest.Refused(s.caller.t, s.EnableTransitGatewayRouteTablePropagation, in, "TransitGatewayRouteTablePropagation.Duplicate")
	s.resource(func() any {
		return []any{
			only(s.t, s.propagations(table, attachment)),
			only(s.t, apitest.Do(s.caller.t, s.GetTransitGatewayAttachmentPropagations, &sdk.GetTransitGatewayAttachmentPropagationsInput{TransitGatewayAttachmentId: attachment}).TransitGatewayAttachmentPropagations),
			only(s.t, s.routes(table, filter("type", "propagated"), filter("attachment.transit-gateway-attachment-id", *attachment))),
		}
	}, func() {
		out := &sdk.DisableTransitGatewayRouteTablePropagationInput{TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment}
		apitest.Do(s.caller.t, s.DisableTransitGatewayRouteTablePropagation, out)
		apitest.Refused(s.caller.t, s.DisableTransitGatewayRouteTablePropagation, out, "TransitGatewayRouteTablePropagation.NotFound")
	})
}

func (s *stack) routes(table *string, filters ...types.Filter) []types.TransitGatewayRoute {
	return apitest.Do(s.caller.t, s.SearchTransitGatewayRoutes, &sdk.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: table, Filters: filters}).Routes
}

// transitRoute writes a route; without an attachment it is a blackhole, for
// which the provider sends an empty one.
func (s *stack) transitRoute(table *string, prefix string, attachment *string) {
	apitest.Do(s.caller.t, s.CreateTransitGatewayRoute, &sdk.CreateTransitGatewayRouteInput{
		TransitGatewayRouteTableId: table, DestinationCidrBlock: &prefix,
		Blackhole: aws.Bool(attachment == nil), TransitGatewayAttachmentId: aws.String(aws.ToString(attachment)),
	})
	find := func() []types.TransitGatewayRoute {
		return s.routes(table, filter("type", "static"), filter("route-search.exact-match", prefix))
	}
	s.resource(func() any {
		r := only(s.t, find())
		if dropped := len(r.TransitGatewayAttachments) == 0; dropped != (attachment == nil) || dropped != (r.State == types.TransitGatewayRouteStateBlackhole) {
			s.t.Errorf("route: %+v", r)
		}
		return r
	}, func() {
		out := &sdk.DeleteTransitGatewayRouteInput{TransitGatewayRouteTableId: table, DestinationCidrBlock: &prefix}
		apitest.Do(s.caller.t, s.DeleteTransitGatewayRoute, out)
		if left := find(); len(left) > 0 {
			s.t.Errorf("left: %+v", left)
		}
		apitest.Refused(s.caller.t, s.DeleteTransitGatewayRoute, out, "InvalidRoute.NotFound")
	})
}
