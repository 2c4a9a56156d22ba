package account

import (
	"demarc"
	"demarc/store"
)

// CreateKey makes an access key for an account: a fresh id and a fresh secret.
// An account may have any number of keys, so that one can be replaced while
// both work.
func CreateKey(tx *store.Tx, id demarc.AccountID) (demarc.AccessKey, error) {
	if _, ok := Get(tx, id); !ok {
		return demarc.AccessKey{}, demarc.Errorf(demarc.NotFound, "no account %s", id)
	}
	key := demarc.AccessKey{ID: demarc.NewAccessKeyID(), Account: id, Secret: demarc.NewSecretKey()}
	store.AccessKeys.Put(tx, key)
	return key, nil
}

// Identify finds the key that a request names and the account it signs for.
// It is false for an unknown key. Whether the signature is right is for the
// caller to check.
func Identify(r store.Reader, accessKeyID string) (demarc.Account, demarc.AccessKey, bool) {
	key, ok := store.AccessKeys.Get(r, accessKeyID)
	if !ok {
		return demarc.Account{}, demarc.AccessKey{}, false
	}
	a, ok := Get(r, key.Account)
	return a, key, ok
}

// Keys lists an account's keys.
func Keys(r store.Reader, id demarc.AccountID) []demarc.AccessKey {
	var keys []demarc.AccessKey
	for key := range store.AccessKeys.By(r, "account", string(id)) {
		keys = append(keys, key)
	}
	return keys
}
