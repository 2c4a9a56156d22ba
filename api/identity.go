package api

import (
	"context"
	"errors"
	"net/http"

	"demarc"
	"demarc/account"
	"demarc/api/cloudwatch"
	"demarc/api/directconnect"
	"demarc/api/ec2"
	"demarc/api/ram"
	"demarc/api/sigv4"
	"demarc/api/sts"
	"demarc/api/support"
	"demarc/store"
)

// DeskService is what requests for the desk are signed for.
const DeskService = "demarc"

// A keyring finds out who signed a request.
type keyring struct {
	store *store.Store
	clock demarc.Clock
	aws   *sigv4.Verifier
	desk  *sigv4.Verifier
}

func newKeyring(cfg Config) *keyring {
	k := &keyring{store: cfg.Store, clock: cfg.Clock}
	var regions []string
	for _, r := range cfg.regions() {
		regions = append(regions, string(r))
	}
	verifier := func(services ...string) *sigv4.Verifier {
		return &sigv4.Verifier{Secret: k.secret, Session: k.session, Now: cfg.Wall, Or: cfg.Believed, Regions: regions, Services: services}
	}
	k.aws, k.desk = verifier(directconnect.Name, sts.Service, ec2.Name, ram.Name, cloudwatch.Name, support.Name), verifier(DeskService)
	return k
}

// A signer is who signed a request.
type signer struct {
	account demarc.Account
	session demarc.RoleSession // where a role was assumed
	service string             // that was signed for
	region  demarc.Region      // likewise
}

// identify finds out who signed a request. Every error is a *sigv4.Error.
func (k *keyring) identify(v *sigv4.Verifier, r *http.Request, body []byte) (signer, error) {
	credential, err := v.Verify(r, body)
	if err != nil {
		return signer{}, err
	}
	if credential.SessionToken != "" {
		a, session, _, err := k.findSession(r.Context(), credential.AccessKeyID, credential.SessionToken)
		return signer{a, session, credential.Service, demarc.Region(credential.Region)}, err
	}
	a, _, ok := k.find(r.Context(), credential.AccessKeyID)
	if !ok {
		// Withdrawn while its signature was checked: as if it had never been.
		return signer{}, sigv4.UnknownKey()
	}
	return signer{account: a, service: credential.Service, region: demarc.Region(credential.Region)}, nil
}

func (k *keyring) secret(ctx context.Context, accessKeyID string) (string, bool) {
	_, key, ok := k.find(ctx, accessKeyID)
	return key.Secret.Reveal(), ok
}

// find looks in the copy at hand, since keys hardly ever change. A key that is
// not there may have been made a moment ago by another control process.
func (k *keyring) find(ctx context.Context, accessKeyID string) (demarc.Account, demarc.AccessKey, bool) {
	a, key, ok := account.Identify(k.store.Local(), accessKeyID)
	if ok {
		return a, key, true
	}
	view, err := k.store.Read(ctx)
	if err != nil {
		return a, key, false
	}
	return account.Identify(view, accessKeyID)
}

// identity is what the door found out about a request to the desk.
type identity struct {
	account demarc.Account
	err     error
}

type identityKey struct{}

func withIdentity(r *http.Request, id identity) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), identityKey{}, id))
}

// Caller tells whose request it is that came through the door to the desk. The
// error says why nobody is known, and is for the log.
func Caller(r *http.Request) (demarc.Account, error) {
	id, ok := r.Context().Value(identityKey{}).(identity)
	if !ok {
		return demarc.Account{}, errors.New("the request did not come through the front door")
	}
	return id.account, id.err
}
