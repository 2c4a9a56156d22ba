package store

import (
	"encoding/json"
	"fmt"
	"iter"
)

// A Table is a typed set of nouns with unique keys. It holds no data and may be
// registered with any number of stores.
type Table[T any] struct {
	name    string
	key     func(T) string
	indexes []Index[T]
}

// An Index finds nouns by values other than their key. A noun is found under
// each of the values that Keys returns, and under none if it returns none.
type Index[T any] struct {
	Name string
	Keys func(T) []string
}

// Registered is a table of any type, as Open takes it. Only [Table] is one.
type Registered interface {
	Name() string
	indexing() []indexing
	decode(raw []byte) (noun any, err error)
}

// NewTable declares a table. Names are letters, digits, "-" and "_", and begin
// with a letter; another name, or an index twice, panics. Renaming a table
// hides its rows.
func NewTable[T any](name string, key func(T) string, indexes ...Index[T]) *Table[T] {
	if !validName.MatchString(name) {
		panic(fmt.Sprintf("store: %q cannot be the name of a table", name))
	}
	known := map[string]bool{}
	for _, index := range indexes {
		if !validName.MatchString(index.Name) || known[index.Name] {
			panic(fmt.Sprintf("store: %q cannot be the name of an index of table %s", index.Name, name))
		}
		known[index.Name] = true
	}
	return &Table[T]{name: name, key: key, indexes: indexes}
}

// Name is the name the table was declared with.
func (t *Table[T]) Name() string { return t.name }

// Get finds the noun with the key. Inside a transaction it guards the key.
func (t *Table[T]) Get(r Reader, key string) (T, bool) {
	rec := r.lookUp(t.name, key)
	if rec == nil {
		var none T
		return none, false
	}
	return *rec.value.(*T), true
}

// All yields every noun in the order of keys. It is safe to Put and Delete in
// the loop; what it yields is the state at the call.
func (t *Table[T]) All(r Reader) iter.Seq[T] {
	return nouns[T](r, span{t.name, byKey, ""})
}

// By yields the nouns that have exactly this value in the index, in the order
// of keys. An index that was not declared panics.
func (t *Table[T]) By(r Reader, index, value string) iter.Seq[T] {
	return nouns[T](r, span{t.name, index, value})
}

func nouns[T any](r Reader, s span) iter.Seq[T] {
	return func(yield func(T) bool) {
		for rec := range r.records(s) {
			if !yield(*rec.value.(*T)) {
				return
			}
		}
	}
}

// Row finds what Get finds, as a row.
func (t *Table[T]) Row(r Reader, key string) (Row[T], bool) {
	rec := r.lookUp(t.name, key)
	return Row[T]{rec}, rec != nil
}

// RowsBy yields the rows of the nouns that By yields.
func (t *Table[T]) RowsBy(r Reader, index, value string) iter.Seq[Row[T]] {
	return func(yield func(Row[T]) bool) {
		for rec := range r.records(span{t.name, index, value}) {
			if !yield(Row[T]{rec}) {
				return
			}
		}
	}
}

// Put writes v under its key, over whatever is there, when the transaction
// commits. A noun without a key, or one that JSON cannot carry, fails the
// transaction.
func (t *Table[T]) Put(tx *Tx, v T) {
	key := t.key(v)
	if key == "" {
		tx.fail(fmt.Errorf("put into table %s: the key is empty", t.name))
		return
	}
	raw, err := json.Marshal(v)
	if err != nil {
		tx.fail(fmt.Errorf("put %s into table %s: %w", key, t.name, err))
		return
	}
	tx.put(t.name, tx.base.layout.table(t.name, key), string(raw), &record{key: key, value: &v})
}

// Delete removes the noun with the key when the transaction commits. Deleting
// what is not there is not an error.
func (t *Table[T]) Delete(tx *Tx, key string) {
	tx.delete(t.name, tx.base.layout.table(t.name, key), key)
}

// ChangedAt is the revision of the first view that had the table as v has it:
// two views of one store with the same have the same rows.
func (t *Table[T]) ChangedAt(v *View) int64 { return v.shelves.of(t.name).revision }

// Watch returns a channel that is closed when the table is no longer what v
// shows. If it has changed since v was taken, the channel is closed already.
func (t *Table[T]) Watch(v *View) <-chan struct{} {
	return v.shelves.of(t.name).changed
}

func (t *Table[T]) decode(raw []byte) (any, error) {
	v := new(T)
	err := json.Unmarshal(raw, v)
	return v, err
}

func (t *Table[T]) indexing() (all []indexing) {
	for _, index := range t.indexes {
		all = append(all, indexing{index.Name, func(noun any) []string { return index.Keys(*noun.(*T)) }})
	}
	return all
}
