package vpc

import (
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// tokensKept is how long a client's token stands for what was made with it
// (EC2: at least a day).
const tokensKept = 24 * time.Hour

// Once calls create unless the account has made something with this token in
// the operation before: then its id is given again. No token always creates.
func Once(tx *store.Tx, by demarc.AccountID, operation, token string, now time.Time, create func() (id string, err error)) (string, error) {
	if token == "" {
		return create()
	}
	name := "token/" + string(by) + "/" + operation + "/" + token
	for claimed, holder := range tx.Claims(name) {
		if claimed == name {
			id, _, _ := strings.Cut(holder, " ")
			return id, nil
		}
	}
	id, err := create()
	if err != nil {
		return "", err
	}
	return id, tx.Claim(name, id+" "+now.UTC().Format(time.RFC3339))
}

// forgetTokens releases the tokens that are older than [tokensKept].
func forgetTokens(tx *store.Tx, now time.Time) {
	var old []string
	for name, holder := range tx.Claims("token/") {
		_, made, _ := strings.Cut(holder, " ")
		if at, err := time.Parse(time.RFC3339, made); err == nil && now.Sub(at) > tokensKept {
			old = append(old, name)
		}
	}
	for _, name := range old {
		tx.Release(name)
	}
}
