package store

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-memdb"
)

// idIndex is the name that go-memdb demands for a table's key.
const idIndex = "id"

// claimsTable has a slash, which no registered table can have in its name.
const claimsTable = "claims/"

// A record is one row of the copy. It is never changed once it is in there.
type record struct {
	key      string
	revision int64 // etcd's mod revision: what a transaction guards
	value    any   // the noun (a T), or the holder (a string) of a claim
}

// revisionOf is 0 for a row that is not there, which is etcd's word for it too.
func revisionOf(rec *record) int64 {
	if rec == nil {
		return 0
	}
	return rec.revision
}

// memdbIndex is the name go-memdb knows an index by. The slash keeps clear of
// "id" and of the suffix "_prefix", which mean something to go-memdb.
func memdbIndex(name string) string { return name + "/" }

// go-memdb finds the rows of an index value by the prefix of value and key, so
// values need an end that no other value continues. A zero byte inside is
// written 00 FF and the end 00 01: this keeps the order of the strings.
const (
	escapedZero = "\x00\xff"
	end         = "\x00\x01"
)

func encode(s string) []byte { return []byte(encodePrefix(s) + end) }

func encodePrefix(s string) string { return strings.ReplaceAll(s, "\x00", escapedZero) }

// keyIndexer orders a table by key.
type keyIndexer struct{}

func (keyIndexer) FromObject(raw any) (bool, []byte, error) {
	return true, encode(raw.(*record).key), nil
}

func (keyIndexer) FromArgs(args ...any) ([]byte, error) { return stringArg(args, encode) }

func (keyIndexer) PrefixFromArgs(args ...any) ([]byte, error) {
	return stringArg(args, func(s string) []byte { return []byte(encodePrefix(s)) })
}

// valueIndexer finds records by zero or more values of the noun.
type valueIndexer struct {
	values func(noun any) []string
}

func (x valueIndexer) FromObject(raw any) (bool, [][]byte, error) {
	var encoded [][]byte
	for _, value := range x.values(raw.(*record).value) {
		encoded = append(encoded, encode(value))
	}
	return len(encoded) > 0, encoded, nil
}

func (x valueIndexer) FromArgs(args ...any) ([]byte, error) { return stringArg(args, encode) }

func stringArg(args []any, encode func(string) []byte) ([]byte, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("one string is wanted, not %d arguments", len(args))
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("a string is wanted, not a %T", args[0])
	}
	return encode(s), nil
}

func tableSchema(name string) *memdb.TableSchema {
	return &memdb.TableSchema{
		Name: name,
		Indexes: map[string]*memdb.IndexSchema{
			idIndex: {Name: idIndex, Unique: true, Indexer: keyIndexer{}},
		},
	}
}
