package ec2

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"demarc"
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
	after, err := c.open(get(token))
	if err != nil {
		return nil, nil, err
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
	sealed := c.seal(id(all[n-1]))
	return all[:n], &sealed, nil
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
		return "", demarc.Errorf(demarc.Invalid, "nextToken is not one that %s gave this account", c.operation).In("NextToken")
	}
	return string(sealed[sha256.Size:]), nil
}

func (c call) mac(last string) []byte {
	h := hmac.New(sha256.New, c.service.pageKey)
	h.Write([]byte("ec2\n" + string(c.by) + "\n" + c.operation + "\n" + last))
	return h.Sum(nil)
}
