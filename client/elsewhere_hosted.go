package client

import (
	"context"

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
func (e *Elsewhere) Hosted(ctx context.Context, on string) ([]Line, error) {
	return listed(func(token *string) (*directconnect.DescribeHostedConnectionsOutput, error) {
		return e.api.DescribeHostedConnections(ctx, &directconnect.DescribeHostedConnectionsInput{ConnectionId: &on, NextToken: token})
	}, func(out *directconnect.DescribeHostedConnectionsOutput) ([]Line, *string) {
		return linesOf(out.Connections), out.NextToken
	})
}

// Confirm accepts a hosted connection that was allocated to the caller.
func (e *Elsewhere) Confirm(ctx context.Context, id string) error {
	_, err := e.api.ConfirmConnection(ctx, &directconnect.ConfirmConnectionInput{ConnectionId: &id})
	return err
}
