package edgelink

import (
	"cmp"
	"reflect"
	"strings"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// A kind is one kind of thing that a node sees.
type kind[T any] struct {
	name  string // in logs
	table *store.Table[T]
	id    func(T) string
	// quiet is the sighting without its counters: what is left is news.
	quiet func(T) T
	// graft is the sighting with what is long in it taken from another that has
	// the same; nil where nothing is long.
	graft func(seen, other T) T
	// stands says what the sighting is about: ok is false when that is not the
	// node's, and state is empty when it exists no more and nothing is to be
	// kept of it. Otherwise state is whatever observing depends on.
	stands func(r store.Reader, node demarc.NodeID, id string) (state string, ok bool)
	// rows are what the node's sightings are about, where stands follows from that
	// alone; else none.
	rows func(r store.Reader, node demarc.NodeID) *rows
	// observe moves the state; nil where there is none to move.
	observe func(*store.Tx, T) error
}

func portKind(o Observer) kind[intent.PortSeen] {
	return kind[intent.PortSeen]{
		name:    "port",
		table:   store.PortSightings,
		id:      func(p intent.PortSeen) string { return string(p.ID) },
		quiet:   intent.PortSeen.WithoutCounters,
		stands:  portStands,
		rows:    func(store.Reader, demarc.NodeID) *rows { return &rows{} },
		observe: o.Port,
	}
}

func vifKind(o Observer) kind[intent.VIFSeen] {
	return kind[intent.VIFSeen]{
		name:    "vif",
		table:   store.VIFSightings,
		id:      func(v intent.VIFSeen) string { return string(v.ID) },
		quiet:   intent.VIFSeen.WithoutCounters,
		graft:   intent.VIFSeen.WithRoutesOf,
		stands:  vifStands,
		rows:    interfaceRows,
		observe: o.VIF,
	}
}

func vpcKind() kind[intent.VPCSeen] {
	return kind[intent.VPCSeen]{
		name:   "vpc",
		table:  store.VPCSightings,
		id:     func(v intent.VPCSeen) string { return string(v.ID) },
		quiet:  intent.VPCSeen.WithoutCounters,
		stands: vpcStands,
		rows:   func(store.Reader, demarc.NodeID) *rows { return &rows{} },
	}
}

// portStands: a port is its device's, and what is seen on it is its
// connection's. Its next connection must not inherit the last one's counters.
func portStands(r store.Reader, node demarc.NodeID, id string) (string, bool) {
	if _, ok := store.Ports.Get(r, id); !ok || demarc.PortID(id).Device() != node {
		return "", false
	}
	for conn := range store.Connections.By(r, "port", id) {
		if !conn.State.Gone() {
			return standing(r, conn), true
		}
	}
	return "", true
}

// standing is a connection with its state, LAG and encryption, and what is
// hosted on it and waits for light: a port that shines already is to be looked
// at again for it.
func standing(r store.Reader, conn demarc.Connection) string {
	words := []string{string(conn.ID), string(conn.State), string(conn.LAG), string(conn.MACsec.Mode)}
	parent := cmp.Or(demarc.ConnectionID(conn.LAG), conn.ID)
	for hosted := range store.Connections.By(r, "parent", string(parent)) {
		if hosted.State == demarc.ConnectionPending || hosted.State == demarc.ConnectionDown {
			words = append(words, string(hosted.ID))
		}
	}
	return strings.Join(words, " ")
}

func vifStands(r store.Reader, node demarc.NodeID, id string) (string, bool) {
	vif, ok := store.VirtualInterfaces.Get(r, id)
	if !ok || vif.Device != node {
		return "", false
	}
	if vif.State.Gone() {
		return "", true
	}
	return string(vif.State), true
}

// rows are some of a table's, in the order of their keys.
type rows struct {
	keys []string
	rows []any // pointers
}

// of is the row with a key; nil if there is none. Who asks in the order of keys
// goes through them once.
func (r *rows) of(key string) any {
	for len(r.keys) > 0 && r.keys[0] < key {
		r.keys, r.rows = r.keys[1:], r.rows[1:]
	}
	if len(r.keys) == 0 || r.keys[0] != key {
		return nil
	}
	return r.rows[0]
}

// interfaceRows are those of the interfaces on a device.
func interfaceRows(r store.Reader, node demarc.NodeID) *rows {
	all := &rows{}
	for row := range store.VirtualInterfaces.RowsBy(r, "device", string(node)) {
		all.keys, all.rows = append(all.keys, string(row.Noun().ID)), append(all.rows, row.Noun())
	}
	return all
}

func vpcStands(r store.Reader, node demarc.NodeID, id string) (string, bool) {
	vpc, ok := store.VPCs.Get(r, id)
	return "there", ok && vpc.Host == node
}

// alike reports whether a sighting has nothing new but counters, and gives what
// is stored. Reports share what they have in common, but the store's copy is
// its own: once the long parts were found to be the same, the report's are kept
// with the row, so that they are not compared line by line with every report.
func (k kind[T]) alike(row store.Row[T], seen T) (stored T, alike bool) {
	stored, kept := row.Kept().(T)
	if !kept {
		stored = *row.Noun()
	}
	if !reflect.DeepEqual(k.quiet(stored), k.quiet(seen)) {
		return stored, false
	}
	if k.graft != nil {
		stored = k.graft(stored, seen)
		row.Keep(stored)
	}
	return stored, true
}

// write keeps the sighting and moves the state of what it is about, both as
// far as they change.
func (k kind[T]) write(tx *store.Tx, node demarc.NodeID, seen T) error {
	if state, ok := k.stands(tx, node, k.id(seen)); !ok || state == "" {
		return nil // it went since the report was judged
	}
	if stored, ok := k.table.Get(tx, k.id(seen)); !ok || !reflect.DeepEqual(stored, seen) {
		k.table.Put(tx, seen)
	}
	if k.observe == nil {
		return nil
	}
	return k.observe(tx, seen)
}
