package store

import (
	"fmt"
	"iter"

	"github.com/hashicorp/go-memdb"
)

// A Reader is something tables can be read from: a [View], or a [Tx], which
// shows its own pending writes as well.
type Reader interface {
	// rows is the state to read.
	rows() *memdb.Txn
	// lookUp finds one row, nil if there is none. A transaction takes note.
	lookUp(table, key string) *record
}

// A View is the copy at one revision. It never changes, costs nothing to keep
// but the memory of rows since replaced, and may be read from any number of
// goroutines.
type View struct {
	revision   int64
	layout     layout
	db         *memdb.MemDB // a snapshot: begin write transactions on a snapshot of it
	txn        *memdb.Txn
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

func (v *View) rows() *memdb.Txn { return v.txn }

func (v *View) lookUp(table, key string) *record { return first(v.txn, table, key) }

// claims is what views and transactions have in common.
func claims(r Reader, prefix string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rec := range scan(r.rows(), claimsTable, idIndex+"_prefix", prefix) {
			if !yield(rec.key, rec.value.(string)) {
				return
			}
		}
	}
}

func first(txn *memdb.Txn, table, key string) *record {
	rec, _ := must(txn.First(table, idIndex, key)).(*record)
	return rec
}

func scan(txn *memdb.Txn, table, index string, args ...any) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		rows := must(txn.Get(table, index, args...))
		for raw := rows.Next(); raw != nil; raw = rows.Next() {
			if !yield(raw.(*record)) {
				return
			}
		}
	}
}

// must is for go-memdb, which fails only for a table or an index that was never
// declared: a mistake in the caller's code.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("store: read a table or index that was not registered: %v", err))
	}
	return v
}
