package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"
)

// maxKeys bounds the cache. A site has far fewer access keys in use in a day;
// when it is full all of it is dropped, which costs four HMACs a key.
const maxKeys = 4096

// A keyID names one derived key.
type keyID struct{ accessKeyID, date, region, service string }

// A signingKey remembers the secret it was derived from, so that a secret that
// was replaced takes effect with the next request.
type signingKey struct {
	secret string
	key    []byte
}

// keyCache holds derived signing keys. The zero value is ready; it is safe for
// concurrent use.
type keyCache struct {
	mu   sync.RWMutex
	keys map[keyID]signingKey // guarded by mu
}

// get returns the key for id, derived now if it is not there.
func (k *keyCache) get(id keyID, secret string) []byte {
	k.mu.RLock()
	known, ok := k.keys[id]
	k.mu.RUnlock()
	if ok && known.secret == secret {
		return known.key
	}
	return deriveKey(secret, id)
}

// keep remembers a key whose signature was right. Others are not kept, so that
// a stranger who knows an access key cannot fill the cache.
func (k *keyCache) keep(id keyID, secret string, key []byte) {
	k.mu.RLock()
	known, ok := k.keys[id]
	k.mu.RUnlock()
	if ok && known.secret == secret {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil || len(k.keys) >= maxKeys {
		k.keys = make(map[keyID]signingKey)
	}
	k.keys[id] = signingKey{secret: secret, key: key}
}

// deriveKey narrows the secret to one day, one region and one service.
func deriveKey(secret string, id keyID) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{id.date, id.region, id.service, terminator} {
		key = sum(key, part)
	}
	return key
}

func sum(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
