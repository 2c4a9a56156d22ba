package store

import (
	"github.com/tidwall/btree"
)

// degree makes nodes of up to 31 entries. A write copies the nodes on its way
// down, so wider is smaller in memory and slower to write.
const degree = 16

// An entry finds a record by a value: its key, or what an index says of it. The
// value shares the noun's bytes, so an entry costs three words.
type entry struct {
	value string
	rec   *record
}

func (e entry) before(other entry) bool {
	if e.value != other.value {
		return e.value < other.value
	}
	return e.rec.key < other.rec.key
}

// A tree is a sorted list of entries, by value and then by key. A copy is made
// at once: the two share what neither has written since. Copying and writing
// are for one goroutine; others may read meanwhile.
type tree struct{ entries *btree.BTreeG[entry] }

func newTree() tree {
	return tree{btree.NewBTreeGOptions(entry.before, btree.Options{Degree: degree, NoLocks: true})}
}

func (t tree) copy() tree { return tree{t.entries.IsoCopy()} }

// at is where a record is, or would be.
func at(value, key string) entry { return entry{value, &record{key: key}} }

// get finds a record by value and key.
func (t tree) get(value, key string) *record {
	e, _ := t.entries.Get(at(value, key))
	return e.rec
}

// from yields entries in order, beginning with the first that is not before
// value and key, until yield returns false. The tree must not be written
// meanwhile.
func (t tree) from(value, key string, yield func(entry) bool) {
	t.entries.Ascend(at(value, key), yield)
}

// put enters a record under a value, instead of the one there that has the same
// key.
func (t tree) put(value string, rec *record) { t.entries.Set(entry{value, rec}) }

// delete takes out the record of a value and key, which may not be there.
func (t tree) delete(value, key string) { t.entries.Delete(at(value, key)) }
