package directconnect

import (
	"slices"
	"strings"

	"demarc"
	"demarc/api/pagetoken"
)

// pageSize is the most that a page has, whatever is asked for (AWS: values over
// 100 are treated as 100).
const pageSize = 100

// paging are the two members of every paged operation.
type paging struct {
	max   *int32
	token *string
}

// page cuts a list into pages. all is in the order of id. A caller that asks
// for no page gets everything: AWS's own clients do not all know how to page.
// next is nil after the last page.
func page[T any](c call, all []T, id func(T) string, p paging) (part []T, next *string, err error) {
	if p.max == nil && text(p.token) == "" {
		return all, nil, nil
	}
	size := pageSize
	if p.max != nil {
		size = min(size, int(*p.max))
	}
	if size < 1 {
		return nil, nil, demarc.Errorf(demarc.Invalid, "maxResults %d is not between 1 and %d", *p.max, pageSize).In("maxResults")
	}
	after, ok := c.seal().Open(text(p.token))
	if !ok {
		return nil, nil, demarc.Errorf(demarc.Invalid, "nextToken is not one that %s gave this account", c.operation).In("nextToken")
	}
	rest := all[start(all, id, after):]
	if len(rest) <= size {
		return rest, nil, nil
	}
	token := c.seal().Close(id(rest[size-1]))
	return rest[:size], &token, nil
}

// start is the index of the first after the one that the last page ended with,
// which may be gone by now.
func start[T any](all []T, id func(T) string, after string) int {
	i, found := slices.BinarySearchFunc(all, after, func(v T, after string) int { return strings.Compare(id(v), after) })
	if found {
		i++
	}
	return i
}

// seal is what this call's tokens are good for.
func (c call) seal() pagetoken.Seal {
	return pagetoken.Seal{Key: c.service.pageKey, Service: Name, Operation: c.operation, By: c.by}
}
