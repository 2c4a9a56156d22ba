package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

const (
	// serverLife is short, since a server renews its certificate by itself.
	serverLife = 30 * 24 * time.Hour

	// nodeLife leaves months to renew a bundle on a machine that is seldom
	// visited.
	nodeLife = 365 * 24 * time.Hour

	// backdate is how far two machines' clocks may disagree.
	backdate = time.Hour

	// nodeUnit is the organisational unit that makes a certificate a node's.
	nodeUnit = "node"

	// maxName is the length of a common name (RFC 5280, appendix A.1,
	// ub-common-name).
	maxName = 64
)

// Server issues a certificate for a server that is reached by the hosts (names
// or addresses), or on this machine by localhost, 127.0.0.1 or ::1. It is
// certificate and key in PEM, and nobody keeps a copy.
func (ca *Authority) Server(hosts ...string) ([]byte, error) {
	template := ca.leaf(pkix.Name{CommonName: "server"}, serverLife, x509.ExtKeyUsageServerAuth)
	template.DNSNames = []string{"localhost"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if host != "" {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	pair, err := ca.issue(template)
	if err != nil {
		return nil, fmt.Errorf("issue a server certificate: %w", err)
	}
	return pair, nil
}

// Node issues a certificate whose common name is the node's id and whose
// organisational unit says that it is a node's. It is certificate and key in
// PEM. The id has 1 to 64 bytes.
func (ca *Authority) Node(id string) ([]byte, error) {
	if id == "" || len(id) > maxName {
		return nil, fmt.Errorf("issue a node certificate: the id %q has not 1 to %d bytes", id, maxName)
	}
	subject := pkix.Name{CommonName: id, OrganizationalUnit: []string{nodeUnit}}
	pair, err := ca.issue(ca.leaf(subject, nodeLife, x509.ExtKeyUsageClientAuth))
	if err != nil {
		return nil, fmt.Errorf("issue a certificate for node %s: %w", id, err)
	}
	return pair, nil
}

// leaf is a certificate that can do one thing and sign nothing. It never
// outlives its authority.
func (ca *Authority) leaf(subject pkix.Name, life time.Duration, use x509.ExtKeyUsage) *x509.Certificate {
	now := ca.time()
	end := now.Add(life)
	if end.After(ca.certificate.NotAfter) {
		end = ca.certificate.NotAfter
	}
	return &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               subject,
		NotBefore:             now.Add(-backdate),
		NotAfter:              end,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{use},
		BasicConstraintsValid: true,
	}
}

// issue makes a key, signs the certificate for it and returns both in PEM.
func (ca *Authority) issue(template *x509.Certificate) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key.Public(), ca.signer)
	if err != nil {
		return nil, err
	}
	return encodePair(der, key)
}

// due reports whether a certificate should be replaced: when two thirds of its
// life have passed, so that a third is left in which renewing may go wrong; or
// when its life is still to come, since it was issued by a clock that was wrong.
func due(c *x509.Certificate, now time.Time) bool {
	return now.Before(c.NotBefore) || c.NotAfter.Sub(now) < c.NotAfter.Sub(c.NotBefore)/3
}

// newSerial draws 120 random bits, so that no two certificates share a number
// and nobody has to count (RFC 5280, section 4.1.2.2, allows 20 octets).
func newSerial() *big.Int {
	var b [15]byte
	rand.Read(b[:])
	return new(big.Int).SetBytes(b[:])
}

func encodePair(der []byte, key *ecdsa.PrivateKey) ([]byte, error) {
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(encodeCertificate(der), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), nil
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
