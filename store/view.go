package store

import "iter"

// A Reader is something tables can be read from: a [View], or a [Tx], which
// shows its own pending writes as well.
type Reader interface {
	// records yields rows as they are at the call, in the order of keys.
	records(span) iter.Seq[*record]
	// lookUp finds one row, nil if there is none. A transaction takes note.
	lookUp(table, key string) *record
}

// A View is the copy at one revision. It never changes, costs nothing to keep
// but the memory of rows since replaced, and may be read from any number of
// goroutines.
type View struct {
	revision   int64
	layout     layout
	shelves    shelves
	superseded chan struct{} // closed once a later view is there
}

// Revision is etcd's revision of this state. It grows with every write, also
// with those of others on the same cluster.
func (v *View) Revision() int64 { return v.revision }

// Claims yields name and holder of every claim whose name begins with prefix,
// in the order of names.
func (v *View) Claims(prefix string) iter.Seq2[string, string] {
	return claims(v, prefix)
}

func (v *View) lookUp(table, key string) *record { return v.shelves.of(table).get(key) }

// claims is what views and transactions have in common.
func claims(r Reader, prefix string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rec := range r.records(span{claimsTable, byKey, prefix}) {
			if !yield(rec.key, rec.value.(string)) {
				return
			}
		}
	}
}
