package ec2

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/api/pagetoken"
)

// maxPage is the most that a page may have (EC2: 1000).
const maxPage = 1000

// page cuts a list, which is in the order of id, into pages. A caller that
// asks for no page gets everything. next is nil after the last page.
func page[T any](c call, all []T, id func(T) string, size *int32, token *string) (part []T, next *string, err error) {
	if size == nil && get(token) == "" {
		return all, nil, nil
	}
	n := maxPage
	if size != nil {
		n = int(*size)
	}
	if n < 1 || n > maxPage {
		return nil, nil, demarc.Errorf(demarc.Invalid, "Value ( %d ) for parameter maxResults is invalid. Expecting a value from 1 to %d.", n, maxPage).In("MaxResults")
	}
	after, ok := c.seal().Open(get(token))
	if !ok {
		return nil, nil, demarc.Errorf(demarc.Invalid, "nextToken is not one that %s gave this account", c.operation).In("NextToken")
	}
	if after != "" {
		first := slices.IndexFunc(all, func(v T) bool { return id(v) > after })
		if first < 0 {
			return all[:0], nil, nil
		}
		all = all[first:]
	}
	if len(all) <= n {
		return all, nil, nil
	}
	sealed := c.seal().Close(id(all[n-1]))
	return all[:n], &sealed, nil
}

// page is a page of those of all that have one of the ids, if there are any, and
// pass every filter; see pick and the function page.
func (l listing[N]) page(c call, all []N, ids []string, filters []types.Filter, size *int32, token *string) (part []N, next *string, err error) {
	picked, err := l.pick(l.within(c, all), ids, filters)
	if err != nil {
		return nil, nil, err
	}
	return page(c, picked, l.id, size, token)
}

// seal is what this call's tokens are good for.
func (c call) seal() pagetoken.Seal {
	return pagetoken.Seal{Key: c.service.pageKey, Service: Name, Operation: c.operation, By: c.by}
}
