package edgelink

import (
	"reflect"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// counterAge is how old a stored sighting must be to be replaced for the sake
// of its counters alone.
const counterAge = time.Second

// A line is one row of a report that is worth a write.
type line struct {
	kind, id string
	// state is what the row was judged against; empty ends the row.
	state string
	write func(*store.Tx) error
}

type lineKey struct{ kind, id string }

// A kept line is when a sighting was written last, and the state of what it is
// about when it was observed last; and the line with which there was nothing
// left to do.
type kept struct {
	written time.Time
	state   string
	settled settled
}

// A settled line is one that has nothing new to say as long as the row of what
// it is about is the same: a full device has a thousand of them, which are asked
// for with each commit. Both are pointers; nil is none.
type settled struct{ seen, about any }

// A judge sorts one node's reports into what is worth a write, what is not, and
// what is not the node's to say. It belongs to one goroutine.
type judge struct {
	node demarc.NodeID
	port kind[intent.PortSeen]
	vif  kind[intent.VIFSeen]
	vpc  kind[intent.VPCSeen]
	// settle ends an interface that the edge has let go of.
	settle func(*store.Tx, demarc.VirtualInterfaceID) error
	kept   map[lineKey]kept
}

func newJudge(node demarc.NodeID, o Observer) *judge {
	return &judge{
		node: node, port: portKind(o), vif: vifKind(o), vpc: vpcKind(),
		settle: o.Settle, kept: map[lineKey]kept{},
	}
}

// sort returns the lines to write and those refused.
func (j *judge) sort(view *store.View, now time.Time, report *intent.Report) (due []line, refused []lineKey) {
	for _, sorted := range [][]verdict{
		sortKind(j, j.port, view, now, report.Ports),
		sortKind(j, j.vif, view, now, report.VIFs),
		sortKind(j, j.vpc, view, now, report.VPCs),
	} {
		for _, v := range sorted {
			if v.refused {
				refused = append(refused, lineKey{v.kind, v.id})
			} else {
				due = append(due, v.line)
			}
		}
	}
	return due, refused
}

type verdict struct {
	line
	refused bool
}

func sortKind[T any](j *judge, k kind[T], view *store.View, now time.Time, seen intent.Lines[T]) []verdict {
	var out []verdict
	about := k.rows(view, j.node)
	for _, s := range seen {
		key := lineKey{k.name, k.id(*s)}
		before, is := j.kept[key], settled{s, about.of(key.id)}
		if is.about != nil && before.settled == is {
			continue
		}
		state, ok := k.stands(view, j.node, key.id)
		if !ok {
			out = append(out, verdict{line{kind: k.name, id: key.id}, true})
			continue
		}
		if state == "" {
			continue
		}
		due, later := due(k, view, before, state, now, *s)
		if due {
			write := func(tx *store.Tx) error { return k.write(tx, j.node, *s) }
			out = append(out, verdict{line{k.name, key.id, state, write}, false})
		} else if !later {
			before.settled = is
			j.kept[key] = before
		}
	}
	return out
}

// due reports whether a sighting is to be written, or observed again: light may
// be seen before the facility says that it patched, and means something only
// then. Later: it will be for the sake of its counters.
func due[T any](k kind[T], view *store.View, before kept, state string, now time.Time, seen T) (due, later bool) {
	row, ok := k.table.Row(view, k.id(seen))
	if !ok || before.state != state {
		return true, false
	}
	stored, alike := k.alike(row, seen)
	if !alike {
		return true, false
	}
	if reflect.DeepEqual(stored, seen) {
		return false, false
	}
	age := now.Sub(before.written) // below zero when a clock was set back
	return age >= counterAge || age < 0, true
}

// settled are the lines that end interfaces, and what was seen of them.
func (j *judge) settled(ids []demarc.VirtualInterfaceID) []line {
	var lines []line
	for _, id := range ids {
		lines = append(lines, line{kind: j.vif.name, id: string(id), write: func(tx *store.Tx) error {
			store.VIFSightings.Delete(tx, string(id))
			if j.settle == nil {
				return nil
			}
			return j.settle(tx, id)
		}})
	}
	return lines
}

// cleared are the lines that remove what was seen on ports that have no
// connection any more.
func (j *judge) cleared(view *store.View) []line {
	var lines []line
	for port := range store.Ports.By(view, "device", string(j.node)) {
		id := string(port.ID)
		_, sighted := store.PortSightings.Get(view, id)
		if state, _ := portStands(view, j.node, id); state != "" || !sighted {
			continue
		}
		lines = append(lines, line{kind: j.port.name, id: id, write: func(tx *store.Tx) error {
			if state, _ := portStands(tx, j.node, id); state == "" {
				store.PortSightings.Delete(tx, id)
			}
			return nil
		}})
	}
	return lines
}

// done takes note of a line that was written.
func (j *judge) done(l line, now time.Time) {
	key := lineKey{l.kind, l.id}
	if l.state == "" {
		delete(j.kept, key)
		return
	}
	j.kept[key] = kept{written: now, state: l.state}
}
