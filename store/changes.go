package store

import (
	"maps"
	"slices"
)

// A Change is a row that a transaction writes.
type Change struct {
	Table, Key string
	// Before and After are the nouns, as pointers; nil where there is no row.
	// They are not to be changed.
	Before, After any
}

// Changes lists the rows that the transaction has written so far, by table and
// key, but for those that came and went in between, and guards what was there
// before. Claims are not rows.
func (tx *Tx) Changes() []Change {
	var all []Change
	for _, etcdKey := range slices.Sorted(maps.Keys(tx.pending)) {
		table, key, ok := tx.base.layout.locate(etcdKey)
		if !ok || table == claimsTable {
			continue
		}
		change := Change{Table: table, Key: key}
		was := tx.base.lookUp(table, key)
		tx.seen[etcdKey] = revisionOf(was)
		if was != nil {
			change.Before = was.value
		}
		if rec := tx.own[table][key]; rec != nil {
			change.After = rec.value
		}
		if change.Before != nil || change.After != nil {
			all = append(all, change)
		}
	}
	return all
}

// A Rewrite is a noun that a transaction writes: Before is nil where it is new,
// After where it goes.
type Rewrite[T any] struct {
	Before, After *T
}

// Rewrites lists what the transaction has written to the table so far, by key, and
// guards what was there before.
func (t *Table[T]) Rewrites(tx *Tx) []Rewrite[T] {
	var all []Rewrite[T]
	for _, key := range slices.Sorted(maps.Keys(tx.own[t.name])) {
		before, after := tx.base.lookUp(t.name, key), tx.own[t.name][key]
		tx.seen[tx.base.layout.row(t.name, key)] = revisionOf(before)
		if before != nil || after != nil {
			all = append(all, Rewrite[T]{noun[T](before), noun[T](after)})
		}
	}
	return all
}

func noun[T any](rec *record) *T {
	if rec == nil {
		return nil
	}
	return rec.value.(*T)
}
