package ram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	after, err := c.open(aws.ToString(token))
	if err != nil {
		return nil, nil, err
	}
	first := slices.IndexFunc(all, func(v T) bool { return id(v) > after })
	if first < 0 {
		return all[:0], nil, nil
	}
	all = all[first:]
	if len(all) <= n {
		return all, nil, nil
	}
	return all[:n], aws.String(c.seal(id(all[n-1]))), nil
}

// seal makes the token of what a page ended with. It is good for the same
// account and the same operation only.
func (c call) seal(last string) string {
	return base64.RawURLEncoding.EncodeToString(append(c.mac(last), last...))
}

// open is the other way. No token is the first page.
func (c call) open(token string) (last string, err error) {
	if token == "" {
		return "", nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) < sha256.Size || !hmac.Equal(sealed[:sha256.Size], c.mac(string(sealed[sha256.Size:]))) {
		return "", refuse(invalidNextToken, "nextToken is not one that "+c.operation+" gave this account")
	}
	return string(sealed[sha256.Size:]), nil
}

func (c call) mac(last string) []byte {
	h := hmac.New(sha256.New, c.service.pageKey)
	h.Write([]byte(Name + "\n" + string(c.by) + "\n" + c.operation + "\n" + last))
	return h.Sum(nil)
}
