package store

import (
	"iter"
	"strings"
)

// A span is some rows of a table: those with one value in an index, or those
// whose keys begin with a text.
type span struct {
	table, index, value string // index is byKey for keys
}

func (s span) holds(e entry) bool {
	if s.index == byKey {
		return strings.HasPrefix(e.value, s.value)
	}
	return e.value == s.value
}

// records yields the rows of a span in the order of their keys.
func (v *View) records(s span) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		v.shelves.of(s.table).index(s.index).from(s.value, "", func(e entry) bool {
			return s.holds(e) && yield(e.rec)
		})
	}
}
