package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/schemas"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/smithy-go"

	"demarc"
	"demarc/api/regional"
	"demarc/connection"
	"demarc/store"
	"demarc/vif"
)

func createLag(c call, tx *store.Tx, in *dx.CreateLagInput) (*wholeLag, error) {
	err := require(given("location", in.Location), given("connectionsBandwidth", in.ConnectionsBandwidth), given("lagName", in.LagName))
	if err != nil {
		return nil, err
	}
	if err := c.reaches(tx, *in.Location); err != nil {
		return nil, err
	}
	bandwidth, err := bandwidthGiven("connectionsBandwidth", in.ConnectionsBandwidth)
	if err != nil {
		return nil, err
	}
	lag, err := vif.OrderLAG(tx, c.by, connection.LAGOrder{
		Name:         *in.LagName,
		Location:     demarc.LocationCode(*in.Location),
		Bandwidth:    bandwidth,
		Connections:  int(in.NumberOfConnections),
		Existing:     demarc.ConnectionID(text(in.ConnectionId)),
		MACsec:       aws.ToBool(in.RequestMACSec),
		Billing:      demarc.BillingMode(in.BillingMode),
		ProviderName: text(in.ProviderName),
		Tags:         tagsGiven(in.Tags),
		ChildTags:    tagsGiven(in.ChildConnectionTags),
	}, c.now)
	return lagShape(c, tx, lag), err
}

func describeLags(c call, view *store.View, in *dx.DescribeLagsInput) (*lagList, error) {
	lags, err := lags(c, view, demarc.LAGID(text(in.LagId)))
	if err != nil {
		return nil, err
	}
	lags, next, err := page(c, lags, func(lag demarc.LAG) string { return string(lag.ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &lagList{next: next}
	for _, lag := range lags {
		out.lags = append(out.lags, lagShape(c, view, lag))
	}
	return out, nil
}

// lags are all of the account's, or the one that is asked for. That one
// unknown is an error: clients match on its text.
func lags(c call, r store.Reader, id demarc.LAGID) ([]demarc.LAG, error) {
	if id == "" {
		return regional.Only(c.scope, connection.ListLAGs(r, c.by, c.now), func(lag demarc.LAG) demarc.Region { return lag.Region }), nil
	}
	lag, err := connection.GetLAG(r, c.by, id, c.now)
	return []demarc.LAG{lag}, err
}

func updateLag(c call, tx *store.Tx, in *dx.UpdateLagInput) (*wholeLag, error) {
	if err := require(given("lagId", in.LagId)); err != nil {
		return nil, err
	}
	change := connection.LAGChange{Name: in.LagName, Encryption: modeGiven(in.EncryptionMode)}
	if c.sent("minimumLinks") { // zero is a wish of its own, and not in the shape
		change.MinimumLinks = aws.Int(int(in.MinimumLinks))
	}
	lag, err := connection.UpdateLAG(tx, c.by, demarc.LAGID(*in.LagId), change, c.now)
	return lagShape(c, tx, lag), err
}

func deleteLag(c call, tx *store.Tx, in *dx.DeleteLagInput) (*wholeLag, error) {
	if err := require(given("lagId", in.LagId)); err != nil {
		return nil, err
	}
	lag, err := connection.DeleteLAG(tx, c.by, demarc.LAGID(*in.LagId), c.now)
	return lagShape(c, tx, lag), err
}

func associateConnectionWithLag(c call, tx *store.Tx, in *dx.AssociateConnectionWithLagInput) (*types.Connection, error) {
	if err := require(given("connectionId", in.ConnectionId), given("lagId", in.LagId)); err != nil {
		return nil, err
	}
	conn, err := vif.Join(tx, c.by, demarc.ConnectionID(*in.ConnectionId), demarc.LAGID(*in.LagId), c.now)
	return connectionShape(c, tx, conn), err
}

func disassociateConnectionFromLag(c call, tx *store.Tx, in *dx.DisassociateConnectionFromLagInput) (*types.Connection, error) {
	if err := require(given("connectionId", in.ConnectionId), given("lagId", in.LagId)); err != nil {
		return nil, err
	}
	conn, err := vif.Leave(tx, c.by, demarc.ConnectionID(*in.ConnectionId), demarc.LAGID(*in.LagId), c.now)
	return connectionShape(c, tx, conn), err
}

// lagShape is a LAG with its members as AWS shows it to its owner.
func lagShape(c call, r store.Reader, lag demarc.LAG) *wholeLag {
	members := connection.Members(r, lag.ID)
	device := string(lag.Device)
	shape := &types.Lag{
		LagId:                   (*string)(&lag.ID),
		LagName:                 &lag.Name,
		LagState:                types.LagState(lag.State(members)),
		OwnerAccount:            (*string)(&lag.Owner),
		Region:                  (*string)(&lag.Region),
		Location:                (*string)(&lag.Location),
		ConnectionsBandwidth:    aws.String(lag.Bandwidth.String()),
		NumberOfConnections:     int32(len(members)),
		MinimumLinks:            int32(lag.MinimumLinks),
		Connections:             connectionShapes(c, r, members),
		AllowsHostedConnections: lag.Hosting,
		AwsDevice:               &device,
		AwsDeviceV2:             &device,
		AwsLogicalDeviceId:      &device,
		ProviderName:            optional(lag.ProviderName),
		HasLogicalRedundancy:    types.HasLogicalRedundancyNo,
		JumboFrameCapable:       aws.Bool(true),
		BillingMode:             types.BillingMode(connection.BillingOf(r, lag)),
		Tags:                    tagShapes(lag.Tags),
	}
	e := encryptionOf(lag.MACsec)
	shape.MacSecCapable, shape.EncryptionMode, shape.MacSecKeys = e.capable, e.mode, e.keys
	if !lag.Hosting && lag.Deleted.IsZero() {
		share := vif.ShareOf(r, demarc.ConnectionID(lag.ID), lag.Bandwidth)
		p := poolOf(share)
		shape.RateLimiterStatus = limitersOf(share)
		shape.PrefixPoolSizeIpv4, shape.PrefixPoolSizeIpv6 = p.size4, p.size6
		shape.PrefixPoolUnallocatedCountIpv4, shape.PrefixPoolUnallocatedCountIpv6 = p.free4, p.free6
	}
	return &wholeLag{shape}
}

// A wholeLag is the SDK's, with the two numbers that it leaves out when they
// are zero. AWS sends them, and Ansible reads minimumLinks of any LAG.
type wholeLag struct{ *types.Lag }

// Serialize writes the LAG.
func (l *wholeLag) Serialize(s smithy.ShapeSerializer) {
	s.WriteStruct(schemas.Lag)
	l.members(s)
	s.CloseStruct()
}

func (l *wholeLag) members(s smithy.ShapeSerializer) {
	l.SerializeMembers(s)
	if l.MinimumLinks == 0 {
		s.WriteInt32(schemas.Lag_minimumLinks, 0)
	}
	if l.NumberOfConnections == 0 {
		s.WriteInt32(schemas.Lag_numberOfConnections, 0)
	}
}

// A lagList is the answer of DescribeLags.
type lagList struct {
	lags []*wholeLag
	next *string
}

// Serialize writes the answer as the SDK's struct would be written.
func (l *lagList) Serialize(s smithy.ShapeSerializer) {
	s.WriteStruct(schemas.Lags)
	s.WriteList(schemas.Lags_lags)
	for _, lag := range l.lags {
		s.WriteStruct(schemas.Lags_lags.ListMember())
		lag.members(s)
		s.CloseStruct()
	}
	s.CloseList()
	if l.next != nil {
		s.WriteString(schemas.Lags_nextToken, *l.next)
	}
	s.CloseStruct()
}
