package awsquery

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxDepth is how many dots a parameter's name may have. EC2's deepest inputs
// stay below it.
const maxDepth = 16

// A node is one parameter or a part of a parameter's name.
type node struct {
	name     string // whole, as it was given
	value    string
	set      bool
	children map[string]*node
}

// tree takes the dotted names of a form apart. Action, Version and the members
// of a signature are not the input's.
func tree(form url.Values) (*node, error) {
	root := &node{}
	for name, values := range form {
		if name == "Action" || name == "Version" || strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		parts := strings.Split(name, ".")
		if len(parts) > maxDepth {
			return nil, unknownParameter(name)
		}
		at := root
		for i, part := range parts {
			at = at.child(part, strings.Join(parts[:i+1], "."))
		}
		at.value, at.set = values[0], true
	}
	return root, nil
}

func (n *node) child(part, name string) *node {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	c, ok := n.children[part]
	if !ok {
		c = &node{name: name}
		n.children[part] = c
	}
	return c
}

// items are the numbered children in the order of their numbers.
func (n *node) items() ([]*node, error) {
	numbers := map[int]*node{}
	for part, c := range n.children {
		i, err := strconv.Atoi(part)
		if err != nil || i < 0 {
			return nil, unknownParameter(c.name)
		}
		numbers[i] = c
	}
	var out []*node
	for _, i := range sortedKeys(numbers) {
		out = append(out, numbers[i])
	}
	return out, nil
}

func sortedKeys(m map[int]*node) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
