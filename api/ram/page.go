package ram

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"demarc/api/pagetoken"
)

// maxPage is the most that a page may have (the API's model).
const maxPage = 500

// page cuts a list, which is in the order of id, into pages. A caller that
// asks for no page gets everything. next is nil after the last page.
func page[T any](c call, all []T, id func(T) string, size *int32, token *string) (part []T, next *string, err error) {
	if size == nil && aws.ToString(token) == "" {
		return all, nil, nil
	}
	n := maxPage
	if size != nil {
		n = int(*size)
	}
	if n < 1 || n > maxPage {
		return nil, nil, refuse(invalidParameter, fmt.Sprintf("maxResults %d is not between 1 and %d", n, maxPage))
	}
	after, ok := c.seal().Open(aws.ToString(token))
	if !ok {
		return nil, nil, refuse(invalidNextToken, "nextToken is not one that "+c.operation+" gave this account")
	}
	first := slices.IndexFunc(all, func(v T) bool { return id(v) > after })
	if first < 0 {
		return all[:0], nil, nil
	}
	all = all[first:]
	if len(all) <= n {
		return all, nil, nil
	}
	return all[:n], aws.String(c.seal().Close(id(all[n-1]))), nil
}

// seal is what this call's tokens are good for.
func (c call) seal() pagetoken.Seal {
	return pagetoken.Seal{Key: c.service.pageKey, Service: Name, Operation: c.operation, By: c.by}
}
