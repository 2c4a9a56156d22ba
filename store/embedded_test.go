package store_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc/store"
	"demarc/store/storetest"
)

// openUnlogged is for tests that close the store themselves.
func openUnlogged(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(storetest.Context(t), store.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)}, storetest.Ports)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenTwice(t *testing.T) {
	dir := t.TempDir()
	s := openUnlogged(t, dir)
	start := time.Now()
	_, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "has it open") {
		t.Errorf("opening an open directory: %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %s to say so", took)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openUnlogged(t, dir).Close(); err != nil {
		t.Errorf("open after close: %v", err)
	}
}

func TestReopenKeeps(t *testing.T) {
	dir := t.TempDir()
	s := openUnlogged(t, dir)
	if err := s.Write(storetest.Context(t), order); err != nil {
		t.Fatal(err)
	}
	revision := s.Local().Revision()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openUnlogged(t, dir)
	defer s.Close()
	checkOrder(t, s, true)
	if got := s.Local().Revision(); got != revision {
		t.Errorf("revision is %d, was %d", got, revision)
	}
}

func TestEmbeddedHasNoSocket(t *testing.T) {
	before := sockets(t)
	s := storetest.Embedded(t, storetest.Ports)
	if err := s.Write(storetest.Context(t), order); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sockets(t), before); diff != "" {
		t.Errorf("open sockets (-with the store +before):\n%s", diff)
	}
}

// sockets are those of this process, of any family, by the kernel's names.
func sockets(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("list open files: %v", err)
	}
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && strings.HasPrefix(target, "socket:") {
			all[target] = true
		}
	}
	return all
}

func TestEmbeddedIsQuiet(t *testing.T) {
	var log bytes.Buffer
	cfg := store.Config{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	s, err := store.Open(storetest.Context(t), cfg, storetest.Ports)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(log.String()) {
		// A busy disk may be warned of.
		if !strings.Contains(line, "took too long") && !strings.Contains(line, "slow fdatasync") {
			t.Errorf("logged %s", line)
		}
	}
}

func TestOpenGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if _, err := store.Open(ctx, store.Config{Dir: dir}, storetest.Ports); err == nil {
		t.Error("opened although the context was over")
	}
	if err := openUnlogged(t, dir).Close(); err != nil {
		t.Errorf("open after giving up: %v", err)
	}
}

// A first start that was cut short is done again. That a finished one is not,
// TestReopenKeeps shows.
func TestUnfinishedFirstStart(t *testing.T) {
	dir := t.TempDir()
	leftover := filepath.Join(dir, "etcd", "leftover")
	if err := os.Mkdir(filepath.Dir(leftover), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{leftover, filepath.Join(dir, "founding")} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := openUnlogged(t, dir).Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(leftover); err == nil {
		t.Error("what the unfinished start left is still there")
	}
}

func TestConfigValidate(t *testing.T) {
	for _, c := range []struct {
		cfg  store.Config
		want string
	}{
		{store.Config{}, "Dir"},
		{store.Config{Endpoints: []string{""}}, "Endpoints"},
		{store.Config{Endpoints: []string{"h:1"}, TLS: store.TLS{Cert: "c"}}, "TLS"},
		{store.Config{Dir: "d"}, ""},
		{store.Config{Endpoints: []string{"h:1"}, TLS: store.TLS{CA: "c"}}, ""},
	} {
		got := fmt.Sprint(c.cfg.Validate())
		if (c.want == "" && got != "<nil>") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: got %s, want it to name %q", c.cfg, got, c.want)
		}
	}
}
