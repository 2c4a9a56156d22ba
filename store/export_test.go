package store

import clientv3 "go.etcd.io/etcd/client/v3"

// WrapKV puts something between the store and etcd, for what is committed and
// asked from now on.
func (s *Store) WrapKV(wrap func(clientv3.KV) clientv3.KV) { s.kv = wrap(s.kv) }

// A Tree is a tree of keys under values, for tests from outside.
type Tree struct{ tree tree }

// An Edit is a series of writes.
type Edit = edit

// Put, Delete and All are the tree's own.
func (t Tree) Put(by *Edit, value, key string) Tree {
	return Tree{t.tree.put(by, value, &record{key: key})}
}

func (t Tree) Delete(by *Edit, value, key string) Tree {
	return Tree{t.tree.delete(by, value, key)}
}

func (t Tree) Has(value, key string) bool { return t.tree.get(value, key) != nil }

// From lists value and key of what is not before a value, joined by a slash.
func (t Tree) From(value string) []string {
	all := []string{}
	t.tree.from(value, "", func(e entry) bool {
		all = append(all, e.value+"/"+e.rec.key)
		return true
	})
	return all
}
