package cloudwatch

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// seal makes the token of where a page ended. It is good for the same account
// and the same operation only.
func (c call) seal(last string) *string {
	return ref(base64.RawURLEncoding.EncodeToString(append(c.mac(last), last...)))
}

// open is the other way. No token is the first page.
func (c call) open(token *string) (last string, err error) {
	if text(token) == "" {
		return "", nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil || len(sealed) < sha256.Size || !hmac.Equal(sealed[:sha256.Size], c.mac(string(sealed[sha256.Size:]))) {
		return "", &refusal{codeToken, "NextToken is not one that " + c.operation + " gave this account."}
	}
	return string(sealed[sha256.Size:]), nil
}

func (c call) mac(last string) []byte {
	h := hmac.New(sha256.New, c.service.pageKey)
	h.Write([]byte("cloudwatch\n" + string(c.by) + "\n" + c.operation + "\n" + last))
	return h.Sum(nil)
}
