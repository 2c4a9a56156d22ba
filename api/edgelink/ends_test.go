package edgelink_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"demarc"
	"demarc/api/edgelink"
	"demarc/intent"
	"demarc/internal/pki"
	"demarc/store"
)

// A control is a server on loopback, with everything real but the rooms.
type control struct {
	*edgelink.Server
	address string
	metrics *prometheus.Registry
	log     *record
	grpc    *grpc.Server
	served  chan error
}

// start serves the store. The configuration may be changed first; an address
// of an earlier control may be taken over.
func start(t *testing.T, st *store.Store, ca *pki.Authority, address string, change func(*edgelink.Config)) *control {
	t.Helper()
	c := &control{metrics: prometheus.NewRegistry(), log: &record{}, served: make(chan error, 1)}
	cfg := edgelink.Config{Store: st, Observer: observer, Log: c.log.logger(), Metrics: c.metrics}
	if change != nil {
		change(&cfg)
	}
	server, err := edgelink.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	config, err := ca.ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c.Server, c.address, c.grpc = server, listener.Addr().String(), edgelink.NewGRPC(config)
	server.Register(c.grpc)
	go func() { c.served <- c.grpc.Serve(listener) }()
	t.Cleanup(c.stop)
	return c
}

func (c *control) stop() {
	c.grpc.Stop()
	<-c.served
	c.served <- nil // stopping twice is stopping once
}

func (c *control) waitAttached(t *testing.T, node demarc.NodeID) {
	t.Helper()
	eventually(t, string(node)+" attached", func() bool { _, ok := c.Attached(node); return ok })
}

// count is the value of a metric, of all its labels together.
func (c *control) count(t *testing.T, name string) float64 {
	t.Helper()
	families, err := c.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// observer moves states as the rooms would, in as few words as possible.
var observer = edgelink.Observer{
	Port: func(tx *store.Tx, seen intent.PortSeen) error {
		for conn := range store.Connections.By(tx, "port", string(seen.ID)) {
			if conn.State == demarc.ConnectionPending && seen.Carrier {
				conn.State = demarc.ConnectionAvailable
				store.Connections.Put(tx, conn)
			}
		}
		return nil
	},
	VIF: func(tx *store.Tx, seen intent.VIFSeen) error {
		vif, _ := store.VirtualInterfaces.Get(tx, string(seen.ID))
		if vif.State == demarc.VIFPending && len(seen.Session) > 0 && seen.Session[0].Established() {
			vif.State = demarc.VIFAvailable
			store.VirtualInterfaces.Put(tx, vif)
		}
		return nil
	},
	Settle: func(tx *store.Tx, id demarc.VirtualInterfaceID) error {
		vif, _ := store.VirtualInterfaces.Get(tx, string(id))
		vif.State = demarc.VIFDeleted
		store.VirtualInterfaces.Put(tx, vif)
		return nil
	},
}

// An edge is a running client.
type edge struct {
	reports chan intent.Report
	intents chan intent.Node
	log     *record
	stop    func()
}

func runEdge(t *testing.T, address string, node demarc.NodeID, config *tls.Config) *edge {
	t.Helper()
	e := &edge{reports: make(chan intent.Report), intents: make(chan intent.Node, 1000), log: &record{}}
	client, err := edgelink.Dial(edgelink.ClientConfig{Address: address, TLS: config, Node: node, Log: e.log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- client.Run(ctx, e.reports, func(n intent.Node) { e.intents <- n }) }()
	e.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error("run:", err)
		}
	})
	t.Cleanup(e.stop)
	return e
}

// next is the next intent, and how long it took to come.
func (e *edge) next(t *testing.T) (intent.Node, time.Duration) {
	t.Helper()
	began := time.Now()
	select {
	case n := <-e.intents:
		return n, time.Since(began)
	case <-time.After(patience):
		t.Fatal("no intent came; the client said:\n" + e.log.text())
		return intent.Node{}, 0
	}
}

// report offers a report, which a client takes at once.
func (e *edge) report(t *testing.T, r intent.Report) {
	t.Helper()
	select {
	case e.reports <- r:
	case <-time.After(patience):
		t.Fatal("the client does not take a report")
	}
}

// open attaches without a client, for what no client would do.
func open(t *testing.T, address string, config *tls.Config) grpc.BidiStreamingClient[intent.Report, intent.Node] {
	t.Helper()
	return openAs[intent.Report, intent.Node](t, address, config)
}

// openAs is open with messages of one's own.
func openAs[Out, In any](t *testing.T, address string, config *tls.Config) grpc.BidiStreamingClient[Out, In] {
	t.Helper()
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(jsonCodec{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/demarc.EdgeLink/Attach")
	if err != nil {
		t.Fatal(err)
	}
	return &grpc.GenericClientStream[Out, In]{ClientStream: stream}
}

// jsonCodec is written again here: so the test holds what is on the wire.
type jsonCodec struct{}

func (jsonCodec) Name() string                       { return "json" }
func (jsonCodec) Marshal(v any) ([]byte, error)      { return json.Marshal(v) }
func (jsonCodec) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

func authority(t *testing.T) *pki.Authority {
	t.Helper()
	ca, err := pki.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func identity(t *testing.T, ca *pki.Authority, node string) *tls.Config {
	t.Helper()
	dir := filepath.Join(t.TempDir(), node)
	if err := ca.WriteNode(dir, node); err != nil {
		t.Fatal(err)
	}
	config, err := pki.ClientConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// A record keeps what is logged.
type record struct {
	mu    sync.Mutex // guards lines
	lines bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.Write(p)
}

func (r *record) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }

func (r *record) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.String()
}

func (r *record) has(words ...string) bool {
	for line := range strings.Lines(r.text()) {
		found := true
		for _, w := range words {
			found = found && strings.Contains(line, w)
		}
		if found {
			return true
		}
	}
	return false
}
