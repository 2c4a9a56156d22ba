// Package pagetoken makes the tokens of paged lists. A token says where a page
// ended, and not which: what comes and goes in between is neither skipped nor
// listed twice.
package pagetoken

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"demarc"
)

// A Seal is what a token is good for: one account and one operation of one
// service. Processes with the same Key open each other's tokens.
type Seal struct {
	Key                []byte
	Service, Operation string
	By                 demarc.AccountID
}

// encoding is strict, so that a token has one form.
var encoding = base64.RawURLEncoding.Strict()

// Close makes the token of what a page ended with.
func (s Seal) Close(last string) string {
	return encoding.EncodeToString(append(s.mac(last), last...))
}

// Open is what the page of a token ended with. The empty token is before the
// first page. It is not ok if the token was altered, or given to somebody else.
func (s Seal) Open(token string) (last string, ok bool) {
	if token == "" {
		return "", true
	}
	text, err := encoding.DecodeString(token)
	if err != nil || len(text) < sha256.Size {
		return "", false
	}
	mac, last := text[:sha256.Size], string(text[sha256.Size:])
	if !hmac.Equal(mac, s.mac(last)) {
		return "", false
	}
	return last, true
}

func (s Seal) mac(last string) []byte {
	h := hmac.New(sha256.New, s.Key)
	h.Write([]byte(s.Service + "\n" + string(s.By) + "\n" + s.Operation + "\n" + last))
	return h.Sum(nil)
}
