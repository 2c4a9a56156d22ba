package linux

import (
	"fmt"
	"slices"

	"github.com/google/nftables"
)

// beginTable queues an empty table of ours, in place of one that is there. A table
// is deleted only if it is: the deletion of none waits for all processors too, and
// takes thirty times as long as all the rest.
func beginTable(conn *nftables.Conn, t *nftables.Table) error {
	tables, err := conn.ListTablesOfFamily(t.Family)
	if err != nil {
		return fmt.Errorf("list nftables tables: %w", err)
	}
	if slices.ContainsFunc(tables, func(have *nftables.Table) bool { return have.Name == t.Name }) {
		conn.DelTable(t)
	}
	conn.AddTable(t)
	return nil
}
