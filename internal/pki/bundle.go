package pki

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	"demarc/internal/durable"
)

// A bundle is the directory that a node is given: whom to trust, and who it is.
const (
	rootsFile = "ca.crt"   // certificates of authorities, public
	nodeFile  = "node.pem" // the node's certificate and key, owner only
)

// WriteNode makes dir the bundle of a node. It keeps a certificate that is
// this authority's, is the node's and has a third of its life left, and issues
// another otherwise; so it may be called at every start, and daily. Running
// nodes take up what it wrote at their next handshake.
func (ca *Authority) WriteNode(dir, id string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the bundle of node %s: %w", id, err)
	}
	if err := durable.Replace(filepath.Join(dir, rootsFile), ca.Certificate(), 0o644); err != nil {
		return err
	}
	path := filepath.Join(dir, nodeFile)
	if ca.good(path, id) {
		return nil
	}
	pair, err := ca.Node(id)
	if err != nil {
		return err
	}
	return durable.Replace(path, pair, 0o600)
}

// good reports whether the file holds a certificate of this node that need not
// be replaced yet. A file that cannot be read holds none.
func (ca *Authority) good(path, id string) bool {
	pair, err := tls.LoadX509KeyPair(path, path)
	if err != nil || due(pair.Leaf, ca.time()) {
		return false
	}
	_, err = pair.Leaf.Verify(x509.VerifyOptions{
		Roots:       ca.pool(),
		CurrentTime: ca.time(),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err == nil && isNode(pair.Leaf) && pair.Leaf.Subject.CommonName == id
}

// ClientConfig is how the node that owns a bundle connects: to servers of the
// bundle's authority only, and as itself. The node's certificate is read again
// for every handshake, the authority's only now. A bundle that is missing or
// damaged is an error now and not at the first connection.
func ClientConfig(dir string) (*tls.Config, error) {
	pem, err := os.ReadFile(filepath.Join(dir, rootsFile))
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the bundle: %s holds no certificate", filepath.Join(dir, rootsFile))
	}
	read := func() (*tls.Certificate, error) {
		path := filepath.Join(dir, nodeFile)
		pair, err := tls.LoadX509KeyPair(path, path)
		if err != nil {
			return nil, fmt.Errorf("read the bundle: %w", err)
		}
		return &pair, nil
	}
	if _, err := read(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:           tls.VersionTLS13,
		RootCAs:              roots,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return read() },
	}, nil
}
