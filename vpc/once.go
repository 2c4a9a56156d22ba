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

// tokenClaims begin with this. The desk's link tokens have claims of their own.
const tokenClaims = "client-token/"

// Once calls create unless the account has made something with this token in
// the operation before: then its id is given again, if the same was asked for.
// No token always creates.
func Once(tx *store.Tx, by demarc.AccountID, operation, token, asked string, now time.Time, create func() (id string, err error)) (string, error) {
	if token == "" {
		return create()
	}
	name := tokenClaims + string(by) + "/" + operation + "/" + token
	for claimed, holder := range tx.Claims(name) {
		if claimed != name {
			continue
		}
		made := parseMade(holder)
		if made.asked != asked {
			return "", demarc.Errorf(demarc.Conflict, "The client token was used for %s, and with other parameters", made.id).In("clientToken")
		}
		return made.id, nil
	}
	id, err := create()
	if err != nil {
		return "", err
	}
	return id, tx.Claim(name, id+" "+now.UTC().Format(time.RFC3339)+" "+asked)
}

// A made is what a token stands for, as the holder of its claim says it.
type made struct {
	id, asked string
	at        time.Time
}

func parseMade(holder string) (m made) {
	id, rest, _ := strings.Cut(holder, " ")
	at, asked, _ := strings.Cut(rest, " ")
	m.id, m.asked = id, asked
	m.at, _ = time.Parse(time.RFC3339, at) // we have written it
	return m
}

// forgetTokens releases the tokens that are older than [tokensKept].
func forgetTokens(tx *store.Tx, now time.Time) {
	var old []string
	for name, holder := range tx.Claims(tokenClaims) {
		if now.Sub(parseMade(holder).at) > tokensKept {
			old = append(old, name)
		}
	}
	for _, name := range old {
		tx.Release(name)
	}
}
