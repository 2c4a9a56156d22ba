package directconnect

import (
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/connection"
	"demarc/store"
	"demarc/vif"
)

func allocateHostedConnection(c call, tx *store.Tx, in *dx.AllocateHostedConnectionInput) (*types.Connection, error) {
	err := require(given("connectionId", in.ConnectionId), given("ownerAccount", in.OwnerAccount),
		given("bandwidth", in.Bandwidth), given("connectionName", in.ConnectionName))
	if err != nil {
		return nil, err
	}
	bandwidth, err := bandwidthGiven("bandwidth", in.Bandwidth)
	if err != nil {
		return nil, err
	}
	conn, err := connection.Allocate(tx, c.by, demarc.ConnectionID(*in.ConnectionId), connection.HostedOrder{
		Name:      *in.ConnectionName,
		Owner:     demarc.AccountID(*in.OwnerAccount),
		Bandwidth: bandwidth,
		VLAN:      int(in.Vlan),
		Tags:      tagsGiven(in.Tags),
	}, c.now)
	return connectionShape(c, tx, conn), err
}

// allocateConnectionOnInterconnect is the older form of the same, for
// interconnects alone.
func allocateConnectionOnInterconnect(c call, tx *store.Tx, in *dx.AllocateConnectionOnInterconnectInput) (*types.Connection, error) {
	if err := require(given("interconnectId", in.InterconnectId)); err != nil {
		return nil, err
	}
	if _, err := connection.GetInterconnect(tx, c.by, demarc.ConnectionID(*in.InterconnectId), c.now); err != nil {
		return nil, err
	}
	return allocateHostedConnection(c, tx, &dx.AllocateHostedConnectionInput{
		ConnectionId: in.InterconnectId, OwnerAccount: in.OwnerAccount,
		Bandwidth: in.Bandwidth, ConnectionName: in.ConnectionName, Vlan: in.Vlan,
	})
}

func confirmConnection(c call, tx *store.Tx, in *dx.ConfirmConnectionInput) (*dx.ConfirmConnectionOutput, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	conn, err := connection.Confirm(tx, c.by, demarc.ConnectionID(*in.ConnectionId), c.now)
	return &dx.ConfirmConnectionOutput{ConnectionState: types.ConnectionState(conn.State)}, err
}

func describeHostedConnections(c call, view *store.View, in *dx.DescribeHostedConnectionsInput) (*dx.DescribeHostedConnectionsOutput, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	conns, err := connection.ListHosted(view, c.by, demarc.ConnectionID(*in.ConnectionId), c.now)
	if err != nil {
		return nil, err
	}
	conns, next, err := page(c, conns, func(conn demarc.Connection) string { return string(conn.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	return &dx.DescribeHostedConnectionsOutput{Connections: connectionShapes(c, view, conns), NextToken: next}, nil
}

// describeConnectionsOnInterconnect is the older form of the same, for
// interconnects alone, and has no pages.
func describeConnectionsOnInterconnect(c call, view *store.View, in *dx.DescribeConnectionsOnInterconnectInput) (*dx.DescribeConnectionsOnInterconnectOutput, error) {
	if err := require(given("interconnectId", in.InterconnectId)); err != nil {
		return nil, err
	}
	id := demarc.ConnectionID(*in.InterconnectId)
	if _, err := connection.GetInterconnect(view, c.by, id, c.now); err != nil {
		return nil, err
	}
	conns, err := connection.ListHosted(view, c.by, id, c.now)
	if err != nil {
		return nil, err
	}
	return &dx.DescribeConnectionsOnInterconnectOutput{Connections: connectionShapes(c, view, conns)}, nil
}

func associateHostedConnection(c call, tx *store.Tx, in *dx.AssociateHostedConnectionInput) (*types.Connection, error) {
	if err := require(given("connectionId", in.ConnectionId), given("parentConnectionId", in.ParentConnectionId)); err != nil {
		return nil, err
	}
	conn, err := vif.MoveHosted(tx, c.by, demarc.ConnectionID(*in.ConnectionId), demarc.ConnectionID(*in.ParentConnectionId), c.now)
	return connectionShape(c, tx, conn), err
}

func connectionShapes(c call, r store.Reader, conns []demarc.Connection) []types.Connection {
	shapes := make([]types.Connection, 0, len(conns))
	for _, conn := range conns {
		shapes = append(shapes, *connectionShape(c, r, conn))
	}
	return shapes
}
