// Package store keeps the nouns: written through etcd transactions, read from
// a copy in memory.
//
// It is a handful of typed tables and a set of claims. It is not a query
// language and not a cache with an expiry. tables.go lists the tables of a site;
// nothing else here knows a noun, and any [Table] can be passed to [Open].
//
// # Where a value lives
//
// etcd is the truth. By default it runs inside this process, in one directory
// and without a socket; with endpoints it is a cluster that several control
// processes share. The code above it is the same. Under the prefix there are
//
//	tables/<table>/<key>   the JSON of one noun
//	claims/<name>          the holder of a claimed name
//	released/<kind>        the last claim of a kind that was given up
//	places/<place>         the last claim that came or went at a place
//
// Keys that this version does not know are left alone: a newer version wrote
// them. Fields of a noun that this version does not know are lost when this
// version writes that noun.
//
// Every process follows etcd's watch into a copy in memory: for each table and
// each of its indexes a sorted tree, of which a write makes a new one that
// shares what is the same. A [View] is one immutable state of that copy; all
// keys of one transaction appear in it together. What a view returns is shared
// with every other reader: treat maps, slices and pointers inside a noun as
// read-only.
//
// # Writing
//
// [Store.Write] runs a function against the copy at a revision R, notes what it
// read, collects what it wrote, and sends both as one etcd transaction: commit
// if nothing read has changed since R. On conflict it waits for the copy and
// runs the function again, so the function must have no effect but through its
// [Tx]. A write that returned nil is on disk on a majority of etcd's members,
// survives kill -9, and is in this process's copy already.
//
// An answer must not be older than the call. When a function writes nothing or
// refuses, the store asks etcd whether the copy was current, and if not, runs
// the function once more before it believes it.
//
// This is the protocol of etcd's concurrency.NewSTM with two deliberate
// changes: reads come from the copy instead of one round trip each, and a range
// of claims can be read and guarded, which NewSTM cannot do.
//
// What a transaction guards, and what it does not:
//   - [Table.Get] guards the key, present or absent.
//   - [Table.All] and [Table.By] guard nothing. They are a consistent picture of
//     revision R; what must be unique or limited is a claim, or is counted by
//     who writes a row that all who count write, as it is if need be.
//   - [Tx.Claim] and [Tx.Release] guard the name.
//   - [Tx.Claims] guards the whole range: a name that appears in it, changes
//     hands or is given up before the commit makes the transaction run again.
//     A range at a place, such as the tags on one connection ("vlan/dxcon-1/"),
//     is guarded together with all others at that place, by one key. A wider
//     one ("vlan/") costs etcd a look at every name in it.
//   - [Table.Put] without a Get before it overwrites whatever is there.
//
// # What would surprise you
//
// A transaction has a limit of keys: 4096 embedded, and whatever --max-txn-ops
// says on a cluster, where etcd's default of 128 is too small for large claims.
//
// If the answer to a commit is lost, the write may have happened or not;
// [OutcomeUnknownError] says so. Read before trying again.
//
// If the embedded etcd cannot write its log to disk, it ends the process: after
// a failed fsync nothing in memory can be trusted.
//
// A cluster must run etcd 3.5.8 or newer; older ones report watch progress
// before they have delivered the events.
package store
