package store

import (
	"regexp"
	"strings"
)

// A layout builds and takes apart etcd keys under one prefix.
type layout string

const (
	tablesPart   = "tables/"
	claimsPart   = "claims/"
	releasedPart = "released/"
	placesPart   = "places/"
)

func (l layout) table(table, key string) string { return string(l) + tablesPart + table + "/" + key }
func (l layout) claim(name string) string       { return string(l) + claimsPart + name }

// row is the etcd key of a row of the copy, which may be a claim.
func (l layout) row(table, key string) string {
	if table == claimsTable {
		return l.claim(key)
	}
	return l.table(table, key)
}

func (l layout) released(kind string) string { return string(l) + releasedPart + kind }

func (l layout) place(place string) string { return string(l) + placesPart + place }

// locate says which table of the copy an etcd key belongs to, and under which
// key. It is false for keys that are no rows, such as those of a later version.
func (l layout) locate(etcdKey string) (table, key string, ok bool) {
	rest, ok := strings.CutPrefix(etcdKey, string(l))
	if !ok {
		return "", "", false
	}
	if name, ok := strings.CutPrefix(rest, claimsPart); ok {
		return claimsTable, name, true
	}
	if row, ok := strings.CutPrefix(rest, tablesPart); ok {
		return strings.Cut(row, "/")
	}
	return "", "", false
}

// kindOf is the first segment of a claim's name with its slash. Releases are
// marked per kind, so the number of marks stays small however many names come
// and go; the price is that a reader of one range retries for a release in
// another range of its kind.
func kindOf(name string) string {
	if i := strings.IndexByte(name, '/'); i >= 0 {
		return name[:i+1]
	}
	return name
}

// placeOf is the second segment of a claim's name, if there is a third: the
// object that the name is taken on, such as the connection of a tag. A prefix
// has a place if every name with that prefix has it.
func placeOf(name string) (place string, ok bool) {
	_, rest, _ := strings.Cut(name, "/")
	place, _, ok = strings.Cut(rest, "/")
	return place, ok
}

// releasedRange is the range of marks that cover every name with the prefix.
// A prefix that ends inside the first segment covers several kinds.
func releasedRange(prefix string) string { return kindOf(prefix) }

// validName keeps table names out of the way of the separator of etcd keys, and
// index names as plain.
var validName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
