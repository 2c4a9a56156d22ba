package api

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"net/http"
	"time"

	"demarc"
	"demarc/account"
	"demarc/api/sigv4"
	"demarc/api/sts"
	"demarc/audit"
	"demarc/store"
)

// session gives the secret of temporary credentials to the verifier.
func (k *keyring) session(ctx context.Context, accessKeyID, token string) (string, error) {
	_, _, secret, err := k.findSession(ctx, accessKeyID, token)
	return secret.Reveal(), err
}

// findSession looks in the copy at hand first, as find does. Its error is a
// *sigv4.Error.
func (k *keyring) findSession(ctx context.Context, accessKeyID, token string) (demarc.Account, demarc.RoleSession, demarc.Secret, error) {
	var r store.Reader = k.store.Local()
	a, session, secret, ok, err := account.IdentifySession(r, accessKeyID, token, k.clock())
	if !ok {
		view, unread := k.store.Read(ctx)
		if unread != nil {
			return a, session, secret, sigv4.UnknownKey()
		}
		a, session, secret, ok, err = account.IdentifySession(view, accessKeyID, token, k.clock())
	}
	switch {
	case !ok:
		return a, session, secret, sigv4.UnknownKey()
	case errors.Is(err, account.ErrSessionExpired):
		return a, session, secret, sigv4.ExpiredToken()
	}
	return a, session, secret, nil
}

// identityOf is a caller as STS names it: a session, or the root of an account,
// since there are no users.
func identityOf(by demarc.AccountID, session demarc.RoleSession) sts.Identity {
	if session.Role == "" {
		return rootOf(by)
	}
	return sts.Identity{ARN: session.ARN(), UserID: sessionID(session), Account: string(by)}
}

// sessionID is the role's unique id with the session's name. The first is made
// from what names the role.
func sessionID(s demarc.RoleSession) string {
	sum := sha256.Sum256([]byte(string(s.Account) + "/" + s.Role))
	return "AROA" + base32.StdEncoding.EncodeToString(sum[:])[:17] + ":" + s.Name
}

// serveSTS answers who a caller is, and lets it assume roles.
func (d *door) serveSTS(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := r.ParseForm(); err == nil && r.Form.Get("Action") == "AssumeRole" {
		v.operation, v.changes = "AssumeRole", true
	} else {
		v.operation = "GetCallerIdentity"
	}
	if err := narrow(v, sts.Service); err != nil {
		refuse(w, v, inQuery, err)
		return
	}
	err := sts.Serve(w, r, v.id, identityOf(v.account, v.session), func(asked sts.Asked) (sts.Granted, error) {
		return d.assume(r.Context(), v.account, asked)
	})
	if err != nil {
		v.refused(internalFailure, err, true)
	}
}

// assume makes a session and records it with the role's account, which is told
// so who comes in.
func (d *door) assume(ctx context.Context, by demarc.AccountID, asked sts.Asked) (sts.Granted, error) {
	now := d.Clock()
	session := demarc.RoleSession{
		Account: demarc.AccountID(asked.Account), Role: asked.Role, Name: asked.Session, Source: by, Expires: now.Add(asked.Duration).Truncate(time.Second),
	}
	var made demarc.SessionCredentials
	err := d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if made, err = account.Assume(tx, session); err == nil {
			audit.Assumed(tx, session, now)
		}
		return err
	})
	if demarc.KindOf(err) == demarc.Denied {
		return sts.Granted{}, sts.ErrDenied
	}
	if err != nil {
		return sts.Granted{}, err
	}
	return sts.Granted{
		ARN: session.ARN(), ID: sessionID(session), AccessKeyID: made.AccessKeyID, Secret: made.Secret, Token: made.Token, Expires: session.Expires,
	}, nil
}
