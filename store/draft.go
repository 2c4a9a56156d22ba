package store

import "maps"

// A draft is the next view while it is written. Nobody else sees it.
type draft struct {
	base    shelves
	shelves shelves
}

func (r *replica) draft() *draft {
	return &draft{base: r.shelves, shelves: maps.Clone(r.shelves)}
}

func (d *draft) put(table string, rec *record) { d.writable(table).put(rec) }

func (d *draft) delete(table, key string) {
	if d.shelves.of(table).get(key) != nil {
		d.writable(table).delete(key)
	}
}

// writable is a table's shelf in the draft, a copy from the first write on.
func (d *draft) writable(table string) *shelf {
	s := d.shelves.of(table)
	if s == d.base[table] {
		s = s.copy()
		d.shelves[table] = s
	}
	return s
}

// publish makes a draft the current view, as of a revision.
func (r *replica) publish(d *draft, revision int64) {
	for table, s := range d.shelves {
		if d.base[table] != s {
			s.revision = revision
		}
	}
	r.shelves = d.shelves
	previous := r.current.Swap(&View{revision: revision, layout: r.layout, shelves: d.shelves, superseded: make(chan struct{})})
	for table, s := range d.base {
		if d.shelves[table] != s {
			close(s.changed)
		}
	}
	if previous != nil {
		close(previous.superseded)
	}
}
