package store

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// An overlay is what a transaction has written so far, by table and key: rows,
// or nil for one that it deleted. There are few, so they are looked through.
type overlay map[string]map[string]*record

func (o overlay) set(table, key string, rec *record) {
	if o[table] == nil {
		o[table] = map[string]*record{}
	}
	o[table][key] = rec
}

// over yields the rows of a span of a view as they are with the overlay at the
// call.
func (o overlay) over(v *View, s span) iter.Seq[*record] {
	if len(o[s.table]) == 0 {
		return v.records(s)
	}
	hidden := maps.Clone(o[s.table])
	shown := o.shown(v, s)
	return func(yield func(*record) bool) {
		left := shown
		for rec := range v.records(s) {
			for len(left) > 0 && left[0].key < rec.key {
				if !yield(left[0]) {
					return
				}
				left = left[1:]
			}
			if _, mine := hidden[rec.key]; !mine && !yield(rec) {
				return
			}
		}
		for _, rec := range left {
			if !yield(rec) {
				return
			}
		}
	}
}

// shown are the rows of the overlay that a span has, in the order of their keys.
func (o overlay) shown(v *View, s span) (rows []*record) {
	for key, rec := range o[s.table] {
		switch {
		case rec == nil:
		case s.index == byKey && strings.HasPrefix(key, s.value), s.index != byKey && v.shelves.of(s.table).has(s.index, s.value, rec):
			rows = append(rows, rec)
		}
	}
	slices.SortFunc(rows, func(a, b *record) int { return strings.Compare(a.key, b.key) })
	return rows
}
