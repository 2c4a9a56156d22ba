package cloudwatch

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"demarc"
	"demarc/series"
	"demarc/store"
)

// Namespace is the only one that there is anything in.
const Namespace = "AWS/DX"

const (
	connectionID = "ConnectionId"
	interfaceID  = "VirtualInterfaceId"
)

// A kind is one metric: what is measured, and in which unit.
type kind struct {
	name    string
	unit    types.StandardUnit
	measure series.Measure
	// limited: only interfaces with a rate limit have it. share: it is a
	// percentage of that limit.
	limited, share bool
}

// connectionKinds has ConnectionState first, which is all of a connection that
// owners of interfaces on it see.
var connectionKinds = []kind{
	{name: "ConnectionState", unit: types.StandardUnitNone, measure: series.Up},
	{name: "ConnectionBpsEgress", unit: types.StandardUnitBitsSecond, measure: series.BitsOut},
	{name: "ConnectionBpsIngress", unit: types.StandardUnitBitsSecond, measure: series.BitsIn},
	{name: "ConnectionPpsEgress", unit: types.StandardUnitCountSecond, measure: series.PacketsOut},
	{name: "ConnectionPpsIngress", unit: types.StandardUnitCountSecond, measure: series.PacketsIn},
	{name: "ConnectionDiscardsPpsEgress", unit: types.StandardUnitCountSecond, measure: series.DropsOut},
	{name: "ConnectionErrorCount", unit: types.StandardUnitCount, measure: series.Errors},
}

var interfaceKinds = []kind{
	{name: "VirtualInterfaceBpsEgress", unit: types.StandardUnitBitsSecond, measure: series.BitsOut},
	{name: "VirtualInterfaceBpsIngress", unit: types.StandardUnitBitsSecond, measure: series.BitsIn},
	{name: "VirtualInterfacePpsEgress", unit: types.StandardUnitCountSecond, measure: series.PacketsOut},
	{name: "VirtualInterfacePpsIngress", unit: types.StandardUnitCountSecond, measure: series.PacketsIn},
	{name: "VirtualInterfaceBgpStatus", unit: types.StandardUnitNone, measure: series.Up},
	{name: "VirtualInterfaceBgpPrefixesAccepted", unit: types.StandardUnitCount, measure: series.Accepted},
	{name: "VirtualInterfaceBgpPrefixesAdvertised", unit: types.StandardUnitCount, measure: series.Advertised},
	{name: "VirtualInterfacePolicedPpsEgress", unit: types.StandardUnitCountSecond, measure: series.DropsOut, limited: true},
	{name: "VirtualInterfacePolicedPpsIngress", unit: types.StandardUnitCountSecond, measure: series.DropsIn, limited: true},
	{name: "VirtualInterfaceUtilizationEgress", unit: types.StandardUnitPercent, measure: series.BitsOut, limited: true, share: true},
	{name: "VirtualInterfaceUtilizationIngress", unit: types.StandardUnitPercent, measure: series.BitsIn, limited: true, share: true},
}

// A metric is a kind of one connection or interface.
type metric struct {
	kind
	conn demarc.ConnectionID
	vif  demarc.VirtualInterfaceID // empty for one of the connection itself
	// scale is what a measured value is multiplied with.
	scale float64
}

// id is what the metric's values are kept under.
func (m metric) id() string { return cmp.Or(string(m.vif), string(m.conn)) }

func (m metric) shape() types.Metric {
	dimensions := []types.Dimension{{Name: ref(connectionID), Value: ref(string(m.conn))}}
	if m.vif != "" {
		dimensions = append(dimensions, types.Dimension{Name: ref(interfaceID), Value: ref(string(m.vif))})
	}
	return types.Metric{Namespace: ref(Namespace), MetricName: ref(m.name), Dimensions: dimensions}
}

// ofConnection are the metrics of a connection that an account sees: all of its
// own, and the state of one that it has an interface on.
func ofConnection(r store.Reader, by demarc.AccountID, conn demarc.Connection) (all []metric) {
	kinds := connectionKinds
	if conn.Owner != by {
		if !hasInterfaceOn(r, by, conn.ID) {
			return nil
		}
		kinds = connectionKinds[:1]
	}
	for _, k := range kinds {
		all = append(all, metric{kind: k, conn: conn.ID, scale: 1})
	}
	return all
}

func hasInterfaceOn(r store.Reader, by demarc.AccountID, conn demarc.ConnectionID) bool {
	for vif := range store.VirtualInterfaces.By(r, "connection", string(conn)) {
		if vif.Owner == by && !vif.State.Gone() {
			return true
		}
	}
	return false
}

// ofInterface are the metrics of an interface: its owner's, and the connection
// owner's.
func ofInterface(by demarc.AccountID, vif demarc.VirtualInterface) (all []metric) {
	if !vif.VisibleTo(by) {
		return nil
	}
	for _, k := range interfaceKinds {
		m := metric{kind: k, conn: vif.Connection, vif: vif.ID, scale: 1}
		if k.limited && vif.RateLimit == 0 {
			continue
		}
		if k.share {
			m.scale = 100 / float64(vif.RateLimit)
		}
		all = append(all, m)
	}
	return all
}

// find is the metric of a name with just these dimensions, if the account sees
// it.
func find(r store.Reader, by demarc.AccountID, name string, dimensions []types.Dimension) (metric, bool) {
	values := map[string]string{}
	for _, d := range dimensions {
		values[text(d.Name)] = text(d.Value)
	}
	conn, vif := values[connectionID], values[interfaceID]
	var all []metric
	switch {
	case len(values) != len(dimensions) || conn == "":
	case len(values) == 1:
		if c, ok := store.Connections.Get(r, conn); ok {
			all = ofConnection(r, by, c)
		}
	case len(values) == 2 && vif != "":
		if v, ok := store.VirtualInterfaces.Get(r, vif); ok && string(v.Connection) == conn {
			all = ofInterface(by, v)
		}
	}
	i := slices.IndexFunc(all, func(m metric) bool { return m.name == name })
	if i < 0 {
		return metric{}, false
	}
	return all[i], true
}

// visible are all metrics that an account sees, in order.
func visible(r store.Reader, by demarc.AccountID) (all []metric) {
	conns := map[demarc.ConnectionID]demarc.Connection{}
	for conn := range store.Connections.By(r, "owner", string(by)) {
		conns[conn.ID] = conn
	}
	for vif := range store.VirtualInterfaces.By(r, "account", string(by)) {
		all = append(all, ofInterface(by, vif)...)
		if conn, ok := store.Connections.Get(r, string(vif.Connection)); ok {
			conns[conn.ID] = conn
		}
	}
	for _, conn := range conns {
		all = append(all, ofConnection(r, by, conn)...)
	}
	slices.SortFunc(all, func(a, b metric) int { return cmp.Compare(a.key(), b.key()) })
	return all
}

// key is what metrics are in the order of.
func (m metric) key() string { return string(m.conn) + "/" + string(m.vif) + "/" + m.name }

// points are the metric's values of the minutes in a range, in order.
func (m metric) points(k *series.Keeper, s span) []series.Point {
	points := k.Points(m.id(), m.measure, s.from, s.to)
	for i := range points {
		points[i].Value *= m.scale
	}
	return points
}

func ref[T any](v T) *T { return &v }

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// find is the metric of a name with just these dimensions, if the call sees it.
func (c call) find(name string, dimensions []types.Dimension) (metric, bool) {
	m, ok := find(c.view, c.by, name, dimensions)
	if ok && c.scope.Hides(c.view, string(m.conn)) {
		return metric{}, false
	}
	return m, ok
}

// visible are all metrics that the call sees, in order.
func (c call) visible() []metric {
	return slices.DeleteFunc(visible(c.view, c.by), func(m metric) bool { return c.scope.Hides(c.view, string(m.conn)) })
}
