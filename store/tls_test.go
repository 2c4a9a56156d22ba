package store_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"demarc/store"
	"demarc/store/storetest"
)

func TestClusterTLS(t *testing.T) {
	files := selfSigned(t)
	endpoints := storetest.ClusterTLS(t, files)
	s := storetest.Open(t, store.Config{Endpoints: endpoints, TLS: files}, storetest.Ports)
	writePort(t, s, "p1")

	for name, tls := range map[string]store.TLS{
		"no certificate":      {CA: files.CA},
		"another's authority": selfSigned(t),
		"plain text":          {},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		cfg := store.Config{Endpoints: endpoints, TLS: tls, Log: slog.New(slog.DiscardHandler)}
		if s, err := store.Open(ctx, cfg, storetest.Ports); err == nil {
			_ = s.Close()
			t.Errorf("a client with %s was let in", name)
		}
		cancel()
	}
}

func TestMissingTLSFile(t *testing.T) {
	cfg := store.Config{Endpoints: []string{"127.0.0.1:1"}, TLS: store.TLS{CA: "/nonexistent.pem"}}
	if _, err := store.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "/nonexistent.pem") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

// selfSigned makes one certificate that is server, client and authority.
func selfSigned(t *testing.T) store.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile := writePEM(t, filepath.Join(dir, "cert.pem"), "CERTIFICATE", cert)
	return store.TLS{CA: certFile, Cert: certFile, Key: writePEM(t, filepath.Join(dir, "key.pem"), "PRIVATE KEY", private)}
}

func writePEM(t *testing.T, file, kind string, der []byte) string {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
