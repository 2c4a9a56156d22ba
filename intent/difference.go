package intent

import (
	"cmp"
	"reflect"
	"slices"

	"demarc"
)

// An intent of a thousand interfaces of which one is new, and a report in which
// ten have counted on, are nearly what was said before. A difference is what
// makes the one into the other. It is for whoever carries them: what either end
// works with is always whole.
//
// The lines of a document are in the order of their ids, and no two kinds of
// line have an id in common.

// A NodeDifference is an intent with only those lines that are new or changed.
type NodeDifference struct {
	Node
	Gone []string `json:"gone,omitempty"` // ids of lines that are no more
}

// A ReportDifference is a report with only those lines that are new or changed.
type ReportDifference struct {
	Report
	Gone []string `json:"gone,omitempty"` // ids of lines that are no more
	// SameRoutes are those of the interfaces whose prefixes are as before, and
	// left out: counters change all the time, and prefixes hardly ever.
	SameRoutes []demarc.VirtualInterfaceID `json:"sameRoutes,omitempty"`
}

// Since is what differs from an earlier intent. It is false if that cannot be
// said: they are of different kinds, or have lines in another order.
func (n Node) Since(before Node) (d NodeDifference, ok bool) {
	d.Node, ok = n, true
	switch {
	case n.Device != nil && before.Device != nil:
		device := *n.Device
		device.Ports = since(&d.Gone, &ok, before.Device.Ports, device.Ports, portID)
		device.VIFs = sinceLines(&d.Gone, &ok, before.Device.VIFs, device.VIFs, vifID)
		device.Gateways = since(&d.Gone, &ok, before.Device.Gateways, device.Gateways, gatewayID)
		d.Device = &device
	case n.VPCHost != nil && before.VPCHost != nil:
		host := *n.VPCHost
		host.VPCs = since(&d.Gone, &ok, before.VPCHost.VPCs, host.VPCs, vpcID)
		host.TransitTables = since(&d.Gone, &ok, before.VPCHost.TransitTables, host.TransitTables, transitTableID)
		d.VPCHost = &host
	default:
		return d, false
	}
	return d, ok
}

// Same reports whether two intents ask for the same; their versions do not count.
func (n Node) Same(other Node) bool {
	n.Version, other.Version = 0, 0
	d, ok := n.Since(other)
	if !ok {
		return reflect.DeepEqual(n, other)
	}
	return len(d.Gone) == 0 && reflect.DeepEqual(d.Node, besideLines(other))
}

// besideLines is what an intent says besides its lines.
func besideLines(n Node) Node {
	if n.Device != nil {
		device := *n.Device
		device.Ports, device.VIFs, device.Gateways = nil, nil, nil
		n.Device = &device
	}
	if n.VPCHost != nil {
		host := *n.VPCHost
		host.VPCs, host.TransitTables = nil, nil
		n.VPCHost = &host
	}
	return n
}

// With is the later intent: the inverse of [Node.Since].
func (n Node) With(d NodeDifference) Node {
	later, gone := d.Node, setOf(d.Gone)
	if n.Device != nil && d.Device != nil {
		device := *d.Device
		device.Ports = with(gone, n.Device.Ports, device.Ports, portID)
		device.VIFs = with(gone, n.Device.VIFs, device.VIFs, vifID)
		device.Gateways = with(gone, n.Device.Gateways, device.Gateways, gatewayID)
		later.Device = &device
	}
	if n.VPCHost != nil && d.VPCHost != nil {
		host := *d.VPCHost
		host.VPCs = with(gone, n.VPCHost.VPCs, host.VPCs, vpcID)
		host.TransitTables = with(gone, n.VPCHost.TransitTables, host.TransitTables, transitTableID)
		later.VPCHost = &host
	}
	return later
}

// Since is what differs from an earlier report. It is false if that cannot be
// said, since they have lines in another order.
func (r Report) Since(before Report) (d ReportDifference, ok bool) {
	d.Report, ok = r, true
	d.Ports = sinceLines(&d.Gone, &ok, before.Ports, r.Ports, (*PortSeen).id)
	d.VIFs = sinceLines(&d.Gone, &ok, before.VIFs, r.VIFs, (*VIFSeen).id)
	d.VPCs = sinceLines(&d.Gone, &ok, before.VPCs, r.VPCs, (*VPCSeen).id)
	for i, seen := range d.VIFs {
		if was, there := find(before.VIFs, seen, (*VIFSeen).id); ok && there && reflect.DeepEqual(seen.routes(), was.routes()) {
			short := seen.WithRoutesOf(VIFSeen{})
			d.VIFs[i] = &short
			d.SameRoutes = append(d.SameRoutes, seen.ID)
		}
	}
	return d, ok
}

// With is the later report: the inverse of [Report.Since].
func (r Report) With(d ReportDifference) Report {
	later, gone, same := d.Report, setOf(d.Gone), setOf(d.SameRoutes)
	changed := slices.Clone(d.VIFs)
	for i, seen := range changed {
		if was, there := find(r.VIFs, seen, (*VIFSeen).id); there && same[seen.ID] {
			long := seen.WithRoutesOf(*was)
			changed[i] = &long
		}
	}
	later.Ports = with(gone, r.Ports, d.Ports, (*PortSeen).id)
	later.VIFs = with(gone, r.VIFs, changed, (*VIFSeen).id)
	later.VPCs = with(gone, r.VPCs, d.VPCs, (*VPCSeen).id)
	return later
}

func portID(p Port) string                 { return string(p.ID) }
func vifID(v *VIF) string                  { return string(v.ID) }
func gatewayID(g Gateway) string           { return string(g.ID) }
func vpcID(v VPC) string                   { return string(v.ID) }
func transitTableID(t TransitTable) string { return string(t.ID) }

func (p PortSeen) id() string { return string(p.ID) }
func (v VIFSeen) id() string  { return string(v.ID) }
func (v VPCSeen) id() string  { return string(v.ID) }

// routes is the sighting with nothing but the prefixes.
func (v VIFSeen) routes() VIFSeen { return VIFSeen{}.WithRoutesOf(v) }

// WithRoutesOf is the sighting with the prefixes of another.
func (v VIFSeen) WithRoutesOf(other VIFSeen) VIFSeen {
	v.Accepted, v.Advertised, v.Refused = other.Accepted, other.Advertised, other.Refused
	return v
}

// since are the lines that are new or changed. It adds those that are gone, and
// makes ok false when a list is not in order.
func since[T any](gone *[]string, ok *bool, before, now []T, id func(T) string) (changed []T) {
	return sinceBut(gone, ok, before, now, id, func(was, is T) bool { return reflect.DeepEqual(was, is) })
}

// sinceLines is since for lines, which mostly are the same ones.
func sinceLines[T any](gone *[]string, ok *bool, before, now Lines[T], id func(*T) string) (changed Lines[T]) {
	return sinceBut(gone, ok, before, now, id, func(was, is *T) bool { return was == is || reflect.DeepEqual(*was, *is) })
}

func sinceBut[T any](gone *[]string, ok *bool, before, now []T, id func(T) string, same func(was, is T) bool) (changed []T) {
	*ok = *ok && inOrder(before, id) && inOrder(now, id)
	for _, line := range now {
		for len(before) > 0 && id(before[0]) < id(line) {
			*gone, before = append(*gone, id(before[0])), before[1:]
		}
		if len(before) > 0 && id(before[0]) == id(line) {
			was := before[0]
			before = before[1:]
			if same(was, line) {
				continue
			}
		}
		changed = append(changed, line)
	}
	for _, line := range before {
		*gone = append(*gone, id(line))
	}
	return changed
}

// with puts changed lines in their places.
func with[T any](gone map[string]bool, before, changed []T, id func(T) string) (now []T) {
	for _, line := range before {
		for len(changed) > 0 && id(changed[0]) < id(line) {
			now, changed = append(now, changed[0]), changed[1:]
		}
		switch {
		case len(changed) > 0 && id(changed[0]) == id(line):
			now, changed = append(now, changed[0]), changed[1:]
		case !gone[id(line)]:
			now = append(now, line)
		}
	}
	return append(now, changed...)
}

// find looks for the line with the same id.
func find[T any](lines []T, like T, id func(T) string) (line T, there bool) {
	i, there := slices.BinarySearchFunc(lines, id(like), func(l T, id2 string) int { return cmp.Compare(id(l), id2) })
	if there {
		line = lines[i]
	}
	return line, there
}

// inOrder reports whether ids ascend, none of them there twice.
func inOrder[T any](lines []T, id func(T) string) bool {
	for i := range max(0, len(lines)-1) {
		if id(lines[i]) >= id(lines[i+1]) {
			return false
		}
	}
	return true
}

func setOf[T ~string](ids []T) map[T]bool {
	set := make(map[T]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
