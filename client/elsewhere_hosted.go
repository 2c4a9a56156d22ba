package client

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
)

// A Hosting is a hosted connection that is wanted on an interconnect, or on a LAG
// of interconnects, for another account.
type Hosting struct {
	On, Owner, Name, Bandwidth string
	VLAN                       int32
}

// Host allocates a hosted connection. Its name is what both ends see of it.
func (e *Elsewhere) Host(ctx context.Context, h Hosting) error {
	_, err := e.api.AllocateHostedConnection(ctx, &directconnect.AllocateHostedConnectionInput{
		ConnectionId: &h.On, OwnerAccount: &h.Owner, ConnectionName: &h.Name, Bandwidth: &h.Bandwidth, Vlan: h.VLAN,
	})
	return err
}

// Hosted lists the hosted connections on an interconnect of the caller's.
func (e *Elsewhere) Hosted(ctx context.Context, on string) (lines []Line, err error) {
	in := &directconnect.DescribeHostedConnectionsInput{ConnectionId: &on}
	for {
		out, err := e.api.DescribeHostedConnections(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, c := range out.Connections {
			lines = append(lines, lineOf(c))
		}
		if aws.ToString(out.NextToken) == "" {
			return lines, nil
		}
		in.NextToken = out.NextToken
	}
}

// Confirm accepts a hosted connection that was allocated to the caller.
func (e *Elsewhere) Confirm(ctx context.Context, id string) error {
	_, err := e.api.ConfirmConnection(ctx, &directconnect.ConfirmConnectionInput{ConnectionId: &id})
	return err
}
