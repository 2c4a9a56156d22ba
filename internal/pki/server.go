package pki

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
)

// ServerConfig is how a server of this authority answers: under the hosts and
// the names of this machine, and only to whoever shows a certificate of this
// authority. Who that is, [NodeOf] tells. The server's own certificate renews
// itself.
func (ca *Authority) ServerConfig(hosts ...string) (*tls.Config, error) {
	own := &renewing{ca: ca, hosts: hosts}
	if _, err := own.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS13,
		ClientAuth:     tls.RequireAndVerifyClientCert,
		ClientCAs:      ca.pool(),
		GetCertificate: own.get,
		Time:           ca.now,
	}, nil
}

// renewing is a server certificate that is replaced before it expires.
type renewing struct {
	ca    *Authority
	hosts []string

	mu      sync.Mutex // guards current
	current *tls.Certificate
}

func (r *renewing) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil && !due(r.current.Leaf, r.ca.time()) {
		return r.current, nil
	}
	content, err := r.ca.Server(r.hosts...)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(content, content)
	if err != nil {
		return nil, err
	}
	r.current = &pair
	return r.current, nil
}

// NodeOf is the id of the node at the far end of a connection that was
// accepted with [Authority.ServerConfig]. It is an error when the far end
// proved nothing, or is not a node.
func NodeOf(state tls.ConnectionState) (string, error) {
	if len(state.VerifiedChains) == 0 {
		return "", errors.New("the far end showed no certificate that was verified")
	}
	leaf := state.VerifiedChains[0][0]
	if !isNode(leaf) {
		return "", errors.New("the far end's certificate is not a node's")
	}
	return leaf.Subject.CommonName, nil
}

func isNode(c *x509.Certificate) bool {
	return c.Subject.CommonName != "" && slices.Contains(c.Subject.OrganizationalUnit, nodeUnit)
}
