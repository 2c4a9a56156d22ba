package client

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/smithy-go"
)

// A Place is a Direct Connect that need not be the desk's own.
type Place struct {
	// Endpoint is its URL; empty is AWS itself.
	Endpoint string
	// Region and Profile are the caller's there; empty is the SDK's own choice
	// (AWS_REGION, AWS_PROFILE, ~/.aws …).
	Region, Profile string
}

// Elsewhere takes a link's steps at a Direct Connect, with nothing but that
// service's own calls.
type Elsewhere struct {
	api    *directconnect.Client
	config aws.Config
}

// At reads the profile. It does not connect.
func At(ctx context.Context, p Place) (*Elsewhere, error) {
	var load []func(*config.LoadOptions) error
	if p.Endpoint != "" {
		load = append(load, config.WithBaseEndpoint(p.Endpoint))
	}
	if p.Region != "" {
		load = append(load, config.WithRegion(p.Region))
	}
	if p.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(p.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, profileError(p.Profile, "", err)
	}
	if cfg.Region == "" {
		return nil, fmt.Errorf("no Region: give --region, or one in the AWS profile %q", p.Profile)
	}
	return &Elsewhere{directconnect.NewFromConfig(cfg), cfg}, nil
}

// linkTag is the key of the tag that says which leg a connection is for.
const linkTag = "demarc:link"

// Order orders a dedicated connection, tagged with the leg that it is for.
// Doing it again orders another.
func (e *Elsewhere) Order(ctx context.Context, location, bandwidth, name, tag string) (id string, err error) {
	out, err := e.api.CreateConnection(ctx, &directconnect.CreateConnectionInput{
		Location: &location, Bandwidth: &bandwidth, ConnectionName: &name,
		Tags: []types.Tag{{Key: aws.String(linkTag), Value: &tag}},
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.ConnectionId), nil
}

// Letter is the letter of authority for a connection, as PDF. Asking for it
// again renews it.
func (e *Elsewhere) Letter(ctx context.Context, connection string) ([]byte, error) {
	out, err := e.api.DescribeLoa(ctx, &directconnect.DescribeLoaInput{ConnectionId: &connection, LoaContentType: types.LoaContentTypePdf})
	if err != nil {
		return nil, err
	}
	return out.LoaContent, nil
}

// An Allocation is an interface that is wanted on a connection for another
// account. Zero values are the service's choice.
type Allocation struct {
	Connection, Owner, Name string
	VLAN                    int32
	ASN                     int64
	MTU                     int32
	Rate                    string // its limit, such as 200Mbps
	// AmazonAddress and CustomerAddress are two ends of a subnet with its mask.
	AmazonAddress, CustomerAddress netip.Prefix
}

// Allocate allocates a hosted private interface.
func (e *Elsewhere) Allocate(ctx context.Context, a Allocation) (id string, err error) {
	wanted := &types.NewPrivateVirtualInterfaceAllocation{VirtualInterfaceName: &a.Name, Vlan: a.VLAN}
	if a.ASN <= 1<<31-1 {
		wanted.Asn = int32(a.ASN)
	} else {
		wanted.AsnLong = &a.ASN
	}
	if a.MTU != 0 {
		wanted.Mtu = &a.MTU
	}
	if a.Rate != "" {
		wanted.RateLimit = &a.Rate
	}
	if a.AmazonAddress.IsValid() && a.CustomerAddress.IsValid() {
		wanted.AmazonAddress, wanted.CustomerAddress = aws.String(a.AmazonAddress.String()), aws.String(a.CustomerAddress.String())
	}
	out, err := e.api.AllocatePrivateVirtualInterface(ctx, &directconnect.AllocatePrivateVirtualInterfaceInput{
		ConnectionId: &a.Connection, OwnerAccount: &a.Owner, NewPrivateVirtualInterfaceAllocation: wanted,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.VirtualInterfaceId), nil
}

// Accept accepts an interface that was allocated to the caller onto a virtual
// private gateway (vgw-…) or a Direct Connect gateway of its own.
func (e *Elsewhere) Accept(ctx context.Context, id, gateway string) error {
	in := &directconnect.ConfirmPrivateVirtualInterfaceInput{VirtualInterfaceId: &id}
	if strings.HasPrefix(gateway, "vgw-") {
		in.VirtualGatewayId = &gateway
	} else {
		in.DirectConnectGatewayId = &gateway
	}
	_, err := e.api.ConfirmPrivateVirtualInterface(ctx, in)
	return err
}

// DeleteInterface deletes an interface of the caller's; one that it has not
// accepted is rejected by that.
func (e *Elsewhere) DeleteInterface(ctx context.Context, id string) error {
	_, err := e.api.DeleteVirtualInterface(ctx, &directconnect.DeleteVirtualInterfaceInput{VirtualInterfaceId: &id})
	return err
}

// DeleteConnection deletes a connection of the caller's.
func (e *Elsewhere) DeleteConnection(ctx context.Context, id string) error {
	_, err := e.api.DeleteConnection(ctx, &directconnect.DeleteConnectionInput{ConnectionId: &id})
	return err
}

// Sightings are what the caller sees there, as the desk takes them. No key of
// anything is in them.
type Sightings struct {
	Lines      []Line      `json:"lines,omitempty"`
	Interfaces []Interface `json:"interfaces,omitempty"`
	Echo       *Echo       `json:"echo,omitempty"`
}

// A Line is a connection in the words of Direct Connect.
type Line struct {
	ID        string    `json:"id"`
	Tag       string    `json:"tag"` // the leg that it was ordered for
	State     string    `json:"state"`
	Owner     string    `json:"owner"`
	Location  string    `json:"location"`
	Bandwidth string    `json:"bandwidth"`
	Device    string    `json:"device,omitempty"`
	VLAN      int32     `json:"vlan,omitempty"` // of a hosted connection
	LOAIssued time.Time `json:"loaIssued,omitzero"`
}

// Gone reports whether the connection is none any more.
func (l Line) Gone() bool {
	return l.State == "deleted" || l.State == "rejected" || l.State == "deleting"
}

// An Interface is a private interface in the words of Direct Connect.
type Interface struct {
	ID                   string       `json:"id"`
	Tag                  string       `json:"tag,omitempty"` // the leg that its name says it is of
	Connection           string       `json:"connection"`
	State                string       `json:"state"`
	Owner                string       `json:"owner"`
	Location             string       `json:"location,omitempty"`
	Device               string       `json:"device,omitempty"`
	VLAN                 int32        `json:"vlan"`
	ASN                  int64        `json:"asn"`
	MTU                  int32        `json:"mtu"`
	AmazonAddress        netip.Prefix `json:"amazonAddress,omitzero"`
	CustomerAddress      netip.Prefix `json:"customerAddress,omitzero"`
	Rate                 string       `json:"rate,omitempty"` // its limit; empty for the connection's
	Gateway              string       `json:"gateway,omitempty"`
	DirectConnectGateway string       `json:"directConnectGateway,omitempty"`
	Session              string       `json:"session,omitempty"` // up, down or unknown: the worst
}

// Gone reports whether the interface is none any more.
func (i Interface) Gone() bool {
	return i.State == "deleted" || i.State == "rejected" || i.State == "deleting"
}

// An Echo is how many echo requests an address answered.
type Echo struct {
	Address  netip.Addr `json:"address"`
	Sent     int        `json:"sent"`
	Answered int        `json:"answered"`
}

// Line is a connection of the caller's.
func (e *Elsewhere) Line(ctx context.Context, id string) (Line, error) {
	out, err := e.api.DescribeConnections(ctx, &directconnect.DescribeConnectionsInput{ConnectionId: &id})
	if err != nil {
		return Line{}, err
	}
	if len(out.Connections) == 0 {
		return Line{}, fmt.Errorf("you have no connection %s there", id)
	}
	return lineOf(out.Connections[0]), nil
}

// See lists the connections with one of these tags, and the private interfaces
// that are on them or are named with one, as they are now.
func (e *Elsewhere) See(ctx context.Context, tags []string) (Sightings, error) {
	all, err := e.SeeAll(ctx)
	return all.Of(tags), err
}

func (e *Elsewhere) lines(ctx context.Context) ([]Line, error) {
	return listed(func(token *string) (*directconnect.DescribeConnectionsOutput, error) {
		return e.api.DescribeConnections(ctx, &directconnect.DescribeConnectionsInput{NextToken: token})
	}, func(out *directconnect.DescribeConnectionsOutput) ([]Line, *string) {
		return linesOf(out.Connections), out.NextToken
	})
}

// Interfaces lists the private interfaces that the caller sees.
func (e *Elsewhere) Interfaces(ctx context.Context) (seen []Interface, err error) {
	all, err := e.virtualInterfaces(ctx)
	for _, v := range all {
		if aws.ToString(v.VirtualInterfaceType) == "private" {
			seen = append(seen, interfaceOf(v))
		}
	}
	return seen, err
}

func (e *Elsewhere) virtualInterfaces(ctx context.Context) ([]types.VirtualInterface, error) {
	return listed(func(token *string) (*directconnect.DescribeVirtualInterfacesOutput, error) {
		return e.api.DescribeVirtualInterfaces(ctx, &directconnect.DescribeVirtualInterfacesInput{NextToken: token})
	}, func(out *directconnect.DescribeVirtualInterfacesOutput) ([]types.VirtualInterface, *string) {
		return out.VirtualInterfaces, out.NextToken
	})
}

func linesOf(connections []types.Connection) (lines []Line) {
	for _, c := range connections {
		lines = append(lines, lineOf(c))
	}
	return lines
}

func lineOf(c types.Connection) Line {
	tag := tagOf(c.Tags)
	if c.Vlan != 0 && tag == "" { // hosted: its partner could only name it
		tag = TagIn(aws.ToString(c.ConnectionName))
	}
	return Line{
		ID: aws.ToString(c.ConnectionId), Tag: tag, VLAN: c.Vlan, State: string(c.ConnectionState), Owner: aws.ToString(c.OwnerAccount),
		Location: aws.ToString(c.Location), Bandwidth: aws.ToString(c.Bandwidth), Device: aws.ToString(c.AwsDeviceV2), LOAIssued: aws.ToTime(c.LoaIssueTime),
	}
}

func interfaceOf(v types.VirtualInterface) Interface {
	out := Interface{
		ID: aws.ToString(v.VirtualInterfaceId), Tag: TagIn(aws.ToString(v.VirtualInterfaceName)), Connection: aws.ToString(v.ConnectionId),
		State: string(v.VirtualInterfaceState), Owner: aws.ToString(v.OwnerAccount), Location: aws.ToString(v.Location), Device: aws.ToString(v.AwsDeviceV2),
		VLAN: v.Vlan, ASN: int64(v.Asn), MTU: aws.ToInt32(v.Mtu), Rate: aws.ToString(v.RateLimit), Gateway: aws.ToString(v.VirtualGatewayId), DirectConnectGateway: aws.ToString(v.DirectConnectGatewayId),
	}
	if v.AsnLong != nil {
		out.ASN = *v.AsnLong
	}
	out.AmazonAddress, _ = netip.ParsePrefix(aws.ToString(v.AmazonAddress))
	out.CustomerAddress, _ = netip.ParsePrefix(aws.ToString(v.CustomerAddress))
	worse := map[string]int{"up": 1, "unknown": 2, "down": 3}
	for _, p := range v.BgpPeers {
		if p.BgpPeerState != types.BGPPeerStateDeleted && worse[string(p.BgpStatus)] > worse[out.Session] {
			out.Session = string(p.BgpStatus)
		}
	}
	return out
}

// IsRefusalThere reports whether the other service understood a call and refused
// it: the same call is refused again.
func IsRefusalThere(err error) bool {
	refusal, ok := errors.AsType[smithy.APIError](err)
	return ok && refusal.ErrorFault() == smithy.FaultClient
}

// WhatRefusedThere is the other service's code for why it refused a call, without
// its words, which may name what only the caller may know; false for an error that
// is no refusal.
func WhatRefusedThere(err error) (code string, ok bool) {
	if refusal, ok := errors.AsType[smithy.APIError](err); ok && refusal.ErrorFault() == smithy.FaultClient {
		return refusal.ErrorCode(), true
	}
	return "", false
}

// NameFor is an interface's name with the leg that it is of in it: the one thing
// that whoever allocates it can tell whoever is to accept it.
func NameFor(name, tag string) string { return name + " " + tag }

// TagIn is the leg in an interface's name; empty for none.
func TagIn(name string) string {
	for word := range strings.FieldsSeq(name) {
		if strings.HasPrefix(word, "lk-") {
			return word
		}
	}
	return ""
}

func tagOf(tags []types.Tag) string {
	for _, t := range tags {
		if aws.ToString(t.Key) == linkTag {
			return aws.ToString(t.Value)
		}
	}
	return ""
}
