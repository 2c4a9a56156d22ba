package client

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"
)

// A TransitQuest says of which Transit Gateway a party looks for what.
type TransitQuest struct {
	// ShareName is what the share has to be called that counts, Share the ARN of
	// one that is to be it; empty for none.
	ShareName, Share string
	// Gateway is the Transit Gateway; empty for the one in the share.
	Gateway string
	// Platform is the account that it is shared with.
	Platform string
	// Prefixes are the customer's, Ranges the environment's.
	Prefixes, Ranges []netip.Prefix
	// VPC is the environment's, and Onto the gateway that hosted interfaces are
	// accepted onto: by a virtual private gateway the VPC is found.
	VPC, Onto string
	// Tags are those of the legs into the environment.
	Tags []string
}

// Asks reports whether any of the customer's prefixes is of a family.
func (q TransitQuest) Asks(is func(netip.Addr) bool) bool {
	return slices.ContainsFunc(q.Prefixes, func(p netip.Prefix) bool { return is(p.Addr()) })
}

// AskedRanges are the environment's ranges of the families of the customer's
// prefixes.
func (q TransitQuest) AskedRanges() []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(q.Ranges), func(p netip.Prefix) bool {
		return p.Addr().Is4() && !q.Asks(netip.Addr.Is4) || p.Addr().Is6() && !q.Asks(netip.Addr.Is6)
	})
}

// TransitSightings are what a party sees there of a Transit Gateway, as the desk
// takes them.
type TransitSightings struct {
	Gateway      *TransitGateway     `json:"gateway,omitempty"`
	Share        *Share              `json:"share,omitempty"`
	Attachments  []TransitAttachment `json:"attachments,omitempty"`
	Routes       []TransitRoute      `json:"routes,omitempty"`
	Associations []Association       `json:"associations,omitempty"`
	VPC          *VPC                `json:"vpc,omitempty"`
	Tables       []RouteTable        `json:"tables,omitempty"`
	Interfaces   []Interface         `json:"interfaces,omitempty"`
	Echo         *Echo               `json:"echo,omitempty"`
}

// A TransitGateway is one in the words of EC2.
type TransitGateway struct {
	ID     string `json:"id"`
	Owner  string `json:"owner"`
	Region string `json:"region"`
	ASN    int64  `json:"asn,omitempty"`
	State  string `json:"state"`
}

// A Share is a resource share in the words of RAM, with what the platform is in
// it.
type Share struct {
	ARN        string    `json:"arn"`
	Name       string    `json:"name"`
	Owner      string    `json:"owner"`
	Gateways   []string  `json:"gateways,omitempty"`
	To         string    `json:"to,omitempty"`
	State      string    `json:"state,omitempty"` // associating, associated, failed or disassociated
	Created    time.Time `json:"created,omitzero"`
	Sent       time.Time `json:"sent,omitzero"`
	Invitation string    `json:"-"` // its ARN, where one waits for the caller
}

// A TransitAttachment is one in the words of EC2.
type TransitAttachment struct {
	ID           string    `json:"id"`
	Gateway      string    `json:"gateway"`
	GatewayOwner string    `json:"gatewayOwner"`
	Owner        string    `json:"owner"`
	VPC          string    `json:"vpc,omitempty"`
	Resource     string    `json:"resource,omitempty"`
	State        string    `json:"state"`
	RouteTable   string    `json:"routeTable,omitempty"`
	IPv6         bool      `json:"ipv6,omitempty"` // it takes IPv6: looked for by the VPC's owner, where it is asked for
	Created      time.Time `json:"created,omitzero"`
}

// A TransitRoute is a route in use in a table of a Transit Gateway.
type TransitRoute struct {
	Table      string       `json:"table"`
	Prefix     netip.Prefix `json:"prefix"`
	Attachment string       `json:"attachment"`
}

// An Association is that of a Direct Connect gateway with a Transit Gateway.
type Association struct {
	ID                   string         `json:"id"`
	DirectConnectGateway string         `json:"directConnectGateway"`
	Owner                string         `json:"owner"`
	State                string         `json:"state"`
	Allowed              []netip.Prefix `json:"allowed,omitempty"`
}

// A VPC is one in the words of EC2.
type VPC struct {
	ID     string         `json:"id"`
	Ranges []netip.Prefix `json:"ranges,omitempty"`
}

// A RouteTable is one of a VPC, with what is written in it by hand.
type RouteTable struct {
	ID     string  `json:"id"`
	Routes []Route `json:"routes,omitempty"`
}

// A Route is one of a VPC's route table.
type Route struct {
	Prefix netip.Prefix `json:"prefix"`
	Target string       `json:"target"`
}

func (e *Elsewhere) ec2() *ec2.Client { return ec2.NewFromConfig(e.config) }

func (e *Elsewhere) ram() *ram.Client { return ram.NewFromConfig(e.config) }

func by(name string, values ...string) []types.Filter {
	return []types.Filter{{Name: &name, Values: values}}
}

// OwnTransit is what the owner of a Transit Gateway sees of it and of its way to
// an environment.
func (e *Elsewhere) OwnTransit(ctx context.Context, q TransitQuest) (seen TransitSightings, err error) {
	if seen.Share, err = e.ownShare(ctx, q); err != nil {
		return seen, err
	}
	if seen.Gateway, err = e.gateway(ctx, q, seen.Share); err != nil || seen.Gateway == nil {
		return seen, err
	}
	attachments, err := e.attachments(ctx, by("transit-gateway-id", seen.Gateway.ID))
	if err != nil {
		return seen, err
	}
	if seen.Routes, err = e.transitRoutes(ctx, seen.Gateway.ID, slices.Concat(q.Prefixes, q.Ranges)); err != nil {
		return seen, err
	}
	for _, a := range attachments {
		used := slices.ContainsFunc(seen.Routes, func(r TransitRoute) bool { return r.Attachment == a.ID })
		if used || a.Owner == q.Platform && a.VPC != "" {
			seen.Attachments = append(seen.Attachments, a)
		}
	}
	if seen.Associations, err = e.associations(ctx, seen.Gateway.ID); err != nil {
		return seen, err
	}
	seen.Interfaces, err = e.hosted(ctx, func(v Interface) bool { return v.Owner == q.Platform && slices.Contains(q.Tags, v.Tag) })
	return seen, err
}

// hosted are the interfaces that some condition holds for, of those that were
// accepted and are not gone.
func (e *Elsewhere) hosted(ctx context.Context, is func(Interface) bool) ([]Interface, error) {
	all, err := e.Interfaces(ctx)
	return slices.DeleteFunc(all, func(v Interface) bool { return v.Gone() || v.State == "confirming" || !is(v) }), err
}

// ownShare is the caller's share of that name, or the one that is to be called
// so; nil for none.
func (e *Elsewhere) ownShare(ctx context.Context, q TransitQuest) (*Share, error) {
	in := &ram.GetResourceSharesInput{ResourceOwner: ramtypes.ResourceOwnerSelf, ResourceShareStatus: ramtypes.ResourceShareStatusActive}
	if q.Share != "" {
		in.ResourceShareArns = []string{q.Share}
	} else {
		in.Name = &q.ShareName
	}
	found, err := e.share(ctx, in)
	if err != nil || found == nil {
		return nil, err
	}
	entities := func(of ramtypes.ResourceShareAssociationType) ([]ramtypes.ResourceShareAssociation, error) {
		p := ram.NewGetResourceShareAssociationsPaginator(e.ram(), &ram.GetResourceShareAssociationsInput{AssociationType: of, ResourceShareArns: []string{found.ARN}})
		return pages(ctx, func(ctx context.Context) (*ram.GetResourceShareAssociationsOutput, error) { return p.NextPage(ctx) }, p.HasMorePages,
			func(out *ram.GetResourceShareAssociationsOutput) []ramtypes.ResourceShareAssociation {
				return out.ResourceShareAssociations
			})
	}
	resources, err := entities(ramtypes.ResourceShareAssociationTypeResource)
	if err != nil {
		return nil, err
	}
	for _, a := range resources {
		if id, ok := gatewayIn(aws.ToString(a.AssociatedEntity)); ok && a.Status != ramtypes.ResourceShareAssociationStatusDisassociated && a.Status != ramtypes.ResourceShareAssociationStatusFailed {
			found.Gateways = append(found.Gateways, id)
		}
	}
	principals, err := entities(ramtypes.ResourceShareAssociationTypePrincipal)
	for _, a := range principals {
		if aws.ToString(a.AssociatedEntity) == q.Platform {
			found.To, found.State, found.Sent = q.Platform, strings.ToLower(string(a.Status)), aws.ToTime(a.CreationTime)
		}
	}
	return found, err
}

// share is the newest that a question finds.
func (e *Elsewhere) share(ctx context.Context, in *ram.GetResourceSharesInput) (found *Share, err error) {
	p := ram.NewGetResourceSharesPaginator(e.ram(), in)
	all, err := pages(ctx, func(ctx context.Context) (*ram.GetResourceSharesOutput, error) { return p.NextPage(ctx) }, p.HasMorePages,
		func(out *ram.GetResourceSharesOutput) []ramtypes.ResourceShare { return out.ResourceShares })
	for _, s := range all {
		of := &Share{ARN: aws.ToString(s.ResourceShareArn), Name: aws.ToString(s.Name), Owner: aws.ToString(s.OwningAccountId), Created: aws.ToTime(s.CreationTime)}
		if s.Status == ramtypes.ResourceShareStatusActive && (found == nil || of.Created.After(found.Created)) {
			found = of
		}
	}
	return found, err
}

// gatewayIn is the Transit Gateway that an ARN is of.
func gatewayIn(arn string) (id string, ok bool) {
	_, id, ok = strings.Cut(arn, ":transit-gateway/")
	return id, ok
}

// gateway is the Transit Gateway that is asked for, or the only one in the
// share; nil for none.
func (e *Elsewhere) gateway(ctx context.Context, q TransitQuest, in *Share) (*TransitGateway, error) {
	id := q.Gateway
	if id == "" && in != nil && len(in.Gateways) == 1 {
		id = in.Gateways[0]
	}
	all, err := e.Gateways(ctx)
	for _, gw := range all {
		if gw.ID == id {
			return &gw, nil
		}
	}
	return nil, err
}

// Gateways lists the Transit Gateways that the caller sees and that are not
// gone: its own, and those that are shared with it.
func (e *Elsewhere) Gateways(ctx context.Context) (all []TransitGateway, err error) {
	p := ec2.NewDescribeTransitGatewaysPaginator(e.ec2(), &ec2.DescribeTransitGatewaysInput{})
	found, err := pages(ctx, func(ctx context.Context) (*ec2.DescribeTransitGatewaysOutput, error) { return p.NextPage(ctx) }, p.HasMorePages,
		func(out *ec2.DescribeTransitGatewaysOutput) []types.TransitGateway { return out.TransitGateways })
	for _, gw := range found {
		if gw.State == types.TransitGatewayStateDeleted || gw.State == types.TransitGatewayStateDeleting {
			continue
		}
		of := TransitGateway{ID: aws.ToString(gw.TransitGatewayId), Owner: aws.ToString(gw.OwnerId), Region: e.config.Region, State: string(gw.State)}
		if gw.Options != nil {
			of.ASN = aws.ToInt64(gw.Options.AmazonSideAsn)
		}
		all = append(all, of)
	}
	return all, err
}

func (e *Elsewhere) attachments(ctx context.Context, filters []types.Filter) (all []TransitAttachment, err error) {
	p := ec2.NewDescribeTransitGatewayAttachmentsPaginator(e.ec2(), &ec2.DescribeTransitGatewayAttachmentsInput{Filters: filters})
	found, err := pages(ctx, func(ctx context.Context) (*ec2.DescribeTransitGatewayAttachmentsOutput, error) {
		return p.NextPage(ctx)
	}, p.HasMorePages,
		func(out *ec2.DescribeTransitGatewayAttachmentsOutput) []types.TransitGatewayAttachment {
			return out.TransitGatewayAttachments
		})
	for _, a := range found {
		of := TransitAttachment{
			ID: aws.ToString(a.TransitGatewayAttachmentId), Gateway: aws.ToString(a.TransitGatewayId), GatewayOwner: aws.ToString(a.TransitGatewayOwnerId),
			Owner: aws.ToString(a.ResourceOwnerId), State: string(a.State), Created: aws.ToTime(a.CreationTime),
		}
		if a.ResourceType == types.TransitGatewayAttachmentResourceTypeVpc {
			of.VPC = aws.ToString(a.ResourceId)
		} else {
			of.Resource = aws.ToString(a.ResourceId)
		}
		if a.Association != nil {
			of.RouteTable = aws.ToString(a.Association.TransitGatewayRouteTableId)
		}
		all = append(all, of)
	}
	return all, err
}

// transitRoutes are the routes in use in a Transit Gateway's tables that lead
// one of these prefixes as a whole.
func (e *Elsewhere) transitRoutes(ctx context.Context, gateway string, prefixes []netip.Prefix) (routes []TransitRoute, err error) {
	p := ec2.NewDescribeTransitGatewayRouteTablesPaginator(e.ec2(), &ec2.DescribeTransitGatewayRouteTablesInput{Filters: by("transit-gateway-id", gateway)})
	tables, err := pages(ctx, func(ctx context.Context) (*ec2.DescribeTransitGatewayRouteTablesOutput, error) {
		return p.NextPage(ctx)
	}, p.HasMorePages,
		func(out *ec2.DescribeTransitGatewayRouteTablesOutput) []types.TransitGatewayRouteTable {
			return out.TransitGatewayRouteTables
		})
	if err != nil {
		return nil, err
	}
	var looked []string
	for _, p := range prefixes {
		looked = append(looked, p.String())
	}
	for _, t := range tables {
		if t.State != types.TransitGatewayRouteTableStateAvailable {
			continue
		}
		out, err := e.ec2().SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
			TransitGatewayRouteTableId: t.TransitGatewayRouteTableId, Filters: append(by("route-search.supernet-of-match", looked...), by("state", "active")...),
		})
		if err != nil {
			return nil, err
		}
		for _, r := range out.Routes {
			prefix, err := netip.ParsePrefix(aws.ToString(r.DestinationCidrBlock))
			if err != nil || len(r.TransitGatewayAttachments) == 0 {
				continue
			}
			routes = append(routes, TransitRoute{aws.ToString(t.TransitGatewayRouteTableId), prefix, aws.ToString(r.TransitGatewayAttachments[0].TransitGatewayAttachmentId)})
		}
	}
	return routes, nil
}

func (e *Elsewhere) associations(ctx context.Context, gateway string) (all []Association, err error) {
	found, err := listed(func(token *string) (*directconnect.DescribeDirectConnectGatewayAssociationsOutput, error) {
		return e.api.DescribeDirectConnectGatewayAssociations(ctx, &directconnect.DescribeDirectConnectGatewayAssociationsInput{AssociatedGatewayId: &gateway, NextToken: token})
	}, func(out *directconnect.DescribeDirectConnectGatewayAssociationsOutput) ([]dxtypes.DirectConnectGatewayAssociation, *string) {
		return out.DirectConnectGatewayAssociations, out.NextToken
	})
	for _, a := range found {
		if a.AssociationState == dxtypes.DirectConnectGatewayAssociationStateDisassociated {
			continue
		}
		of := Association{
			ID: aws.ToString(a.AssociationId), DirectConnectGateway: aws.ToString(a.DirectConnectGatewayId), Owner: aws.ToString(a.DirectConnectGatewayOwnerAccount), State: string(a.AssociationState),
		}
		for _, p := range a.AllowedPrefixesToDirectConnectGateway {
			if prefix, err := netip.ParsePrefix(aws.ToString(p.Cidr)); err == nil {
				of.Allowed = append(of.Allowed, prefix)
			}
		}
		all = append(all, of)
	}
	return all, err
}
