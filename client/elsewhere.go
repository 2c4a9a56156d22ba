package client

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"
)

// A Place is a Direct Connect that need not be the desk's own.
type Place struct {
	// Endpoint is its URL; empty is AWS itself.
	Endpoint string
	// Region and Profile are the caller's there; empty is the SDK's own choice
	// (AWS_REGION, AWS_PROFILE, ~/.aws …).
	Region, Profile string
}

// A Line is a connection that was ordered for a leg of a link, with the private
// interface on it, in the words of Direct Connect; what is not there is empty.
type Line struct {
	Tag             string `json:"tag"`
	Connection      string `json:"connection"`
	ConnectionState string `json:"connectionState"`
	Interface       string `json:"interface,omitempty"`
	InterfaceState  string `json:"interfaceState,omitempty"`
	Owner           string `json:"owner,omitempty"` // of the interface
	Session         string `json:"session,omitempty"`
}

// Elsewhere takes a link's steps at a Direct Connect, with nothing but that
// service's own calls.
type Elsewhere struct{ api *directconnect.Client }

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
		return nil, fmt.Errorf("read the AWS profile %q: %w", p.Profile, err)
	}
	if cfg.Region == "" {
		return nil, fmt.Errorf("no Region: give --region, or one in the AWS profile %q", p.Profile)
	}
	return &Elsewhere{directconnect.NewFromConfig(cfg)}, nil
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

// Allocate allocates a hosted private interface on a connection to an account.
func (e *Elsewhere) Allocate(ctx context.Context, connection, owner, name string, vlan, asn int32) (id string, err error) {
	out, err := e.api.AllocatePrivateVirtualInterface(ctx, &directconnect.AllocatePrivateVirtualInterfaceInput{
		ConnectionId: &connection, OwnerAccount: &owner,
		NewPrivateVirtualInterfaceAllocation: &types.NewPrivateVirtualInterfaceAllocation{VirtualInterfaceName: &name, Vlan: vlan, Asn: asn},
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.VirtualInterfaceId), nil
}

// Accept accepts an interface that was allocated to the caller onto a virtual
// private gateway of its own, and says what state it is in then.
func (e *Elsewhere) Accept(ctx context.Context, id, gateway string) (state string, err error) {
	out, err := e.api.ConfirmPrivateVirtualInterface(ctx, &directconnect.ConfirmPrivateVirtualInterfaceInput{VirtualInterfaceId: &id, VirtualGatewayId: &gateway})
	if err != nil {
		return "", err
	}
	return string(out.VirtualInterfaceState), nil
}

// Lines lists what the caller has there with one of these tags, as it is now.
func (e *Elsewhere) Lines(ctx context.Context, tags []string) ([]Line, error) {
	wanted := map[string]bool{}
	for _, tag := range tags {
		wanted[tag] = true
	}
	var lines []Line
	in := &directconnect.DescribeConnectionsInput{}
	for {
		out, err := e.api.DescribeConnections(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, c := range out.Connections {
			tag := tagOf(c.Tags)
			if !wanted[tag] || c.ConnectionState == types.ConnectionStateDeleted || c.ConnectionState == types.ConnectionStateRejected {
				continue
			}
			line, err := e.line(ctx, Line{Tag: tag, Connection: aws.ToString(c.ConnectionId), ConnectionState: string(c.ConnectionState)})
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
		if aws.ToString(out.NextToken) == "" {
			return lines, nil
		}
		in.NextToken = out.NextToken
	}
}

// line adds the private interface that is on a connection.
func (e *Elsewhere) line(ctx context.Context, l Line) (Line, error) {
	out, err := e.api.DescribeVirtualInterfaces(ctx, &directconnect.DescribeVirtualInterfacesInput{ConnectionId: &l.Connection})
	if err != nil {
		return l, err
	}
	for _, v := range out.VirtualInterfaces {
		gone := v.VirtualInterfaceState == types.VirtualInterfaceStateDeleted || v.VirtualInterfaceState == types.VirtualInterfaceStateRejected || v.VirtualInterfaceState == types.VirtualInterfaceStateDeleting
		if aws.ToString(v.VirtualInterfaceType) != "private" || gone {
			continue
		}
		l.Interface, l.InterfaceState, l.Owner = aws.ToString(v.VirtualInterfaceId), string(v.VirtualInterfaceState), aws.ToString(v.OwnerAccount)
		for _, p := range v.BgpPeers {
			l.Session = string(p.BgpStatus)
		}
	}
	return l, nil
}

func tagOf(tags []types.Tag) string {
	for _, t := range tags {
		if aws.ToString(t.Key) == linkTag {
			return aws.ToString(t.Value)
		}
	}
	return ""
}
