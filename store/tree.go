package store

import (
	"slices"
	"strings"
)

// width is the most entries of a node. A write copies the nodes on its way
// down, so wider is smaller in memory and slower to write; 32 entries are less
// than a kibibyte.
const width = 32

// An entry finds a record by a value: its key, or what an index says of it. The
// value shares the noun's bytes, so an entry costs three words.
type entry struct {
	value string
	rec   *record
}

// A tree is a sorted list of entries, by value and then by key, that never
// changes: a write makes another tree, which shares with the old one what is
// the same. It is a B+ tree but for one thing: a node is not filled up again
// when it has lost entries, only taken out when it has none. The zero value is
// empty.
type tree struct{ root *node }

// A node is a leaf with entries, or a branch with children. In a branch,
// entries[i] is no greater than what is under children[i] and greater than what
// is under the children before; what is less than all of them is under the
// first.
type node struct {
	maker    *edit
	entries  []entry
	children []*node
}

// An edit is a series of writes of which nobody sees the steps: a node that it
// made is changed in place.
type edit struct{ _ byte }

func (e entry) compare(value, key string) int {
	if c := strings.Compare(e.value, value); c != 0 {
		return c
	}
	return strings.Compare(e.rec.key, key)
}

// find is the place of an entry in a node: where it is, or would be.
func (n *node) find(value, key string) (int, bool) {
	low, high := 0, len(n.entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		switch c := n.entries[middle].compare(value, key); {
		case c == 0:
			return middle, true
		case c < 0:
			low = middle + 1
		default:
			high = middle
		}
	}
	return low, false
}

// under is the child of a branch under which an entry is, or would be.
func (n *node) under(value, key string) int {
	i, found := n.find(value, key)
	if found {
		return i
	}
	return max(0, i-1)
}

// get finds a record by value and key.
func (t tree) get(value, key string) *record {
	n := t.root
	if n == nil {
		return nil
	}
	for n.children != nil {
		n = n.children[n.under(value, key)]
	}
	if i, found := n.find(value, key); found {
		return n.entries[i].rec
	}
	return nil
}

// from yields entries in order, beginning with the first that is not before
// value and key, until yield returns false.
func (t tree) from(value, key string, yield func(entry) bool) {
	if t.root != nil {
		t.root.from(value, key, yield)
	}
}

func (n *node) from(value, key string, yield func(entry) bool) bool {
	if n.children == nil {
		i, _ := n.find(value, key)
		return all(n.entries[i:], yield)
	}
	i := n.under(value, key)
	if !n.children[i].from(value, key, yield) {
		return false
	}
	for _, child := range n.children[i+1:] {
		if !child.each(yield) {
			return false
		}
	}
	return true
}

func (n *node) each(yield func(entry) bool) bool {
	for _, child := range n.children {
		if !child.each(yield) {
			return false
		}
	}
	return n.children != nil || all(n.entries, yield)
}

func all(entries []entry, yield func(entry) bool) bool {
	for _, e := range entries {
		if !yield(e) {
			return false
		}
	}
	return true
}

// put is the tree with a record under a value, instead of the one there that
// has the same key.
func (t tree) put(by *edit, value string, rec *record) tree {
	e := entry{value, rec}
	if t.root == nil {
		return tree{&node{maker: by, entries: []entry{e}}}
	}
	root, right := t.root.put(by, e)
	if right != nil {
		root = &node{maker: by, entries: []entry{root.entries[0], right.entries[0]}, children: []*node{root, right}}
	}
	return tree{root}
}

// put returns the node with the entry, and what did not fit any more and comes
// after it.
func (n *node) put(by *edit, e entry) (own, right *node) {
	n = n.mine(by)
	if n.children == nil {
		i, found := n.find(e.value, e.rec.key)
		if found {
			n.entries[i] = e
			return n, nil
		}
		n.entries = slices.Insert(n.entries, i, e)
		return n, n.split(by, i)
	}
	i := n.under(e.value, e.rec.key)
	child, next := n.children[i].put(by, e)
	n.children[i] = child
	if next == nil {
		return n, nil
	}
	n.entries = slices.Insert(n.entries, i+1, next.entries[0])
	n.children = slices.Insert(n.children, i+1, next)
	return n, n.split(by, i+1)
}

// split cuts off the second half of a node that is too wide. After an entry at
// the end it cuts off only that, because more are likely to come in order and
// would find half a node free forever.
func (n *node) split(by *edit, at int) (right *node) {
	if len(n.entries) <= width {
		return nil
	}
	half := len(n.entries) / 2
	if at == len(n.entries)-1 {
		half = at
	}
	right = &node{maker: by, entries: slices.Clone(n.entries[half:])}
	n.entries = slices.Clone(n.entries[:half])
	if n.children != nil {
		right.children = slices.Clone(n.children[half:])
		n.children = slices.Clone(n.children[:half])
	}
	return right
}

// delete is the tree without the record of a value and key, which may not be
// there.
func (t tree) delete(by *edit, value, key string) tree {
	if t.get(value, key) == nil {
		return t
	}
	root := t.root.delete(by, value, key)
	for root != nil && len(root.children) == 1 {
		root = root.children[0]
	}
	return tree{root}
}

// delete returns nil for a node that has nothing left.
func (n *node) delete(by *edit, value, key string) *node {
	n = n.mine(by)
	i := n.under(value, key)
	if n.children == nil {
		i, _ = n.find(value, key)
	} else if n.children[i] = n.children[i].delete(by, value, key); n.children[i] != nil {
		return n
	} else {
		n.children = slices.Delete(n.children, i, i+1)
	}
	n.entries = slices.Delete(n.entries, i, i+1)
	if len(n.entries) == 0 {
		return nil
	}
	return n
}

// mine is the node itself if the edit made it, and else a copy.
func (n *node) mine(by *edit) *node {
	if n.maker == by {
		return n
	}
	return &node{maker: by, entries: slices.Clone(n.entries), children: slices.Clone(n.children)}
}
