package edgelink_test

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"demarc"
)

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	server, err := ca.Server()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(server, server)
	if err != nil {
		t.Fatal(err)
	}
	foreign := identity(t, authority(t), "d1")
	unchecked := foreign.Clone() // believes any server, to get as far as it can
	unchecked.InsecureSkipVerify = true
	for name, config := range map[string]*tls.Config{
		"another authority's":                foreign,
		"another authority's, and it trusts": unchecked,
		"none":                               {InsecureSkipVerify: true},
		"a server's":                         {InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}},
	} {
		e := runEdge(t, c.address, "d1", config)
		eventually(t, name+": the client says why", func() bool { return e.log.has("not attached to control") })
		if len(e.intents) > 0 {
			t.Errorf("certificate: %s: got an intent", name)
		}
		e.stop()
	}
	if n := c.count(t, "demarc_edge_intents_sent_total"); n != 0 {
		t.Errorf("%v intents were sent to strangers", n)
	}
}

// A node with another's certificate is that other to control, and neither end
// goes along with the mix-up.
func TestAnotherNodesCertificate(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)

	e := runEdge(t, c.address, "d1", identity(t, ca, "h1"))
	eventually(t, "the client sees whose certificate it has", func() bool { return e.log.has("PermissionDenied", "h1") })
	e.stop()
	if len(e.intents) > 0 {
		t.Error("the client took another node's intent")
	}

	stream := open(t, c.address, identity(t, ca, "h2"))
	claim := established("dxvif-101", 1)
	claim.Node = "d1"
	if err := stream.Send(&claim); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); status.Code(err) != codes.PermissionDenied {
		t.Errorf("a report in another's name: got %v, want PermissionDenied", err)
	}
	if got := stateOf(st, "dxvif-101"); got != demarc.VIFPending {
		t.Errorf("the claim moved the interface to %s", got)
	}
}

func TestOneAgentPerNode(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	config := identity(t, ca, "d1")
	first := runEdge(t, c.address, "d1", config)
	first.next(t)
	since, _ := c.Attached("d1")

	second := open(t, c.address, config)
	if _, err := second.Recv(); status.Code(err) != codes.AlreadyExists {
		t.Errorf("a second agent: got %v, want AlreadyExists", err)
	}
	if now, ok := c.Attached("d1"); !ok || now != since {
		t.Error("the second agent disturbed the first")
	}
	first.stop()
	runEdge(t, c.address, "d1", config).next(t)
}

// A frozen machine closes no connection; its name must be free all the same.
func TestFrozenAgentFreesItsName(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	config := identity(t, ca, "d1")
	config.ServerName = "127.0.0.1"
	wire := newWire(t, c.address)
	runEdge(t, wire.address, "d1", config).next(t)

	wire.cut()
	began := time.Now()
	runEdge(t, c.address, "d1", config).next(t)
	t.Logf("the name was free after %s", time.Since(began))
}

func TestEveryMessageOfAnUnknownNodeIsHarmless(t *testing.T) {
	t.Parallel()
	st, ca := openStore(t), authority(t)
	put(t, st, link("101", demarc.VIFPending)...)
	c := start(t, st, ca, "127.0.0.1:0", nil)
	e := runEdge(t, c.address, "d9", identity(t, ca, "d9"))
	e.report(t, established("dxvif-101", 1))
	eventually(t, "the report is refused", func() bool { return c.log.has("refused", "d9") })
	if got := stateOf(st, "dxvif-101"); got != demarc.VIFPending {
		t.Errorf("an unknown node moved the interface to %s", got)
	}
	put(t, st, demarc.Device{ID: "d9"})
	if n, _ := e.next(t); n.Node != "d9" {
		t.Errorf("got the intent of %s", n.Node)
	}
}

// A wire forwards connections until it is cut, and then keeps them open and
// says nothing.
type wire struct {
	address string
	mu      sync.Mutex // guards dead
	dead    bool
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{address: listener.Addr().String()}
	near, err := make(chan net.Conn, 1), error(nil)
	go func() {
		conn, _ := listener.Accept()
		near <- conn
	}()
	t.Cleanup(func() { listener.Close() })
	go func() {
		a := <-near
		if a == nil {
			return
		}
		b, dialErr := net.Dial("tcp", to)
		if dialErr != nil {
			a.Close()
			return
		}
		t.Cleanup(func() { a.Close(); b.Close() })
		go w.forward(a, b)
		w.forward(b, a)
	}()
	return w
}

func (w *wire) forward(to io.Writer, from io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		dead := w.dead
		w.mu.Unlock()
		if err != nil {
			return
		}
		if !dead {
			_, _ = to.Write(buf[:n])
		}
	}
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
}
