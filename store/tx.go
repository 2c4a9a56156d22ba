package store

import (
	"errors"
	"iter"
	"maps"
	"slices"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// A Tx is one attempt of a [Store.Write]: the copy at a revision, with this
// attempt's own writes on top. It belongs to one goroutine and is of no use
// once the function has returned.
type Tx struct {
	base    *View
	own     overlay             // the pending writes as rows
	seen    map[string]int64    // etcd key → mod revision read, 0 for absent
	ranges  map[string]struct{} // etcd prefixes in which nothing may be newer than base
	places  map[string]struct{} // etcd keys that may not be newer than base
	pending map[string]pending  // etcd key → what to write
	err     error               // the first write that cannot be made
}

// A pending write is a put of the value, or a delete.
type pending struct {
	value  string
	remove bool
}

func begin(v *View) *Tx {
	return &Tx{
		base:    v,
		seen:    map[string]int64{},
		ranges:  map[string]struct{}{},
		places:  map[string]struct{}{},
		own:     overlay{},
		pending: map[string]pending{},
	}
}

func (tx *Tx) lookUp(table, key string) *record {
	if rec, mine := tx.own[table][key]; mine {
		return rec
	}
	rec := tx.base.lookUp(table, key)
	tx.seen[tx.base.layout.row(table, key)] = revisionOf(rec)
	return rec
}

func (tx *Tx) records(s span) iter.Seq[*record] { return tx.own.over(tx.base, s) }

func (tx *Tx) put(table, etcdKey, value string, rec *record) {
	tx.base.shelves.of(table) // or panic
	tx.pending[etcdKey] = pending{value: value}
	tx.own.set(table, rec.key, rec)
}

func (tx *Tx) delete(table, etcdKey, key string) {
	tx.base.shelves.of(table) // or panic
	tx.pending[etcdKey] = pending{remove: true}
	tx.own.set(table, key, nil)
}

func (tx *Tx) fail(err error) {
	if tx.err == nil {
		tx.err = err
	}
}

// run calls fn, and the witness where it wrote something, and reports their
// error, or that of a write that cannot be made.
func (tx *Tx) run(fn, witness func(*Tx) error) error {
	if err := fn(tx); err != nil {
		return err
	}
	if witness != nil && len(tx.pending) > 0 {
		if err := witness(tx); err != nil {
			return err
		}
	}
	return tx.err
}

// compares are the conditions under which what was read still holds.
func (tx *Tx) compares() []clientv3.Cmp {
	var all []clientv3.Cmp
	for _, key := range slices.Sorted(maps.Keys(tx.seen)) {
		all = append(all, clientv3.Compare(clientv3.ModRevision(key), "=", tx.seen[key]))
	}
	for _, prefix := range slices.Sorted(maps.Keys(tx.ranges)) {
		all = append(all, clientv3.Compare(clientv3.ModRevision(prefix), "<", tx.base.revision+1).WithPrefix())
	}
	for _, place := range slices.Sorted(maps.Keys(tx.places)) {
		all = append(all, clientv3.Compare(clientv3.ModRevision(place), "<", tx.base.revision+1))
	}
	return all
}

func (tx *Tx) operations() []clientv3.Op {
	var all []clientv3.Op
	for _, key := range slices.Sorted(maps.Keys(tx.pending)) {
		if p := tx.pending[key]; p.remove {
			all = append(all, clientv3.OpDelete(key))
		} else {
			all = append(all, clientv3.OpPut(key, p.value))
		}
	}
	return all
}

// outdated finds something that this transaction read and that is otherwise in
// a later view. There is nothing if the row in the way cannot be read here.
func (tx *Tx) outdated(later *View) (etcdKey string, ok bool) {
	for _, etcdKey := range slices.Sorted(maps.Keys(tx.seen)) {
		table, key, _ := tx.base.layout.locate(etcdKey)
		if revisionOf(later.lookUp(table, key)) != tx.seen[etcdKey] {
			return etcdKey, true
		}
	}
	for _, guarded := range []map[string]struct{}{tx.places, tx.ranges} {
		for _, etcdKey := range slices.Sorted(maps.Keys(guarded)) {
			return etcdKey, true
		}
	}
	return "", false
}

// Claim takes a name for a holder. The error is a *[ClaimedError] if another
// holds it; claiming again for the same holder is not an error. A name is a
// path like "vlan/dxcon-1/101", whose first segment is the kind.
func (tx *Tx) Claim(name, holder string) error {
	if name == "" || holder == "" {
		return errors.New("a claim needs a name and a holder")
	}
	if rec := tx.lookUp(claimsTable, name); rec != nil {
		if rec.value == holder {
			return nil
		}
		return &ClaimedError{Name: name, Holder: rec.value.(string)}
	}
	tx.put(claimsTable, tx.base.layout.claim(name), holder, &record{key: name, value: holder})
	tx.mark(name)
	return nil
}

// Release gives up a name, whoever holds it. Releasing a name that nobody holds
// is not an error.
//
// A deleted key leaves nothing in etcd that a range guard could notice, so each
// release also marks its kind.
func (tx *Tx) Release(name string) {
	if tx.lookUp(claimsTable, name) == nil {
		return
	}
	tx.delete(claimsTable, tx.base.layout.claim(name), name)
	tx.pending[tx.base.layout.released(kindOf(name))] = pending{value: name}
	tx.mark(name)
}

// mark notes at the place of a name that something has changed there, which is
// one key for etcd to compare instead of all that are claimed at the place.
func (tx *Tx) mark(name string) {
	if place, ok := placeOf(name); ok {
		tx.pending[tx.base.layout.place(place)] = pending{value: name}
	}
}

// Claims yields name and holder of every claim whose name begins with prefix,
// in the order of names, with this transaction's own. If any claim in that
// range comes, goes or changes hands before the commit, the function runs again.
func (tx *Tx) Claims(prefix string) iter.Seq2[string, string] {
	if place, ok := placeOf(prefix); ok {
		tx.places[tx.base.layout.place(place)] = struct{}{}
	} else {
		tx.ranges[tx.base.layout.claim(prefix)] = struct{}{}
		tx.ranges[tx.base.layout.released(releasedRange(prefix))] = struct{}{}
	}
	return claims(tx, prefix)
}
