package directconnect

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/connection"
	"demarc/store"
	"demarc/vif"
)

func createConnection(c call, tx *store.Tx, in *dx.CreateConnectionInput) (*types.Connection, error) {
	err := require(given("location", in.Location), given("bandwidth", in.Bandwidth), given("connectionName", in.ConnectionName))
	if err != nil {
		return nil, err
	}
	if err := plain(in); err != nil {
		return nil, err
	}
	bandwidth, err := bandwidthGiven("bandwidth", in.Bandwidth)
	if err != nil {
		return nil, err
	}
	conn, err := connection.Place(tx, c.by, connection.Order{
		Location:     demarc.LocationCode(*in.Location),
		Bandwidth:    bandwidth,
		Name:         *in.ConnectionName,
		LAG:          demarc.LAGID(text(in.LagId)),
		ProviderName: text(in.ProviderName),
		Billing:      demarc.BillingMode(in.BillingMode),
		Tags:         tagsGiven(in.Tags),
	}, c.now)
	return connectionShape(c, tx, conn), err
}

// bandwidthGiven reads AWS's spelling of a rate.
func bandwidthGiven(name string, value *string) (demarc.Bandwidth, error) {
	bandwidth, err := demarc.ParseBandwidth(text(value))
	if err != nil {
		return 0, demarc.Errorf(demarc.Invalid, "%v", err).In(name)
	}
	return bandwidth, nil
}

// plain refuses what makes a connection more than a port.
func plain(in *dx.CreateConnectionInput) error {
	switch {
	case aws.ToBool(in.RequestMACSec):
		return unbuilt("requestMACSec", "MACsec")
	}
	return nil
}

func describeConnections(c call, view *store.View, in *dx.DescribeConnectionsInput) (*dx.DescribeConnectionsOutput, error) {
	conns, err := connections(c, view, demarc.ConnectionID(text(in.ConnectionId)))
	if err != nil {
		return nil, err
	}
	conns, next, err := page(c, conns, func(conn demarc.Connection) string { return string(conn.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	return &dx.DescribeConnectionsOutput{Connections: connectionShapes(c, view, conns), NextToken: next}, nil
}

// connections are all of the account's, or the one that is asked for. That one
// unknown is an error, unlike an unknown interface: clients match on its text.
func connections(c call, r store.Reader, id demarc.ConnectionID) ([]demarc.Connection, error) {
	if id == "" {
		return connection.List(r, c.by, c.now), nil
	}
	conn, err := connection.Get(r, c.by, id, c.now)
	return []demarc.Connection{conn}, err
}

func updateConnection(c call, tx *store.Tx, in *dx.UpdateConnectionInput) (*types.Connection, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	if text(in.EncryptionMode) != "" {
		return nil, unbuilt("encryptionMode", "MACsec")
	}
	if err := require(given("connectionName", in.ConnectionName)); err != nil {
		return nil, err
	}
	conn, err := connection.Rename(tx, c.by, demarc.ConnectionID(*in.ConnectionId), *in.ConnectionName, c.now)
	return connectionShape(c, tx, conn), err
}

func deleteConnection(c call, tx *store.Tx, in *dx.DeleteConnectionInput) (*types.Connection, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	conn, err := vif.DeleteConnection(tx, c.by, demarc.ConnectionID(*in.ConnectionId), c.now)
	return connectionShape(c, tx, conn), err
}

// connectionShape is a connection as AWS shows it to its owner, or without the
// tags to the partner who hosts it. A device is named the same as the end of
// the fibre and as the end of the tags on it. The shape points into its own
// copy of the noun: a list of a thousand is built with one piece of memory for
// each, not one for each member.
func connectionShape(c call, r store.Reader, conn demarc.Connection) *types.Connection {
	device := string(connection.Device(r, conn))
	shape := &types.Connection{
		ConnectionId:         (*string)(&conn.ID),
		ConnectionName:       &conn.Name,
		ConnectionState:      types.ConnectionState(conn.State),
		OwnerAccount:         (*string)(&conn.Owner),
		Region:               (*string)(&conn.Region),
		Location:             (*string)(&conn.Location),
		Bandwidth:            aws.String(conn.Bandwidth.String()),
		AwsDevice:            &device,
		AwsDeviceV2:          &device,
		AwsLogicalDeviceId:   &device,
		ProviderName:         optional(conn.ProviderName),
		LoaIssueTime:         optionalTime(conn.LOAIssued),
		HasLogicalRedundancy: types.HasLogicalRedundancyNo,
		JumboFrameCapable:    aws.Bool(true),
		MacSecCapable:        aws.Bool(false),
		LagId:                optional(string(conn.LAG)),
		Vlan:                 int32(conn.VLAN),
		Tags:                 []types.Tag{},
	}
	shape.BillingMode = billingMode(r, conn)
	if conn.Owner == c.by {
		shape.Tags = tagShapes(conn.Tags)
	}
	if conn.Kind == demarc.Hosted {
		partner, _ := store.Accounts.Get(r, string(conn.Partner))
		shape.PartnerName = &partner.Title
	}
	return shape
}

// optional leaves out a member that has nothing to say.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
