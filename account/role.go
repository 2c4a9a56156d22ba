package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// A session is not kept anywhere: its token has all of it, sealed with a key of
// the site, so every control process knows it, also after a restart. What is
// looked up each time is the trust: a role that no longer trusts who assumed it
// ends its sessions.

// ErrSessionExpired says that a session was good once.
var ErrSessionExpired = errors.New("the session has expired")

// Assume makes credentials for a session, whose Account, Role, Name, Source and
// Expires are given. It is Denied without saying why where the role does not
// exist or does not trust the source.
func Assume(r store.Reader, session demarc.RoleSession) (demarc.SessionCredentials, error) {
	if !trusted(r, session) {
		return demarc.SessionCredentials{}, demarc.Errorf(demarc.Denied, "the role cannot be assumed")
	}
	id := demarc.NewSessionKeyID()
	token, err := sealSession(r, id, session)
	if err != nil {
		return demarc.SessionCredentials{}, err
	}
	return demarc.SessionCredentials{Session: session, AccessKeyID: id, Secret: sessionSecret(r, id), Token: token}, nil
}

// trusted reports whether a role lets the source of a session assume it.
func trusted(r store.Reader, session demarc.RoleSession) bool {
	role, ok := store.Roles.Get(r, store.RoleKey(demarc.Role{Account: session.Account, Name: session.Role}))
	return ok && slices.Contains(role.AssumedBy, session.Source)
}

// IdentifySession finds the session of temporary credentials, the account that
// they sign as, and their secret. ok is false for a token that is not the
// access key's or is trusted no longer; the error is [ErrSessionExpired].
func IdentifySession(r store.Reader, accessKeyID, token string, now time.Time) (a demarc.Account, session demarc.RoleSession, secret demarc.Secret, ok bool, err error) {
	id, session, ok := openSession(r, token)
	if !ok || id != accessKeyID || !trusted(r, session) {
		return a, session, secret, false, nil
	}
	if a, ok = Get(r, session.Account); !ok {
		return a, session, secret, false, nil
	}
	if !now.Before(session.Expires) {
		return a, session, secret, true, ErrSessionExpired
	}
	return a, session, sessionSecret(r, id), true, nil
}

// sealed is what a token has in it.
type sealed struct {
	ID      string             `json:"id"`
	Session demarc.RoleSession `json:"session"`
}

func sealSession(r store.Reader, id string, session demarc.RoleSession) (demarc.Secret, error) {
	text, err := json.Marshal(sealed{id, session})
	if err != nil {
		return demarc.Secret{}, fmt.Errorf("seal a session: %w", err)
	}
	box := sessionBox(r)
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce)
	return demarc.NewSecret(base64.StdEncoding.EncodeToString(box.Seal(nonce, nonce, text, nil))), nil
}

func openSession(r store.Reader, token string) (id string, session demarc.RoleSession, ok bool) {
	if keys, there := store.SiteKeys.Get(r, store.OnlyRow); !there || keys.Sessions.IsZero() {
		return "", session, false // nothing was ever sealed
	}
	data, err := base64.StdEncoding.DecodeString(token)
	box := sessionBox(r)
	if err != nil || len(data) < box.NonceSize() {
		return "", session, false
	}
	text, err := box.Open(nil, data[:box.NonceSize()], data[box.NonceSize():], nil)
	if err != nil {
		return "", session, false
	}
	var s sealed
	if json.Unmarshal(text, &s) != nil {
		return "", session, false
	}
	return s.ID, s.Session, true
}

// sessionBox seals with AES-256-GCM.
func sessionBox(r store.Reader) cipher.AEAD {
	block, err := aes.NewCipher(sessionDigest(r, "token"))
	if err != nil {
		panic("account: a key of 32 bytes is no AES key: " + err.Error())
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		panic("account: AES has no GCM: " + err.Error())
	}
	return box
}

// sessionSecret follows from the access key, so it need not be in the token.
func sessionSecret(r store.Reader, id string) demarc.Secret {
	return demarc.NewSecret(base64.RawURLEncoding.EncodeToString(sessionDigest(r, "secret "+id))[:40])
}

func sessionDigest(r store.Reader, text string) []byte {
	keys, _ := store.SiteKeys.Get(r, store.OnlyRow)
	h := hmac.New(sha256.New, []byte(keys.Sessions.Reveal()))
	h.Write([]byte(text))
	return h.Sum(nil)
}
