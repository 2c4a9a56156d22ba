package pki_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"demarc/internal/pki"
)

func TestOpenTwiceIsTheSameAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	first, second := open(t, dir), open(t, dir)
	if !bytes.Equal(first.Certificate(), second.Certificate()) {
		t.Error("the second start made another authority")
	}
	checkMode(t, filepath.Join(dir, "ca.pem"), 0o600)
	checkNames(t, dir, "ca.pem")
}

func TestManyProcessesStartAtOnce(t *testing.T) {
	dir := t.TempDir()
	certificates := make([][]byte, 16)
	var group sync.WaitGroup
	for i := range certificates {
		group.Go(func() {
			ca, err := pki.Open(dir, nil)
			if err != nil {
				t.Error(err)
				return
			}
			certificates[i] = ca.Certificate()
			if err := ca.WriteNode(filepath.Join(dir, "n1"), "n1"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, c := range certificates {
		if !bytes.Equal(c, certificates[0]) {
			t.Fatal("two processes have different authorities")
		}
	}
	if _, err := connect(t, open(t, dir), filepath.Join(dir, "n1")); err != nil {
		t.Error("the bundle written by many does not work:", err)
	}
	checkNames(t, dir, "ca.pem", "n1")
	checkNames(t, filepath.Join(dir, "n1"), "ca.crt", "node.pem")
}

func TestDamagedAuthorityIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(path, []byte("scribble"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Open(dir, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
	if got, _ := os.ReadFile(path); string(got) != "scribble" {
		t.Errorf("the file was changed to %q", got)
	}
}

func TestExpiredAuthorityIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	later := func() time.Time { return time.Now().AddDate(30, 0, 0) }
	if _, err := pki.Open(dir, later); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("got %v, want expired", err)
	}
}

func TestWhoMayConnect(t *testing.T) {
	ca, stranger := open(t, t.TempDir()), open(t, t.TempDir())
	node := bundle(t, ca, "lis1-d1")
	if got, err := connect(t, ca, node); err != nil || got != "lis1-d1" {
		t.Errorf("a node of this site: got %q, %v", got, err)
	}
	if _, err := connect(t, ca, bundle(t, stranger, "lis1-d1")); err == nil {
		t.Error("a node of another site was let in")
	}
	if _, err := connect(t, stranger, node); err == nil {
		t.Error("a node trusted another site's server")
	}
}

func TestServerAcceptsNobodyWithoutANodeCertificate(t *testing.T) {
	ca := open(t, t.TempDir())
	server, err := ca.Server()
	if err != nil {
		t.Fatal(err)
	}
	for name, certificates := range map[string][]tls.Certificate{
		"none": nil, "a server's": {pair(t, server)},
	} {
		client := &tls.Config{InsecureSkipVerify: true, Certificates: certificates}
		if id, err := handshake(t, ca, client); err == nil {
			t.Errorf("certificate: %s: let in as %q", name, id)
		}
	}
}

// A node could otherwise stand in for the control plane and hand out intents.
func TestNodeCannotPoseAsServer(t *testing.T) {
	ca := open(t, t.TempDir())
	client, err := pki.ClientConfig(bundle(t, ca, "n1"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := ca.Node("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	client.ServerName = "127.0.0.1"
	server := &tls.Config{Certificates: []tls.Certificate{pair(t, content)}}
	if _, err := exchange(t, server, client); err == nil {
		t.Error("a node's certificate was taken for a server's")
	}
}

func TestOnlyANodeIsANode(t *testing.T) {
	ca := open(t, t.TempDir())
	server, err := ca.Server()
	if err != nil {
		t.Fatal(err)
	}
	node, err := ca.Node("n1")
	if err != nil {
		t.Fatal(err)
	}
	state := func(content []byte) tls.ConnectionState {
		return tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{pair(t, content).Leaf}}}
	}
	if id, err := pki.NodeOf(state(node)); err != nil || id != "n1" {
		t.Errorf("a node's: got %q, %v", id, err)
	}
	if id, err := pki.NodeOf(state(server)); err == nil {
		t.Errorf("a server's: got %q", id)
	}
	unproven := tls.ConnectionState{PeerCertificates: []*x509.Certificate{pair(t, node).Leaf}}
	if id, err := pki.NodeOf(unproven); err == nil {
		t.Errorf("a certificate that nobody verified: got %q", id)
	}
}

func TestServerNames(t *testing.T) {
	ca := open(t, t.TempDir())
	content, err := ca.Server("control.example", "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	leaf := pair(t, content).Leaf
	for _, host := range []string{"control.example", "192.0.2.7", "localhost", "127.0.0.1", "::1"} {
		if err := leaf.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
	if leaf.VerifyHostname("192.0.2.8") == nil {
		t.Error("valid for a host that was not asked for")
	}
}

func TestNodeIDs(t *testing.T) {
	ca := open(t, t.TempDir())
	for id, ok := range map[string]bool{
		"": false, "n": true, strings.Repeat("n", 64): true, strings.Repeat("n", 65): false,
	} {
		if _, err := ca.Node(id); (err == nil) != ok {
			t.Errorf("id of %d bytes: %v", len(id), err)
		}
	}
}

func TestBundleIsKeptUntilItMustChange(t *testing.T) {
	now := time.Now()
	ca, err := pki.Open(t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "n1")
	content := func(id string) string {
		t.Helper()
		if err := ca.WriteNode(dir, id); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "node.pem"))
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	first := content("n1")
	checkMode(t, filepath.Join(dir, "node.pem"), 0o600)
	if content("n1") != first {
		t.Error("a good certificate was replaced")
	}
	now = now.AddDate(0, 7, 0)
	if content("n1") != first {
		t.Error("a certificate with five months left was replaced")
	}
	now = now.AddDate(0, 2, 0)
	renewed := content("n1")
	if renewed == first {
		t.Error("a certificate with three months left was kept")
	}
	if content("n2") == renewed {
		t.Error("another node's certificate was kept")
	}
}

// A clock before the authority's own beginning is wrong, and a good certificate
// outlives it; one that was issued by a clock that was ahead does not.
func TestBundlesOutliveAWrongClock(t *testing.T) {
	right := time.Now()
	now := right
	ca, err := pki.Open(t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	dir := bundle(t, ca, "n1")
	works := func(when string) {
		t.Helper()
		if err := ca.WriteNode(dir, "n1"); err != nil {
			t.Fatal(err)
		}
		wrong := now
		now = right
		defer func() { now = wrong }()
		if _, err := connect(t, ca, dir); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	now = right.AddDate(-10, 0, 0)
	works("by a clock that is behind")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	works("issued by a clock that is behind")
	now = right.AddDate(10, 0, 0)
	if err := ca.WriteNode(dir, "n1"); err != nil {
		t.Fatal(err)
	}
	now = right
	works("after a clock that was ahead")
}

// A server that was reached while its clock was wrong, ahead or behind, is
// reached again when it is right.
func TestServersOutliveAWrongClock(t *testing.T) {
	right := time.Now()
	now := right
	ca, err := pki.Open(t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	client, err := pki.ClientConfig(bundle(t, ca, "n1"))
	if err != nil {
		t.Fatal(err)
	}
	client.ServerName = "localhost"
	for _, years := range []int{0, 10, 0, -10, 0} {
		now = right.AddDate(years, 0, 0)
		_, err := exchange(t, server, client)
		if years == 0 && err != nil {
			t.Errorf("with the right clock again: %v", err)
		}
		if years != 0 && err == nil {
			t.Errorf("%d years off nobody minds", years)
		}
	}
}

func TestBundleOfAnotherAuthorityIsReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "n1")
	if err := open(t, t.TempDir()).WriteNode(dir, "n1"); err != nil {
		t.Fatal(err)
	}
	ca := open(t, t.TempDir())
	if err := ca.WriteNode(dir, "n1"); err != nil {
		t.Fatal(err)
	}
	if _, err := connect(t, ca, dir); err != nil {
		t.Error(err)
	}
}

func TestRunningProgramsTakeUpRenewedCertificates(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	ca, err := pki.Open(t.TempDir(), clock)
	if err != nil {
		t.Fatal(err)
	}
	dir := bundle(t, ca, "n1")
	server, err := ca.ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	client, err := pki.ClientConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	client.ServerName, client.Time = "localhost", clock
	var shown []*x509.Certificate
	client.VerifyConnection = func(s tls.ConnectionState) error {
		shown = append(shown, s.PeerCertificates[0])
		return nil
	}
	for range 3 { // each time another year, far beyond either life
		if _, err := exchange(t, server, client); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		now = now.AddDate(1, 0, 0)
		mu.Unlock()
		if err := ca.WriteNode(dir, "n1"); err != nil {
			t.Fatal(err)
		}
	}
	if shown[0].Equal(shown[2]) {
		t.Error("the server still shows its first certificate")
	}
}

func TestClientConfigNamesWhatIsMissing(t *testing.T) {
	dir := bundle(t, open(t, t.TempDir()), "n1")
	for _, file := range []string{"node.pem", "ca.crt"} {
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		if _, err := pki.ClientConfig(dir); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("without %s: %v", file, err)
		}
	}
}

func open(t *testing.T, dir string) *pki.Authority {
	t.Helper()
	ca, err := pki.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func bundle(t *testing.T, ca *pki.Authority, id string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), id)
	if err := ca.WriteNode(dir, id); err != nil {
		t.Fatal(err)
	}
	return dir
}

func pair(t *testing.T, content []byte) tls.Certificate {
	t.Helper()
	p, err := tls.X509KeyPair(content, content)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// connect lets the owner of a bundle connect to a server of the authority, and
// returns who the server takes it for.
func connect(t *testing.T, ca *pki.Authority, dir string) (string, error) {
	t.Helper()
	client, err := pki.ClientConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	client.ServerName = "127.0.0.1"
	return handshake(t, ca, client)
}

func handshake(t *testing.T, ca *pki.Authority, client *tls.Config) (string, error) {
	t.Helper()
	server, err := ca.ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	state, err := exchange(t, server, client)
	if err != nil {
		return "", err
	}
	return pki.NodeOf(state)
}

// exchange shakes hands over loopback and returns what the server knows then,
// or the error of either end.
func exchange(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialed := make(chan error, 1)
	go func() { dialed <- dial(listener.Addr().String(), client) }()
	raw, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Server(raw, server)
	_, err = conn.Write([]byte{1}) // shakes hands first
	conn.Close()
	if dialErr := <-dialed; err == nil {
		err = dialErr
	}
	return conn.ConnectionState(), err
}

// dial connects and waits for the server's byte: a server's refusal comes when
// the client has already finished.
func dial(address string, client *tls.Config) error {
	conn, err := tls.Dial("tcp", address, client)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Read(make([]byte, 1))
	return err
}

func checkMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}

func checkNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %v, want %v", dir, got, want)
	}
}
