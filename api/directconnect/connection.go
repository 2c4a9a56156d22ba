package directconnect

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/api/awsjson"
	"demarc/api/regional"
	"demarc/connection"
	"demarc/store"
	"demarc/vif"
)

func createConnection(c call, tx *store.Tx, in *dx.CreateConnectionInput) (*types.Connection, error) {
	err := require(given("location", in.Location), given("bandwidth", in.Bandwidth), given("connectionName", in.ConnectionName))
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
		Location:     demarc.LocationCode(*in.Location),
		Bandwidth:    bandwidth,
		Name:         *in.ConnectionName,
		LAG:          demarc.LAGID(text(in.LagId)),
		MACsec:       aws.ToBool(in.RequestMACSec),
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
		return 0, demarc.Errorf(demarc.Invalid, "%v", err).Coded("E-BANDWIDTH", "").In(name)
	}
	if spelt := bandwidth.String(); spelt != text(value) { // clients compare what they sent with what they are shown
		return 0, demarc.Errorf(demarc.Invalid, "%q is spelt %s", text(value), spelt).Coded("E-BANDWIDTH", "").In(name)
	}
	return bandwidth, nil
}

// describeConnections lists the connections in the words that are kept with
// them: a list of a thousand is copied, not written.
func describeConnections(c call, view *store.View, in *dx.DescribeConnectionsInput) (*awsjson.List, error) {
	rows, err := connections(c, view, demarc.ConnectionID(text(in.ConnectionId)))
	if err != nil {
		return nil, err
	}
	rows, next, err := page(c, rows, func(row connection.Row) string { return string(row.Noun().ID) }, paging{in.MaxResults, in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &awsjson.List{Member: "connections", Elements: make([]awsjson.Kept, len(rows)), NextToken: next}
	asOf := sharesChanged(view)
	for i, row := range rows {
		if out.Elements[i], err = toOwner(c, view, asOf, row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// connections are all of the account's, or the one that is asked for. That one
// unknown is an error, unlike an unknown interface: clients match on its text.
func connections(c call, r store.Reader, id demarc.ConnectionID) ([]connection.Row, error) {
	if id == "" {
		return regional.Only(c.scope, connection.Rows(r, c.by, c.now), func(row connection.Row) demarc.Region { return row.Noun().Region }), nil
	}
	if _, err := connection.Get(r, c.by, id, c.now); err != nil {
		return nil, err
	}
	row, _ := store.Connections.Row(r, string(id))
	return []connection.Row{row}, nil
}

// A keptAnswer is a connection as its owner is shown it, and the share that is
// in it: with another one on the connection it is another answer.
type keptAnswer struct {
	// asOf is when the share was last looked at.
	asOf  shareRevision
	share vif.Share
	text  awsjson.Kept
}

// A shareRevision changes with anything that the share of any connection is
// read from.
type shareRevision struct{ interfaces, quotas int64 }

func sharesChanged(v *store.View) shareRevision {
	return shareRevision{store.VirtualInterfaces.ChangedAt(v), store.Quotas.ChangedAt(v)}
}

// covers reports whether nothing was read but what is in a shareRevision.
func (shareRevision) covers(w *store.Witness) bool {
	return !slices.ContainsFunc(w.Read(), func(table string) bool {
		return table != store.VirtualInterfaces.Name() && table != store.Quotas.Name()
	})
}

// toOwner is a connection as its owner is shown it, written. It is kept with
// the connection if nothing but what the connection carries is in it besides.
func toOwner(c call, view *store.View, asOf shareRevision, row connection.Row) (awsjson.Kept, error) {
	kept, ok := row.Kept().(*keptAnswer)
	if ok && kept.asOf == asOf {
		return kept.text, nil
	}
	ofShare, ofRest := &store.Witness{Reader: view}, &store.Witness{Reader: view}
	next := &keptAnswer{asOf: asOf, share: connectionShare(ofShare, *row.Noun())}
	if ok && kept.share == next.share {
		next.text = kept.text
	} else {
		text, err := awsjson.Encode(counted{withShare(connectionAlone(c, ofRest, *row.Noun()), next.share)})
		if err != nil {
			return "", err
		}
		next.text = awsjson.Kept(text)
	}
	if asOf.covers(ofShare) && ofRest.Read() == nil {
		row.Keep(next)
	}
	return next.text, nil
}

func updateConnection(c call, tx *store.Tx, in *dx.UpdateConnectionInput) (*types.Connection, error) {
	if err := require(given("connectionId", in.ConnectionId)); err != nil {
		return nil, err
	}
	change := connection.Change{Name: in.ConnectionName, Encryption: modeGiven(in.EncryptionMode)}
	if change.Encryption == nil {
		if err := require(given("connectionName", in.ConnectionName)); err != nil {
			return nil, err
		}
	}
	conn, err := connection.Update(tx, c.by, demarc.ConnectionID(*in.ConnectionId), change, c.now)
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
// tags to the partner who hosts it.
func connectionShape(c call, r store.Reader, conn demarc.Connection) *types.Connection {
	return withShare(connectionAlone(c, r, conn), connectionShare(r, conn))
}

// connectionAlone is the shape without what is on the connection. A device is
// named the same as the end of the fibre and as the end of the tags on it. The
// shape points into its own copy of the noun: a list of a thousand is built
// with one piece of memory for each, not one for each member.
func connectionAlone(c call, r store.Reader, conn demarc.Connection) *types.Connection {
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
		LagId:                optional(string(conn.LAG)),
		Vlan:                 int32(conn.VLAN),
		Tags:                 []types.Tag{},
	}
	shape.BillingMode = billingMode(r, conn)
	if conn.Owner == c.by {
		shape.Tags = tagShapes(conn.Tags)
	}
	e := encryptionOf(connection.MACsecOf(r, conn))
	shape.MacSecCapable, shape.EncryptionMode, shape.MacSecKeys, shape.PortEncryptionStatus = e.capable, e.mode, e.keys, e.status
	if conn.Kind == demarc.Hosted {
		partner, _ := store.Accounts.Get(r, string(conn.Partner))
		shape.PartnerName = &partner.Title
		if lag, ok := conn.Parent.LAG(); ok && conn.Partner == c.by { // the LAG is the partner's
			shape.LagId = aws.String(string(lag))
		}
		shape.PartnerInterconnectMacSecCapable = aws.Bool(connection.ParentMACsec(r, conn).Capable())
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
