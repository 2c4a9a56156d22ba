package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/api/regional"
	"demarc/connection"
	"demarc/store"
	"demarc/vif"
)

func createInterconnect(c call, tx *store.Tx, in *dx.CreateInterconnectInput) (*types.Interconnect, error) {
	err := require(given("interconnectName", in.InterconnectName), given("bandwidth", in.Bandwidth), given("location", in.Location))
	if err != nil {
		return nil, err
	}
	if err := c.reaches(tx, *in.Location); err != nil {
		return nil, err
	}
	bandwidth, err := bandwidthGiven("bandwidth", in.Bandwidth)
	if err != nil {
		return nil, err
	}
	conn, err := connection.Place(tx, c.by, connection.Order{
		Interconnect: true,
		Location:     demarc.LocationCode(*in.Location),
		Bandwidth:    bandwidth,
		Name:         *in.InterconnectName,
		LAG:          demarc.LAGID(text(in.LagId)),
		MACsec:       aws.ToBool(in.RequestMACSec),
		ProviderName: text(in.ProviderName),
		Tags:         tagsGiven(in.Tags),
	}, c.now)
	return interconnectShape(tx, conn), err
}

func describeInterconnects(c call, view *store.View, in *dx.DescribeInterconnectsInput) (*dx.DescribeInterconnectsOutput, error) {
	conns, err := interconnects(c, view, demarc.ConnectionID(text(in.InterconnectId)))
	if err != nil {
		return nil, err
	}
	conns, next, err := page(c, conns, func(conn demarc.Connection) string { return string(conn.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &dx.DescribeInterconnectsOutput{Interconnects: make([]types.Interconnect, 0, len(conns)), NextToken: next}
	for _, conn := range conns {
		out.Interconnects = append(out.Interconnects, *interconnectShape(view, conn))
	}
	return out, nil
}

// interconnects are all of the account's, or the one that is asked for.
func interconnects(c call, r store.Reader, id demarc.ConnectionID) ([]demarc.Connection, error) {
	if id == "" {
		return regional.Only(c.scope, connection.ListInterconnects(r, c.by, c.now), func(conn demarc.Connection) demarc.Region { return conn.Region }), nil
	}
	conn, err := connection.GetInterconnect(r, c.by, id, c.now)
	return []demarc.Connection{conn}, err
}

func deleteInterconnect(c call, tx *store.Tx, in *dx.DeleteInterconnectInput) (*dx.DeleteInterconnectOutput, error) {
	if err := require(given("interconnectId", in.InterconnectId)); err != nil {
		return nil, err
	}
	id := demarc.ConnectionID(*in.InterconnectId)
	if _, err := connection.GetInterconnect(tx, c.by, id, c.now); err != nil {
		return nil, err
	}
	conn, err := vif.DeleteConnection(tx, c.by, id, c.now)
	return &dx.DeleteInterconnectOutput{InterconnectState: types.InterconnectState(conn.State)}, err
}

// interconnectShape is an interconnect as AWS shows it to its partner.
func interconnectShape(r store.Reader, conn demarc.Connection) *types.Interconnect {
	e := encryptionOf(connection.MACsecOf(r, conn))
	device := string(conn.Port.Device())
	return &types.Interconnect{
		InterconnectId:       (*string)(&conn.ID),
		InterconnectName:     &conn.Name,
		InterconnectState:    types.InterconnectState(conn.State),
		Region:               (*string)(&conn.Region),
		Location:             (*string)(&conn.Location),
		Bandwidth:            aws.String(conn.Bandwidth.String()),
		AwsDevice:            &device,
		AwsDeviceV2:          &device,
		AwsLogicalDeviceId:   &device,
		LagId:                optional(string(conn.LAG)),
		ProviderName:         optional(conn.ProviderName),
		LoaIssueTime:         optionalTime(conn.LOAIssued),
		HasLogicalRedundancy: types.HasLogicalRedundancyNo,
		JumboFrameCapable:    aws.Bool(true),
		MacSecCapable:        e.capable,
		EncryptionMode:       e.mode,
		MacSecKeys:           e.keys,
		PortEncryptionStatus: e.status,
		Tags:                 tagShapes(conn.Tags),
	}
}
