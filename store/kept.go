package store

import (
	"iter"
	"slices"
)

// A Row is a noun with a place beside it, for one thing that a reader has made
// of it and wants to find there again. There is one place: whoever uses it for
// a table is the only one who does.
type Row[T any] struct{ rec *record }

// Noun is the row's noun, for reading only.
func (r Row[T]) Noun() *T { return r.rec.value.(*T) }

// Kept is what was kept with the row; nil is nothing.
func (r Row[T]) Kept() any {
	if form := r.rec.kept.Load(); form != nil {
		return *form
	}
	return nil
}

// Keep keeps something with the row until the noun is written anew. It must
// follow from the noun alone, or say itself what else it follows from: see
// [Witness].
func (r Row[T]) Keep(form any) { r.rec.kept.Store(&form) }

// A Witness reads for another, and tells what tables it read. It belongs to one
// goroutine.
type Witness struct {
	Reader
	read []string
}

// Read lists the tables that were read through the witness.
func (w *Witness) Read() []string { return w.read }

func (w *Witness) note(table string) {
	if !slices.Contains(w.read, table) {
		w.read = append(w.read, table)
	}
}

func (w *Witness) lookUp(table, key string) *record {
	w.note(table)
	return w.Reader.lookUp(table, key)
}

func (w *Witness) records(s span) iter.Seq[*record] {
	w.note(s.table)
	return w.Reader.records(s)
}
