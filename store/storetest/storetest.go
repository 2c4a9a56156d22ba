// Package storetest proves that a store keeps its promises, and opens stores
// for the tests of others.
//
// [Run] is the suite: it takes two stores on the same data, so that what one
// writes can be looked for in the other. Where only one store can be open, as
// with an embedded etcd, it is passed twice.
package storetest

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"testing"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.uber.org/zap"

	"demarc/store"
)

// patience bounds everything a test waits for. It is never slept through.
const patience = time.Minute

// A store's log is allocated beforehand, 64 MB of it, and a test may open two
// hundred stores.
func init() { wal.SegmentSizeBytes = 1 << 20 }

// Context ends with the test, and fails what hangs for a minute.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Embedded opens a store in a fresh directory that goes with the test.
func Embedded(t testing.TB, tables ...store.Registered) *store.Store {
	t.Helper()
	return Open(t, store.Config{Dir: t.TempDir()}, tables...)
}

// Open opens a store and closes it with the test. Without a Log, etcd's
// warnings about a slow disk are kept out of the test's output.
func Open(t testing.TB, cfg store.Config, tables ...store.Registered) *store.Store {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s, err := store.Open(Context(t), cfg, tables...)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// Beside is a write that another one gets ahead of: it has read all that it goes
// by, and is not committed yet.
func Beside(t testing.TB, s *store.Store, write, other func(*store.Tx) error) error {
	t.Helper()
	ahead := false
	return s.Write(t.Context(), func(tx *store.Tx) error {
		err := write(tx)
		if !ahead {
			ahead = true
			if err := s.Write(t.Context(), other); err != nil {
				t.Fatalf("what gets ahead: %v", err)
			}
		}
		return err
	})
}

// Cluster runs an etcd of one member, with a client port on loopback, for the
// length of the test, and returns its endpoints. Its limits are etcd's own, but
// for the size of a transaction.
func Cluster(t testing.TB) []string {
	t.Helper()
	return ClusterTLS(t, store.TLS{})
}

// ClusterTLS is Cluster, let in only with a certificate of the CA unless files
// is zero. It presents the same files itself.
func ClusterTLS(t testing.TB, files store.TLS) []string {
	t.Helper()
	config := embed.NewConfig()
	config.Name = "storetest"
	config.Dir = t.TempDir()
	config.ListenPeerUrls = nil
	config.AdvertisePeerUrls = []url.URL{{Scheme: "http", Host: "127.0.0.1:2380"}}
	config.ListenClientUrls = []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	if files != (store.TLS{}) {
		config.ListenClientUrls[0].Scheme = "https"
		config.ClientTLSInfo = transport.TLSInfo{
			TrustedCAFile: files.CA, CertFile: files.Cert, KeyFile: files.Key, ClientCertAuth: true,
		}
	}
	config.AdvertiseClientUrls = config.ListenClientUrls
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.MaxTxnOps = 4096
	config.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	server, err := embed.StartEtcd(config)
	if err != nil {
		t.Fatalf("start etcd: %v", err)
	}
	t.Cleanup(server.Close)
	select {
	case <-server.Server.ReadyNotify():
	case <-Context(t).Done():
		t.Fatal("etcd did not become ready")
	}
	return addresses(server.Clients)
}

func addresses(listeners []net.Listener) []string {
	var all []string
	for _, listener := range listeners {
		all = append(all, listener.Addr().String())
	}
	return all
}
