package store

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// byKey stands for a table's order by key, where else an index is named.
const byKey = ""

// claimsTable has a slash, which no registered table can have in its name.
const claimsTable = "claims/"

// A record is one row of the copy. It is never changed once it is in there, but
// for what is kept with it.
type record struct {
	key      string
	revision int64 // etcd's mod revision: what a transaction guards
	value    any   // the noun (a *T), or the holder (a string) of a claim
	kept     atomic.Pointer[any]
}

// revisionOf is 0 for a row that is not there, which is etcd's word for it too.
func revisionOf(rec *record) int64 {
	if rec == nil {
		return 0
	}
	return rec.revision
}

// An indexing finds the values by which an index knows a noun.
type indexing struct {
	name   string
	values func(noun any) []string
}

// A shelf is one table of one view.
type shelf struct {
	rows     tree // value and key of an entry are the same
	indexes  []tree
	by       []indexing // as long as indexes
	revision int64      // of the first view that it is in
	// changed is closed when a later view has another shelf in this one's place.
	changed chan struct{}
}

func newShelf(by []indexing) *shelf {
	s := &shelf{rows: newTree(), by: by, changed: make(chan struct{})}
	for range by {
		s.indexes = append(s.indexes, newTree())
	}
	return s
}

// copy is a shelf to write on.
func (s *shelf) copy() *shelf {
	c := &shelf{rows: s.rows.copy(), by: s.by, changed: make(chan struct{})}
	for _, index := range s.indexes {
		c.indexes = append(c.indexes, index.copy())
	}
	return c
}

func (s *shelf) get(key string) *record { return s.rows.get(key, key) }

func (s *shelf) put(rec *record) {
	old := s.get(rec.key)
	s.rows.put(rec.key, rec)
	for i, index := range s.by {
		values := index.values(rec.value)
		if old != nil {
			s.forget(i, old, values)
		}
		for _, value := range values {
			s.indexes[i].put(value, rec)
		}
	}
}

// forget takes a record out of an index, except under the values that it keeps.
func (s *shelf) forget(i int, old *record, except []string) {
	for _, value := range s.by[i].values(old.value) {
		if !slices.Contains(except, value) {
			s.indexes[i].delete(value, old.key)
		}
	}
}

func (s *shelf) delete(key string) {
	old := s.get(key)
	if old == nil {
		return
	}
	s.rows.delete(key, key)
	for i := range s.by {
		s.forget(i, old, nil)
	}
}

// index is the order of an index, and the table's own for byKey.
func (s *shelf) index(name string) tree {
	if name == byKey {
		return s.rows
	}
	return s.indexes[s.place(name)]
}

// place is an index's. An index that was never declared is a mistake in the
// caller's code.
func (s *shelf) place(name string) int {
	i := slices.IndexFunc(s.by, func(x indexing) bool { return x.name == name })
	if i < 0 {
		panic(fmt.Sprintf("store: read index %q, which was not declared", name))
	}
	return i
}

// has reports whether a record is found under a value.
func (s *shelf) has(index, value string, rec *record) bool {
	return slices.Contains(s.by[s.place(index)].values(rec.value), value)
}

// shelves are the tables of one view, by name.
type shelves map[string]*shelf

// of finds a table. One that was never registered is a mistake in the caller's
// code.
func (all shelves) of(table string) *shelf {
	s := all[table]
	if s == nil {
		panic(fmt.Sprintf("store: table %s was not registered", table))
	}
	return s
}
