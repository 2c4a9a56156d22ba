package desk

import (
	"net/netip"
	"time"

	"demarc"
	room "demarc/desk"
	"demarc/store"
)

// TransitSightings are what the caller has just seen, by calls of its own, of a
// Transit Gateway at another Direct Connect.
type TransitSightings struct {
	Gateway      *TransitGatewaySighted      `json:"gateway,omitempty" doc:"the one that the case is about"`
	Share        *ShareSighted               `json:"share,omitempty" doc:"the one that is named demarc- and the case's id"`
	Attachments  []TransitAttachmentSighted  `json:"attachments,omitempty" doc:"of the Transit Gateway; to the platform its own"`
	Routes       []TransitRouteSighted       `json:"routes,omitempty" doc:"in use in the Transit Gateway's tables, of the prefixes and ranges of the case; the customer's to see"`
	Associations []GatewayAssociationSighted `json:"associations,omitempty" doc:"of Direct Connect gateways with the Transit Gateway; the customer's to see"`
	VPC          *VPCSighted                 `json:"vpc,omitempty" doc:"the environment's; the platform's to see"`
	Tables       []RouteTableSighted         `json:"tables,omitempty" doc:"that its subnets use; the platform's to see"`
	Interfaces   []InterfaceSighted          `json:"interfaces,omitempty" doc:"hosted ones that lead to the environment"`
	Echo         *EchoSighted                `json:"echo,omitempty" doc:"what an address in the environment answered"`
}

// A TransitGatewaySighted is one in the words of DescribeTransitGateways.
type TransitGatewaySighted struct {
	ID     demarc.TransitGatewayID    `json:"id"`
	Owner  demarc.AccountID           `json:"owner"`
	Region demarc.Region              `json:"region"`
	ASN    demarc.ASN                 `json:"asn,omitempty"`
	State  demarc.TransitGatewayState `json:"state"`
}

// A ShareSighted is one in the words of GetResourceShares and of
// GetResourceShareInvitations.
type ShareSighted struct {
	ARN      string                       `json:"arn"`
	Name     string                       `json:"name"`
	Owner    demarc.AccountID             `json:"owner"`
	Gateways []demarc.TransitGatewayID    `json:"gateways,omitempty" doc:"in it"`
	To       demarc.AccountID             `json:"to,omitempty" doc:"the platform's account, if it is in it or invited"`
	State    demarc.ShareAssociationState `json:"state,omitempty" enum:"associating,associated,failed,disassociated" doc:"how far that has come"`
	Created  time.Time                    `json:"created,omitzero"`
	Sent     time.Time                    `json:"sent,omitzero" doc:"when it was invited"`
}

// A TransitAttachmentSighted is one in the words of
// DescribeTransitGatewayAttachments.
type TransitAttachmentSighted struct {
	ID           demarc.TransitGatewayAttachmentID    `json:"id"`
	Gateway      demarc.TransitGatewayID              `json:"gateway"`
	GatewayOwner demarc.AccountID                     `json:"gatewayOwner"`
	Owner        demarc.AccountID                     `json:"owner"`
	VPC          demarc.VPCID                         `json:"vpc,omitempty"`
	Resource     string                               `json:"resource,omitempty" doc:"what else is attached"`
	State        demarc.TransitGatewayAttachmentState `json:"state"`
	RouteTable   demarc.TransitRouteTableID           `json:"routeTable,omitempty" doc:"that it is associated with"`
	IPv6         bool                                 `json:"ipv6,omitempty" doc:"its Ipv6Support, in the words of DescribeTransitGatewayVpcAttachments; the platform's to see"`
	Created      time.Time                            `json:"created,omitzero"`
}

// A TransitRouteSighted is one in the words of SearchTransitGatewayRoutes.
type TransitRouteSighted struct {
	Table      demarc.TransitRouteTableID        `json:"table"`
	Prefix     netip.Prefix                      `json:"prefix"`
	Attachment demarc.TransitGatewayAttachmentID `json:"attachment"`
}

// A GatewayAssociationSighted is one in the words of
// DescribeDirectConnectGatewayAssociations.
type GatewayAssociationSighted struct {
	ID                   demarc.GatewayAssociationID    `json:"id"`
	DirectConnectGateway demarc.DirectConnectGatewayID  `json:"directConnectGateway"`
	Owner                demarc.AccountID               `json:"owner"`
	State                demarc.GatewayAssociationState `json:"state"`
	Allowed              []netip.Prefix                 `json:"allowed,omitempty"`
}

// A VPCSighted is one in the words of DescribeVpcs.
type VPCSighted struct {
	ID     demarc.VPCID   `json:"id"`
	Ranges []netip.Prefix `json:"ranges,omitempty"`
}

// A RouteTableSighted is one in the words of DescribeRouteTables.
type RouteTableSighted struct {
	ID     demarc.RouteTableID  `json:"id"`
	Routes []StaticRouteSighted `json:"routes,omitempty" doc:"written by hand"`
}

// A StaticRouteSighted is a route of one.
type StaticRouteSighted struct {
	Prefix netip.Prefix `json:"prefix"`
	Target string       `json:"target"`
}

// A TransitThere is where a case's Transit Gateway is, if not here, and what its
// parties have said of it.
type TransitThere struct {
	Elsewhere  Elsewhere                         `json:"elsewhere"`
	Party      demarc.Party                      `json:"party" doc:"the caller's in the case"`
	ShareName  string                            `json:"shareName" doc:"what a share has to be called to be the case's"`
	Ranges     []netip.Prefix                    `json:"ranges" doc:"the environment's"`
	Gateway    demarc.TransitGatewayID           `json:"transitGateway,omitempty"`
	Share      string                            `json:"share,omitempty"`
	Routed     time.Time                         `json:"routed,omitzero" doc:"since when the customer says that its side leads both ways"`
	Attachment demarc.TransitGatewayAttachmentID `json:"attachment,omitempty" doc:"the platform's word"`
	VPC        demarc.VPCID                      `json:"vpc,omitempty"`
	Available  time.Time                         `json:"available,omitzero" doc:"since when either says so of the attachment"`
	Ready      time.Time                         `json:"ready,omitzero" doc:"since when the platform says that its route tables lead there"`
}

// sighted reads what was seen.
func (in TransitSightings) sighted() demarc.TransitSightings {
	out := demarc.TransitSightings{Echo: (*demarc.EchoSighted)(in.Echo)}
	if in.Gateway != nil {
		out.Gateway = demarc.TransitGatewaySighted(*in.Gateway)
	}
	if in.Share != nil {
		out.Share = demarc.ShareSighted(*in.Share)
	}
	if in.VPC != nil {
		out.VPC = demarc.VPCSighted(*in.VPC)
	}
	for _, a := range in.Attachments {
		out.Attachments = append(out.Attachments, demarc.TransitAttachmentSighted(a))
	}
	for _, r := range in.Routes {
		out.Routes = append(out.Routes, demarc.TransitRouteSighted(r))
	}
	for _, a := range in.Associations {
		out.Associations = append(out.Associations, demarc.GatewayAssociationSighted(a))
	}
	for _, t := range in.Tables {
		table := demarc.RouteTableSighted{ID: t.ID}
		for _, r := range t.Routes {
			table.Routes = append(table.Routes, demarc.StaticRoute{Prefix: r.Prefix, Target: r.Target})
		}
		out.Tables = append(out.Tables, table)
	}
	for _, v := range in.Interfaces {
		out.Interfaces = append(out.Interfaces, demarc.InterfaceSighted(v))
	}
	return out
}

// followTransit shows a case by what the caller sees there; nothing of that is
// kept.
func (c call) followTransit(in TransitSightings) (Case, error) {
	view, err := c.read()
	if err != nil {
		return Case{}, err
	}
	found, steps, err := room.FollowTransit(view, c.by, c.caseID(), in.sighted(), c.now)
	if err != nil {
		return Case{}, err
	}
	return c.showCase(view, found).with(steps), nil
}

// tellTransit keeps what the caller says by it.
func (c call) tellTransit(in TransitSightings) (Case, error) {
	var steps []demarc.Step
	told, err := c.changeCase(func(tx *store.Tx) (of demarc.Case, err error) {
		of, steps, err = room.TellTransit(tx, c.by, c.actor, c.caseID(), in.sighted(), c.now)
		return of, err
	})
	if err != nil {
		return Case{}, err
	}
	return told.with(steps), nil
}

// with is the case with steps that were derived from what its caller sees.
func (c Case) with(steps []demarc.Step) Case {
	c.Steps, c.Next = nil, nil
	for _, s := range steps {
		c.Steps = append(c.Steps, Step(s))
	}
	if next, waiting := room.WhoseMove(steps); waiting {
		step := Step(next)
		c.Next = &step
	}
	return c
}

// showTransitThere is nil for a Transit Gateway that is here.
func (c call) showTransitThere(r store.Reader, of demarc.Case) *TransitThere {
	env, _ := store.Environments.Get(r, of.Environment)
	if of.Kind != demarc.CaseTransit || !env.Away() {
		return nil
	}
	vpc, _ := store.VPCs.Get(r, string(env.VPC))
	out := &TransitThere{Elsewhere: Elsewhere(env.Elsewhere), Party: demarc.Customer, ShareName: room.TransitShareName(of.ID), Ranges: vpc.Ranges()}
	if of.Assignee == c.by.ID {
		out.Party = demarc.Platform
	}
	if w := of.Transit; w != nil {
		out.Gateway, out.Share, out.Routed = w.Gateway, w.Share, w.Routed
		out.Attachment, out.VPC, out.Available, out.Ready = w.Attachment, w.VPC, w.Available, w.Ready
	}
	return out
}
