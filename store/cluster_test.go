package store_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"demarc/store"
	"demarc/store/storetest"
)

// etcdctl is a plain client, for doing what others do to a cluster.
func etcdctl(t *testing.T, endpoints []string) *clientv3.Client {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: endpoints, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func putRaw(t *testing.T, client *clientv3.Client, key, value string) int64 {
	t.Helper()
	resp, err := client.Put(storetest.Context(t), key, value)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Header.Revision
}

func portIDs(v *store.View) []string {
	all := []string{}
	for port := range storetest.Ports.All(v) {
		all = append(all, port.ID)
	}
	return all
}

func writePort(t *testing.T, s *store.Store, id string) {
	t.Helper()
	err := s.Write(storetest.Context(t), func(tx *store.Tx) error {
		storetest.Ports.Put(tx, storetest.Port{ID: id})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Others write under other prefixes of the same cluster: the copy never gets
// those events, yet a read has to know that it is up to date.
func TestReadWhileOthersWrite(t *testing.T) {
	endpoints := storetest.Cluster(t)
	s := storetest.Open(t, store.Config{Endpoints: endpoints}, storetest.Ports)
	other := etcdctl(t, endpoints)
	for range 20 {
		revision := putRaw(t, other, "/elsewhere", "x")
		v, err := s.Read(storetest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		if v.Revision() < revision {
			t.Errorf("read revision %d after %d was acknowledged", v.Revision(), revision)
		}
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	endpoints := storetest.Cluster(t)
	other := etcdctl(t, endpoints)
	unknown := []string{
		store.DefaultPrefix + "tables/later/x", store.DefaultPrefix + "tables/odd",
		store.DefaultPrefix + "later", store.DefaultPrefix + "tables/ports",
	}
	putRaw(t, other, unknown[0], "not JSON")
	putRaw(t, other, unknown[1], "not JSON")
	s := storetest.Open(t, store.Config{Endpoints: endpoints}, storetest.Ports)
	putRaw(t, other, unknown[2], "not JSON")
	putRaw(t, other, unknown[3], "not JSON")
	writePort(t, s, "p1")
	if diff := cmp.Diff(portIDs(s.Local()), []string{"p1"}); diff != "" {
		t.Errorf("ports (-got +want):\n%s", diff)
	}
	for _, key := range unknown {
		resp, err := other.Get(storetest.Context(t), key)
		if err != nil || len(resp.Kvs) != 1 {
			t.Errorf("%s: %v, error %v", key, resp, err)
		}
	}
}

func TestUnreadableRowStopsOpening(t *testing.T) {
	endpoints := storetest.Cluster(t)
	key := store.DefaultPrefix + "tables/ports/p1"
	putRaw(t, etcdctl(t, endpoints), key, "not JSON")
	s, err := store.Open(storetest.Context(t), store.Config{Endpoints: endpoints, Log: slog.New(slog.DiscardHandler)}, storetest.Ports)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), key) {
		t.Errorf("got %v, want an error that names %s", err, key)
	}
}

// A row that becomes unreadable keeps its last state, cannot be overwritten by
// who has read it, and is nobody else's trouble.
func TestUnreadableRowIsKept(t *testing.T) {
	endpoints := storetest.Cluster(t)
	s := storetest.Open(t, store.Config{Endpoints: endpoints}, storetest.Ports)
	writePort(t, s, "p1")
	other, key := etcdctl(t, endpoints), store.DefaultPrefix+"tables/ports/p1"
	putRaw(t, other, key, "not JSON")
	writePort(t, s, "p2")
	if diff := cmp.Diff(portIDs(s.Local()), []string{"p1", "p2"}); diff != "" {
		t.Errorf("ports (-got +want):\n%s", diff)
	}
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := s.Write(short, func(tx *store.Tx) error {
		port, _ := storetest.Ports.Get(tx, "p1")
		storetest.Ports.Put(tx, port)
		return nil
	})
	if err == nil {
		t.Error("an unreadable row was overwritten")
	}
	resp, err := other.Get(storetest.Context(t), key)
	if err != nil || string(resp.Kvs[0].Value) != "not JSON" {
		t.Errorf("the row is now %v, error %v", resp, err)
	}
}

// The copy is cut off for so long that etcd has thrown away the history that it
// misses: it has to start over, and only what differs may wake anyone.
func TestReloadAfterCompaction(t *testing.T) {
	endpoints := storetest.Cluster(t)
	line := newProxy(t, endpoints[0])
	far := storetest.Open(t, store.Config{Endpoints: []string{line.address()}}, storetest.Ports, storetest.Cages)
	near := storetest.Open(t, store.Config{Endpoints: endpoints}, storetest.Ports)
	for _, id := range []string{"kept", "changed", "removed"} {
		writePort(t, near, id)
	}
	err := far.Write(storetest.Context(t), func(tx *store.Tx) error {
		storetest.Cages.Put(tx, storetest.Cage{ID: "cage"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before, err := far.Read(storetest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	cages := storetest.Cages.Watch(before)

	line.cut()
	writePort(t, near, "added")
	err = near.Write(storetest.Context(t), func(tx *store.Tx) error {
		storetest.Ports.Delete(tx, "removed")
		storetest.Ports.Put(tx, storetest.Port{ID: "changed", Count: 7})
		return tx.Claim("vlan/c1/1", "vif")
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := etcdctl(t, endpoints).Compact(storetest.Context(t), near.Local().Revision()); err != nil {
		t.Fatal(err)
	}
	line.mend()

	after := far.Local()
	for after.Revision() < near.Local().Revision() {
		if _, err := far.Changed(storetest.Context(t), after.Revision()); err != nil {
			t.Fatalf("wait for the copy to start over: %v", err)
		}
		after = far.Local()
	}
	if diff := cmp.Diff(portIDs(after), []string{"added", "changed", "kept"}); diff != "" {
		t.Errorf("ports (-got +want):\n%s", diff)
	}
	if port, _ := storetest.Ports.Get(after, "changed"); port.Count != 7 {
		t.Errorf("the changed port is %+v", port)
	}
	if got := slices.Collect(keys(after.Claims(""))); len(got) != 1 {
		t.Errorf("claims are %v", got)
	}
	select {
	case <-cages:
		t.Error("a table without changes woke its watcher")
	default:
	}
	writePort(t, far, "after") // and the watch goes on
	if _, err := far.Read(storetest.Context(t)); err != nil {
		t.Error(err)
	}
}

func keys(claims func(func(string, string) bool)) func(func(string) bool) {
	return func(yield func(string) bool) {
		claims(func(name, _ string) bool { return yield(name) })
	}
}

func TestUnreachableCluster(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	cfg := store.Config{Endpoints: []string{"127.0.0.1:1"}, Log: slog.New(slog.DiscardHandler)}
	if _, err := store.Open(ctx, cfg, storetest.Ports); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v, want an error that names the endpoint", err)
	}
}
