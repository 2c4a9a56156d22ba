package store

import (
	"maps"
	"slices"
)

// A Change is a row that a transaction writes. A row that is neither there
// before nor after came and went in between.
type Change struct {
	Table, Key string
	// Before and After say whether the row is there.
	Before, After bool
}

// Changes lists the rows that the transaction has written so far, by table and
// key. Claims are not rows.
func (tx *Tx) Changes() []Change {
	var all []Change
	for _, etcdKey := range slices.Sorted(maps.Keys(tx.pending)) {
		table, key, ok := tx.base.layout.locate(etcdKey)
		if !ok || table == claimsTable {
			continue
		}
		all = append(all, Change{
			Table: table, Key: key,
			Before: tx.base.lookUp(table, key) != nil,
			After:  !tx.pending[etcdKey].remove,
		})
	}
	return all
}
