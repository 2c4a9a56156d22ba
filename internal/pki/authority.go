package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"demarc/internal/durable"
)

const (
	// authorityFile holds the authority's certificate and key, in PEM.
	authorityFile = "ca.pem"

	// authorityLife is long because every node holds the certificate: to
	// change it is to visit them all.
	authorityLife = 20 * 365 * 24 * time.Hour
)

// An Authority issues the certificates of one site. It is safe for concurrent
// use.
type Authority struct {
	certificate *x509.Certificate
	signer      *ecdsa.PrivateKey
	now         func() time.Time
}

// Open takes up the authority in a directory, and makes both when they are not
// there. The directory is then readable by its owner only. A damaged or
// expired authority is an error, never replaced: all its nodes would be shut
// out. now must be the machine's own clock (nil means that), since the far end
// of a connection reads its own.
func Open(dir string, now func() time.Time) (*Authority, error) {
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the authority's directory: %w", err)
	}
	path := filepath.Join(dir, authorityFile)
	ca, err := load(path, now)
	if !errors.Is(err, fs.ErrNotExist) {
		return ca, err
	}
	content, err := newAuthority(now())
	if err != nil {
		return nil, fmt.Errorf("make the authority: %w", err)
	}
	if err := durable.Create(path, content); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return load(path, now)
}

// load reads an authority and checks that it can still issue.
func load(path string, now func() time.Time) (*Authority, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the authority: %w", err)
	}
	pair, err := tls.X509KeyPair(content, content)
	if err != nil {
		return nil, fmt.Errorf("read the authority in %s: %w", path, err)
	}
	signer, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("read the authority in %s: not an authority with an ECDSA key", path)
	}
	if now().After(pair.Leaf.NotAfter) {
		return nil, fmt.Errorf("read the authority in %s: expired on %s", path, pair.Leaf.NotAfter.Format(time.DateOnly))
	}
	return &Authority{certificate: pair.Leaf, signer: signer, now: now}, nil
}

// time is what time it is, for what is issued and replaced. It is not before the
// authority was made: a clock that says so is wrong, and by it certificates that
// are good would be replaced by ones that have expired.
func (ca *Authority) time() time.Time {
	now, made := ca.now(), ca.certificate.NotBefore.Add(backdate)
	if now.Before(made) {
		return made
	}
	return now
}

// newAuthority makes a certificate that vouches for itself, and its key, as
// the content of the authority's file.
func newAuthority(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: "site authority"},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true, // no intermediates: a leaf cannot sign
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return encodePair(der, key)
}

// Certificate is the authority's own certificate in PEM: what a program needs
// to recognise the others. It is public.
func (ca *Authority) Certificate() []byte { return encodeCertificate(ca.certificate.Raw) }

// pool is the one root that this site trusts.
func (ca *Authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.certificate)
	return pool
}
